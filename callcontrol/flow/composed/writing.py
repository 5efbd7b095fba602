"""A composed flow back to the data it was made of, and data in the one form that equal flows share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callcontrol.flow.commands import Prompt
from callcontrol.flow.composed.kinds import KINDS, Field, Shape
from callcontrol.flow.composed.reading import in_order
from callcontrol.flow.flow import Flow
from callcontrol.flow.move import Go, Target
from callcontrol.flow.parameters import Remembered
from callcontrol.flow.steps.step import prompts_of
from callcontrol.values.composed import Texts


def data_of(flow: type[Flow], texts: Texts) -> dict[str, Any]:
    """The data of a flow that consists of steps of ``KINDS``. ``texts``: own texts by the keys that the flow says them by. Raises
    ``KeyError`` for a step of another kind."""
    steps = {}
    for name, step in flow.steps.items():
        if "." in name:  # of a part
            continue
        kind = KINDS[step.kind]
        values = {field.name: _plain(field, getattr(step, field.name), texts) for field in kind.fields.values()}
        steps[name] = {"kind": step.kind, **values}
    about = {"title": dict(flow.title), "start": flow.start, "rescue": flow.rescue}
    everywhere = {key: _target(target) for key, target in flow.everywhere.items()}
    return tidy({**about, "everywhere": everywhere, "order": list(steps), "steps": steps})


def tidy(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same flow without what says nothing: defaults, empty texts, an order that leaves steps out."""
    rows = data.get("steps")
    steps = {name: tidy_step(rows[name]) for name in in_order(data)} if isinstance(rows, Mapping) else {}
    made: dict[str, Any] = {**data, "order": list(steps), "steps": steps}
    everywhere = data.get("everywhere")
    if isinstance(everywhere, Mapping):
        made["everywhere"] = {str(key): _tidy_way(row) for key, row in everywhere.items()}
    if not made.get("everywhere"):
        made.pop("everywhere", None)
    return made


def tidy_step(row: Any) -> Any:
    kind = KINDS.get(str(row.get("kind"))) if isinstance(row, Mapping) else None
    if kind is None:
        return row
    made: dict[str, Any] = {"kind": kind.name}
    for name, value in row.items():
        field = kind.fields.get(name)
        if name == "kind":
            continue
        if field is None:
            made[name] = value
            continue
        kept = _tidy(field, value)
        if field.required or not _says_nothing(kept, field.default):
            made[name] = kept
    return made


def _says_nothing(value: Any, default: Any) -> bool:
    if value == default and isinstance(value, bool) == isinstance(default, bool):
        return True
    return value in (None, "", [], {}) and default in (None, "", [], {})


def _tidy(field: Field, value: Any) -> Any:
    if field.shape is Shape.SAY:
        return _tidy_say(value)
    if field.shape is Shape.WAYS and isinstance(value, Mapping):
        return {str(key): _tidy_way(row) for key, row in value.items()}
    if field.shape in (Shape.TEXTS, Shape.RETURNS) and isinstance(value, Mapping):
        return {str(name): inner for name, inner in value.items() if inner not in (None, "")}
    if field.shape is Shape.QUESTIONS and isinstance(value, Mapping):
        return {str(name): _tidy_say(say) for name, say in value.items()}
    if field.shape is Shape.WHEN and isinstance(value, list | tuple):
        return [" ".join(text.split()) if isinstance(text, str) else text for text in value]
    if field.shape is Shape.NUMBER and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _tidy_say(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    made = {key: inner for key, inner in value.items() if inner}
    if isinstance(made.get("text"), Mapping):
        made["text"] = {language: text for language, text in made["text"].items() if text}
        if not made["text"]:
            del made["text"]
    return made


def _tidy_way(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    more = {name: value for name, value in row.items() if value or name == "step"}
    return more["step"] if more.keys() == {"step"} else more


# --- from steps ---------------------------------------------------------------------------------------------------------
def _plain(field: Field, value: Any, texts: Texts) -> Any:
    match field.shape:
        case Shape.SAY:
            return _say(prompts_of(value), texts)
        case Shape.TARGET:
            return None if value is None else _target(value)
        case Shape.WAYS:
            return {key: _target(target) for key, target in value.items()}
        case Shape.QUESTIONS:
            return {name: _say(prompts_of(say), texts) for name, say in value.items()}
        case Shape.THINGS | Shape.TEXTS | Shape.RETURNS:
            return dict(value)
        case Shape.PART:
            return value.name
        case Shape.WHEN:
            return list(value)
        case _:
            return f"{{{value.name}}}" if isinstance(value, Remembered) else value


def _target(target: Target) -> Any:
    if not isinstance(target, Go):
        return target
    return _tidy_way({"step": target.step, "language": target.language, "remember": dict(target.remember)})


def _say(prompts: Sequence[Prompt], texts: Texts) -> dict[str, Any]:
    keys = [prompt.key for prompt in prompts if prompt.key not in texts]
    own = [dict(texts[prompt.key]) for prompt in prompts if prompt.key in texts]
    return {**({"keys": keys} if keys else {}), **({"text": own[0]} if own else {})}
