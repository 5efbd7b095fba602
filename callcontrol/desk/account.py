"""Why a call: at which moments something was decided about it, and the account of each, on the floor that the desk had then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callcontrol.desk.history import END, History, Past, moment_of, position_at
from callcontrol.floor.account import Account, account
from callcontrol.ports.journal import Line, position_key

# What a caller or the desk did that makes a moment worth looking at.
STEPS = frozenset(
    {
        "call_joined",
        "call_left",
        "call_stays",
        "callback_booked",
        "message_finished",
        "message_granted",
        "offered",
        "overflowed",
        "relaxed",
        "released",
    }
)


@dataclass(frozen=True, slots=True)
class Moment:
    """``position`` is of the line that this moment is about; ``seen`` is what the floor had to be for it: all lines up to
    there (for a decision: what the desk had applied; for a fact: with the fact itself)."""

    position: str
    at: float
    kind: str
    seen: str
    decision: bool
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """``account`` is None when the call was not on the floor then. ``written``: the decision's line, where there was one."""

    call: str
    at: float
    moments: tuple[Moment, ...]
    moment: Moment | None
    account: Account | None
    written: Mapping[str, Any] | None


def moments_of(lines: Sequence[Line]) -> list[Moment]:
    """The moments of one call, out of the lines that name it."""
    found = []
    for line in lines:
        data = line.data
        kind, at = str(data.get("kind")), data.get("at")
        if kind in STEPS and isinstance(at, int | float):
            seen = data.get("seen")
            decision = isinstance(seen, str)
            found.append(
                Moment(line.position, float(at), kind, str(seen) if decision else line.position, decision, data)
            )
    return found


def tell(history: History, call: str, *, at: float | None = None, position: str = "", now: float) -> Told | None:
    """At ``at`` (seconds since the epoch), or at the moment whose line is at ``position``; else at the last decision about
    it, or now while it waits undecided. None where the journal has no such call. Raises ``HistoryMissing``."""
    moments = moments_of(history.of_call(call))
    if not moments:
        return None
    if position:
        chosen = next((moment for moment in moments if moment.position == position), None)
        if chosen is not None:
            return _at_moment(history, call, moments, chosen)
    if at is None:
        past = history.upto(END)
        found = past.floor.calls.get(call)
        if found is not None and found.in_line():
            return Told(call, now, tuple(moments), None, account(past.floor, call, now), None)
        decisions = [moment for moment in moments if moment.decision]
        return _at_moment(history, call, moments, decisions[-1] if decisions else moments[-1])
    exact = next((moment for moment in moments if moment.decision and abs(moment.at - at) < 0.0005), None)
    if exact is not None:
        return _at_moment(history, call, moments, exact)
    past = history.at(at)
    return Told(call, at, tuple(moments), None, account(past.floor, call, at), None)


def _at_moment(history: History, call: str, moments: Sequence[Moment], moment: Moment) -> Told:
    past: Past = history.upto(moment.seen)
    told = account(past.floor, call, moment.at)
    return Told(call, moment.at, tuple(moments), moment, told, moment.data if moment.decision else None)


def calls_like(history: History, beginning: str, limit: int = 3) -> list[str]:
    """Calls of the present floor whose identity begins so."""
    floor = history.upto(END).floor
    return [name for name in floor.calls if name.startswith(beginning)][:limit]


__all__ = ["Moment", "Told", "calls_like", "moment_of", "moments_of", "position_at", "position_key", "tell"]
