"""What is shown, what is explained, and what a snapshot keeps."""

import json

import pytest

from callcontrol.floor import entries as e
from callcontrol.floor.decide import MAX_BATCH, next_wake
from callcontrol.floor.explain import why
from callcontrol.floor.floor import Floor
from callcontrol.floor.view import position, view
from tests.floor import checks
from tests.floor.scenes import RULES, START, Scene


def lively() -> Scene:
    scene = Scene(RULES, "1001", "1002")
    scene.join("a", masked="138****0001")
    scene.settle()
    scene.talk("a")
    scene.join("b")
    scene.settle()
    scene.ring("b")
    scene.join("c", vip=1)
    scene.after(1).join("d")
    scene.after(1).join("e", vip=9)
    scene.settle()
    return scene


def test_the_view_counts_and_orders() -> None:
    scene = lively()
    shown = view(scene.floor, scene.now)
    json.dumps(shown)
    support = next(q for q in shown["queues"] if q["name"] == "support")
    assert {k: support[k] for k in ("waiting", "ringing", "in_message", "talking", "free", "busy", "logged_in")} == {
        "waiting": 3,
        "ringing": 1,
        "in_message": 0,
        "talking": 1,
        "free": 0,
        "busy": 2,
        "logged_in": 2,
    }
    assert support["oldest_wait_s"] == 2.0
    assert support["case"] == "busy"
    assert support["joined"] == sum(support["outcomes"].values()) == 5
    assert support["service_level"] == {"met": 1, "of": 1}
    places = {c["call"]: c["position"] for c in shown["calls"]}
    assert places == {"e": 1, "c": 2, "d": 3, "a": None, "b": None}
    assert {c["call"]: position(scene.floor, c["call"], scene.now) for c in shown["calls"]} == places
    agents = {a["agent"]: a for a in shown["agents"]}
    assert agents["1001"]["state"] == "talking"
    assert (agents["1001"]["call"], agents["1001"]["queue"]) == ("a", "support")
    assert agents["1003"]["state"] == "logged_out"


def test_a_service_level_is_said_of_nothing_before_the_first_call() -> None:
    scene = Scene()
    assert [q["service_level"] for q in view(scene.floor, scene.now)["queues"]] == [None, None]


def test_the_view_never_holds_a_key_of_a_number() -> None:
    scene = Scene(None, "1001")
    scene.join("a", caller="secret-key")
    assert "secret-key" not in json.dumps(view(scene.floor, scene.now))


def test_why_a_caller_waits_names_each_agent_with_the_reason() -> None:
    scene = lively()
    scene.log_in("1003")
    told = why(scene.floor, "d", scene.now)
    assert told is not None
    assert (told.case, told.next_step, told.position, told.late) == ("busy", "wait", 3, False)
    assert {a.agent: a.reason for a in told.agents} == {"1001": "talking", "1002": "ringing", "1003": "skills"}
    scene.fail("b")
    scene.hang_up("a")
    told = why(scene.floor, "d", scene.now)
    assert told is not None
    assert {a.agent: (a.reason, a.until) for a in told.agents} == {
        "1001": ("wrap_up", scene.now + 10),
        "1002": ("back_off", scene.now + 10),
        "1003": ("skills", None),
    }
    assert why(scene.floor, "unknown", scene.now) is None


def test_why_says_what_the_desk_would_do() -> None:
    scene = lively()
    scene.after(30)
    told = why(scene.floor, "d", scene.now)
    assert told is not None
    assert told.next_step == "message_granted"
    scene.after(900)
    told = why(scene.floor, "e", scene.now)
    assert told is not None
    assert (told.next_step, told.late) == ("released:timeout", True)


def test_a_snapshot_of_another_make_is_refused_with_a_sentence() -> None:
    data = lively().floor.as_data()
    with pytest.raises(ValueError, match="has format 99"):
        Floor.from_data({**data, "format": 99})
    with pytest.raises(ValueError, match="is damaged"):
        Floor.from_data({**data, "calls": [{}]})


def test_a_snapshot_is_the_floor() -> None:
    floor = lively().floor
    assert checks.frozen(checks.reborn(floor)) == checks.frozen(floor)


def test_a_batch_is_bounded_and_the_rest_follows() -> None:
    count = MAX_BATCH + 20
    rules = {"queues": {"q": {"max_length": 1000}}, "agents": {f"a{n}": {} for n in range(count + 1)}}
    scene = Scene(rules, "a0")
    scene.join("first", "q")
    scene.settle()
    scene.talk("first")
    for number in range(count):
        scene.join(f"c{number}", "q")
    scene.settle()
    for number in range(1, count + 1):
        scene.log_in(f"a{number}")
    assert len(scene.decide()) == MAX_BATCH
    assert next_wake(scene.floor, scene.now) == scene.now
    assert len(scene.settle()) == count
    for number in range(count):
        scene.leave(f"c{number}")
        scene.join(f"d{number}", "q")
    for number in range(count + 1):
        scene.write(e.AgentLoggedOut, agent=f"a{number}")
    scene.hang_up("first")
    assert len(scene.decide()) == MAX_BATCH
    assert sorted(scene.told()) == sorted(f"released d{n} nobody" for n in range(count))


def test_the_next_wake_is_the_next_thing_that_waiting_decides() -> None:
    scene = Scene(RULES, "1001")
    assert next_wake(scene.floor, scene.now) is None
    scene.join("a")
    scene.settle()
    assert next_wake(scene.floor, scene.now) == START + 30  # the lease, and the patience that comes to nothing
    scene.talk("a")
    scene.after(1).join("b")
    scene.settle()
    assert next_wake(scene.floor, scene.now) == START + 31


@pytest.mark.parametrize("at", [float("nan"), float("inf")])
def test_a_time_that_is_none_is_void(at: float) -> None:
    scene = lively()
    assert not scene.floor.apply(e.CallLeft(at=at, call="c", visit="v-c", reason="hangup"))


def test_rules_that_cannot_be_used_fall_back_to_their_defaults() -> None:
    broken = {
        "queues": {"q": {"patience_s": "soon", "skills": "((", "strategy": 7, "announcement": 3}, "p": 5},
        "agents": {"1": {"skills": ["x"], "max_misses": None}, "2": "x"},
    }
    scene = Scene(broken, "1")
    assert scene.floor.rules.queues["q"].patience_s == 30
    assert list(scene.floor.rules.agents) == ["1"]
    scene.join("a", "q")
    assert scene.told() == ["offered a 1"]


def test_a_clock_that_is_set_back_and_forth_loses_nothing() -> None:
    scene = lively()
    scene.after(900)
    right = [checks.key(entry) for entry in scene.decide()]
    assert right
    assert scene.after(-880).decide() == []
    scene.after(880)
    assert [checks.key(entry) for entry in scene.decide()] == right


def test_the_live_figure_is_by_the_formula_and_the_goal_of_the_queue() -> None:
    queue = {"service_level": "answered_only", "goal": 0.7}
    scene = Scene({**RULES, "queues": {"support": queue, "billing": {}}}, "1001")
    scene.join("a")
    scene.settle()
    scene.talk("a")
    scene.join("b")
    scene.after(60).leave("b")
    [support, _] = view(scene.floor, scene.now)["queues"]
    assert (support["service_level"], support["preset"], support["goal"]) == ({"met": 1, "of": 1}, "answered_only", 0.7)
    scene.publish({**RULES, "queues": {"support": {"service_level": "nonsense"}, "billing": {}}})
    assert view(scene.floor, scene.now)["queues"][0]["service_level"] == {"met": 1, "of": 2}
