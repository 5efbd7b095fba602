"""The configuration that supervisors edit and publish as one numbered release: queues, agents, hours, entries, texts.

Immutable; compared and copied by value. It travels as JSON (``as_data`` / ``from_data``) through the draft form, the
database and the journal. ``configuration_checks`` says what is wrong with one. How it is stored is no concern of this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from callcontrol.values.emergencies import Emergency
from callcontrol.values.hours import OpeningHours
from callcontrol.values.listed_callers import ListedCaller

LANGUAGES = ("zh", "en")
Callers = Mapping[str, str]  # key of a number -> the number masked
WRAP_UP_MODES = ("none", "optional", "fixed", "up_to")
# Where a configuration names none.
BREAK_REASONS: Mapping[str, Mapping[str, str]] = {
    "rest": {"zh": "休息", "en": "Rest"},
    "lunch": {"zh": "用餐", "en": "Lunch"},
    "training": {"zh": "培训", "en": "Training"},
    "meeting": {"zh": "会议", "en": "Meeting"},
}


@dataclass(frozen=True, slots=True)
class Announcement:
    """The busy-aware off-peak announcement of one queue. ``text`` is per language (``{"zh": ..., "en": ...}``); empty
    means the shipped text. ``max_share`` is the greatest share (0..1) of a half-hour's callers who may hear it."""

    enabled: bool = True
    text: Mapping[str, str] = field(default_factory=dict)
    max_share: float = 0.5
    dry_run: bool = False
    short_estimate_s: float = 30.0  # never said when the estimated wait is below this
    windows: int = 2  # how many quiet times are named, when they are learned (there is no ``text``)
    weeks: int = 4  # of measured waits that they are learned from


@dataclass(frozen=True, slots=True)
class Relaxation:
    """After ``after_s`` of waiting, and only while ``when`` (a condition on the queue's state, see ``values.conditions``)
    holds, agents of ``skills`` are eligible too; with ``exclusive`` only these."""

    skills: str
    after_s: float = 30.0
    when: str = ""
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Overflow:
    """After ``after_s`` of waiting, while ``when`` holds, the caller goes to the queue ``to`` and keeps the waiting time."""

    to: str
    after_s: float = 0.0
    when: str = ""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Agents of ``skills`` join the queue when its load (callers in it per serving agent) passes ``load_on`` and leave
    below ``load_off``. Empty ``skills``: no reserve."""

    skills: str = ""
    load_on: float = 1.2
    load_off: float = 1.0


@dataclass(frozen=True, slots=True)
class Callback:
    """Whether and how a caller may hang up and keep the place in the queue. ``tries`` in all; a failed one rests
    ``quarantine_s`` at first, then ``retry_s``."""

    enabled: bool = False
    tries: int = 3
    quarantine_s: float = 60.0
    retry_s: float = 600.0
    confirm_s: float = 15.0  # how long the agent may take to press 1
    ring_s: float = 30.0  # how long the caller's phone rings
    valid_s: float = 8 * 3600.0  # a callback that nobody served by then has failed


@dataclass(frozen=True, slots=True)
class Spoken:
    """What waiting callers are told, every ``every_s``."""

    position: bool = False
    estimate: bool = False
    every_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Queue:
    """Rules of one queue. Durations are seconds. ``skills`` is a skill expression (see ``values.skills``)."""

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    skills: str = ""
    strategy: str = "longest_idle"
    patience_s: float = 30.0  # one waiting period: how long before "still busy" is decided
    max_wait_s: float = 900.0
    max_length: int = 50
    ring_s: float = 20.0
    wrap_up_mode: str = "fixed"  # one of WRAP_UP_MODES
    wrap_up_s: float = 10.0
    wrap_up_cap_s: float = 300.0  # extensions included
    target_s: float = 15.0  # service-level threshold; weighs the order across queues
    short_abandon_s: float = 5.0
    hours: str = ""  # name of an OpeningHours; empty: always open
    record: bool = True
    announcement: Announcement = field(default_factory=Announcement)
    relaxation: tuple[Relaxation, ...] = ()  # in their order
    overflow: tuple[Overflow, ...] = ()  # the first that holds
    reserve: Reserve = field(default_factory=Reserve)
    callback: Callback = field(default_factory=Callback)
    spoken: Spoken = field(default_factory=Spoken)
    sticky_s: float = 0.0  # so long the last or a named agent is waited for
    hard_bound: float = 10.0  # who has waited so many targets goes first, whatever the points
    progressive_s: float = 5.0  # strategy progressive: one more phone rings every so many seconds
    service_level: str = "standard"  # preset of the formula, see ``values.service_level``
    goal: float = 0.85  # the share of service level to reach
    music: str = ""  # what who waits hears, see ``prompts.playlist``; empty: what ships
    music_shuffled: bool = False


@dataclass(frozen=True, slots=True)
class Agent:
    """``contact`` is a dial string of the switch (``user/1001`` or ``sofia/internal/1001@127.0.0.1:6000``)."""

    name: str  # also the extension: 1001
    title: str = ""
    contact: str = ""
    skills: Mapping[str, int] = field(default_factory=dict)
    max_misses: int = 3
    order: int = 0  # strategy top_down: the smaller first
    weight: float = 1.0  # strategy weighted: the share of calls compared with others
    team: str = ""
    lead: bool = False  # may switch emergency messages by telephone


@dataclass(frozen=True, slots=True)
class Service:
    """An HTTP service that flows ask. ``{name}`` in ``url`` and in the texts of ``send`` (fields of the JSON body of a POST or
    PUT; empty: all that the flow sends) is what the flow sends under that name. ``headers``: ``env:NAME`` is the environment
    variable. ``answers``: name of a fact -> where it stands in the JSON answer (``account.balance``). ``deadline_s`` is for all
    ``tries`` together; only what may be asked twice is tried again."""

    name: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    send: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float = 3.0
    tries: int = 2
    circuit_failures: int = 5  # in a row; then the service is left alone for ``circuit_s``
    circuit_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """Whom flows may have rung by name: a dial string of the switch, or a number that is reached through the setting
    ``dial_out``; one of the two."""

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What some callers of an entry get first: another ``release`` of its flow (0: the entry's), and ``parameters`` over the
    entry's. ``callers``: key of a number (``numbers.number_key``) -> the number masked, who always get it; ``share`` (0..1) of
    the other calls, by lot (``trials.lot``). Without both nobody gets it."""

    release: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    callers: Callers = field(default_factory=dict)
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class VoiceAgent:
    """An outside voice agent, reached by SIP. ``context``: names of what flows may send it; ``facts``: names of what it may
    tell; ``ring_s``: how long it may take to answer; ``most_s``: how long it may talk."""

    name: str
    contact: str
    ring_s: float = 10.0
    most_s: float = 600.0
    context: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A number that callers dial, and the flow that greets them: ``release`` of it (0: the newest). ``parameters`` override
    the flow's defaults."""

    number: str
    flow: str
    language: str = "zh"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    release: int = 0
    trial: Trial = field(default_factory=Trial)


