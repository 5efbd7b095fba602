"""A call's story as a ladder: who said what to whom, one rung a line; and the ways that the call took through its flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LANES = ("caller", "switch", "controller", "agent")
PARTY = "party"  # somebody who is no agent, in calls that had one
StoryLine = tuple[float, str, Mapping[str, Any]]  # at, kind (see ports.journal.STORY_KINDS), data


@dataclass(frozen=True, slots=True)
class Rung:
    """From one lane to another; ``source`` and ``target`` alike: something that happens there. ``both``: to and fro, as long
    as a talk lasts."""

    at: float
    kind: str
    source: str
    target: str
    data: Mapping[str, Any]
    both: bool = False


# kind -> (from, to). What is played and asked goes by the switch, which the arrow passes through.
_ARROWS: Mapping[str, tuple[str, str]] = {
    "began": ("caller", "controller"),
    "keys": ("caller", "controller"),
    "message": ("controller", "caller"),
    "news": ("controller", "caller"),
    "offered": ("controller", "agent"),
    "offer_failed": ("agent", "controller"),
    "party_rung": ("controller", PARTY),
    "party_failed": (PARTY, "controller"),
    "conference_joined": ("caller", PARTY),
    "conference_left": (PARTY, "controller"),
    "survey": ("caller", "controller"),
    "recording_began": ("switch", "switch"),
    "recording_ended": ("switch", "switch"),
}


def rungs(story: Iterable[StoryLine]) -> list[Rung]:
    """In the order of the story. A kind that is not known (of a newer controller) happens at the controller."""
    return [_rung(at, kind, data) for at, kind, data in story]


def lanes_of(ladder: Iterable[Rung]) -> tuple[str, ...]:
    """The lanes that this ladder needs."""
    return (*LANES, PARTY) if any(PARTY in (rung.source, rung.target) for rung in ladder) else LANES


def _rung(at: float, kind: str, data: Mapping[str, Any]) -> Rung:
    if kind == "talk_began":
        return Rung(at, kind, "caller", "agent", data, both=True)
    if kind == "party_began":
        return Rung(at, kind, "caller", PARTY, data, both=True)
    if kind in ("talk_ended", "party_ended", "ended"):
        by = str(data.get("by") or "")
        source = by if by in ("caller", "agent", PARTY) else "controller" if by == "flow" else "switch"
        return Rung(at, kind, source, "caller" if source == "controller" else "controller", data)
    if kind == "step" and data.get("to_hear"):
        return Rung(at, kind, "controller", "caller", data)
    source, target = _ARROWS.get(kind, ("controller", "controller"))
    return Rung(at, kind, source, target, data)


def steps_of(story: Iterable[StoryLine]) -> list[str]:
    """The steps that the call entered, in order."""
    return [str(data["step"]) for _, kind, data in story if kind == "step" and data.get("step")]


def ways_of(steps: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(steps))
