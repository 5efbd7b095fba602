"""Callers whom the centre knows by name: important ones, blocked ones, those who speak another language than the entry.

A number is kept as a key (``numbers.number_key``) with what may be shown of it, as everywhere in a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from callcontrol.values.numbers import NUMBER_KEY, masked, number_key
from callcontrol.values.problems import Problem

MOST_VIP = 100
MOST_CALLERS = 5000
LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class ListedCaller:
    """``key``: of the number; ``shown``: the number masked, empty as long as ``key`` is the number itself (as a person writes it in
    a file). ``language``: what the caller is spoken to in; empty: the entry's."""

    key: str = ""
    shown: str = ""
    label: str = ""
    vip: int = 0
    blocked: bool = False
    language: str = ""


def callers_with_keys(callers: Mapping[str, ListedCaller], secret: bytes) -> dict[str, ListedCaller]:
    """Numbers turned into keys; what is no number stays, for the check to find."""
    made: dict[str, ListedCaller] = {}
    for name, caller in callers.items():
        key = (number_key(name, secret) or name) if not caller.shown else name
        made[key] = replace(caller, key=key, shown=caller.shown or masked(name))
    return made


def check_callers(callers: Mapping[str, ListedCaller], languages: tuple[str, ...]) -> Iterator[Problem]:
    if len(callers) > MOST_CALLERS:
        yield Problem("callers", f"holds {len(callers)} callers; at most {MOST_CALLERS}, ask a service for more.")
    for key, caller in callers.items():
        where = f"callers.{key if NUMBER_KEY.fullmatch(key) else masked(key)}"
        if not NUMBER_KEY.fullmatch(key) or "*" not in caller.shown:
            in_full = number_key(key, b"") != "" and not caller.shown
            said = "is a number in full; add it by 'callcontrol callers add', which keeps only a key of it."
            yield Problem(
                where, said if in_full else f"{masked(key)!r} is no number; write digits, perhaps a + before them."
            )
        if not 0 <= caller.vip <= MOST_VIP:
            yield Problem(f"{where}.vip", f"{caller.vip} is out of range; from 0 to {MOST_VIP} points.")
        if caller.language and caller.language not in languages:
            yield Problem(f"{where}.language", f"{caller.language!r} is no language; use {', '.join(languages)}.")
        if len(caller.label) > LONGEST_LABEL:
            yield Problem(f"{where}.label", f"has {len(caller.label)} characters; at most {LONGEST_LABEL} fit.")
