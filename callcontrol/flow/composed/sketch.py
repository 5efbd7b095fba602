"""The drawing of a composed flow that is not right yet: what there is, and in red where it leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from callcontrol.flow.composed.kinds import KINDS, Shape
from callcontrol.flow.composed.reading import STEP_NAME, in_order
from callcontrol.flow.drawing import PLAIN, WORDS_IN_LINE, Words, safe, said_at

_SHAPES = {"box": "box", "diamond": "diamond", "round": "oval"}


def sketch(data: Mapping[str, Any], here: str = "", words: Words = PLAIN) -> str:
    """DOT text. ``here``: the step that is being edited."""
    names = [name for name in in_order(data) if STEP_NAME.fullmatch(name)]
    lines = ["digraph sketch {", "  rankdir=TB; node [fontname=sans]; edge [fontname=sans, fontsize=10];"]
    lines.append(f'  "call" [shape=circle, label="{words.call}"];')
    for name in names:
        kind = KINDS.get(str(data["steps"][name].get("kind"))) if isinstance(data["steps"][name], Mapping) else None
        shape = _SHAPES[kind.step.shape] if kind else "box"
        lit = ', style=filled, fillcolor="#8ec9ff", color="#0b6fcf", penwidth=3' if name == here else ""
        title = safe(words.kind(kind.name)) if kind else "?"
        lines.append(f'  "{name}" [shape={shape}, label="{name}\\n{title}"{lit}];')
    if data.get("start") in names:
        lines.append(f'  "call" -> "{data["start"]}";')
    merged: dict[tuple[str, str], list[str]] = {}
    for name in names:
        for label, target in _ways(data["steps"][name]):
            merged.setdefault((name, target if target in names else ""), []).append(label)
    for (name, target), labels in merged.items():
        said = said_at(str(data["steps"][name].get("kind")), labels, words, WORDS_IN_LINE)
        if target:
            lines.append(f'  "{name}" -> "{target}" [label="{said}"];')
        else:
            lines.append(f'  "?{name}" [shape=circle, label="?", color="#d63939", fontcolor="#d63939"];')
            lines.append(f'  "{name}" -> "?{name}" [label="{said}", color="#d63939", fontcolor="#d63939"];')
    return "\n".join([*lines, "}"]) + "\n"


def _ways(row: Any) -> Iterator[tuple[str, str]]:
    kind = KINDS.get(str(row.get("kind"))) if isinstance(row, Mapping) else None
    for field in kind.fields.values() if kind else ():
        value = row.get(field.name)
        if field.shape is Shape.TARGET and (value or field.required):
            yield field.name.replace("_", " "), str(value or "")
        elif field.shape is Shape.RETURNS and isinstance(value, Mapping):
            yield from ((str(result), str(target or "")) for result, target in value.items())
        elif field.shape is Shape.WAYS and isinstance(value, Mapping):
            for key, way in value.items():
                safe = "".join(c for c in str(key) if c in "0123456789*#")
                yield f"key {safe}", str(way.get("step") if isinstance(way, Mapping) else way)
