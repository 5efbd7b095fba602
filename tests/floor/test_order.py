"""Who of the callers is first, and which agent gets the call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor.order import HARD_BOUND, in_front_before, rank
from tests.floor.scenes import START, Scene

joined = st.integers(0, 100_000).map(lambda tenths: START + tenths / 10)
waiting = st.tuples(joined, st.sampled_from([0.0, 1.0, 15.0, 60.0]), st.integers(-2, 20), st.text("abc", min_size=1))


@given(a=waiting, b=waiting, now=st.integers(0, 20_000).map(lambda s: START + s))
def test_who_is_late_goes_before_who_is_not_and_late_ones_by_joining_time(a: tuple, b: tuple, now: float) -> None:  # type: ignore[type-arg]
    def late(call: tuple) -> bool:  # type: ignore[type-arg]
        return bool(now - call[0] >= HARD_BOUND * max(call[1], 0.1))

    if late(a) and not late(b):
        assert rank(*a, now) < rank(*b, now)
    if late(a) and late(b) and a[0] < b[0]:
        assert rank(*a, now) < rank(*b, now)


@given(
    target_s=st.sampled_from([0.0, 1.0, 15.0, 60.0]),
    vip=st.integers(-2, 20),
    calls=st.lists(st.tuples(joined, st.text("abc", min_size=1)), unique=True),
    now=st.integers(-100, 20_000).map(lambda s: START + s),
)
def test_in_one_lane_the_order_is_by_joining_time_at_every_moment(
    target_s: float, vip: int, calls: list[tuple[float, str]], now: float
) -> None:
    assert sorted(calls) == sorted(calls, key=lambda c: rank(c[0], target_s, vip, c[1], now))


@given(
    me=waiting, other=waiting, bounds=st.tuples(*[st.sampled_from([1.0, 10.0, 50.0])] * 2), waited=st.floats(0, 9_000)
)
def test_who_is_in_front_is_told_by_joining_time(
    me: tuple,
    other: tuple,
    bounds: tuple[float, float],
    waited: float,  # type: ignore[type-arg]
) -> None:
    now = max(me[0], other[0]) + waited
    mine = rank(*me, now, bounds[0])
    until = in_front_before(mine, now, other[1], other[2], bounds[1])
    assert until <= now
    for joined_at in (other[0], until - 0.01, until + 0.01):
        if abs(joined_at - until) > 1e-3 and joined_at <= now:
            assert (rank(joined_at, *other[1:], now, bounds[1]) < mine) is (joined_at < until)


@pytest.mark.parametrize("bound", [1.0, 3.0, 20.0])
def test_the_hard_bound_is_the_queues_own(bound: float) -> None:
    queues = {"vip": {"target_s": 10, "hard_bound": 1000.0}, "plain": {"target_s": 10, "hard_bound": bound}}
    scene = Scene({"queues": queues, "agents": {"1001": {}}}, "1001")
    scene.join("on", "plain")
    scene.told()
    scene.talk("on")
    scene.join("early", "plain")
    scene.join("late", "vip", vip=100)
    for waited_s, first in ((10 * bound - 0.1, "late"), (10 * bound, "early")):
        scene.now = START + waited_s
        line = {name: scene.floor.calls[name].lane for name in ("early", "late")}
        assert min(line, key=lambda name: line[name].rank(0, scene.now)) == first  # type: ignore[union-attr]


def test_a_wait_is_weighed_by_the_target_and_vip_points_are_targets() -> None:
    now = START + 100
    assert rank(START + 90, 5, 0, "a", now) < rank(START + 85, 15, 0, "b", now)  # 2 targets before 1
    assert rank(START + 99, 15, 2, "vip", now) < rank(START + 75, 15, 0, "b", now)
    assert rank(START + 99, 15, 1, "vip", now) > rank(START + 75, 15, 0, "b", now)
    assert rank(START, 15, 0, "a", now) < rank(START, 15, 0, "b", now)


def test_the_bound_is_reached_with_its_last_second_and_a_target_of_nothing_is_a_tenth_of_a_second() -> None:
    assert rank(START, 15, 0, "late", START + 150)[0] == 0
    assert rank(START, 15, 0, "nearly", START + 149.9)[0] == 1
    assert rank(START, 0, 0, "late", START + 1)[0] == 0
    assert rank(START, 0, 0, "nearly", START + 0.9)[0] == 1


ONE = {
    "queues": {
        "fast": {"target_s": 2, "max_wait_s": 100_000, "max_length": 10_000, "announcement": {"enabled": False}},
        "slow": {"target_s": 60, "max_wait_s": 100_000, "max_length": 10_000, "announcement": {"enabled": False}},
    },
    "agents": {"1001": {}},
}


@pytest.mark.parametrize("vip", [0, 1000])
def test_nothing_starves_under_a_flood_of_callers_who_count_more(vip: int) -> None:
    """One agent, a talk of 10 s, and every 5 s a caller of a queue with a thirtieth of the target (and VIP points)."""
    scene = Scene(ONE, "1001")
    scene.join("first", "fast")
    scene.settle()
    scene.talk("first")
    scene.join("patient", "slow")
    on, ahead = "first", 0
    for number in range(1000):
        scene.after(5).join(f"flood{number}", "fast", vip=vip)
        if number % 2:
            scene.hang_up(on)
            scene.write(e.AgentBack, agent="1001")
            (offered,) = scene.told()
            on = offered.split()[1]
            if on == "patient":
                break
            scene.talk(on)
            ahead += 1
    assert on == "patient"
    assert scene.now - START >= HARD_BOUND * 60
    # Late at 600 s; before it go only those who joined before and were late too, which is nobody.
    assert scene.now - START <= HARD_BOUND * 60 + 20


def test_a_caller_who_comes_back_has_the_old_place() -> None:
    scene = Scene(ONE, "1001")
    scene.join("x", "fast")
    scene.settle()
    scene.join("a", "fast")
    scene.after(30).join("b", "fast")
    scene.leave("a", "requeued")
    scene.after(1).join("a", "fast", visit="v2", first_joined_at=START)
    scene.leave("x")
    assert scene.told() == ["offered a 1001"]


def test_the_expert_is_offered_first_until_the_others_sat_long_enough() -> None:
    rules = {
        "queues": {"q": {"skills": "support", "strategy": "best_skill_first", "wrap_up_s": 0}},
        "agents": {"1": {"skills": {"support": 2}}, "2": {"skills": {"support": 5}}},
    }
    scene = Scene(rules, "1", "2")
    offered = []
    for number in range(5):
        scene.join(f"c{number}", "q")
        offered += [line.split()[2] for line in scene.told()]
        scene.talk(f"c{number}")
        scene.after(100).hang_up(f"c{number}")
    assert offered == ["2", "2", "2", "2", "1"]  # three levels are worth 360 s and not more


def test_a_call_may_ask_for_more_than_its_queue() -> None:
    rules = {"queues": {"q": {}}, "agents": {"1": {"skills": {}}, "2": {"skills": {"en": 3}}}}
    scene = Scene(rules, "1", "2")
    scene.join("a", "q", needs="en >= 3")
    assert scene.told() == ["offered a 2"]
    scene.join("b", "q", needs="en >= 4")
    assert scene.told() == ["released b nobody"]
    scene.join("c", "q", needs="not a thing (")
    assert scene.told() == ["offered c 1"]


def test_a_new_grade_of_a_free_agent_counts_at_once() -> None:
    queues = {"q": {"skills": "support", "strategy": "best_skill_first"}}
    scene = Scene({"queues": queues, "agents": {"1": {"skills": {"support": 5}}, "2": {"skills": {"support": 3}}}})
    scene.log_in("1")
    scene.log_in("2")
    scene.publish({"queues": queues, "agents": {"1": {"skills": {"support": 1}}, "2": {"skills": {"support": 3}}}})
    scene.join("a", "q")
    assert scene.told() == ["offered a 2"]
