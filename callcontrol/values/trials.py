"""Who gets the trial of an entry, and who what everybody gets: by the caller's number, or by lot.

The lot of a call is made of its identity alone: the same call has the same lot on every controller, so a choice can be
explained and made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from callcontrol.values.configuration import Configuration, Entry, Trial
from callcontrol.values.listed_callers import callers_with_keys
from callcontrol.values.numbers import NUMBER_KEY, masked, number_key
from callcontrol.values.problems import Problem

CALLER = "caller"  # the caller's number is listed
SHARE = "share"  # the lot lies below the share
MOST_CALLERS = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """``release`` of the flow (0: the newest), ``parameters`` for the flow; ``trial``: "" (what everybody gets), ``CALLER``,
    ``SHARE``; ``lot``: see ``lot``."""

    release: int
    parameters: Mapping[str, Any]
    trial: str
    lot: float


def choose(entry: Entry, caller: str, call: str) -> Chosen:
    """``caller``: the key of the caller's number (empty: withheld); ``call``: the call's identity."""
    drawn = lot(call)
    trial = entry.trial
    if caller and caller in trial.callers:
        why = CALLER
    elif drawn < trial.share:
        why = SHARE
    else:
        return present(entry, drawn)
    made = made_everybodys(entry)
    return Chosen(made.release, made.parameters, why, drawn)


def present(entry: Entry, drawn: float) -> Chosen:
    """What everybody gets."""
    return Chosen(entry.release, entry.parameters, "", drawn)


def lot(call: str) -> float:
    """From 0 to below 1, evenly spread, always the same for a call."""
    return round(int.from_bytes(hashlib.sha256(call.encode()).digest()[:4]) / 2**32, 6) % 1


def made_everybodys(entry: Entry) -> Entry:
    """The entry with its trial as what everybody gets."""
    parameters = {**entry.parameters, **entry.trial.parameters}
    return replace(entry, release=entry.trial.release or entry.release, parameters=parameters, trial=Trial())


def without_trial(entry: Entry) -> Entry:
    return replace(entry, trial=Trial())


def on_trial(entry: Entry) -> bool:
    """Whether any call can get the trial."""
    return bool(entry.trial.callers) or entry.trial.share > 0


@dataclass(frozen=True, slots=True)
class Use:
    number: str
    flow: str
    release: int
    trial: bool


def uses_of(entry: Entry, newest: int) -> Iterator[Use]:
    """The releases that an entry's calls begin with; ``newest`` is that of its flow."""
    yield Use(entry.number, entry.flow, entry.release or newest, trial=False)
    if on_trial(entry):
        yield Use(entry.number, entry.flow, made_everybodys(entry).release or newest, trial=True)


def with_keys(configuration: Configuration, secret: bytes) -> Configuration:
    """The configuration with the test callers' numbers, as a person writes them, and those of the list of callers, turned into keys: a configuration travels
    through the journal, and full numbers do not."""

    def kept(entry: Entry) -> Entry:
        callers = {
            (number_key(number, secret) or number) if not shown else number: shown or masked(number)
            for number, shown in entry.trial.callers.items()
        }
        return replace(entry, trial=replace(entry.trial, callers=callers)) if callers else entry

    entries = {number: kept(entry) for number, entry in configuration.entries.items()}
    return replace(configuration, entries=entries, callers=callers_with_keys(configuration.callers, secret))


def check_trial(entry: Entry) -> Iterator[Problem]:
    """What is wrong with the trial by itself; ``flow.uses`` checks its release and parameters, which need the flow."""
    where, trial = f"entries.{entry.number}.trial", entry.trial
    if entry.release < 0:
        yield Problem(f"entries.{entry.number}.release", "is the number of a release; 0 stands for the newest.")
    if trial.release < 0:
        yield Problem(f"{where}.release", "is the number of a release; 0 stands for that of the entry.")
    if not 0 <= trial.share <= 1:
        yield Problem(f"{where}.share", "is a share from 0 to 1; 0.1 is every tenth call.")
    if len(trial.callers) > MOST_CALLERS:
        yield Problem(f"{where}.callers", f"lists {len(trial.callers)} numbers; at most {MOST_CALLERS}, use the share.")
    for key, shown in trial.callers.items():
        if NUMBER_KEY.fullmatch(key) and "*" in shown:
            continue
        in_full = not shown and number_key(key, b"") != ""
        what = f"{masked(key)!r} is no number; write digits, perhaps a + before them."
        if in_full:
            what = "lists a number in full; enter it on the page of the entry, which keeps only a key of it."
        yield Problem(f"{where}.callers", what)
    if not on_trial(entry) and (trial.release or trial.parameters):
        yield Problem(where, "is for nobody; list test callers or set a share, or end it.", fatal=False)
