"""A flow as a picture: Mermaid and DOT text, made from the declaration alone and the same on every machine."""

from __future__ import annotations

from callcontrol.flow.flow import Flow
from callcontrol.flow.steps.step import Step

_MERMAID = {"box": ("[", "]"), "diamond": ("{", "}"), "round": ("([", "])")}
_DOT = {"box": "box", "diamond": "diamond", "round": "oval"}


def mermaid(flow: type[Flow]) -> str:
    """Mermaid flowchart text. The rescue step is entered by a dotted arrow."""
    lines = ["flowchart TD", f"    call((call)) --> {_id(flow.start)}"]
    for name, step in flow.steps.items():
        left, right = _MERMAID[step.shape]
        lines.append(f'    {_id(name)}{left}"{_title(step)}"{right}')
        for label, target in _merged(step):
            lines.append(
                f'    {_id(name)} -->|"{label}"| {_id(target)}' if label else f"    {_id(name)} --> {_id(target)}"
            )
    lines.append(f"    trouble((trouble)) -.-> {_id(flow.rescue)}")
    return "\n".join(lines) + "\n"


def dot(flow: type[Flow]) -> str:
    """DOT text for Graphviz."""
    lines = [f'digraph "{flow.name}" {{', "  rankdir=TB; node [fontname=sans]; edge [fontname=sans, fontsize=10];"]
    lines += ['  "call" [shape=circle];', f'  "call" -> "{flow.start}";']
    for name, step in flow.steps.items():
        title = _title(step).replace("<br/>", "\\n")
        lines.append(f'  "{name}" [shape={_DOT[step.shape]}, label="{title}"];')
        for label, target in _merged(step):
            lines.append(f'  "{name}" -> "{target}" [label="{label}"];' if label else f'  "{name}" -> "{target}";')
    lines += ['  "trouble" [shape=circle];', f'  "trouble" -> "{flow.rescue}" [style=dotted];', "}"]
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    return f"s_{name}"  # bare "end" is a word of Mermaid


def _title(step: Step) -> str:
    return f"{step.name}<br/>{step.kind.replace('_', ' ')}"


def _merged(step: Step) -> list[tuple[str, str]]:
    """(label, target): ways to the same place share one arrow."""
    labels: dict[str, list[str]] = {}
    for way in step.ways():
        labels.setdefault(way.target, []).append(way.label)
    return [(", ".join(label for label in found if label and label != "then"), t) for t, found in labels.items()]
