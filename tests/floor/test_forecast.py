"""The estimate as it is recorded, told, graded and withdrawn; and the announcement that it holds back."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor.durations import MOST_OF_QUEUE, Durations
from callcontrol.floor.estimate import CONFIDENCE, Outlook
from callcontrol.floor.floor import Floor
from callcontrol.floor.forecast import EVERY_S, Forecaster, told, told_joiner
from callcontrol.floor.laws import law_of
from callcontrol.floor.view import view
from tests.floor.scenes import Scene


def scene(agents: int = 2, **queue: Any) -> Scene:
    rules = {
        "queues": {"q": {"max_wait_s": 360_000, "wrap_up_s": 0, "announcement": {"max_share": 1.0}, **queue}},
        "agents": {str(n): {} for n in range(agents)},
    }
    return Scene(rules, *rules["agents"])


def with_history(talks: int = 20, talk_s: float = 100.0, **queue: Any) -> Scene:
    """Both agents talk again, after so many talks that lasted about as long."""
    found = scene(**queue)
    for n in range(talks):
        found.join(f"h{n}", "q")
        found.settle()
        found.talk(f"h{n}")
        found.after(talk_s * (0.7 + 0.6 * (n % 7) / 6)).hang_up(f"h{n}")
        found.settle()
    for n in range(2):
        found.join(f"t{n}", "q")
        found.settle()
        found.talk(f"t{n}")
    return found


def estimate(scene: Scene, call: str, low_s: float, high_s: float) -> None:
    assert scene.write(e.WaitEstimated, queue="q", calls={call: (low_s, high_s)})


def test_fewer_than_ten_talks_in_the_hour_are_a_guess() -> None:
    for talks, known in ((9, False), (10, True)):
        found = with_history(talks=talks)
        found.join("a", "q")
        assert (Outlook(found.floor, found.now).of_call(found.floor.calls["a"]) is not None) is known


def test_what_is_older_than_an_hour_is_not_known_any_more() -> None:
    found = with_history(talks=30)
    found.join("a", "q")
    found.after(3700)
    assert Outlook(found.floor, found.now).of_call(found.floor.calls["a"]) is None


def test_without_anybody_who_serves_there_is_no_estimate() -> None:
    found = with_history()
    found.join("a", "q")
    for agent in "01":
        found.write(e.AgentLoggedOut, agent=agent)  # after the talk
    assert Outlook(found.floor, found.now).of_joiner("q") is None


def test_who_stands_further_back_waits_longer() -> None:
    found = with_history(talks=30)
    for n in range(12):
        found.join(f"c{n:02}", "q")
    ranges = [Outlook(found.floor, found.now).of_call(found.floor.calls[f"c{n:02}"]) for n in range(12)]
    known = [r for r in ranges if r is not None]
    assert len(known) >= 10
    assert all(a.low_s <= b.low_s and a.high_s <= b.high_s for a, b in pairwise(known))
    joiner = Outlook(found.floor, found.now).of_joiner("q")
    assert joiner is not None
    assert joiner.high_s >= known[-1].high_s


def test_callers_who_will_come_and_go_before_make_it_longer() -> None:
    """The same line, once with callers of a shorter target who keep coming."""
    ranges = []
    for target_s in (60.0, 15.0):
        found = with_history(talks=30, target_s=60.0)
        rules = found.floor.configuration
        quick = {**rules["queues"]["q"], "target_s": target_s}
        found.write(
            e.RulesPublished, release=2, configuration={**rules, "queues": {"q": rules["queues"]["q"], "quick": quick}}
        )
        for n in range(10):
            found.join(f"gone{n}", "quick")
            found.write(e.CallLeft, call=f"gone{n}", visit=found.floor.calls[f"gone{n}"].visit, reason="exit_key")
        for n in range(3):
            found.join(f"c{n}", "q")
        ranges.append(Outlook(found.floor, found.now).of_call(found.floor.calls["c2"]))
    alike, overtaken = ranges
    assert alike is not None
    assert overtaken is None or (overtaken.high_s > alike.high_s and overtaken.low_s >= alike.low_s)


def test_a_talk_that_lasts_long_already_ends_sooner() -> None:
    found = with_history(talks=30)
    for n in range(4):
        found.join(f"c{n}", "q")
    before = Outlook(found.floor, found.now).of_call(found.floor.calls["c3"])
    after = Outlook(found.floor, found.after(60).now).of_call(found.floor.calls["c3"])
    assert before is not None
    assert after is not None
    assert before.high_s - 75 < after.high_s < before.high_s - 20


def test_the_desk_records_it_for_who_waits_and_not_twice() -> None:
    found = with_history(talks=30)
    desk = Forecaster()
    assert desk.next_at(found.floor, found.now) is None
    for n in range(5):
        found.join(f"c{n}", "q")
    lines = desk.look(found.floor, found.now)
    assert [list(line.calls) for line in lines] == [[f"c{n}" for n in range(5) if f"c{n}" in lines[0].calls]]
    assert len(lines[0].calls) >= 4
    assert all(found.floor.apply(line) for line in lines)
    assert desk.look(found.floor, found.now) == []
    assert desk.next_at(found.floor, found.now) == found.now + EVERY_S
    assert Forecaster().look(found.floor, found.now) == []  # another desk finds nothing new
    shown = told(found.floor, found.floor.calls["c4"], found.now)
    assert shown is not None
    assert told_joiner(found.floor, "q") is not None
    of_page = view(found.floor, found.now)
    assert of_page["calls"][4]["estimate"] == {"low_s": shown.low_s, "high_s": shown.high_s}
    assert of_page["queues"][0]["estimate"] is not None
    later = told(found.floor, found.floor.calls["c4"], found.now + 3)
    assert later is not None
    assert later.high_s == round(shown.high_s - 3, 1)


def test_a_long_line_is_recorded_in_several_lines_and_nobody_is_left_out() -> None:
    found = with_history(talks=40, max_length=1000)
    for n in range(450):
        found.join(f"c{n:03}", "q")
    lines = Forecaster().look(found.floor, found.now)
    named = [name for line in lines for name in line.calls]
    assert len(lines) == 3
    assert len(set(named)) == len(named) >= 445
    highs = [line.calls[name][1] for line in lines for name in line.calls]
    assert highs == sorted(highs)


def test_the_announcement_waits_while_the_estimate_is_short() -> None:
    found = scene(agents=1)
    found.join("t", "q")
    found.settle()
    found.talk("t")
    found.join("a", "q")
    estimate(found, "a", 5, 29)
    assert found.after(30).told() == []
    assert not found.write(e.MessageGranted, call="a", visit="v-a")
    estimate(found, "a", 5, 31)
    assert found.told() == ["message a"]


def test_without_an_estimate_the_announcement_is_as_it_was() -> None:
    found = scene(agents=1)
    found.join("t", "q")
    found.settle()
    found.talk("t")
    found.join("a", "q")
    estimate(found, "a", 5, 29)
    found.write(e.WaitEstimated, queue="q", calls={"a": ()})
    assert found.after(30).told() == ["message a"]


def graded(found: Scene, hits: int, misses: int) -> None:
    for n in range(hits + misses):
        name = f"g{n}-{found.now}"
        found.join(name, "q")
        estimate(found, name, 0, 10)
        found.after(5 if n < hits else 60)
        found.hang_up(next(c.call for c in found.floor.calls.values() if c.state == "talking"))
        found.settle()
        found.talk(name)


def test_it_is_graded_when_the_call_is_answered() -> None:
    found = scene(agents=1)
    found.join("t", "q")
    found.settle()
    found.talk("t")
    graded(found, 3, 2)
    assert view(found.floor, found.now)["queues"][0]["estimate_grades"] == {
        "inside": 3,
        "below": 0,
        "above": 2,
        "withdrawn": False,
    }


def test_a_bad_one_is_withdrawn_until_it_is_good_again() -> None:
    found = scene(agents=1, announcement={"enabled": False})
    found.join("t", "q")
    found.settle()
    found.talk("t")
    graded(found, 20, 20)
    assert found.floor.grades["q"].withdrawn
    found.join("a", "q")
    estimate(found, "a", 50, 90)
    assert told(found.floor, found.floor.calls["a"], found.now) is None
    assert told_joiner(found.floor, "q") is None
    found.leave("a")
    graded(found, 40, 0)
    assert not found.floor.grades["q"].withdrawn


def test_withdrawing_it_lets_the_announcement_go_on() -> None:
    found = scene(agents=1, hard_bound=1e6)
    found.join("t", "q")
    found.settle()
    found.talk("t")
    found.join("waits", "q", vip=-1000)
    estimate(found, "waits", 0, 10)
    graded(found, 0, 24)
    assert not found.floor.calls["waits"].heard
    graded(found, 0, 1)
    assert found.floor.grades["q"].withdrawn
    found.settle()
    assert found.floor.calls["waits"].heard


@given(st.lists(st.floats(0, 5000), min_size=2, max_size=300), st.floats(0, 6000))
def test_a_law_is_a_distribution(durations: list[float], elapsed: float) -> None:
    law = law_of(durations)
    hazards = [law.at(t) for t in sorted({0.0, elapsed, *durations})]
    assert hazards == sorted(hazards)
    assert law.rest_s(elapsed) >= 0
    assert law.rest_s(0.0) <= 2 * max(max(durations), law.mean_s) + 1


def test_memory_is_bounded_and_survives_a_snapshot() -> None:
    found = with_history(talks=400, talk_s=3.0)
    memory = found.floor.durations.queues["q"]
    assert len(memory.talks) == MOST_OF_QUEUE
    assert all(len(talks) <= 20 for talks in found.floor.durations.agents.values())
    data = json.loads(json.dumps(found.floor.as_data()))
    again = Floor.from_data(data)
    assert again.durations.as_data() == found.floor.durations.as_data()
    assert Durations.from_data({}).as_data()["queues"] == {}
    found.publish({"queues": {"other": {}}, "agents": {"0": {}}})
    assert set(found.floor.durations.queues) == set()


def test_the_confidence_is_said_once() -> None:
    assert CONFIDENCE == 0.8


def test_it_is_the_first_estimate_of_a_call_that_is_graded() -> None:
    found = scene(agents=1, announcement={"enabled": False})
    found.join("t", "q")
    found.settle()
    found.talk("t")
    found.join("a", "q")
    estimate(found, "a", 50, 70)
    found.after(55)
    estimate(found, "a", 100, 200)
    found.after(5).hang_up("t")
    found.settle()
    found.talk("a")
    assert found.floor.grades["q"].counts() == {"inside": 1, "below": 0, "above": 0}


def test_what_is_told_grows_less_as_time_passes_and_is_of_the_callers_own_queue() -> None:
    found = scene(agents=1)
    found.join("a", "q")
    estimate(found, "a", 50, 70)
    shown = told(found.floor, found.floor.calls["a"], found.now + 20)
    assert shown is not None
    assert (shown.low_s, shown.high_s) == (30, 50)
    found.publish({"queues": {"q": {}, "other": {}}, "agents": {}})
    assert found.write(e.WaitEstimated, queue="other", calls={"a": (1, 2)})
    assert found.floor.calls["a"].high_s == 70


def test_a_great_team_is_estimated_by_a_part_of_it() -> None:
    """Two hundred agents: the part that is looked at stands for all, and the range is that of so many hands."""
    found = scene(agents=200)
    for n in range(200):
        found.join(f"c{n:03}", "q")
        found.settle()
        found.talk(f"c{n:03}")
        found.after(0.5)
    for n in range(200, 230):
        found.join(f"c{n}", "q")
    for n in range(20):
        found.after(1).hang_up(f"c{n:03}")
        found.settle()
        found.talk(f"c{200 + n}")
    found.join("z", "q")
    shown = Outlook(found.floor, found.now).of_call(found.floor.calls["z"])
    assert shown is not None
    assert shown.high_s < 60


def test_of_who_leaves_without_an_agent_it_is_known_how_long_callers_are_patient_but_not_of_who_was_sent_away() -> None:
    scene = Scene({"queues": {"q": {"max_length": 1, "announcement": {"enabled": False}}}, "agents": {"1": {}}}, "1")
    scene.join("talks", "q")
    scene.settle()
    scene.talk("talks")
    scene.join("a", "q")
    scene.join("b", "q")
    assert scene.after(20).told() == ["released b full"]
    memory = scene.floor.durations.of("q")
    assert memory.leaving_per_s(scene.now, 0.0)[1] == 0
    scene.leave("a")
    assert memory.leaving_per_s(scene.now, 0.0) == (1 / 20, 1)
