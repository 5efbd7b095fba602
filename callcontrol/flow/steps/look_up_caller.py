"""LookUpCaller: what our own records know of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import LookUp
from callcontrol.flow.events import Event, LookedUp
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Step, Value

# What is remembered under these names, for ``Remembered``: of the list of callers, and of our own records.
LISTED = ("caller_label", "caller_vip", "caller_language")
RECORDED = (
    "caller_calls",
    "caller_last_at",
    "caller_last_agent",
    "caller_last_queue",
    "caller_last_outcome",
)
CALLBACK = "caller_callback"  # the queue in which a callback waits


@dataclass(frozen=True)
class LookUpCaller(Step):
    """Remembers what is known of the caller. Of the configuration's list: ``caller_label``, ``caller_vip`` (points),
    ``caller_language`` (spoken from here on). Of the records of the last ``days``: ``caller_calls`` (how many, without this one),
    ``caller_last_agent``, ``caller_last_queue``, ``caller_last_outcome``, ``caller_last_at`` (seconds since the epoch). And
    ``caller_callback``, the queue where a callback waits. So: ``Queue(..., prefer=Remembered("caller_last_agent"))``.

    Then: ``known`` (listed, or called within ``days``); ``unknown`` (and who withholds the number); ``failed`` (no answer of the
    database within a second; what the list says is remembered all the same); ``blocked``, if it is given, for listed numbers that
    are."""

    kind: ClassVar[str] = "look_up_caller"
    known: Target
    unknown: Target
    failed: Target
    blocked: Target | None = None
    days: Value[int] = 30

    def enter(self, call: Call) -> Move:
        if self.blocked is not None and call.facts.listed.blocked:
            return Move(go(self.blocked), "blocked", story=(("looked_up", {"step": self.name, "result": "blocked"}),))
        if not call.caller:
            return self._leads(call, "unknown", {})
        wait = call.record.wait + 1
        return Move(commands=(LookUp(wait, max(int(call.value(self.days)), 1)),), changes={"wait": wait})

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, LookedUp):
            return None
        if not event.ok:
            return self._leads(call, "failed", {}, why=event.why)
        known = bool(event.facts.get("caller_calls")) or call.facts.listed.known
        return self._leads(call, "known" if known else "unknown", event.facts)

    def _leads(self, call: Call, result: str, found: Mapping[str, Any], why: str = "") -> Move:
        listed = call.facts.listed
        facts: dict[str, Any] = dict.fromkeys((*LISTED, *RECORDED, CALLBACK), "")
        facts |= {"caller_calls": 0, "caller_vip": listed.vip, "caller_label": listed.label}
        facts |= {"caller_language": listed.language, CALLBACK: call.facts.callback_queue}
        facts |= {name: value for name, value in found.items() if name in RECORDED}
        there = go({"known": self.known, "unknown": self.unknown, "failed": self.failed}[result])
        told = {"step": self.name, "result": result, "calls": facts["caller_calls"], "label": listed.label}
        return Move(
            Go(there.step, there.language or listed.language, {**there.remember, **facts}),
            result,
            story=(("looked_up", {**told, "why": why} if why else told),),
        )

    def ways(self) -> tuple[Way, ...]:
        ways = [Way(name, go(getattr(self, name)).step) for name in ("known", "unknown", "failed")]
        if self.blocked is not None:
            ways.append(Way("blocked", go(self.blocked).step))
        return tuple(ways)
