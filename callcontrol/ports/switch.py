"""What the conductor asks of the switch, and what the switch tells it.

A call is held by a ``CallSession`` (the outbound socket: the dialplan handed the call to us); everything else, the
agents' legs above all, goes through ``SwitchControl`` (an inbound connection that sees every channel of one switch).
Methods start something and return; the answer comes as an event. Every text that comes from outside is made harmless by
the adapter before it reaches the wire: callers of these protocols pass it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class SwitchError(Exception):
    """The switch refused a command, or did not answer within the deadline. The message is a sentence."""


class ConnectionLost(SwitchError):
    """The connection to the switch is gone; the call may well live on."""


# --- events of a call session ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Played:
    """A ``play`` or ``hold`` of that wait ended, by itself or because it was stopped. ``missing`` names sound files that
    the switch did not find."""

    wait: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeysEntered:
    """An ``ask`` ended. ``keys`` is empty on silence, and holds only 0-9 * # A-D."""

    wait: int
    keys: str = field(repr=False)
    terminator: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ``record`` ended. ``ended_by``: key, pause, length, silence (nothing was said), failed (there is no file), stopped.
    ``seconds`` is None where nobody saw it end."""

    wait: int
    ended_by: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """One key, outside an ``ask``."""

    key: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller's channel is gone. Nothing follows. ``cause`` is the switch's spelling: NORMAL_CLEARING."""

    cause: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The socket ended while the call lives on (after ``leave``, or the connection broke)."""


SessionEvent = Played | KeysEntered | Recorded | KeyPressed | HungUp | SessionClosed


class CallSession(Protocol):
    uuid: str
    node: str  # name of the switch, to find its SwitchControl
    caller_number: str
    caller_name: str
    destination: str  # the number dialled

    def variable(self, name: str) -> str | None:
        """A channel variable as it stood when the session began."""
        ...

    def answer(self) -> None: ...

    def play(self, wait: int, sounds: Sequence[str]) -> None:
        """Play files or ``silence_stream://``/``tone_stream://`` one after another -> ``Played(wait)``."""
        ...

    def ask(
        self,
        wait: int,
        sounds: Sequence[str],
        *,
        min_keys: int,
        max_keys: int,
        timeout_s: float,
        inter_digit_s: float,
        terminators: str,
        sensitive: bool = False,
    ) -> None:
        """Play and take keys; a key cuts the prompt -> ``KeysEntered(wait)``. Of ``sensitive`` keys the switch tells and writes
        nothing else, and which one was the terminator is not told."""
        ...

    def hold(self, wait: int, music: str | Sequence[str]) -> None:
        """Music, one piece after the other and again from the first, until ``stop`` -> ``Played(wait)`` once stopped."""
        ...

    def record(
        self, wait: int, path: str, *, max_s: float, silence_s: float, end_keys: str, goes_on: bool = False
    ) -> None:
        """Beep, and record what the caller says until a pause of ``silence_s``, a key of ``end_keys`` or ``max_s`` ->
        ``Recorded(wait)``. It outlives its controller: with ``goes_on`` the next one only waits for its end, or begins if
        there is nothing yet. When the caller hangs up, the file holds what was said."""
        ...

    def stop(self) -> None:
        """Stop whatever plays now. The completion arrives as usual."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Set a channel variable, now, without waiting; order with other commands of this session is kept."""
        ...

    def prepare_talk(self, resume_extension: str) -> None:
        """From here on the talk outlives every controller; when the agent hangs up the caller comes back through
        ``resume_extension`` (``EXTENSION:XML:CONTEXT``); with none, the leg ends with the talk."""
        ...

    def leave(self) -> None:
        """Give up the socket; the call goes on (bridged, or at the next action of its dialplan)."""
        ...

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None: ...

    def next_event(self, timeout_s: float | None = None) -> SessionEvent | None:
        """The next event, or None after ``timeout_s``. After ``HungUp`` or ``SessionClosed`` nothing more comes."""
        ...

    def post(self, event: object) -> None:
        """Put an event of another source (the floor, the agent's leg) into the same line, so that one loop reads all."""
        ...


# --- events of other legs ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LegRinging:
    leg: str


@dataclass(frozen=True, slots=True)
class LegAnswered:
    leg: str


@dataclass(frozen=True, slots=True)
class LegFailed:
    """The leg never answered. ``cause``: NO_ANSWER, USER_BUSY, CALL_REJECTED, SUBSCRIBER_ABSENT, ORIGINATOR_CANCEL, ..."""

    leg: str
    cause: str


@dataclass(frozen=True, slots=True)
class LegHungUp:
    """A leg (agent's or caller's) that had been answered is gone. ``far``: its telephone hung up, not we."""

    leg: str
    cause: str
    far: bool = False


@dataclass(frozen=True, slots=True)
class LegsBridged:
    leg: str
    other: str


@dataclass(frozen=True, slots=True)
class RecordingStopped:
    leg: str
    path: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LegHeld:
    """The phone of this leg put the other side on hold, or took it back (``held`` False)."""

    leg: str
    held: bool


