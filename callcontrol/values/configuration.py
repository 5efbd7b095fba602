"""The configuration that supervisors edit and publish as one numbered release: queues, agents, hours, entries, texts.

Immutable; compared and copied by value. It travels as JSON (``as_data`` / ``from_data``) through the draft form, the
database and the journal. ``configuration_checks`` says what is wrong with one. How it is stored is no concern of this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from callcontrol.values.hours import OpeningHours

LANGUAGES = ("zh", "en")
STRATEGIES = ("longest_idle", "best_skill_first")


@dataclass(frozen=True, slots=True)
class Announcement:
    """The busy-aware off-peak announcement of one queue. ``text`` is per language (``{"zh": ..., "en": ...}``); empty
    means the shipped text. ``max_share`` is the greatest share (0..1) of a half-hour's callers who may hear it."""

    enabled: bool = True
    text: Mapping[str, str] = field(default_factory=dict)
    max_share: float = 0.5
    dry_run: bool = False


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
    wrap_up_s: float = 10.0
    target_s: float = 15.0  # service-level threshold; weighs the order across queues
    short_abandon_s: float = 5.0
    hours: str = ""  # name of an OpeningHours; empty: always open
    record: bool = True
    announcement: Announcement = field(default_factory=Announcement)


@dataclass(frozen=True, slots=True)
class Agent:
    """``contact`` is a dial string of the switch (``user/1001`` or ``sofia/internal/1001@127.0.0.1:6000``)."""

    name: str  # also the extension: 1001
    title: str = ""
    contact: str = ""
    skills: Mapping[str, int] = field(default_factory=dict)
    max_misses: int = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A number that callers dial, and the flow that greets them. ``parameters`` override the flow's defaults."""

    number: str
    flow: str
    language: str = "zh"
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configuration:
    queues: Mapping[str, Queue] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    hours: Mapping[str, OpeningHours] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # prompt key -> language -> text, over the shipped


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
