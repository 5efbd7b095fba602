"""What the engine asks for. The counterpart is ``events``. The conductor (``calls``) or the rehearsal carries them out
in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Keys that are no texts: a prompt of one says its ``value`` as that kind and nothing else.
VALUE_PROMPTS = frozenset(
    {"number", "count", "digits", "phone", "money", "date", "weekday", "time", "duration", "quiet", "wait"}
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to say: ``key`` of the prompt catalogue and the values said in it (``position=3``); the text says how each is
    said (``{balance:money}``). In a flow a value may be a parameter or ``Remembered``. A key of ``VALUE_PROMPTS`` says its
    ``value`` alone. Language is the call's, at the time of playing."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the call, once; before anything is played."""


@dataclass(frozen=True, slots=True)
class Play:
    """-> ``events.Played``"""

    wait: int
    prompts: tuple[Prompt, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Ask:
    """-> ``events.Keys``"""

    wait: int
    prompts: tuple[Prompt, ...]
    language: str
    min_keys: int = 1
    max_keys: int = 1
    timeout_s: float = 5.0
    inter_digit_s: float = 3.0
    terminators: str = "#"
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """-> ``events.MessageGranted``, ``Offered``, ``OfferFailed``, ``Released``, ``TalkBegan``, ``TalkEnded``. Music plays
    from here on (``Hold``). A join with the same ``visit`` again (after ``Resumed``) keeps everything. ``prefer``: an agent
    to wait for, as long as the queue's rules say. ``came_from``: the queue that the call overflowed from. The announcement is
    not said before ``message_after_s`` of this visit, nor from ``message_until`` on (seconds since the epoch; 0: no such
    moment, below 0: never), whatever else would allow it."""

    wait: int
    queue: str
    visit: str
    first_joined_at: float
    needs: str = ""
    vip: int = 0
    prefer: str = ""
    came_from: str = ""
    message_after_s: float = 0.0
    message_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold music until the next thing to hear."""

    wait: int
    music: str = ""


@dataclass(frozen=True, slots=True)
class MessageHeard:
    """The off-peak announcement was heard to its end."""

    visit: str


@dataclass(frozen=True, slots=True)
class StayInQueue:
    """The caller chose to go on waiting after or in the announcement."""

    visit: str


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """``reason``: exit_key, requeued, callback_booked."""

    visit: str
    reason: str


@dataclass(frozen=True, slots=True)
class BookCallback:
    """-> ``events.CallbackAnswer``. ``visit`` is the one that the caller has left; ``number`` is kept where no journal and no
    log can see it."""

    queue: str
    visit: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeepSurvey:
    """Answers 1..5, or None where the caller skipped."""

    answers: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class CheckPin:
    """-> ``events.PinChecked``. The PIN is for the check alone: not for a record, a story or a log."""

    wait: int
    agent: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SwitchEmergency:
    """-> ``events.EmergencySwitched``. ``emergency`` acts for ``hours`` from now; 0: it is switched off. ``agent`` is who asks."""

    wait: int
    agent: str
    emergency: str
    hours: float


@dataclass(frozen=True, slots=True)
class AgentDo:
    """-> ``events.AgentAnswered``. ``action``: see ``steps.agent_action.ACTIONS``."""

    wait: int
    action: str
    agent: str
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AskService:
    """Ask an outside service of the configuration. ``key`` tells the same question asked again. -> ``events.ServiceAnswered``"""

    wait: int
    service: str
    values: Mapping[str, str] = field(repr=False)
    key: str = ""


@dataclass(frozen=True, slots=True)
class LookUp:
    """What our own records of the last ``days`` know of the caller -> ``events.LookedUp``"""

    wait: int
    days: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Have a text spoken by the machine's voice, and play it -> ``events.Played`` or ``NotSpoken``. ``private``: it is kept nowhere
    for longer than it needs."""

    wait: int
    text: str = field(repr=False)
    language: str = "en"
    private: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Record what the caller says, after a beep, as ``message`` in ``box`` -> ``events.Recorded``. A pause of ``silence_s`` ends it,
    so do ``end_keys``. ``goes_on``: it was begun by another controller; what is not there any more has ended. Shorter than
    ``min_s`` nothing was said, should the caller hang up meanwhile."""

    wait: int
    message: str
    box: str
    max_s: float
    silence_s: float
    min_s: float
    end_keys: str = "#"
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class HearMessage:
    """Play what was recorded to the caller -> ``events.Played``"""

    wait: int
    message: str


@dataclass(frozen=True, slots=True)
class DropMessage:
    """Nobody will hear this message: forget what was kept of it."""

    message: str


@dataclass(frozen=True, slots=True)
class RingParty:
    """Ring somebody else than an agent, and connect the caller on the answer. -> ``events.PartyJoined`` or ``PartyFailed``, and
    after the talk ``PartyEnded``. ``to``: a name of the configuration, an extension or a number, as it may come from a
    caller's keys. With a ``leg`` that rings already nothing rings a second time."""

    leg: str
    to: str = field(repr=False)
    ring_s: float = 30.0
    record: bool = False
    said: tuple[Prompt, ...] = ()  # to who picks up, before the caller is connected
    language: str = ""
    confirm: bool = False  # the call is taken only by key 1
    final: bool = False  # the caller does not come back
    voice: Mapping[str, str] | None = field(default=None, repr=False)  # ``to`` is a voice agent, who is told this


@dataclass(frozen=True, slots=True)
class JoinConference:
    """-> ``events.PartyFailed`` (branch rejected: locked or full; failed), or ``PartyEnded`` when the caller is back. ``leg``
    names this visit to the room, as a leg of a party."""

    leg: str
    room: str
    muted: bool = False
    most: int = 0


@dataclass(frozen=True, slots=True)
class EndParty:
    """The caller goes elsewhere: that leg is not wanted any more, ringing or not."""

    leg: str


@dataclass(frozen=True, slots=True)
class HangUp:
    cause: str = "NORMAL_CLEARING"


Command = (
    Answer
    | Play
    | Ask
    | JoinQueue
    | Hold
    | MessageHeard
    | StayInQueue
    | LeaveQueue
    | BookCallback
    | KeepSurvey
    | CheckPin
    | AgentDo
    | SwitchEmergency
    | AskService
    | LookUp
    | Speak
    | Record
    | HearMessage
    | DropMessage
    | RingParty
    | JoinConference
    | EndParty
    | HangUp
)
