"""All that can be found wrong with a flow before a caller does, in one list."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from callcontrol.flow.commands import VALUE_PROMPTS
from callcontrol.flow.move import AGAIN, OTHER_LANGUAGE, Way, go
from callcontrol.flow.steps.ask_digits import AskDigits
from callcontrol.flow.steps.choice import Choice
from callcontrol.flow.steps.menu import KEYS
from callcontrol.flow.steps.step import Step
from callcontrol.flow.steps.voice_agent import VoiceAgent
from callcontrol.values.problems import Problem

if TYPE_CHECKING:
    from callcontrol.flow.flow import Flow

LANGUAGES = ("zh", "en")


def check_structure(flow: type[Flow]) -> list[Problem]:
    """Import-time checks: targets, reachability, a way out, loops, the steps by themselves. Empty: all is well."""
    found: list[Problem] = []
    for attribute in ("start", "rescue"):
        name = getattr(flow, attribute)
        if not name:
            found.append(
                Problem(_file(flow), f'{flow.name} declares no {attribute} step; add {attribute} = "name of a step".')
            )
        elif name not in flow.steps:
            found.append(
                Problem(_file(flow), f"The {attribute} step {name!r} of {flow.name} does not exist; {_known(flow)}.")
            )
    for language in LANGUAGES:
        if not flow.title.get(language):
            found.append(Problem(_file(flow), f"{flow.name} has no title in {language!r}; add it to title."))
    for name, step in flow.steps.items():
        found += [Problem(_where(flow, name), f"Step {name!r}: {sentence}") for sentence in step.problems()]
        for way in step.ways():
            if way.target not in flow.steps:
                label = f" ({way.label})" if way.label else ""
                what = f"Step {name!r}{label} leads to {way.target!r}, which does not exist; {_known(flow)}."
                found.append(Problem(_where(flow, name), what))
        found += [Problem(_where(flow, name), sentence) for sentence in _undeclared_answers(name, step)]
    found += [Problem(_where(flow, name), sentence) for name, sentence in _leaks(flow)]
    found += [Problem(_file(flow), sentence) for sentence in _wrong_everywhere(flow)]
    found += [Problem(_where(flow, p), f"Parameter {p!r}: its default {w}.") for p, w in _bad_defaults(flow)]
    if not found:  # the rest makes sense only on a graph without holes
        found += _unreachable(flow) + _without_way_out(flow) + _endless(flow)
    return found


def _leaks(flow: type[Flow]) -> Iterator[tuple[str, str]]:
    """What callers gave as sensitive and a voice agent would be told without anybody having said so."""
    asked = {step.remember for step in flow.steps.values() if isinstance(step, AskDigits) and step.sensitive}
    for name, step in flow.steps.items():
        if isinstance(step, VoiceAgent):
            for kept in sorted((asked & step.sends().keys()) - set(step.sensitive)):
                what = f"Step {name!r} sends {kept!r} out of the house, which is asked for as sensitive;"
                yield name, f"{what} leave it out, or name it in its sensitive=(...) if that is meant."


def check_prompts(flow: type[Flow], texts: Mapping[str, Mapping[str, str]]) -> list[Problem]:
    """Prompts that have no text at all, of which nobody would hear anything; and warnings about those that lack one of the
    languages. ``texts``: language -> key -> text.

    A key that ends in ``@en`` is said in that language whatever the call's is, so it needs that text alone."""
    found = []
    for name, step in flow.steps.items():
        for key in dict.fromkeys(p.key for p in step.prompts() if p.key not in VALUE_PROMPTS):
            plain, _, fixed = key.partition("@")
            wanted = (fixed,) if fixed else LANGUAGES
            missing = [language for language in wanted if plain not in texts.get(language, {})]
            if missing:
                what = f"Step {name!r} says {key!r}, which has no text in {' and '.join(missing)}; add it to the texts."
                found.append(Problem(_where(flow, name), what, fatal=len(missing) == len(wanted)))
    return found


