"""Which of several free agents gets the call, by every strategy."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor.agents import AgentRecord
from callcontrol.floor.fairness import SHIFT_GAP_S
from callcontrol.floor.strategies import DRAWN, STRATEGIES, strategy_name
from callcontrol.floor.strategies.best_skill_first import LEVEL_WORTH_S, best_skill_first
from callcontrol.floor.strategies.least_skilled import least_skilled
from callcontrol.values.strategies import ALIASES, SEVERAL_RING
from callcontrol.values.strategies import STRATEGIES as NAMES
from tests.floor import checks
from tests.floor.scenes import Scene

AGENTS = ["1", "2", "3", "4"]
ONE_RINGS = [name for name in NAMES if name not in SEVERAL_RING]


def rules(strategy: str, **agents: dict[str, Any]) -> dict[str, Any]:
    queue = {"strategy": strategy, "wrap_up_s": 0, "max_wait_s": 100_000, "announcement": {"enabled": False}}
    return {"queues": {"q": queue}, "agents": {name: agents.get(f"a{name}", {}) for name in AGENTS}}


def floor_of(strategy: str, **agents: dict[str, Any]) -> Scene:
    return Scene(rules(strategy, **agents), *AGENTS)


class Turns:
    """Calls come one after another; each is offered, talked and over."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.count = 0

    def offered(self) -> str:
        """A call comes; the agent that it is offered to."""
        self.count += 1
        self.scene.join(f"c{self.count}", "q")
        (line,) = [line for line in self.scene.told() if line.startswith("offered")][:1]
        return line.split()[2]

    def talk(self, seconds: float = 30) -> str:
        agent = self.offered()
        self.scene.talk(f"c{self.count}")
        self.scene.after(seconds).hang_up(f"c{self.count}")
        return agent


def test_every_name_has_its_rule_and_mod_callcenters_names_are_known() -> None:
    assert set(STRATEGIES) == set(NAMES)
    assert strategy_name("ring-all") == "ring_all"
    assert {strategy_name(alias) for alias in ALIASES} <= set(STRATEGIES)
    assert strategy_name("an old one") == "longest_idle"


# --- pausing -----------------------------------------------------------------------------------------------------------
BREAK = [e.AgentBreak, e.AgentBack]
OUT = [e.AgentLoggedOut, e.AgentLoggedIn]


@given(
    strategy=st.sampled_from(ONE_RINGS),
    talks=st.lists(st.sampled_from([3, 10, 40, 200]), min_size=2, max_size=12),
    pause=st.tuples(st.integers(0, 11), st.sampled_from(AGENTS), st.sampled_from([BREAK, OUT, OUT + BREAK])),
    fails=st.sets(st.integers(0, 11), max_size=2),
)
def test_a_pause_neither_gains_nor_loses_a_turn(
    strategy: str, talks: list[float], pause: tuple[int, str, list[type[e.Entry]]], fails: set[int]
) -> None:
    """The same day with and without somebody's pause between two calls: the same turns."""

    def day(paused: bool) -> list[str]:
        scene = floor_of(strategy, a1={"weight": 3, "order": 2}, a2={"order": 1}, a3={"weight": 2})
        turns, seen = Turns(scene), []
        for number, seconds in enumerate(talks):
            scene.after(60)
            if paused and number == pause[0]:
                for kind in pause[2]:
                    assert scene.write(kind, agent=pause[1])
            if number in fails:
                seen.append(turns.offered())
                scene.fail(f"c{turns.count}")
                scene.leave(f"c{turns.count}")
            else:
                seen.append(turns.talk(seconds))
        return seen

    assert day(True) == day(False)


@given(
    strategy=st.sampled_from([name for name in ONE_RINGS if name not in DRAWN]),
    during=st.sampled_from(["offer", "talk", "wrap_up"]),
    kinds=st.sampled_from([BREAK, OUT]),
    before=st.integers(0, 6),
)
def test_a_pause_during_a_call_neither_gains_nor_loses_a_turn(
    strategy: str, during: str, kinds: list[type[e.Entry]], before: int
) -> None:
    def day(paused: bool) -> list[str]:
        scene = floor_of(strategy, a1={"weight": 3})
        turns = Turns(scene)
        seen = [turns.talk(10 + number) for number in range(before)]
        agent = turns.offered()
        call = f"c{turns.count}"
        for moment in ("offer", "talk", "wrap_up"):
            if moment == "talk":
                scene.talk(call)
            elif moment == "wrap_up":
                scene.after(20).hang_up(call)
            if paused and moment == during:
                scene.write(kinds[0], agent=agent)
        if paused:
            scene.after(1).write(kinds[1], agent=agent)
        else:
            scene.after(1)
        return [*seen, agent, *(turns.talk(10 + number) for number in range(6))]

    assert day(True) == day(False)


