"""Data of a composed flow to a flow: everything that is wrong in one ``FlowError``, each with the step and the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import available_timezones

from callcontrol.flow.commands import VALUE_PROMPTS, Prompt
from callcontrol.flow.composed.kinds import KINDS, Field, Kind, Shape
from callcontrol.flow.composed.parts import PARTS, part, results_of
from callcontrol.flow.flow import Flow, FlowError, flow_of_steps
from callcontrol.flow.move import AGAIN, OTHER_LANGUAGE, Go, Target
from callcontrol.flow.parameters import Remembered
from callcontrol.flow.steps.menu import KEYS
from callcontrol.flow.steps.queue import OFFPEAK
from callcontrol.flow.steps.step import Step
from callcontrol.values.composed import Texts, key_of_version
from callcontrol.values.problems import Problem

STEP_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LANGUAGES = ("zh", "en")
MOST_STEPS = 200
LONGEST_TEXT = 1000
FIELDS = frozenset({"title", "start", "rescue", "everywhere", "order", "steps"})
_GAP = re.compile(r"\{([^{}]*)\}")
REMEMBERED = re.compile(r"\{([a-zA-Z]\w*)\}", re.ASCII)
_GAP_OF_VALUE = re.compile(r"(\w+)(?::(\w+))?")

Say = Callable[[str, Mapping[str, str]], str]  # (key, text by language) -> the key that it is said by


def composed_flow(name: str, data: Mapping[str, Any], release: int = 1, now: Texts | None = None) -> type[Flow]:
    """The flow. ``now``: texts of the flows as they stand, where this is an older version (``values.composed``). Raises
    ``FlowError``."""
    flow, problems = read_flow(name, data, release, now)
    if flow is None:
        raise FlowError(name, [problem for problem in problems if problem.fatal])
    return flow


def read_flow(
    name: str, data: Mapping[str, Any], release: int = 1, now: Texts | None = None
) -> tuple[type[Flow] | None, list[Problem]]:
    """The flow, or None where something forbids it; and all that is to be said, ``where`` as ``composed.NAME.steps.STEP.FIELD``."""
    reader = _Reader(name, data, lambda key, text: key if now is None else key_of_version(key, text, release, now))
    made = reader.steps()
    title, everywhere = reader.about()
    if any(problem.fatal for problem in reader.problems):
        return None, reader.problems
    for step_name, step in made.items():
        object.__setattr__(step, "where", f"composed.{name}.steps.{step_name}")
    start, rescue = data["start"], data["rescue"]
    try:
        return flow_of_steps(
            name, made, start=start, rescue=rescue, title=title, release=release, everywhere=everywhere
        ), reader.problems
    except FlowError as error:
        return None, [*reader.problems, *error.problems]


def in_order(data: Mapping[str, Any]) -> list[str]:
    """The names of the steps: as the order says, then those that it does not name."""
    steps, order = data.get("steps"), data.get("order")
    names = [str(name) for name in steps] if isinstance(steps, Mapping) else []
    wanted = [name for name in order if name in names] if isinstance(order, list | tuple) else []
    return list(dict.fromkeys([*wanted, *sorted(names)]))


class _Reader:
    def __init__(self, name: str, data: Mapping[str, Any], say: Say) -> None:
        self.name = name
        self.data = data
        self.problems: list[Problem] = []
        self._names = in_order(data)
        self._key = say

    def wrong(self, where: str, what: str, *, fatal: bool = True) -> None:
        self.problems.append(Problem(f"composed.{self.name}{'.' if where else ''}{where}", what, fatal=fatal))

    # --- the flow ---------------------------------------------------------------------------------------------------------
    def about(self) -> tuple[Mapping[str, str], dict[str, Target]]:
        for field in self.data.keys() - FIELDS:
            self.wrong(str(field), f"is not known; a flow has {', '.join(sorted(FIELDS))}.")
        title = self.data.get("title")
        title = title if isinstance(title, Mapping) else {}
        for language in LANGUAGES:
            if not isinstance(title.get(language), str) or not title[language].strip():
                self.wrong(f"title.{language}", "is missing; fill it in.")
        for field in ("start", "rescue"):
            self._target(field, self.data.get(field), required=True)
        rows = self.data.get("everywhere", {})
        return title, self._ways("everywhere", rows, more=(AGAIN, OTHER_LANGUAGE), single=True)

    def steps(self) -> dict[str, Step]:
        rows = self.data.get("steps")
        if not isinstance(rows, Mapping) or not rows:
            self.wrong("steps", "The flow has no step; add one.")
            return {}
        if len(rows) > MOST_STEPS:
            self.wrong("steps", f"The flow has {len(rows)} steps; {MOST_STEPS} at most can be overlooked.")
        made = {}
        for name in self._names:
            if not STEP_NAME.fullmatch(name):
                self.wrong(f"steps.{name}", "a step's name is small letters, digits and _, at most 40; rename it.")
            if (step := self._step(name, rows[name])) is not None:
                made[name] = step
        return made

    def _step(self, name: str, row: Any) -> Step | None:
        where = f"steps.{name}"
        kind = KINDS.get(str(row.get("kind"))) if isinstance(row, Mapping) else None
        if kind is None:
            said = row.get("kind") if isinstance(row, Mapping) else row
            self.wrong(where, f"{said!r} is no kind of step; choose one of the list.")
            return None
        before = len(self.problems)
        values = self._values(kind, name, row)
        if any(problem.fatal for problem in self.problems[before:]):
            return None
        return kind.step(**values)

    def _values(self, kind: Kind, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        where, values = f"steps.{name}", {}
        for unknown in row.keys() - kind.fields.keys() - {"kind"}:
            self.wrong(f"{where}.{unknown}", f"is not known; a step of this kind has {', '.join(kind.fields)}.")
        for field in kind.fields.values():
            if field.name not in row:
                if field.required:
                    self.wrong(f"{where}.{field.name}", "is missing; fill it in.")
                continue
            values[field.name] = self._value(f"{where}.{field.name}", field, row[field.name], name)
            if field.shape is Shape.RETURNS:
                self._results(f"{where}.{field.name}", row)
        return values

    def _value(self, where: str, field: Field, value: Any, step: str) -> Any:
        match field.shape:
            case Shape.SAY:
                return self._say(where, value, f"own.{self.name}.{step}.{field.name}", required=field.required)
            case Shape.TARGET:
                return self._target(where, value, required=field.required)
            case Shape.WAYS:
                return self._ways(where, value)
            case Shape.TEXTS:
                return self._texts(where, value)
            case Shape.PART:
                if value in PARTS:
                    return part(value)
                self.wrong(
                    where, f"{value!r} is no part; choose one of the list." if value else "is missing; fill it in."
                )
                return None
            case Shape.RETURNS:
                rows = self._rows(where, value)
                return {result: self._target(f"{where}.{result}", step, required=True) for result, step in rows}
            case Shape.QUESTIONS:
                return {
                    name: self._say(
                        f"{where}.{name}", say, f"own.{self.name}.{step}.{field.name}.{name}", required=True
                    )
                    for name, say in self._rows(where, value)
                }
            case Shape.THINGS:
                return {name: self._text(f"{where}.{name}", text) for name, text in self._rows(where, value)}
            case Shape.WHEN:
                if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
                    self.wrong(where, "is a list of conditions.")
                    return ()
                return tuple(value)
            case Shape.WHOLE | Shape.NUMBER:
                return self._number(where, field, value)
            case Shape.YES_NO:
                if not isinstance(value, bool):
                    self.wrong(where, "is yes or no.")
                return value
            case Shape.ZONE:
                if value not in available_timezones():
                    self.wrong(where, f"{value!r} is no time zone; write one such as Asia/Shanghai.")
                return value
            case Shape.PROMPT:
                return self._prompt(where, self._text(where, value, required=True), only_queue=field.name == "message")
            case _:
                text = self._text(where, value, required=field.required)
                gap = REMEMBERED.fullmatch(text) if field.remembered else None
                return Remembered(gap[1]) if gap else text

    # --- shapes -----------------------------------------------------------------------------------------------------------
    def _rows(self, where: str, value: Any) -> Iterator[tuple[str, Any]]:
        if not isinstance(value, Mapping):
            self.wrong(where, "is a table of names.")
            return
        for name, inner in value.items():
            yield str(name), inner

    def _text(self, where: str, value: Any, *, required: bool = False) -> str:
        if not isinstance(value, str):
            self.wrong(where, "is a text.")
            return ""
        if required and not value.strip():
            self.wrong(where, "is missing; fill it in.")
        return value

    def _texts(self, where: str, value: Any) -> dict[str, str]:
        made = {}
        for language, said in self._rows(where, value):
            if language not in LANGUAGES:
                self.wrong(where, f"{language!r} is no language; use {', '.join(LANGUAGES)}.")
            if not isinstance(said, str) or len(said) > LONGEST_TEXT:
                self.wrong(where, f"is a text of at most {LONGEST_TEXT} characters.")
            elif said.strip():
                made[language] = said
        if not made:
            self.wrong(where, "is missing; fill it in.")
        for language in LANGUAGES:
            if made and language not in made:
                self.wrong(where, f"has no text in {language}; callers of that language hear the other.", fatal=False)
        return made

    def _results(self, where: str, row: Mapping[str, Any]) -> None:
        """Every way in which the part can end leads on, and no other."""
        there, given = results_of(row.get("flow")), row.get("returns")
        given = list(given) if isinstance(given, Mapping) else []
        for result in there:
            if result not in given:
                self.wrong(f"{where}.{result}", "is missing; choose a step.")
        for result in given if there else ():
            if result not in there:
                self.wrong(f"{where}.{result}", "is no way in which this part ends; clear it.")

    def _number(self, where: str, field: Field, value: Any) -> Any:
        whole = field.shape is Shape.WHOLE
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not right or not field.low <= value <= field.high:
            self.wrong(where, f"{value!r} is out of range; a number from {field.low:g} to {field.high:g}.")
            return field.default
        return value if whole else float(value)

    def _target(self, where: str, value: Any, *, required: bool, more: Collection[str] = ()) -> Any:
        if value in (None, "") and not required:
            return None
        if value in (None, ""):
            self.wrong(where, "is missing; choose a step.")
        elif value not in self._names and value not in more:
            self.wrong(where, f"leads to {value!r}, which is no step of this flow; choose another.")
        return value

    def _ways(self, where: str, value: Any, *, more: Collection[str] = (), single: bool = False) -> dict[str, Target]:
        made: dict[str, Target] = {}
        for key, row in self._rows(where, value):
            here = f"{where}.{key}"
            if not key or not set(key) <= KEYS or (single and len(key) != 1):
                self.wrong(here, f"{key!r} is no key; keys are 0-9, * and #.")
            if not isinstance(row, Mapping):
                made[key] = self._target(here, row, required=True, more=more)
                continue
            step = self._target(here, row.get("step"), required=True, more=more)
            language = row.get("language", "")
            if language and language not in LANGUAGES:
                self.wrong(here, f"{language!r} is no language; use {', '.join(LANGUAGES)}.")
            remember = {n: self._text(f"{here}.{n}", text) for n, text in self._rows(here, row.get("remember", {}))}
            for name in remember:
                if name.startswith("_") or not name.isidentifier():
                    self.wrong(here, f"{name!r} can't be remembered: a name is letters, digits and _.")
            made[key] = Go(str(step), str(language), remember) if language or remember else str(step)
        return made

    def _say(self, where: str, value: Any, key: str, *, required: bool) -> tuple[Prompt, ...]:
        if not isinstance(value, Mapping) or value.keys() - {"keys", "text"}:
            self.wrong(where, "is a choice of texts, or a text of its own.")
            return ()
        keys = value.get("keys", [])
        if not isinstance(keys, list | tuple) or not all(isinstance(one, str) for one in keys):
            self.wrong(where, "is a choice of texts, or a text of its own.")
            return ()
        said = [Prompt(self._prompt(where, one)) for one in keys]
        text = value.get("text")
        if isinstance(text, Mapping) and any(isinstance(one, str) and one.strip() for one in text.values()):
            said.append(self._own(where, text, key))
        if not said and required:
            self.wrong(where, "says nothing; choose a text or write one.")
        return tuple(said)

    def _own(self, where: str, text: Mapping[str, Any], key: str) -> Prompt:
        gaps: dict[str, Remembered] = {}
        for language, said in text.items():
            if language not in LANGUAGES:
                self.wrong(where, f"{language!r} is no language; use {', '.join(LANGUAGES)}.")
            if not isinstance(said, str) or len(said) > LONGEST_TEXT:
                self.wrong(where, f"is a text of at most {LONGEST_TEXT} characters.")
                continue
            for gap in _GAP.findall(said):
                named = _GAP_OF_VALUE.fullmatch(gap)
                if named is None or (named[2] and named[2] not in VALUE_PROMPTS):
                    known = ", ".join(sorted(VALUE_PROMPTS))
                    self.wrong(where, f"{{{gap}}} can't be said; write {{name}} or {{name:kind}} of {known}.")
                else:
                    gaps[named[1]] = Remembered(named[1])
        for language in LANGUAGES:
            if not str(text.get(language, "")).strip():
                self.wrong(where, f"has no text in {language}; callers of that language hear the other.", fatal=False)
        return Prompt(self._key(key, {str(k): v for k, v in text.items() if isinstance(v, str)}), gaps)

    def _prompt(self, where: str, key: str, *, only_queue: bool = False) -> str:
        if not only_queue and OFFPEAK in key.partition("@")[0].split("."):
            self.wrong(where, f"Only a queue says {key!r}, when the desk finds everybody busy; take another text here.")
        return key


NOT_FATAL = ("music", "skills")  # callers hear what ships; skills are read by the check


def named_in(name: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(where, queue or hours or party or ..., name) of everything in the configuration that the flow names."""
    from callcontrol.flow.when import KINDS as CONDITIONS
    from callcontrol.flow.when import sound

    rows = data.get("steps")
    for step, row in rows.items() if isinstance(rows, Mapping) else ():
        kind = KINDS.get(str(row.get("kind"))) if isinstance(row, Mapping) else None
        for field in kind.fields.values() if kind else ():
            where, value = f"composed.{name}.steps.{step}.{field.name}", row.get(field.name)
            sort = "hours" if field.shape is Shape.HOURS else kind.step.names.get(field.name, "") if kind else ""
            if sort and sort not in NOT_FATAL and isinstance(value, str) and value and not REMEMBERED.fullmatch(value):
                yield where, sort, value
            elif field.shape is Shape.WHEN and isinstance(value, list | tuple):
                for condition in sound(_texts(value)):
                    if condition.of:
                        yield where, CONDITIONS[condition.kind].of, condition.of


def _texts(values: Iterable[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))
