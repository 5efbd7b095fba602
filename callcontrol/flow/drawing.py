"""A flow as a picture: Mermaid and DOT text, made from the declaration alone and the same on every machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from callcontrol.flow.flow import Flow
from callcontrol.flow.move import go
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
    lines += [f'    anywhere((anywhere)) -.->|"key {key}"| {_id(step)}' for key, step in _anywhere(flow)]
    return "\n".join(lines) + "\n"


def dot(
    flow: type[Flow],
    went: Collection[tuple[str, str]] = (),
    counts: Mapping[tuple[str, str], int] | None = None,
    here: str = "",
) -> str:
    """DOT text for Graphviz. ``went``: ways (step, target) that one call took, drawn thick, with the steps between them;
    ``here``: the step where it stands.
    ``counts``: how often each way was taken; drawn as numbers, and as thick as they are many."""
    lines = [f'digraph "{flow.name}" {{', "  rankdir=TB; node [fontname=sans]; edge [fontname=sans, fontsize=10];"]
    been = {name for way in went for name in way} | {here}
    lines += ['  "call" [shape=circle];', f'  "call" -> "{flow.start}";']
    for name, step in flow.steps.items():
        title = _title(step).replace("<br/>", "\\n")
        lit = ', style=filled, fillcolor="#cfe8ff"' if name in been else ""
        if name == here:
            lit = ', style=filled, fillcolor="#8ec9ff", color="#0b6fcf", penwidth=3'
        lines.append(f'  "{name}" [shape={_DOT[step.shape]}, label="{title}"{lit}];')
        for label, target in _merged(step):
            given = _edge(label, (name, target), went, counts)
            lines.append(f'  "{name}" -> "{target}"{given};')
    lines += ['  "trouble" [shape=circle];', f'  "trouble" -> "{flow.rescue}" [style=dotted];']
    if ways := _anywhere(flow):
        lines.append('  "anywhere" [shape=circle];')
        lines += [f'  "anywhere" -> "{step}" [style=dotted, label="key {key}"];' for key, step in ways]
    lines.append("}")
    return "\n".join(lines) + "\n"


def _anywhere(flow: type[Flow]) -> list[tuple[str, str]]:
    """(key, step) of the keys that are valid everywhere and lead to a step."""
    ways = ((key, go(target).step) for key, target in flow.everywhere.items())
    return [(key, step) for key, step in ways if step in flow.steps]


def _edge(
    label: str,
    way: tuple[str, str],
    went: Collection[tuple[str, str]],
    counts: Mapping[tuple[str, str], int] | None,
) -> str:
    if counts is not None:
        taken, most = counts.get(way, 0), max(counts.values(), default=0)
        width = 1 + 4 * taken / most if most else 1
        label = f"{label} ({taken})".strip()
        return f' [label="{label}", penwidth={width:.1f}{"" if taken else ", color=gray60, fontcolor=gray60"}]'
    lit = ['color="#0b6fcf"', "penwidth=2.5"] if way in went else []
    said = [f'label="{label}"'] if label else []
    return f" [{', '.join([*said, *lit])}]" if said or lit else ""


def _id(name: str) -> str:
    return f"s_{name.replace('.', '__')}"  # bare "end" is a word of Mermaid


def _title(step: Step) -> str:
    return f"{step.name}<br/>{step.kind.replace('_', ' ')}"


def _merged(step: Step) -> list[tuple[str, str]]:
    """(label, target): ways to the same place share one arrow."""
    labels: dict[str, list[str]] = {}
    for way in step.ways():
        labels.setdefault(way.target, []).append(way.label)
    return [(", ".join(label for label in found if label and label != "then"), t) for t, found in labels.items()]
