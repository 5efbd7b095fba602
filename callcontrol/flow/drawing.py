"""A flow as a picture: Mermaid and DOT text, made from the declaration alone and the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from callcontrol.flow.flow import Flow
from callcontrol.flow.move import go
from callcontrol.flow.steps.step import Step

_MERMAID = {"box": ("[", "]"), "diamond": ("{", "}"), "round": ("([", "])")}
_DOT = {"box": "box", "diamond": "diamond", "round": "oval"}


@dataclass(frozen=True, slots=True)
class Words:
    """What is written into a picture besides the names of the steps. ``kind``: of a step's kind; ``way``: of the kind and the label
    of a way from it."""

    kind: Callable[[str], str] = lambda kind: kind.replace("_", " ")
    way: Callable[[str, str], str] = lambda _kind, label: label
    call: str = "call"
    trouble: str = "trouble"
    anywhere: str = "anywhere"
    between: str = ", "  # words at one arrow


PLAIN = Words()
MOST_WORDS = 1000
WORDS_IN_LINE = 3  # at an arrow: a queue has eight ways out, and they mostly lead to the same place


def mermaid(flow: type[Flow], words: Words = PLAIN) -> str:
    """Mermaid flowchart text. The rescue step is entered by a dotted arrow."""
    lines = ["flowchart TD", f"    call(({words.call})) --> {_id(flow.start)}"]
    for name, step in flow.steps.items():
        left, right = _MERMAID[step.shape]
        lines.append(f'    {_id(name)}{left}"{name}<br/>{safe(words.kind(step.kind))}"{right}')
        for label, target in _merged(step, words, MOST_WORDS):
            lines.append(
                f'    {_id(name)} -->|"{label}"| {_id(target)}' if label else f"    {_id(name)} --> {_id(target)}"
            )
    lines.append(f"    trouble(({words.trouble})) -.-> {_id(flow.rescue)}")
    lines += [f'    anywhere(({words.anywhere})) -.->|"{label}"| {_id(step)}' for label, step in _anywhere(flow, words)]
    return "\n".join(lines) + "\n"


def dot(
    flow: type[Flow],
    went: Collection[tuple[str, str]] = (),
    counts: Mapping[tuple[str, str], int] | None = None,
    here: str = "",
    words: Words = PLAIN,
) -> str:
    """DOT text for Graphviz. ``went``: ways (step, target) that one call took, drawn thick, with the steps between them;
    ``here``: the step where it stands.
    ``counts``: how often each way was taken; drawn as numbers, and as thick as they are many."""
    lines = [f'digraph "{flow.name}" {{', "  rankdir=TB; node [fontname=sans]; edge [fontname=sans, fontsize=10];"]
    been = {name for way in went for name in way} | {here}
    lines += [f'  "call" [shape=circle, label="{words.call}"];', f'  "call" -> "{flow.start}";']
    for name, step in flow.steps.items():
        lit = ', style=filled, fillcolor="#cfe8ff"' if name in been else ""
        if name == here:
            lit = ', style=filled, fillcolor="#8ec9ff", color="#0b6fcf", penwidth=3'
        title = f"{name}\\n{safe(words.kind(step.kind))}"
        lines.append(f'  "{name}" [shape={_DOT[step.shape]}, label="{title}"{lit}];')
        for label, target in _merged(step, words, WORDS_IN_LINE):
            given = _edge(label, (name, target), went, counts)
            lines.append(f'  "{name}" -> "{target}"{given};')
    lines += [
        f'  "trouble" [shape=circle, label="{words.trouble}"];',
        f'  "trouble" -> "{flow.rescue}" [style=dotted];',
    ]
    if ways := _anywhere(flow, words):
        lines.append(f'  "anywhere" [shape=circle, label="{words.anywhere}"];')
        lines += [f'  "anywhere" -> "{step}" [style=dotted, label="{label}"];' for label, step in ways]
    lines.append("}")
    return "\n".join(lines) + "\n"


def safe(word: str) -> str:
    """Inside of quotes: a word that an author chose ends no label."""
    return word.replace("\\", "").replace('"', "'")


def _anywhere(flow: type[Flow], words: Words) -> list[tuple[str, str]]:
    """(word of the key, step) of the keys that are valid everywhere and lead to a step."""
    ways = ((words.way("", f"key {key}"), go(target).step) for key, target in flow.everywhere.items())
    return [(safe(label), step) for label, step in ways if step in flow.steps]


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


def _merged(step: Step, words: Words, lines_of: int) -> list[tuple[str, str]]:
    """(label, target): ways to the same place share one arrow."""
    labels: dict[str, list[str]] = {}
    for way in step.ways():
        labels.setdefault(way.target, []).append(way.label)
    return [(said_at(step.kind, found, words, lines_of), target) for target, found in labels.items()]


def said_at(kind: str, labels: Collection[str], words: Words, lines_of: int = MOST_WORDS) -> str:
    """What stands at an arrow, ``lines_of`` words in a line (DOT). That a step simply goes on needs no word."""
    said = [safe(words.way(kind, label)) for label in labels if label and label != "then"]
    lines = [words.between.join(said[n : n + lines_of]) for n in range(0, len(said), lines_of)]
    return f"{words.between.rstrip()}\\n".join(lines)