def _file(flow: type[Flow]) -> str:
    """The file a flow was written in, as far as its steps tell."""
    return next((s.where.partition(":")[0] for s in flow.steps.values() if s.where), flow.name)


def _where(flow: type[Flow], name: str) -> str:
    step = flow.steps.get(name)
    return (step.where if step else "") or flow.name


def _known(flow: type[Flow]) -> str:
    return f"the steps are: {', '.join(flow.steps) or 'none'}"


def _wrong_everywhere(flow: type[Flow]) -> list[str]:
    found = []
    for key, target in flow.everywhere.items():
        step = go(target).step
        if len(key) != 1 or key not in KEYS:
            found.append(f"{flow.name}: the key everywhere {key!r} can't be one; it is one of 0-9, * and #.")
        if step not in flow.steps and step not in (AGAIN, OTHER_LANGUAGE):
            found.append(f"{flow.name}: key {key} everywhere leads to {step!r}, which does not exist; {_known(flow)}.")
    return found


def _bad_defaults(flow: type[Flow]) -> list[tuple[str, str]]:
    return [(name, wrong) for name, p in flow.parameters.items() if (wrong := p.problem(p.default))]


def _undeclared_answers(name: str, step: Step) -> list[str]:
    """A choice whose method plainly returns a name that it does not declare."""
    if not isinstance(step, Choice):
        return []
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(step.decide)))
    except (OSError, TypeError, SyntaxError):  # no source at hand: the engine will find out
        return []
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        values = [node.value]
        while any(isinstance(v, ast.IfExp) for v in values):
            values = [b for v in values for b in ([v.body, v.orelse] if isinstance(v, ast.IfExp) else [v])]
        for value in values:
            if isinstance(value, ast.Call) and value.args and getattr(value.func, "id", "") == "Go":
                value = value.args[0]
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value not in step.targets:
                found.append(f"Choice {name!r} can answer {value.value!r}, which it does not declare in @choice(...).")
    return found


def _reached(ways: Mapping[str, Iterable[str]], roots: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(ways.get(name, ()))
    return seen


def _unreachable(flow: type[Flow]) -> list[Problem]:
    ways = {name: [w.target for w in step.ways()] for name, step in flow.steps.items()}
    roots = (flow.start, flow.rescue, *(go(target).step for target in flow.everywhere.values()))
    lost = flow.steps.keys() - _reached(ways, [root for root in roots if root in flow.steps])
    what = "Step {!r} can't be reached from the start or the rescue; lead a way to it or remove it."
    return [Problem(_where(flow, name), what.format(name)) for name in flow.steps if name in lost]


def _without_way_out(flow: type[Flow]) -> list[Problem]:
    back: dict[str, list[str]] = {}
    for name, step in flow.steps.items():
        for way in step.ways():
            back.setdefault(way.target, []).append(name)
    good = _reached(back, [name for name, step in flow.steps.items() if step.ends()])
    what = "From step {!r} no way leads to an end (HangUp); give it one."
    return [Problem(_where(flow, name), what.format(name)) for name in flow.steps if name not in good]


def _endless(flow: type[Flow]) -> list[Problem]:
    """Circles that need nothing from the caller and count nothing."""
    free: dict[str, list[Way]] = {n: [w for w in s.ways() if not w.bounded] for n, s in flow.steps.items()}
    found = []
    told: set[str] = set()
    for name in flow.steps:
        circle = _circle(free, name)
        if circle and not told & set(circle):
            told |= set(circle)
            path = " -> ".join([*circle, circle[0]])
            what = f"{path} goes round for ever with a silent caller; put a Count into the circle or lead it elsewhere."
            found.append(Problem(_where(flow, name), what))
    return found


def _circle(free: Mapping[str, list[Way]], start: str) -> list[str]:
    """A shortest path along free ways from ``start`` back to itself, or nothing."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for way in free[path[-1]]:
            if way.target == start:
                return path
            if way.target not in seen:
                seen.add(way.target)
                paths.append([*path, way.target])
    return []
