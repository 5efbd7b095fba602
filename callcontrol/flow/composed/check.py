"""All that is wrong with the composed flows of a configuration, each with the flow, the step and the field."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from callcontrol.flow.checks import check_prompts
from callcontrol.flow.composed.kinds import KINDS
from callcontrol.flow.composed.reading import REMEMBERED, named_in, read_flow
from callcontrol.flow.composed.trial import trial_of
from callcontrol.flow.uses import WORDS, names_of
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem
from callcontrol.values.skills import SkillExpressionError, parse

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
Texts = Mapping[str, Mapping[str, str]]  # language -> key -> text


def check_composed(configuration: Configuration, taken: Collection[str], texts: Texts | None = None) -> list[Problem]:
    """``taken``: names of the engineers' flows. ``texts``: what can be said, language -> key -> text; None: not looked at."""
    found: list[Problem] = []
    for name, data in configuration.composed.items():
        found += check_flow(configuration, name, data, taken, texts)
    return found


def check_flow(
    configuration: Configuration,
    name: str,
    data: Mapping[str, Any],
    taken: Collection[str],
    texts: Texts | None = None,
) -> list[Problem]:
    found: list[Problem] = []
    where = f"composed.{name}"
    if not NAME.fullmatch(name):
        found.append(Problem(where, "a flow's name is small letters, digits, - and _, at most 40; rename it."))
    if name in taken:
        found.append(Problem(where, f"the engineers have a flow {name!r} already; take another name."))
    flow, problems = read_flow(name, data)
    found += problems
    known = names_of(configuration)
    for place, sort, named in named_in(name, data):
        if named not in known[sort]:
            found.append(Problem(place, f"there is no {WORDS.get(sort, sort)} {named!r}; add it, or choose another."))
    found += _needs(name, data)
    if flow is None:
        return found
    if texts is not None:
        found += [Problem(p.where, p.what, p.fatal) for p in check_prompts(flow, texts) if "own." not in p.what]
    trial = trial_of(name, data)
    if trial is None:
        return found
    for story, what in trial.troubles:
        found.append(Problem(where, f"The rehearsal “{story}” ends in trouble: {what}"))
    for step in trial.unreached_steps:
        found.append(Problem(f"{where}.steps.{step}", "no rehearsed call came here.", fatal=False))
    for step, target in trial.unreached_ways:
        found.append(Problem(f"{where}.steps.{step}", f"no rehearsed call went from here to {target!r}.", fatal=False))
    if not trial.whole:
        what = f"{trial.stories} calls were rehearsed without trouble; there was no time for all that there could be."
        found.append(Problem(where, what, fatal=False))
    return found


def _needs(name: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    rows = data.get("steps")
    for step, row in rows.items() if isinstance(rows, Mapping) else ():
        text = row.get("needs") if isinstance(row, Mapping) and row.get("kind") in KINDS else None
        if isinstance(text, str) and text and not REMEMBERED.fullmatch(text):
            try:
                parse(text)
            except SkillExpressionError as error:
                yield Problem(f"composed.{name}.steps.{step}.needs", error.sentence)
