"""A step of a composed flow as the fields of a form, and back. Pure: what a form shows and sends again is the same step.

Nothing is refused here: what is typed is kept in the draft as it is, and the check says at which field it is wrong. So nobody's
typing is lost, and a draft that is wrong is not published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from callcontrol.flow.composed import KINDS, Field, Kind, Shape
from callcontrol.flow.composed.parts import results_of
from callcontrol.flow.composed.writing import tidy_step

SPARE = 2  # empty rows of a list, so that it can grow without a script
PREFIX = "f."


class Posted(Protocol):
    """``werkzeug.datastructures.MultiDict``, as far as it is needed."""

    def get(self, name: str, default: str) -> str: ...
    def getlist(self, name: str) -> list[str]: ...
    def __contains__(self, name: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Input:
    """One field as the form shows it. ``typed`` for a single value; ``rows`` (name of a column -> text) for lists and for ``SAY``
    (one row: keys, zh, en)."""

    field: Field
    typed: str = ""
    rows: Sequence[Mapping[str, str]] = ()
    problems: Sequence[str] = ()

    @property
    def name(self) -> str:
        return PREFIX + self.field.name


COLUMNS: Mapping[Shape, Sequence[str]] = {
    Shape.SAY: ("keys", "zh", "en"),
    Shape.TEXTS: ("zh", "en"),
    Shape.RETURNS: ("name", "step"),
    Shape.WAYS: ("key", "step", "language", "remember"),
    Shape.QUESTIONS: ("name", "keys", "zh", "en"),
    Shape.THINGS: ("name", "value"),
    Shape.WHEN: ("kind", "value", "of"),
}


# --- data -> form -------------------------------------------------------------------------------------------------------
def inputs(row: Mapping[str, Any], problems: Mapping[str, Sequence[str]] | None = None) -> list[Input]:
    """The fields of a step, in the order of its declaration. ``problems``: field -> sentences."""
    kind = KINDS[row["kind"]]
    values = {f.name: row.get(f.name, f.default) for f in kind.fields.values()}
    for name in (f.name for f in kind.fields.values() if f.shape is Shape.RETURNS):
        values[name] = {**dict.fromkeys(results_of(row.get("flow")), ""), **dict(_rows(values[name]))}
    return [shown(f, values[f.name], (problems or {}).get(f.name, ())) for f in kind.fields.values()]


def shown(of: Field, value: Any, problems: Sequence[str] = ()) -> Input:
    match of.shape:
        case Shape.SAY:
            return Input(of, rows=[_say_shown(value)], problems=problems)
        case Shape.TEXTS:
            texts = dict(_rows(value))
            return Input(of, rows=[{x: _text(texts.get(x)) for x in COLUMNS[Shape.TEXTS]}], problems=problems)
        case Shape.RETURNS:
            return Input(of, rows=[{"name": n, "step": _text(step)} for n, step in _rows(value)], problems=problems)
        case Shape.WAYS:
            ways = [_way_shown(key, way) for key, way in _rows(value)]
            return Input(of, rows=[*ways, *_spare(of)], problems=problems)
        case Shape.QUESTIONS:
            questions = [{"name": name, **_say_shown(say)} for name, say in _rows(value)]
            return Input(of, rows=[*questions, *_spare(of)], problems=problems)
        case Shape.THINGS:
            things = [{"name": name, "value": _text(thing)} for name, thing in _rows(value)]
            return Input(of, rows=[*things, *_spare(of)], problems=problems)
        case Shape.WHEN:
            said = value if isinstance(value, list | tuple) else []
            return Input(of, rows=[*(condition_shown(_text(text)) for text in said), *_spare(of)], problems=problems)
        case Shape.YES_NO:
            return Input(of, "yes" if value is True else "no", problems=problems)
        case _:
            return Input(of, _text(value), problems=problems)


def condition_shown(text: str) -> dict[str, str]:
    """``waited 60 support`` -> its three parts. What is no condition stands in the value as it is."""
    from callcontrol.flow.when import ConditionError, read_condition

    try:
        found = read_condition(text)
    except ConditionError:
        kind, _space, rest = text.partition(" ")
        return {"kind": kind, "value": rest, "of": ""}
    return {"kind": found.kind, "value": found.value, "of": found.of}


def _rows(value: Any) -> list[tuple[str, Any]]:
    return [(str(name), inner) for name, inner in value.items()] if isinstance(value, Mapping) else []


def _spare(of: Field) -> list[dict[str, str]]:
    return [dict.fromkeys(COLUMNS[of.shape], "") for _number in range(SPARE)]


def _say_shown(value: Any) -> dict[str, str]:
    say = value if isinstance(value, Mapping) else {}
    text = say.get("text")
    text = text if isinstance(text, Mapping) else {}
    keys = say.get("keys")
    keys = keys if isinstance(keys, list | tuple) else []
    return {"keys": ", ".join(map(_text, keys)), "zh": _text(text.get("zh")), "en": _text(text.get("en"))}


def _way_shown(key: str, way: Any) -> dict[str, str]:
    if not isinstance(way, Mapping):
        return {"key": key, "step": _text(way), "language": "", "remember": ""}
    remember = "\n".join(f"{name}={_text(value)}" for name, value in _rows(way.get("remember")))
    return {"key": key, "step": _text(way.get("step")), "language": _text(way.get("language")), "remember": remember}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


# --- form -> data -------------------------------------------------------------------------------------------------------
def posted_step(kind: Kind, form: Posted) -> dict[str, Any]:
    """The step that a form says, tidy."""
    row: dict[str, Any] = {"kind": kind.name}
    for of in kind.fields.values():
        row[of.name] = posted(of, form)
    return dict(tidy_step(row))


def posted(of: Field, form: Posted) -> Any:
    name = PREFIX + of.name
    match of.shape:
        case Shape.SAY:
            row = _columns(of, form)[:1]
            return _say_of(row[0]) if row else {}
        case Shape.TEXTS:
            return next(iter(_columns(of, form)), {})
        case Shape.RETURNS:
            return {row["name"]: row["step"] for row in _columns(of, form) if row["step"]}
        case Shape.WAYS:
            return {row["key"].strip(): _way_of(row) for row in _columns(of, form) if row["key"].strip() or row["step"]}
        case Shape.QUESTIONS:
            rows = [row for row in _columns(of, form) if any(row.values())]
            return {row["name"].strip(): _say_of(row) for row in rows}
        case Shape.THINGS:
            return {row["name"].strip(): row["value"] for row in _columns(of, form) if any(row.values())}
        case Shape.WHEN:
            said = (
                " ".join(part for part in map(str.strip, row.values()) if part)
                for row in _columns(of, form)
                if row["kind"]
            )
            return [text for text in said if text]
        case Shape.YES_NO:
            return form.get(name, "no") == "yes"
        case Shape.WHOLE | Shape.NUMBER:
            return _number(form.get(name, ""), of)
        case Shape.TARGET:
            return form.get(name, "") or None
        case _:
            return _plain(form.get(name, "")).strip()


def _columns(of: Field, form: Posted) -> list[dict[str, str]]:
    names = COLUMNS[of.shape]
    columns = [form.getlist(f"{PREFIX}{of.name}.{name}") for name in names]
    return [dict(zip(names, (_plain(text) for text in row), strict=True)) for row in zip(*columns, strict=False)]


def _say_of(row: Mapping[str, str]) -> dict[str, Any]:
    keys = [key.strip() for key in row["keys"].split(",") if key.strip()]
    return {"keys": keys, "text": {language: row[language] for language in ("zh", "en")}}


def _way_of(row: Mapping[str, str]) -> Any:
    pairs = (line.partition("=") for line in row["remember"].split("\n") if line.strip())
    remember = {name.strip(): value for name, _equals, value in pairs}
    return {"step": row["step"], "language": row["language"], "remember": remember}


def _number(text: str, of: Field) -> Any:
    """A number, or what was typed where it is none: the check says so at the field."""
    text = text.strip().replace("，", ".")
    try:
        return int(text) if of.shape is Shape.WHOLE else float(text)
    except ValueError:
        return text or of.default


def _plain(text: str) -> str:
    """With the line ends that we write, not those that a browser sends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