LegEvent = LegRinging | LegAnswered | LegFailed | LegHungUp | LegsBridged | LegHeld | RecordingStopped


@dataclass(frozen=True, slots=True)
class PhoneNow:
    """``registered``: None when it can't be known. Answered legs: ``calling`` were begun at the phone, ``called`` were
    rung by somebody, ours among them."""

    registered: bool | None = None
    calling: tuple[str, ...] = ()
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One live channel of the switch, for the reconciler."""

    uuid: str
    created_at: float
    state: str
    application: str
    caller_number: str
    bridged_to: str
    outbound: bool = False  # the switch made it; else somebody called


@dataclass(frozen=True, slots=True)
class Announcement:
    """What who picks up hears before being connected. With ``key`` only that key counts as an answer: another one is
    ``LegFailed`` with CALL_REJECTED, none within ``timeout_s`` after it was said twice with NO_USER_RESPONSE."""

    sounds: Sequence[str]
    key: str = ""
    timeout_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Room:
    """A conference as it stands: how many are in it, whether nobody else may come."""

    members: int = 0
    locked: bool = False


@dataclass(frozen=True, slots=True)
class LastWords:
    """The end of a leg: its cause, and the X- headers of the BYE from its far end."""

    cause: str
    headers: Mapping[str, str]


# On the leg of somebody whom a flow had rung: the call it was rung for.
PARTY_VARIABLE = "callcontrol_party_of"

# Variable of a call that was in a conference: ``LEG/left`` (by a key) or ``LEG/ended``, with the name of that visit.
CONFERENCE_VARIABLE = "callcontrol_conference"


class SwitchControl(Protocol):
    node: str

    def connected(self) -> bool: ...

    def watch(self, uuid: str, sink: Callable[[LegEvent], None]) -> None:
        """From now on give ``sink`` every event of that leg. May be called before the leg exists. ``sink`` must not block."""
        ...

    def unwatch(self, uuid: str) -> None: ...

    def ring(
        self,
        leg: str,
        contact: str,
        *,
        ring_s: float,
        park_s: float,
        caller_name: str,
        caller_number: str,
        variables: Mapping[str, str],
        extension: str = "",
        announce: Announcement | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Call ``contact`` as a new leg with the identity ``leg`` -> ``LegRinging``, then ``LegAnswered`` or ``LegFailed``.
        With ``announce`` the answer is told after it was heard, and confirmed. ``headers`` (X-...) go with the INVITE.
        An answered leg waits parked, at most ``park_s``, or goes to ``extension`` (``EXTENSION:XML:CONTEXT``). Raises ``SwitchError`` for a contact that is no dial string."""
        ...

    def adopt(self, leg: str, announce: Announcement | None = None) -> bool:
        """Whether that leg is there. If so, ``LegAnswered`` or ``LegFailed`` is told of it from now on, as if we had rung it;
        also when it was answered before. Watch it first."""
        ...

    def cancel(self, leg: str, cause: str = "ORIGINATOR_CANCEL") -> None:
        """End a leg, ringing or not. No error if it is gone."""
        ...

    def cancel_all(self, legs: Sequence[str], cause: str = "ORIGINATOR_CANCEL") -> None:
        """End these legs, all in one go, ringing or not. With ``LOSE_RACE`` a phone is told that the call was completed
        elsewhere, and does not count it as missed."""
        ...

    def bridge(self, uuid: str, leg: str) -> None:
        """Bring two legs together; returns when the switch says so. Raises ``SwitchError`` if one is gone."""
        ...

    def room(self, name: str) -> Room:
        """How that conference stands now. Raises ``SwitchError`` where the switch has no conferences."""
        ...

    def confer(self, uuid: str, room: str, visit: str, *, muted: bool, resume_extension: str) -> None:
        """Send a call into a conference. It needs no controller there, and comes back by ``resume_extension`` with
        ``CONFERENCE_VARIABLE`` set."""
        ...

    def last_words(self, leg: str, within_s: float = 0.0) -> LastWords | None:
        """How a leg with the variable ``PARTY_VARIABLE`` ended, on whichever controller's word it was rung; None if that was not
        told within the time, or too long ago."""
        ...

    def record_start(self, leg: str, path: str) -> None: ...

    def record_stop(self, leg: str, path: str) -> None: ...

    def record_mask(self, leg: str, path: str, masked: bool) -> None: ...

    def remember(self, uuid: str, name: str, value: str) -> None: ...

    def variable(self, uuid: str, name: str) -> str | None: ...

    def exists(self, uuid: str) -> bool: ...

    def channels(self) -> list[ChannelRow]: ...

    def follow_phones(self, contacts: Iterable[str], changed: Callable[[], None]) -> None:
        """Keep an eye on these phones, and on no others, from now on. ``changed`` is called when one registered, went, or
        began or ended a call; it must not block."""
        ...

    def phones(self) -> Mapping[str, PhoneNow]:
        """The phones that are followed, by contact. May ask the switch; raises ``SwitchError``."""
        ...

    def registered(self, user: str) -> bool | None:
        """Whether a phone is registered for ``user`` (``1001`` or ``1001@domain``); None when it can't be known."""
        ...
