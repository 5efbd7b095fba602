"""The strategy ``random``: drawn anew for each call, the same by every reader, and quick with thousands of free agents."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor.agents import AgentRecord
from callcontrol.floor.pools import Pool, Ranked
from callcontrol.floor.strategies.random import drawn, lot, random
from callcontrol.values.skills import EVERYBODY
from tests.floor.scenes import Scene
from tests.floor.test_strategies import AGENTS, Turns, floor_of, rules


def test_random_is_drawn_anew_for_each_call_and_the_same_by_every_reader() -> None:
    def day() -> list[str]:
        turns = Turns(floor_of("random"))
        return [turns.talk() for _ in range(600)]

    drawn = day()
    assert drawn == day()
    # 600 draws among four: 150 each, with a standard deviation of 10.6.
    assert all(abs(count - 150) < 45 for count in Counter(drawn).values())
    # After each agent the next is drawn as if it had not been: no round, no run.
    pairs = Counter(pairwise(drawn))
    assert len(pairs) == 16
    assert all(abs(count - 37.5) < 30 for count in pairs.values())


@given(names=st.sets(st.text(max_size=6), min_size=1, max_size=60), call=st.text(max_size=8))
def test_who_is_drawn_has_the_smallest_rank_of_all(names: set[str], call: str) -> None:
    ranks = {name: random(AgentRecord(name), 0.0, call) for name in names}
    assert len(set(ranks.values())) == len({lot(name) for name in names})
    assert all(0 <= rank < 1 for rank in ranks.values())
    least = min(ranks.values())
    assert drawn({name: lot(name) for name in names}, call) == (least, [n for n in names if ranks[n] == least])


def test_names_that_share_a_lot_are_drawn_together() -> None:
    rank, names = drawn({"1": lot("1"), "2": lot("1"), "3": lot("1")}, "c")
    assert (rank, names) == (random(AgentRecord("1"), 0.0, "c"), ["1", "2", "3"])


def test_of_those_who_share_a_lot_the_longer_idle_is_first_and_then_the_smaller_name() -> None:
    agents = {name: AgentRecord(name, idle_since=since) for name, since in (("1", 9.0), ("3", 5.0), ("2", 5.0))}
    pool = Pool("", EVERYBODY, members=dict.fromkeys(agents, 0.0), lots=dict.fromkeys(agents, lot("1")))
    held: list[Ranked] = []
    found = [
        pool.best_free("random", "c", agents, dict.fromkeys(taken, agents["1"]), held) for taken in ("", "2", "23")
    ]
    assert [best[2] for best in found if best] == ["2", "3", "1"]
    assert pool.best_free("random", "c", agents, agents, held) is None
    pool.put_back("random", held)
    assert pool.lots == {name: lot(name) for name in agents}


def test_who_has_the_skill_no_more_is_not_drawn() -> None:
    with_skill = rules("random", **{f"a{name}": {"skills": {"x": 1}} for name in AGENTS})
    with_skill["queues"]["q"]["skills"] = "x"
    scene = Scene(with_skill, *AGENTS)
    without = {**with_skill, "agents": {**with_skill["agents"], "2": {}}}
    scene.publish(without)
    turns = Turns(scene)
    assert {turns.offered() for _ in range(3)} == {"1", "3", "4"}
    scene.publish(with_skill)
    assert turns.offered() == "2"


@pytest.mark.parametrize("agents", [2, 7, 40])
def test_each_of_many_is_drawn_as_often_as_any_other_also_by_calls_with_like_names(agents: int) -> None:
    lots = {f"10{n:02}": lot(f"10{n:02}") for n in range(agents)}
    counts = Counter(drawn(lots, f"call-{number:06}")[1][0] for number in range(200 * agents))
    # Chi-square with as many degrees of freedom, less one: its mean, and six times its deviation.
    chi_square = sum((counts[name] - 200) ** 2 / 200 for name in lots)
    assert chi_square < agents - 1 + 6 * (2 * (agents - 1)) ** 0.5


def test_those_who_come_free_together_are_drawn_for_each_call_anew() -> None:
    names = [str(n) for n in range(10, 20)]
    queue = {"strategy": "random", "wrap_up_s": 10, "max_wait_s": 1e6}
    scene = Scene({"queues": {"q": queue}, "agents": {name: {} for name in names}}, *names)
    for name in names:
        scene.join(f"t{name}", "q")
        scene.settle()
        scene.talk(f"t{name}")
    for name in names:
        scene.hang_up(f"t{name}")
    for name in "abcd":
        scene.join(name, "q")
    assert len(scene.after(10).settle()) == len(names) + 4
