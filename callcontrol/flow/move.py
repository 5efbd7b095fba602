"""Where a step leads (``Go``, ``Way``) and what it wants done (``Move``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callcontrol.flow.commands import Command

StoryBit = tuple[str, Mapping[str, Any]]  # kind of the story (see ports.journal.STORY_KINDS) and its data


class FlowTrouble(Exception):
    """A flow can't go on as written. The message is a sentence; the caller is led to the rescue step."""


@dataclass(frozen=True, slots=True)
class Go:
    """To ``step``, speaking ``language`` from there on (if named), and with these things remembered in the call."""

    step: str
    language: str = ""
    remember: Mapping[str, Any] = field(default_factory=dict)


Target = str | Go

# Where a key that is valid everywhere may lead besides to a step: what was said last is said again, the same in the other language.
AGAIN = "(again)"
OTHER_LANGUAGE = "(other language)"


def words(**by_language: str) -> Mapping[str, str]:
    """A text in each language: ``words(zh="热线", en="Hotline")``."""
    return by_language


def go(target: Target) -> Go:
    return target if isinstance(target, Go) else Go(target)


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step. ``bounded``: it can't be taken for ever unless the caller does something or a counter
    lets it; a circle of ways that has none of these would hold a silent caller for ever."""

    label: str
    target: str
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What a step makes of an event. ``to`` is None where it goes on waiting. ``changes`` are fields of the record."""

    to: Go | None = None
    branch: str = ""
    commands: tuple[Command, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    story: tuple[StoryBit, ...] = ()