@given(strategy=st.sampled_from([name for name in NAMES if name not in DRAWN]), kinds=st.sampled_from([BREAK, OUT]))
def test_a_rank_is_the_same_as_long_as_the_agent_is_free(strategy: str, kinds: list[type[e.Entry]]) -> None:
    scene = floor_of("longest_idle")
    Turns(scene).talk(60)
    rule = STRATEGIES[strategy]

    def ranks() -> list[float]:
        return [rule(agent, 2.0, "c") for agent in scene.floor.agents.values()]

    before = ranks()
    for kind in kinds:
        scene.after(1000).write(kind, agent="1")
        assert ranks() == before
    scene.floor = checks.reborn(scene.floor)
    assert ranks() == before


# --- the rules, one by one ---------------------------------------------------------------------------------------------
@given(
    idle=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    grades=st.tuples(st.integers(0, 5), st.integers(0, 5)),
)
def test_skill_counts_up_to_a_bound_of_idle_time(idle: tuple[int, int], grades: tuple[int, int]) -> None:
    """Times are since when: smaller is longer idle."""
    one, two = (AgentRecord(str(i), idle_since=since) for i, since in enumerate(idle))
    longer_by = (idle[1] - idle[0]) / LEVEL_WORTH_S
    more = grades[0] - grades[1]
    assert (best_skill_first(one, grades[0], "") < best_skill_first(two, grades[1], "")) == (more > -longer_by)
    assert (least_skilled(one, grades[0], "") < least_skilled(two, grades[1], "")) == (more < longer_by)


def test_longest_idle_goes_by_the_end_of_the_talk_and_round_robin_by_its_beginning() -> None:
    for strategy, third in (("longest_idle", "2"), ("round_robin", "1")):
        scene = floor_of(strategy)
        for name in ("3", "4"):
            scene.write(e.AgentLoggedOut, agent=name)
        turns = Turns(scene)
        assert turns.offered() == "1"
        scene.talk("c1")
        scene.after(1)
        assert turns.talk(30) == "2"  # its turn came later and was over sooner
        scene.after(10).hang_up("c1")
        assert turns.offered() == third


def test_top_down_is_the_first_of_the_list_who_is_free() -> None:
    scene = floor_of("top_down", a1={"order": 3}, a2={"order": 1}, a3={"order": 2}, a4={"order": 2})
    turns = Turns(scene)
    assert [turns.talk() for _ in range(3)] == ["2", "2", "2"]
    assert [turns.offered() for _ in range(4)] == ["2", "3", "4", "1"]


def test_those_of_the_same_place_in_the_list_share() -> None:
    turns = Turns(floor_of("top_down"))
    assert [turns.talk() for _ in range(6)] == ["1", "2", "3", "4", "1", "2"]


def test_a_new_place_in_the_list_counts_at_once() -> None:
    scene = floor_of("top_down")
    assert scene.publish(rules("top_down", a1={"order": 1}, a2={"order": 1}, a3={"order": 1}))
    assert Turns(scene).offered() == "4"


@given(talks=st.lists(st.sampled_from([1.0, 10.0, 100.0]), min_size=4, max_size=40))
def test_fewest_calls_keeps_the_counts_together_and_least_talk_time_the_times(talks: list[float]) -> None:
    scene = floor_of("fewest_calls")
    turns = Turns(scene)
    done = Counter(turns.talk(seconds) for seconds in talks)
    assert max(done.values()) - min(done[name] for name in AGENTS) <= 1

    scene = floor_of("least_talk_time")
    turns = Turns(scene)
    for seconds in talks:
        turns.talk(seconds)
    times = [agent.talk_s for agent in scene.floor.agents.values()]
    assert sum(times) == pytest.approx(sum(talks))
    assert max(times) - min(times) <= max(talks)


@given(
    strategy=st.sampled_from(["fewest_calls", "least_talk_time", "weighted"]),
    before=st.integers(3, 30),
    left_at=st.integers(0, 2),
)
def test_who_comes_late_has_neither_more_nor_fewer_turns_than_the_others(
    strategy: str, before: int, left_at: int
) -> None:
    """Agent 4 was here in the morning, or never, and comes (back) for a shift at noon."""
    scene = Scene(rules(strategy), *AGENTS[: 4 if left_at else 3])
    turns = Turns(scene)
    for number in range(before):
        if left_at and number == left_at:
            scene.write(e.AgentLoggedOut, agent="4")
        turns.talk()
    scene.after(SHIFT_GAP_S).log_in("4")
    after = Counter(turns.talk() for _ in range(40))
    assert set(after) == set(AGENTS)
    assert max(after.values()) - min(after.values()) <= 2


def test_a_shift_begins_with_the_fewest_of_those_who_are_here_and_serve_the_same() -> None:
    changed = rules("fewest_calls", a3={"skills": {"x": 1}}, a4={"skills": {"x": 1}})
    changed["queues"]["x"] = {**changed["queues"]["q"], "skills": "x"}
    scene = Scene(changed, "1", "2", "3")
    for name, calls in (("1", 5), ("2", 3), ("3", 9)):
        scene.floor.agents[name].calls = scene.floor.agents[name].answered = calls
    scene.write(e.AgentLoggedOut, agent="2")
    scene.log_in("4")
    assert scene.floor.agents["4"].calls == 9  # in the queue of both there is agent 3 only
    scene.after(SHIFT_GAP_S).log_in("2")
    assert scene.floor.agents["2"].calls == 5
    scene.write(e.AgentLoggedOut, agent="2")
    scene.write(e.AgentLoggedOut, agent="1")
    scene.after(SHIFT_GAP_S).log_in("2")
    assert scene.floor.agents["2"].calls == 9


