"""The reserve comes when the load passes its share, leaves below another, and never flaps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor import reserve
from callcontrol.floor.explain import why
from callcontrol.floor.view import view
from tests.floor import checks
from tests.floor.scenes import Scene

AGENTS = {
    **{f"r{n}": {"skills": {"support": 1}} for n in range(4)},
    "spare": {"skills": {"spare": 1}},
}


def scene_of(load_on: float = 1.2, load_off: float = 1.0, *, regulars: int = 2) -> Scene:
    rules = {
        "queues": {
            "q": {
                "skills": "support",
                "wrap_up_s": 0,
                "max_wait_s": 1e6,
                "max_length": 1000,
                "announcement": {"enabled": False},
                "reserve": {"skills": "spare", "load_on": load_on, "load_off": load_off},
            }
        },
        "agents": AGENTS,
    }
    return Scene(rules, *[f"r{n}" for n in range(regulars)], "spare")


def answer(scene: Scene) -> list[str]:
    done = scene.told()
    for call in list(scene.floor.calls.values()):
        if call.state == "offered":
            scene.talk(call.call)
    return done


def test_the_reserve_is_called_when_the_load_passes_and_leaves_below() -> None:
    scene = scene_of()
    for name in ("a", "b"):
        scene.join(name, "q")
        answer(scene)
    assert scene.floor.reserve == {}  # two callers for two agents: a load of 1
    scene.join("c", "q")
    assert answer(scene) == ["reserve_called", "offered c spare"]
    told = why(scene.floor, "c", scene.now)
    assert told is not None
    assert told.reserve
    assert view(scene.floor, scene.now)["queues"][0]["reserve_since"] == scene.now
    scene.hang_up("a")
    assert answer(scene) == []  # a load of 1 is between the two
    scene.hang_up("b")
    assert answer(scene) == ["reserve_called"]
    assert scene.floor.reserve == {}
    assert scene.floor.calls["c"].state == "talking"  # the talk goes on


def test_calling_the_reserve_does_not_lower_the_load_that_called_it() -> None:
    scene = scene_of()
    for name in ("a", "b", "c"):
        scene.join(name, "q")
        answer(scene)
    assert view(scene.floor, scene.now)["queues"][0]["load"] == 1.5


def test_callers_without_anybody_regular_call_the_reserve() -> None:
    scene = scene_of(regulars=0)
    scene.join("a", "q")
    assert answer(scene) == ["reserve_called", "offered a spare"]


def test_a_reserve_line_that_is_not_right_is_void() -> None:
    scene = scene_of()
    assert not scene.write(e.ReserveCalled, queue="q", on=True)
    assert not scene.write(e.ReserveCalled, queue="q", on=False)
    assert not scene.write(e.ReserveCalled, queue="gone", on=True)


def test_who_waits_when_the_rules_take_the_reserve_away_waits_on_without_it() -> None:
    scene = scene_of()
    for name in ("a", "b", "c"):
        scene.join(name, "q")
        answer(scene)
    scene.publish({"queues": {"q": {"skills": "support"}}, "agents": AGENTS})
    assert scene.floor.reserve == {}
    checks.index_is_true(scene.floor)


def test_an_edit_that_keeps_the_reserve_sends_nobody_home_and_one_without_the_queue_does() -> None:
    scene = scene_of()
    for name in ("a", "b", "c"):
        scene.join(name, "q")
        answer(scene)
    called_at, rules = dict(scene.floor.reserve), scene.floor.configuration
    scene.after(5).publish({**rules, "queues": {**rules["queues"], "other": {}}})
    assert scene.floor.reserve == called_at != {}
    scene.publish({"queues": {"other": {}}, "agents": AGENTS})
    assert scene.floor.reserve == {}


@given(
    load_on=st.sampled_from([0.0, 0.5, 1.0, 1.2, 2.0]),
    load_off=st.sampled_from([0.0, 0.5, 1.0, 1.2, 2.0, 3.0]),
    steps=st.lists(st.sampled_from(["join", "join", "end", "in", "out"]), max_size=25),
)
def test_at_one_state_of_the_queue_the_reserve_changes_at_most_once(
    load_on: float, load_off: float, steps: list[str]
) -> None:
    scene = scene_of(load_on, load_off)
    count = 0
    for step in steps:
        match step:
            case "join":
                count += 1
                scene.join(f"c{count}", "q")
            case "end":
                talking = [c.call for c in scene.floor.calls.values() if c.state == "talking"]
                if talking:
                    scene.hang_up(talking[0])
            case "in":
                scene.log_in(f"r{count % 4}")
            case "out":
                scene.write(e.AgentLoggedOut, agent=f"r{count % 4}")
        # Ringing and talking are in the load alike, so nothing of what follows changes it but a release.
        changes = [line for line in answer(scene) if line == "reserve_called"]
        assert len(changes) <= 1
        assert reserve.change(scene.floor, "q") is None
