"""What can happen to a call, as the engine is told of it. The counterpart is ``commands``.

``wait`` is the number of the wait that the event answers; the engine drops an event of an earlier wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Began:
    """The call is here and nothing was done yet. First event of every call."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Another controller took the call up; the record is as it was last written. The engine says again what the
    caller should hear now (same step), and joins the queue again with the same visit if it was in one."""


@dataclass(frozen=True, slots=True)
class Played:
    """The counterpart of ``commands.Play``."""

    wait: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """The counterpart of ``commands.Ask``. Empty ``keys``: silence."""

    wait: int
    keys: str = field(repr=False)
    terminator: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One key pressed outside an ask: in hold music or in a prompt."""

    key: str


@dataclass(frozen=True, slots=True)
class MessageGranted:
    """The desk found everybody skilled busy, still after one wait: say the off-peak announcement (counterpart: ``Play``
    of it, then ``commands.MessageHeard``)."""

    visit: str


@dataclass(frozen=True, slots=True)
class Offered:
    """An agent's phone is about to ring for this call, or one more does. An announcement that plays is cut and music goes
    on."""

    visit: str
    offer: str
    agent: str


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """That agent did not take it. With the last phone that rings the caller waits on."""

    visit: str
    offer: str
    cause: str


@dataclass(frozen=True, slots=True)
class Released:
    """The queue gives the call back. ``branch``: still_busy, away, nobody, timeout, full, closed; or overflow: then the
    call goes on waiting in the queue ``to``."""

    visit: str
    branch: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class TalkBegan:
    visit: str
    offer: str
    agent: str


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The agent hung up (or the agent's leg was lost) and the caller is with us again."""

    visit: str
    offer: str
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PinChecked:
    """The counterpart of ``commands.CheckPin``. ``result``: right, wrong, closed (guessed too often), unavailable."""

    wait: int
    result: str


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    """The counterpart of ``commands.AgentDo``. ``result`` is a ``floor.requests.Result``."""

    wait: int
    result: str


@dataclass(frozen=True, slots=True)
class EmergencySwitched:
    """The counterpart of ``commands.SwitchEmergency``. ``result``: done, not_allowed, gone (no such message any more), refused (what
    acts does not pass the checks), unavailable (not known whether it was done)."""

    wait: int
    result: str


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """The counterpart of ``commands.BookCallback``. ``refused`` says why not (disabled, closed, number, already, full,
    no_place, unavailable); empty: it is booked."""

    visit: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ServiceAnswered:
    """The counterpart of ``commands.AskService``. ``result``: ok, not_found, failed, timeout; ``why`` is for engineers."""

    wait: int
    result: str
    facts: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The counterpart of ``commands.LookUp``. ``facts`` by the names of ``steps.look_up_caller.RECORDED``; ``why`` (a sentence) where
    it is not ``ok``."""

    wait: int
    ok: bool
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class NotSpoken:
    """The counterpart of ``commands.Speak`` where it failed; ``why`` is a sentence, never the text."""

    wait: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The counterpart of ``commands.Record``. ``ended_by``: key, pause, length, silence (nothing was said), failed (there is no
    file), stopped. ``seconds`` is None where nobody saw it end."""

    wait: int
    ended_by: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PartyJoined:
    """Whom ``commands.RingParty`` rang is there; they are about to be connected. ``to``: how that may be shown."""

    leg: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class PartyFailed:
    """It did not come about. ``branch`` is one of ``values.dial_results.BRANCHES``; ``cause`` is the switch's word, or ours."""

    leg: str
    branch: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class PartyEnded:
    """The other side hung up, and the caller is with us again. ``how``: of a conference left or ended; of a voice agent what
    it said, with the ``facts`` that it told."""

    leg: str
    talk_s: float = 0.0
    how: str = ""
    facts: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WaitNews:
    """How it stands while the caller waits, if the queue says it. ``ahead``: callers in front; ``bucket``: how long it
    takes (``values.waits``); each None where it is not said. ``serving``: agents who serve."""

    visit: str
    ahead: int | None = None
    bucket: int | None = None
    serving: int = 0


@dataclass(frozen=True, slots=True)
class EmergencyNews:
    """An emergency message is switched on for those who wait in the queue; what it is, the facts say."""

    visit: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone. Ends the call in every step."""

    cause: str = "NORMAL_CLEARING"


Event = (
    Began
    | Resumed
    | Played
    | Keys
    | Key
    | MessageGranted
    | Offered
    | OfferFailed
    | Released
    | TalkBegan
    | TalkEnded
    | PinChecked
    | AgentAnswered
    | EmergencySwitched
    | CallbackAnswer
    | ServiceAnswered
    | LookedUp
    | NotSpoken
    | Recorded
    | PartyJoined
    | PartyFailed
    | PartyEnded
    | WaitNews
    | EmergencyNews
    | HungUp
)
