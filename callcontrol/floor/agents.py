"""An agent's state, as one machine: a table of (state, what happens) -> state. What is not in the table can't happen and
changes nothing. ``mermaid()`` draws the table.

Break and log-out while a call is offered or talked wait as ``next_state`` and act when the agent is out of it.
What the switch says of the phone (``registered``, ``own_call``) is a lease like everything else: said no more, it is
forgotten (``phone_until``). Until then it holds offers off, as a back-off does (``held_off_until``).
Fairness is ``idle_since``, the end of the last talk (or a missed offer, which is a turn that was had), and the counts of the
shift (``fairness``). Wrap-up, breaks and log-outs move none of them, so pausing neither gains nor loses a turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from callcontrol.floor.failures import MISSES

if TYPE_CHECKING:
    from callcontrol.floor.pools import Pool


class AgentState(StrEnum):
    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    RESERVED = "reserved"
    RINGING = "ringing"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    UNREACHABLE = "unreachable"


class Happening(StrEnum):
    LOG_IN = "logs in"
    LOG_OUT = "logs out"
    PAUSE = "takes a break"
    BACK = "is back"
    RESERVE = "is offered a call"
    RING = "phone rings"
    TALK = "talk begins"
    HELD = "puts the caller on hold"
    UNHELD = "takes the caller back"
    TALK_ENDED = "talk ends"
    WRAP_UP_ASKED = "asks for wrap-up"
    WRAP_UP_OVER = "wrap-up over"
    FREED = "offer is gone"
    FAILED = "does not take the call"
    UNREACHED = "phone can't be reached"
    TRY_AGAIN = "back-off over"
    MISSED_OUT = "too many misses"
    PHONE_GONE = "phone is not registered"
    PHONE_BACK = "phone is registered"


_S, _H = AgentState, Happening

TABLE: Mapping[tuple[AgentState, Happening], AgentState] = {
    (_S.LOGGED_OUT, _H.LOG_IN): _S.AVAILABLE,
    (_S.AVAILABLE, _H.RESERVE): _S.RESERVED,
    (_S.AVAILABLE, _H.PAUSE): _S.BREAK,
    (_S.AVAILABLE, _H.LOG_OUT): _S.LOGGED_OUT,
    (_S.AVAILABLE, _H.MISSED_OUT): _S.BREAK,
    (_S.AVAILABLE, _H.PHONE_GONE): _S.UNREACHABLE,
    (_S.AVAILABLE, _H.WRAP_UP_ASKED): _S.WRAP_UP,
    (_S.RESERVED, _H.RING): _S.RINGING,
    (_S.RESERVED, _H.TALK): _S.TALKING,
    (_S.RESERVED, _H.FREED): _S.AVAILABLE,
    (_S.RESERVED, _H.FAILED): _S.AVAILABLE,
    (_S.RESERVED, _H.UNREACHED): _S.UNREACHABLE,
    (_S.RINGING, _H.TALK): _S.TALKING,
    (_S.RINGING, _H.FREED): _S.AVAILABLE,
    (_S.RINGING, _H.FAILED): _S.AVAILABLE,
    (_S.RINGING, _H.UNREACHED): _S.UNREACHABLE,
    (_S.TALKING, _H.HELD): _S.HOLD,
    (_S.TALKING, _H.TALK_ENDED): _S.WRAP_UP,
    (_S.HOLD, _H.UNHELD): _S.TALKING,
    (_S.HOLD, _H.TALK_ENDED): _S.WRAP_UP,
    (_S.WRAP_UP, _H.WRAP_UP_OVER): _S.AVAILABLE,
    (_S.WRAP_UP, _H.BACK): _S.AVAILABLE,
    (_S.WRAP_UP, _H.PAUSE): _S.BREAK,
    (_S.WRAP_UP, _H.LOG_OUT): _S.LOGGED_OUT,
    (_S.BREAK, _H.BACK): _S.AVAILABLE,
    (_S.BREAK, _H.LOG_OUT): _S.LOGGED_OUT,
    (_S.BREAK, _H.PAUSE): _S.BREAK,  # another reason
    (_S.UNREACHABLE, _H.TRY_AGAIN): _S.AVAILABLE,
    (_S.UNREACHABLE, _H.PHONE_BACK): _S.AVAILABLE,
    (_S.UNREACHABLE, _H.RESERVE): _S.RESERVED,
    (_S.UNREACHABLE, _H.BACK): _S.AVAILABLE,
    (_S.UNREACHABLE, _H.LOG_IN): _S.AVAILABLE,
    (_S.UNREACHABLE, _H.PAUSE): _S.BREAK,
    (_S.UNREACHABLE, _H.LOG_OUT): _S.LOGGED_OUT,
    # The talk of an offer whose lease had run out: it is true all the same, whatever the agent did since.
    (_S.LOGGED_OUT, _H.TALK): _S.TALKING,
    (_S.AVAILABLE, _H.TALK): _S.TALKING,
    (_S.WRAP_UP, _H.TALK): _S.TALKING,
    (_S.BREAK, _H.TALK): _S.TALKING,
    (_S.UNREACHABLE, _H.TALK): _S.TALKING,
}

ENGAGED = frozenset({_S.RESERVED, _S.RINGING, _S.TALKING, _S.HOLD})
IN_TALK = frozenset({_S.TALKING, _S.HOLD})
MISSED_REASONS = frozenset({"missed", *MISSES})  # of a break that the desk made
NOT_REGISTERED = "not_registered"  # why an agent is unreachable who was not even rung


class Standing(IntEnum):
    """What an agent is to a caller who waits."""

    FREE = 0
    BUSY = 1  # will be free by itself: offered, ringing, talking, wrap-up, a call of one's own, a moment of peace
    AWAY = 2  # logged in and not serving: break, a phone that can't be reached
    OUT = 3


_STANDING: Mapping[AgentState, Standing] = {
    _S.LOGGED_OUT: Standing.OUT,
    _S.AVAILABLE: Standing.FREE,
    _S.RESERVED: Standing.BUSY,
    _S.RINGING: Standing.BUSY,
    _S.TALKING: Standing.BUSY,
    _S.HOLD: Standing.BUSY,
    _S.WRAP_UP: Standing.BUSY,
    _S.BREAK: Standing.AWAY,
    _S.UNREACHABLE: Standing.AWAY,
}


@dataclass(slots=True)
class AgentRecord:
    """One agent on the floor. Times are seconds since the epoch; 0.0 is "none"."""

    name: str
    state: AgentState = AgentState.LOGGED_OUT
    since: float = 0.0
    reason: str = ""
    contact: str = ""  # given at log-in; empty: the configured one
    next_state: str = ""  # what a break or log-out during a call becomes after it
    next_reason: str = ""
    misses: int = 0  # in a row
    streak: int = 0  # failures that the back-off still remembers
    back_off_until: float = 0.0
    wrap_up_until: float = 0.0
    wrap_up_mode: str = ""  # of the queue of the last talk
    wrap_up_latest: float = 0.0  # no extension goes beyond
    wrap_up_asked_s: float = 0.0  # asked for in the talk that goes on
    wrapped_s: float = 0.0  # the last wrap-up
    wrap_up_ask_until: float = 0.0  # mode optional: so long after the talk it may be asked for
    registered: bool | None = None  # the phone, as the switch says; None: not known
    own_call: bool = False  # the phone is in a call that is none of ours
    phone_at: float = 0.0  # when that was said
    phone_until: float = 0.0  # when it is forgotten unless it is said again
    idle_since: float = 0.0
    turn_at: float = 0.0  # beginning of the last talk, or a miss
    answered: int = 0
    calls: int = 0  # talks of this shift; this and the next two: see ``fairness``
    talk_s: float = 0.0
    share: float = 0.0  # the talks of this shift, each counted 1 / weight
    offer: str = ""
    # From the configuration and for finding quickly; not part of a snapshot.
    skills: Mapping[str, int] = field(default_factory=dict)
    max_misses: int = 0
    order: int = 0
    weight: float = 1.0
    pools: list[Pool] = field(default_factory=list)
    standing: Standing = Standing.OUT
    stamp: int = 0  # grows each time the agent becomes free

    def move(self, happening: Happening, at: float) -> bool:
        """Take the step of the table; False (and nothing changed) when there is none. A pending break or log-out acts
        as soon as the step leads out of the call."""
        to = TABLE.get((self.state, happening))
        if to is None:
            return False
        reason = ""
        if self.next_state and to not in ENGAGED:
            to, reason = AgentState(self.next_state), self.next_reason
            self.next_state = self.next_reason = ""
        if to is not AgentState.WRAP_UP:
            if self.state is AgentState.WRAP_UP:
                self.wrapped_s = max(0.0, at - self.since)
            elif self.state in IN_TALK:
                self.wrapped_s = 0.0
            self.wrap_up_until = 0.0
            if to is not AgentState.AVAILABLE:
                self.wrap_up_ask_until = 0.0
        self.state, self.since, self.reason = to, at, reason
        if self.phone_until and self.phone_until <= at:
            self.forget_phone()
        if to is AgentState.AVAILABLE and self.registered is False:
            self.move(Happening.PHONE_GONE, at)
            self.reason = NOT_REGISTERED
        return True

    def forget_phone(self) -> None:
        self.registered, self.own_call = None, False
        self.phone_at = self.phone_until = 0.0

    def is_unregistered(self, at: float) -> bool:
        return self.registered is False and at < self.phone_until

    def in_own_call(self, at: float) -> bool:
        return self.own_call and at < self.phone_until

    def held_off_until(self) -> float:
        """Until when nothing is offered: a back-off after a failure, or what is known of the phone. 0.0: nothing."""
        if self.registered is False or self.own_call:
            return max(self.back_off_until, self.phone_until)
        return self.back_off_until

    def must_wrap_up(self, at: float) -> bool:
        """In a wrap-up that the agent can't end: of the mode fixed."""
        return self.state is AgentState.WRAP_UP and self.wrap_up_mode == "fixed" and at < self.wrap_up_until

    def missed_too_often(self) -> bool:
        return self.state is AgentState.AVAILABLE and 0 < self.max_misses <= self.misses

    def is_missed_out(self) -> bool:
        """On a break that nobody asked for: put there after too many misses, and to be told how to come back."""
        return self.state is AgentState.BREAK and self.reason in MISSED_REASONS and 0 < self.max_misses <= self.misses

    def standing_now(self) -> Standing:
        """What holds off counts until the floor has noted its end (see ``Floor.apply``); compare ``is_free``."""
        if self.state is AgentState.AVAILABLE and (self.held_off_until() or self.missed_too_often()):
            return Standing.BUSY
        return _STANDING[self.state]

    def is_free(self, now: float) -> bool:
        """Whether a call may be offered at ``now``: the one rule of it, for deciding, checking and explaining."""
        if self.state is not AgentState.AVAILABLE and self.state is not AgentState.UNREACHABLE:
            return False
        until = self.held_off_until()
        if self.state is AgentState.UNREACHABLE and not until:
            return False
        return until <= now and not self.missed_too_often()

    def will_be_free(self, now: float) -> bool:
        """Whether the end of the wrap-up at ``now`` makes the agent free."""
        return not self.next_state and self.held_off_until() <= now


def mermaid() -> str:
    """The machine as a Mermaid state diagram, made from the table."""
    arrows: dict[tuple[AgentState, AgentState], list[str]] = {}
    for (state, happening), to in TABLE.items():
        arrows.setdefault((state, to), []).append(happening.value)
    lines = ["stateDiagram-v2", "    [*] --> logged_out"]
    lines += [f"    {a.value} --> {b.value}: {', '.join(labels)}" for (a, b), labels in arrows.items()]
    return "\n".join(lines) + "\n"