@dataclass(frozen=True, slots=True)
class Configuration:
    queues: Mapping[str, Queue] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    hours: Mapping[str, OpeningHours] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # prompt key -> language -> text, over the shipped
    services: Mapping[str, Service] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    voice_agents: Mapping[str, VoiceAgent] = field(default_factory=dict)
    break_reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # name -> language -> title
    callers: Mapping[str, ListedCaller] = field(default_factory=dict)  # by key of the number
    emergencies: Mapping[str, Emergency] = field(default_factory=dict)
    composed: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # flows made in forms, see ``values.composed``
    composed_kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # their versions, kept at publishing


def break_reasons_of(configuration: Configuration) -> Mapping[str, Mapping[str, str]]:
    """Name -> language -> title, in the order in which they are offered."""
    return configuration.break_reasons or BREAK_REASONS


def phones_of(configuration: Configuration) -> list[str]:
    """Users that register at our switch: the agents whose contact is ``user/NAME``, in order."""
    users = (
        agent.contact.removeprefix("user/").partition("@")[0]
        for agent in configuration.agents.values()
        if agent.contact.startswith("user/")
    )
    return sorted(set(users))


def as_data(value: Any) -> Any:
    """Plain JSON data of a configuration or any part of it."""
    if hasattr(value, "as_data"):
        return value.as_data()
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: as_data(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): as_data(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(v) for v in value]
    return value


def from_data(data: Mapping[str, Any]) -> Configuration:
    """The configuration in ``data`` (as made by ``as_data`` or read from TOML; a queue, agent, entry or hours may leave
    out its own name). Raises ``ConfigurationError`` that lists every problem; checks shape only, see ``checks``."""
    from callcontrol.values.configuration_reading import read_configuration

    return read_configuration(data)