def test_each_count_of_a_shift_begins_with_its_own_fewest() -> None:
    scene = Scene(rules("fewest_calls"), "1", "2", "3")
    for name, counts in (("1", (0, 80.0, 3.0)), ("2", (7, 20.0, 5.0)), ("3", (4, 60.0, 1.0))):
        agent = scene.floor.agents[name]
        agent.calls, agent.talk_s, agent.share = counts
    scene.log_in("4")
    late = scene.floor.agents["4"]
    assert (late.calls, late.talk_s, late.share) == (0, 20.0, 1.0)


def test_talk_time_is_that_of_the_talk_and_a_miss_is_a_turn() -> None:
    scene = floor_of("round_robin")
    turns = Turns(scene)
    assert turns.offered() == "1"
    scene.after(20).talk("c1")
    scene.after(30).hang_up("c1")
    assert scene.floor.agents["1"].talk_s == 30
    assert turns.offered() == "2"
    scene.fail("c2")
    scene.leave("c2")
    scene.after(1000)
    assert [turns.talk() for _ in range(4)] == ["3", "4", "1", "2"]


def test_what_was_done_without_a_weight_is_not_held_against_anybody() -> None:
    scene = Scene(rules("weighted", a1={"weight": 0}), "1")
    Turns(scene).talk()
    assert (scene.floor.agents["1"].calls, scene.floor.agents["1"].share) == (1, 0)


def test_a_log_out_that_is_shorter_than_the_gap_of_a_shift_keeps_the_counts() -> None:
    scene = floor_of("fewest_calls")
    turns = Turns(scene)
    for _ in range(8):
        turns.talk()
    scene.write(e.AgentLoggedOut, agent="4")
    for _ in range(6):
        turns.talk()
    scene.after(SHIFT_GAP_S - 6 * 30 - 1).log_in("4")
    assert [scene.floor.agents[name].calls for name in AGENTS] == [4, 4, 4, 2]
    assert [turns.talk(), turns.talk()] == ["4", "4"]


@given(weights=st.lists(st.sampled_from([0.5, 1, 2, 3.5, 10]), min_size=4, max_size=4), seed=st.integers(0, 3))
def test_weighted_gives_talks_in_proportion_to_the_weights(weights: list[float], seed: int) -> None:
    """As long as somebody is free to choose: in the long run each has the share of its weight."""
    scene = floor_of("weighted", **{f"a{name}": {"weight": w} for name, w in zip(AGENTS, weights, strict=True)})
    turns, calls = Turns(scene), 120
    done = Counter(turns.talk(5 + (seed * number) % 17) for number in range(calls))
    for name, weight in zip(AGENTS, weights, strict=True):
        assert done[name] == pytest.approx(calls * weight / sum(weights), abs=4)


def test_weights_hold_when_talks_overlap() -> None:
    """A simulated day on which there mostly is a choice: whoever talks misses turns and has them later."""
    weights = {"1": 1.0, "2": 1.0, "3": 2.0, "4": 4.0}
    scene = floor_of("weighted", **{f"a{name}": {"weight": w} for name, w in weights.items()})
    chance, ends, done, calls = Random(7), list[tuple[float, str]](), Counter[str](), 3000
    for number in range(calls):
        arrival = scene.now + chance.expovariate(1 / 60)
        while ends and ends[0][0] <= arrival:
            over, call = heappop(ends)
            scene.after(over - scene.now).hang_up(call)
        scene.after(arrival - scene.now).join(f"c{number}", "q")
        for line in scene.settle():
            assert isinstance(line, e.Offered)
            scene.talk(line.call)
            done[line.agent] += 1
            heappush(ends, (scene.now + chance.expovariate(1 / 30), line.call))
    for name, weight in weights.items():
        assert done[name] / sum(done.values()) == pytest.approx(weight / 8.0, abs=0.03)


def test_a_weight_of_nothing_is_asked_when_nobody_else_is_free() -> None:
    turns = Turns(floor_of("weighted", a1={"weight": 0}, a2={"weight": 0.0001}))
    assert "1" not in [turns.talk() for _ in range(20)]
    assert [turns.offered() for _ in range(4)][-1] == "1"


@pytest.mark.parametrize("strategy", NAMES)
def test_whoever_takes_the_call_has_only_this_one(strategy: str) -> None:
    scene = floor_of(strategy)
    for number in range(8):
        scene.join(f"c{number}", "q")
    scene.settle()
    checks.one_winner(scene.floor)
    assert {offer.agent for offer in scene.floor.offers.values()} == set(AGENTS)
