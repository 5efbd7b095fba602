"""What a supervisor is told of rules that could not work, before anybody calls."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.configuration import (
    Agent,
    Configuration,
    Overflow,
    Queue,
    Relaxation,
    Reserve,
)
from callcontrol.values.configuration_checks import check
from callcontrol.values.problems import Problem

AGENTS = {
    "1001": Agent("1001", contact="user/1001", skills={"support": 3, "zh": 5}),
    "1002": Agent("1002", contact="user/1002", skills={"billing": 2}),
}
GOOD = Configuration(
    queues={
        "support": Queue(
            "support",
            skills="support >= 3",
            relaxation=(
                Relaxation("support", 30, "load > 1.2"),
                Relaxation("support or billing", 60, exclusive=True),
            ),
            overflow=(Overflow("billing", 120, "longest_wait_s > 120 or logged_in == 0"),),
            reserve=Reserve("billing", 1.2, 1.0),
            sticky_s=30,
        ),
        "billing": Queue("billing", skills="billing"),
    },
    agents=AGENTS,
)


def problems(**changes: Any) -> list[Problem]:
    support = replace(GOOD.queues["support"], **changes)
    return check(replace(GOOD, queues={**GOOD.queues, "support": support}))


def test_good_rules_have_nothing_wrong() -> None:
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"skills": "support >="}, "skills", "a level is expected"),
        ({"relaxation": (Relaxation("support and"),)}, "relaxation.1.skills", "stops where a skill is expected"),
        ({"relaxation": (Relaxation("sales"),)}, "relaxation.1.skills", "no agent has the skill 'sales'"),
        ({"relaxation": (Relaxation("zh > 5"),)}, "relaxation.1.skills", "this step could never bring anybody"),
        ({"relaxation": (Relaxation("zh", when="lood > 1"),)}, "relaxation.1.when", "A queue has no value 'lood'"),
        ({"relaxation": (Relaxation("zh", -1),)}, "relaxation.1.after_s", "-1 is out of range"),
        ({"relaxation": (Relaxation("zh", 60), Relaxation("zh", 30))}, "relaxation.2.after_s", "the step above it"),
        ({"overflow": (Overflow("sales"),)}, "overflow.1.to", "there is no queue 'sales' to go to"),
        ({"overflow": (Overflow("billing", when="free >"),)}, "overflow.1.when", "a number is expected"),
        ({"overflow": (Overflow("billing", 1e6),)}, "overflow.1.after_s", "out of range"),
        ({"overflow": (Overflow("support"),)}, "overflow", "in a circle: support -> support;"),
        ({"reserve": Reserve("sales")}, "reserve.skills", "no agent has the skill 'sales'"),
        ({"reserve": Reserve("billing > 2")}, "reserve.skills", "this reserve is nobody"),
        ({"reserve": Reserve("billing", 1.0, 1.2)}, "reserve.load_off", "a higher load (1.2) than it comes at (1)"),
        ({"reserve": Reserve("billing", -1, -2)}, "reserve.load_on", "-1 is out of range"),
        ({"sticky_s": -1}, "sticky_s", "out of range"),
        ({"hard_bound": 0}, "hard_bound", "out of range"),
        ({"goal": 85}, "goal", "85 is out of range"),
        ({"wrap_up_mode": "sometimes"}, "wrap_up_mode", "choose one of none, optional, fixed, up_to"),
        ({"service_level": "the best"}, "service_level", "is no formula of the service level"),
        ({"strategy": "loudest"}, "strategy", "is no strategy"),
        ({"hours": "never"}, "hours", "no opening hours named 'never'"),
    ],
)
def test_each_mistake_is_refused_where_it_stands_with_the_next_move(
    changes: dict[str, Any], where: str, words: str
) -> None:
    found = [p for p in problems(**changes) if p.where == f"queues.support.{where}"]
    assert [p.fatal for p in found if words in p.what] == [True]
    assert all(p.what.partition("\n")[0].endswith(".") for p in found)


def test_a_wrong_condition_is_shown_with_the_character() -> None:
    (found,) = problems(overflow=(Overflow("billing", when="load > 1 and free = 0"),))
    sentence, text, caret = found.what.split("\n")
    assert "equality is written ==" in sentence
    assert text[caret.index("^")] == "="


def test_a_queue_whose_agents_have_still_to_learn_may_be_published() -> None:
    found = problems(skills="support >= 4")
    assert [(p.where, p.fatal) for p in found] == [("queues.support", False)]


def test_an_unknown_skill_is_refused_but_where_nobody_must_have_it() -> None:
    assert [p.fatal for p in problems(skills="support or sales")] == [True]
    assert [p.fatal for p in problems(skills="support and not trainee")] == [False]


NAMES = "abcdef"
graphs = st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES), max_size=2), min_size=1)


@given(graphs)
def test_there_is_a_circle_exactly_when_somebody_could_go_round(graph: dict[str, set[str]]) -> None:
    queues = {name: Queue(name, overflow=tuple(Overflow(to) for to in sorted(ways))) for name, ways in graph.items()}
    found = [p for p in check(Configuration(queues=queues, agents=AGENTS)) if "in a circle" in p.what]
    # Take away whoever leads nowhere, again and again: what is left goes round.
    left = {name: {to for to in ways if to in graph} for name, ways in graph.items()}
    while ends := [name for name, ways in left.items() if not ways]:
        left = {name: ways - set(ends) for name, ways in left.items() if name not in ends}
    assert bool(found) == bool(left)
    for problem in found:
        way = problem.what.split(": ")[1].split(";")[0].split(" -> ")
        assert way[0] == way[-1]
        assert all(b in graph[a] for a, b in pairwise(way))
    assert len({p.what for p in found}) == len(found)


def test_a_skill_that_an_agent_names_without_having_it_is_known_and_so_is_any_where_there_is_no_agent() -> None:
    queue = Queue("night", skills="night >= 1")
    named = Configuration(
        queues={"night": queue}, agents={"1001": Agent("1001", contact="user/1001", skills={"night": 0})}
    )
    nobody = Configuration(queues={"night": queue})
    misspelt = Configuration(
        queues={"night": queue}, agents={"1001": Agent("1001", contact="user/1001", skills={"nigth": 1})}
    )
    assert [problem.fatal for problem in check(named)] == [False]
    assert not any(problem.fatal for problem in check(nobody))
    assert any(problem.fatal for problem in check(misspelt))
