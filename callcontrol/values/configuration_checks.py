"""What is wrong with a configuration, before it is published: every problem, each with where and the next move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from callcontrol.values.configuration import LANGUAGES, Configuration, Queue
from callcontrol.values.listed_callers import check_callers
from callcontrol.values.problems import Problem
from callcontrol.values.routing_checks import check_routing
from callcontrol.values.service_checks import check_services
from callcontrol.values.trials import check_trial

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NUMBER = re.compile(r"\+?[0-9]{1,20}")
LEVELS = range(11)
MOST_WEIGHT = 1000

# name -> (least, greatest, unit): wide enough for every real centre, narrow enough to catch milliseconds and typing errors
LIMITS: dict[str, tuple[float, float, str]] = {
    "patience_s": (1, 3600, "seconds"),
    "max_wait_s": (1, 4 * 3600, "seconds"),
    "max_length": (0, 10_000, "callers"),
    "ring_s": (3, 120, "seconds"),
    "wrap_up_s": (0, 3600, "seconds"),
    "target_s": (1, 3600, "seconds"),
    "short_abandon_s": (0, 120, "seconds"),
}


VOICE_AGENT_LIMITS: dict[str, tuple[float, float]] = {"ring_s": (1, 60), "most_s": (10, 4 * 3600)}  # seconds


def check(configuration: Configuration) -> list[Problem]:
    """Everything that forbids publishing (``fatal``) and what should be looked at. What concerns flows is checked by
    ``flow.uses``, which knows them."""
    return [
        *_queues(configuration),
        *check_routing(configuration),
        *_agents(configuration),
        *_entries(configuration),
        *check_services(configuration),
        *_emergencies(configuration),
        *_targets(configuration),
        *_voice_agents(configuration),
        *check_callers(configuration.callers, LANGUAGES),
    ]


def _queues(configuration: Configuration) -> Iterator[Problem]:
    for queue in configuration.queues.values():
        where = f"queues.{queue.name}"
        if not NAME.fullmatch(queue.name):
            yield Problem(where, "a queue's name is small letters, digits, - and _, at most 40; rename it.")
        yield from _limits(queue, where)
        if queue.hours and queue.hours not in configuration.hours:
            yield Problem(f"{where}.hours", f"there are no opening hours named {queue.hours!r}; add them or clear it.")
        if not 0 <= queue.announcement.max_share <= 1:
            yield Problem(f"{where}.announcement.max_share", "is a share from 0 to 1; 0.5 is half of the callers.")
        for language in queue.announcement.text:
            if language not in LANGUAGES:
                yield Problem(f"{where}.announcement.text", f"{language!r} is no language; use {', '.join(LANGUAGES)}.")


def _limits(queue: Queue, where: str) -> Iterator[Problem]:
    for name, (least, greatest, unit) in LIMITS.items():
        value = getattr(queue, name)
        if not least <= value <= greatest:
            yield Problem(f"{where}.{name}", f"{value:g} is out of range; from {least:g} to {greatest:g} {unit}.")
    if queue.max_wait_s < queue.patience_s:
        yield Problem(
            f"{where}.max_wait_s", "is shorter than patience_s: the announcement could never be heard; raise it."
        )


def _agents(configuration: Configuration) -> Iterator[Problem]:
    for agent in configuration.agents.values():
        where = f"agents.{agent.name}"
        if not NAME.fullmatch(agent.name):
            yield Problem(where, "an agent's name is small letters, digits, - and _, at most 40; rename it.")
        if not 0 <= agent.weight <= MOST_WEIGHT:
            yield Problem(f"{where}.weight", f"{agent.weight:g} is out of range; from 0 to {MOST_WEIGHT} as a weight.")
        for skill, level in agent.skills.items():
            if level not in LEVELS:
                yield Problem(f"{where}.skills.{skill}", f"{level} is no level; from 0 to {LEVELS[-1]}.")
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", skill) or skill in ("and", "or", "not"):
                yield Problem(f"{where}.skills.{skill}", "a skill's name is small letters, digits and _; rename it.")
        if not agent.contact:
            yield Problem(f"{where}.contact", f"is empty: nothing can ring; write user/{agent.name}.")
        elif not CONTACT.fullmatch(agent.contact):
            yield Problem(
                f"{where}.contact",
                f"{agent.contact!r} is no phone; write user/1001, sofia/internal/1001@host:port or sofia/gateway/NAME/NUMBER.",
            )


# The same grammar as the gate of the switch room: one endpoint, no variables, no second leg, nothing to expand.
CONTACT = re.compile(
    r"user/[A-Za-z0-9_.+-]{1,64}(@[A-Za-z0-9.-]{1,253})?"
    r"|sofia/gateway/[A-Za-z0-9_.-]{1,64}/[A-Za-z0-9_.+*#-]{1,64}"
    r"|sofia/[A-Za-z0-9_.-]{1,64}/(sip:)?[A-Za-z0-9_.+*#-]{1,64}@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?"
    r"|loopback/[A-Za-z0-9_.+*#-]{1,64}(/[A-Za-z0-9_.-]{1,64})?"
)


def _targets(configuration: Configuration) -> Iterator[Problem]:
    for target in configuration.targets.values():
        where = f"targets.{target.name}"
        if not NAME.fullmatch(target.name):
            yield Problem(where, "a target's name is small letters, digits, - and _, at most 40; rename it.")
        if bool(target.contact) == bool(target.number):
            yield Problem(where, "has a contact or a number, one of the two: what rings must be clear.")
        if target.contact and not CONTACT.fullmatch(target.contact):
            yield Problem(
                f"{where}.contact",
                f"{target.contact!r} is no phone; write user/1001, sofia/internal/1001@host:port or sofia/gateway/NAME/NUMBER.",
            )
        if target.number and not NUMBER.fullmatch(target.number):
            yield Problem(f"{where}.number", "is digits, perhaps a + before them.")
        if target.name in configuration.agents:
            yield Problem(where, f"is also the name of an agent, who could not be dialled; rename {target.name!r}.")


def _voice_agents(configuration: Configuration) -> Iterator[Problem]:
    for agent in configuration.voice_agents.values():
        where = f"voice_agents.{agent.name}"
        if not NAME.fullmatch(agent.name):
            yield Problem(where, "a voice agent's name is small letters, digits, - and _, at most 40; rename it.")
        if not CONTACT.fullmatch(agent.contact):
            yield Problem(
                f"{where}.contact",
                f"{agent.contact!r} is no address; write sofia/gateway/NAME/agent or sofia/PROFILE/x@host:port.",
            )
        for name, (least, greatest) in VOICE_AGENT_LIMITS.items():
            if not least <= getattr(agent, name) <= greatest:
                yield Problem(f"{where}.{name}", f"is out of range; from {least:g} to {greatest:g} seconds.")
        for table in ("context", "facts"):
            for name in getattr(agent, table):
                if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
                    yield Problem(f"{where}.{table}", f"{name!r} is no name; small letters, digits and _.")


def _entries(configuration: Configuration) -> Iterator[Problem]:
    for entry in configuration.entries.values():
        where = f"entries.{entry.number}"
        if not NUMBER.fullmatch(entry.number):
            yield Problem(where, "an entry is the number that is dialled: digits, perhaps a + before them.")
        if entry.language not in LANGUAGES:
            yield Problem(f"{where}.language", f"{entry.language!r} is no language; use {', '.join(LANGUAGES)}.")
        yield from check_trial(entry)


def _emergencies(configuration: Configuration) -> Iterator[Problem]:
    for emergency in configuration.emergencies.values():
        where = f"emergencies.{emergency.name}"
        if not NAME.fullmatch(emergency.name):
            yield Problem(where, "an emergency's name is small letters, digits, - and _, at most 40; rename it.")
        for language in emergency.text:
            if language not in LANGUAGES:
                yield Problem(f"{where}.text", f"{language!r} is no language; use {', '.join(LANGUAGES)}.")
        for entry in emergency.entries:
            if entry not in configuration.entries:
                yield Problem(f"{where}.entries", f"there is no entry {entry!r} to say it to; add it or take it out.")
        for queue in emergency.queues:
            if queue not in configuration.queues:
                yield Problem(f"{where}.queues", f"there is no queue {queue!r} to say it in; add it or take it out.")
        if emergency.until and not _is_instant(emergency.until):
            yield Problem(f"{where}.until", f"{emergency.until!r} is no instant; write 2026-10-01T18:00+08:00.")


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
