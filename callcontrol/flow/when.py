"""Conditions of rules, as texts that a form can hold: ``busy support``, ``waited 60 support``, ``before 16:00``.

Each looks at what a flow may know purely: the facts of this moment and the call's record. In a ``Queue`` the name of the queue
may be left out: it is the one that the call waits in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from callcontrol.flow.call import Call

ZONE = "Asia/Shanghai"  # of times of day, where a step names none
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEVER = -1.0
_LANGUAGES = ("zh", "en")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_THING = re.compile(r"[A-Za-z][\w.-]*(=.*)?", re.DOTALL)


class ConditionError(ValueError):
    """The text is no condition; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``value`` and ``of`` tell what stands behind the word: "" nothing, else time, seconds, days, language, thing, times;
    and queue or hours."""

    word: str
    value: str = ""
    of: str = ""


KINDS: Mapping[str, Kind] = {
    kind.word: kind
    for kind in (
        Kind("busy", of="queue"),  # everybody skilled is busy: nobody free, somebody will be
        Kind("waited", "seconds", "queue"),  # at least so long, since the first joining
        Kind("before", "time"),
        Kind("after", "time"),  # at that time or later
        Kind("days", "days"),
        Kind("open", of="hours"),
        Kind("closed", of="hours"),
        Kind("language", "language"),
        Kind("remembered", "thing"),  # NAME, or NAME=VALUE
        Kind("heard", of="queue"),  # the announcement of that queue, in this call
        Kind("callback", of="queue"),  # one can be had now
        Kind("passed", "times"),  # the call comes here for the so-manieth time or more
    )
}


@dataclass(frozen=True, slots=True)
class Condition:
    kind: str
    value: str = ""
    of: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.value, self.of) if part)

    def holds(self, call: Call, *, queue: str = "", zone: str = ZONE, passed: int = 0) -> bool:
        """``queue``: where the call waits, ``passed``: how often it came here, this time too. Raises ``FlowTrouble`` for
        opening hours that there are not."""
        local = call.now.astimezone(ZoneInfo(zone))
        of = self.of or queue
        match self.kind:
            case "busy":
                return call.facts.cases.get(of) == "busy"
            case "waited":
                return call.waited_s(of) >= float(self.value)
            case "before":
                return f"{local:%H:%M}" < self.value
            case "after":
                return f"{local:%H:%M}" >= self.value
            case "days":
                return DAYS[local.weekday()] in self.value.split(",")
            case "open":
                return call.is_open(self.of)
            case "closed":
                return not call.is_open(self.of)
            case "language":
                return call.language == self.value
            case "remembered":
                name, equals, value = self.value.partition("=")
                return name in call.context and (not equals or str(call.context[name]) == value)
            case "heard":
                return call.has_heard(of)
            case "callback":
                return not call.callback_refusal(of)
            case _:
                return passed >= int(self.value)


@lru_cache(maxsize=4096)
def read_condition(text: str) -> Condition:
    """Raises ``ConditionError``."""
    word, _, rest = text.strip().partition(" ")
    kind = KINDS.get(word)
    if kind is None:
        raise ConditionError(f"{word!r} is no condition; there are: {', '.join(KINDS)}.")
    rest, of = rest.strip(), ""
    if kind.of and kind.value:
        rest, _, of = (part.strip() for part in rest.partition(" "))
    elif kind.of:
        rest, of = "", rest
    if wrong := _wrong_value(kind, rest) or _wrong_name(kind, of):
        raise ConditionError(wrong)
    return Condition(word, rest, of)


def _wrong_value(kind: Kind, value: str) -> str:
    match kind.value:
        case "time" if not _TIME.fullmatch(value):
            return f"{kind.word!r} asks for a time of day such as 16:00, not {value!r}."
        case "seconds" if not re.fullmatch(r"\d{1,5}(\.\d)?", value):
            return f"{kind.word!r} asks for a number of seconds such as 60, not {value!r}."
        case "days" if not value or not set(value.split(",")) <= set(DAYS):
            return f"{kind.word!r} asks for weekdays such as mon,fri, not {value!r}."
        case "language" if value not in _LANGUAGES:
            return f"{kind.word!r} asks for one of {', '.join(_LANGUAGES)}, not {value!r}."
        case "thing" if not _THING.fullmatch(value):
            return f"{kind.word!r} asks for a name, or NAME=VALUE, not {value!r}."
        case "times" if not re.fullmatch(r"[1-9]\d?", value):
            return f"{kind.word!r} asks for a number such as 3, not {value!r}."
    return ""


def _wrong_name(kind: Kind, of: str) -> str:
    if kind.of == "hours" and not of:
        return f"{kind.word!r} asks for the name of opening hours."
    return f"{of!r} is no name." if " " in of else ""


def sound(texts: Iterable[str]) -> Iterator[Condition]:
    """Those that can be read."""
    for text in texts:
        try:
            yield read_condition(text)
        except ConditionError:
            continue


def problems_of(texts: Iterable[str], *, in_queue: bool = False) -> list[str]:
    """What is wrong with them, a sentence each."""
    found = []
    for text in texts:
        try:
            condition = read_condition(text)
        except ConditionError as error:
            found.append(str(error))
            continue
        if not in_queue and KINDS[condition.kind].of == "queue" and not condition.of:
            found.append(f"{condition.kind!r} asks for the name of a queue.")
        if in_queue and condition.kind == "passed":
            found.append("'passed' counts how often a rule is passed; a queue's announcement can't ask for it.")
    return found


def all_hold(texts: Iterable[str], call: Call, *, queue: str = "", zone: str = ZONE, passed: int = 0) -> bool:
    return all(read_condition(text).holds(call, queue=queue, zone=zone, passed=passed) for text in texts)


# --- for the announcement: the desk says when, a rule can only ask for less -----------------------------------------------
def window(texts: Iterable[str], call: Call, queue: str, zone: str = ZONE) -> tuple[float, float]:
    """(seconds from now before which the announcement may not be said, moment in seconds since the epoch from which on it
    may not; 0: no such moment, ``NEVER``). What can't be told beforehand holds as it does now: when in doubt it is not said."""
    after_s, until = 0.0, 0.0
    local = call.now.astimezone(ZoneInfo(zone))
    for condition in (read_condition(text) for text in texts):
        end: datetime | None = None
        match condition.kind:
            case "busy":  # what the desk grants it by
                continue
            case "waited":
                after_s = max(after_s, float(condition.value))
                continue
            case "after" if not condition.holds(call, zone=zone):
                after_s = max(after_s, (_at(local, condition.value) - call.now).total_seconds())
                continue
            case "before":
                end = _at(local, condition.value)
            case "after" | "days":
                end = _at(local + timedelta(days=1), "00:00")
        if not condition.holds(call, queue=queue, zone=zone):
            return after_s, NEVER
        if end is not None:
            until = min(until or end.timestamp(), end.timestamp())
    return after_s, until


def still_hold(texts: Iterable[str], call: Call, queue: str, zone: str = ZONE) -> bool:
    """When the desk has granted the announcement: what it can't look after."""
    looked_after = ("busy", "waited")
    conditions = (condition for condition in map(read_condition, texts) if condition.kind not in looked_after)
    return all(condition.holds(call, queue=queue, zone=zone) for condition in conditions)


def _at(local: datetime, clock: str) -> datetime:
    return datetime.combine(local.date(), time.fromisoformat(clock), local.tzinfo)


# --- for those who try every way ------------------------------------------------------------------------------------------
def telling_moments(texts: Iterable[str], zone: str, day: datetime) -> Iterator[datetime]:
    """Moments of that day, or of the days after it, at which the conditions change what they say."""
    local = day.astimezone(ZoneInfo(zone))
    for condition in sound(texts):
        if condition.kind in ("before", "after"):
            at = _at(local, condition.value)
            yield at
            yield at - timedelta(minutes=1)
        elif condition.kind == "days":
            week = [local + timedelta(days=n) for n in range(7)]
            chosen = condition.value.split(",")
            for wanted in (True, False):
                yield from [d for d in week if (DAYS[d.weekday()] in chosen) is wanted][:1]
