"""Each visit has one outcome, named by where the caller was when it ended."""

import json

import pytest

from callcontrol.floor import entries as e
from callcontrol.floor.floor import Floor
from callcontrol.floor.visits import VisitEnded
from callcontrol.values.outcomes import Outcome
from tests.floor.scenes import RULES, Scene


def busy() -> Scene:
    scene = Scene({**RULES, "agents": {"1001": RULES["agents"]["1001"]}}, "1001")
    scene.join("first")
    scene.settle()
    scene.talk("first")
    return scene


@pytest.mark.parametrize(("waited_s", "outcome"), [(4.9, "abandoned_short"), (5.0, "abandoned_waiting")])
def test_hanging_up_while_waiting(waited_s: float, outcome: str) -> None:
    scene = busy()
    scene.join("a")
    scene.settle()
    scene.after(waited_s).leave("a")
    assert scene.outcomes() == {"answered": 1, outcome: 1}


def test_hanging_up_while_the_phone_rings_frees_the_agent_without_a_miss() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.settle()
    scene.ring("a")
    scene.after(1).leave("a")
    agent = scene.floor.agents["1001"]
    assert scene.outcomes() == {"abandoned_ringing": 1}
    assert (agent.state, agent.misses, agent.back_off_until) == ("available", 0, 0)


def test_hanging_up_in_the_announcement() -> None:
    scene = busy()
    scene.join("a")
    assert scene.after(30).told() == ["message a"]
    scene.after(3).leave("a")
    assert scene.outcomes() == {"answered": 1, "abandoned_in_message": 1}


def test_hanging_up_in_the_talk_ends_it_and_is_no_second_outcome() -> None:
    scene = busy()
    scene.after(60).leave("first")
    assert scene.outcomes() == {"answered": 1}
    assert scene.floor.agents["1001"].state == "wrap_up"
    assert not scene.floor.offers


@pytest.mark.parametrize(
    "reason", ["exit_key", "requeued", "callback_booked", "closed", "emergency", "blocked", "system_lost"]
)
def test_a_named_reason_is_the_outcome(reason: str) -> None:
    scene = busy()
    scene.join("a")
    scene.leave("a", reason)
    assert scene.outcomes() == {"answered": 1, reason: 1}


def test_a_reason_of_a_newer_writer_is_a_loss_that_nobody_explained() -> None:
    scene = busy()
    scene.join("a")
    scene.leave("a", "abducted")
    assert scene.outcomes() == {"answered": 1, "system_lost": 1}


def test_a_call_that_joins_again_with_another_visit_leaves_the_first_as_requeued() -> None:
    scene = busy()
    scene.join("a")
    scene.join("a", "billing", visit="v2")
    assert scene.outcomes() == {"answered": 1, "requeued": 1}
    assert scene.outcomes("billing") == {"waiting": 1}


def test_the_longest_wait_ends_it_but_not_within_the_announcement_or_a_ringing_phone() -> None:
    rules = {**RULES, "queues": {"support": {"max_wait_s": 35, "announcement": {"max_share": 1.0}}}}
    scene = Scene(rules, "1001")
    scene.join("first")
    scene.settle()
    scene.talk("first")
    scene.join("a")
    scene.join("b", caller="k")
    assert scene.after(30).told() == ["message a", "message b"]
    scene.write(e.CallStays, call="b", visit="v-b")
    assert scene.after(4).told() == []
    assert scene.after(1).told() == ["released b timeout"]
    assert scene.after(60).told() == []
    scene.write(e.MessageFinished, call="a", visit="v-a")
    assert scene.told() == ["released a still_busy"]


def test_a_full_line_releases_the_one_who_comes_after_it() -> None:
    scene = Scene({**RULES, "queues": {"support": {"max_length": 1}}}, "1001")
    scene.join("first")
    scene.settle()
    scene.talk("first")
    scene.join("a")
    scene.join("b")
    assert scene.told() == ["released b full"]
    assert scene.outcomes() == {"answered": 1, "full": 1, "waiting": 1}


def test_nobody_left_while_waiting_releases_all_but_everybody_on_break_does_not() -> None:
    scene = busy()
    scene.join("a")
    scene.settle()
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    scene.after(10).hang_up("first")
    assert scene.floor.agents["1001"].state == "break"
    assert scene.told() == []
    scene.write(e.AgentLoggedOut, agent="1001")
    assert scene.told() == ["released a nobody"]
    assert scene.outcomes() == {"answered": 1, "closed": 1}


@pytest.mark.parametrize("others", [(), ("1002",)])
def test_who_waits_through_a_break_is_not_released_by_the_next_one(others: tuple[str, ...]) -> None:
    scene = Scene(None, "1001", *others)
    for agent in ("1001", *others):
        scene.write(e.AgentBreak, agent=agent, reason="lunch")
    scene.join("a")  # the desk is away for a moment
    scene.write(e.AgentBack, agent="1001")
    scene.write(e.AgentBreak, agent="1001", reason="again")
    assert scene.told() == []


def test_a_removed_queue_releases_who_waits_in_it_as_closed() -> None:
    scene = busy()
    scene.join("a")
    scene.settle()
    scene.publish({**RULES, "queues": {"billing": {}}})
    assert scene.told() == ["released a closed"]
    assert scene.outcomes() == {"answered": 1, "closed": 1}


def test_service_level_counts_answered_and_lost_within_the_target_and_later() -> None:
    scene = busy()  # answered at once, target 15 s
    scene.join("a")
    scene.after(10).leave("a")  # lost within the target
    scene.join("b")
    scene.after(16).leave("b")  # lost later
    scene.join("c")
    scene.after(2).leave("c")  # short: in no cell
    scene.hang_up("first")
    scene.join("d")
    scene.after(20).settle()
    scene.talk("d")
    assert scene.floor.tallies["support"].total.levels == {15.0: [1, 1, 1, 1]}


def test_counts_of_half_hours_older_than_a_day_are_forgotten_unless_somebody_waits_since() -> None:
    scene = busy()
    scene.join("stays")
    scene.after(3600).join("a")
    scene.leave("a")
    scene.after(86_400 * 2).join("b")
    tally = scene.floor.tallies["support"]
    assert [cell.joined for cell in tally.cells.values()] == [2, 1]
    assert tally.total.joined == 3
    assert tally.total.outcomes == {"answered": 1, "waiting": 2}


def test_a_short_wait_is_of_this_visit() -> None:
    scene = busy()
    scene.join("a", first_joined_at=scene.now - 500)
    scene.after(1).leave("a")
    assert scene.outcomes() == {"answered": 1, "abandoned_short": 1}


def test_what_became_of_a_callback_moves_the_count_of_its_own_half_hour() -> None:
    scene = busy()
    scene.join("a")
    scene.leave("a", "callback_booked")
    booked_at = scene.now
    scene.after(7200)
    tally = scene.floor.tallies["support"]
    tally.changed.clear()
    tally.turn(booked_at, "callback_booked", "callback_done")
    tally.turn(booked_at, "callback_booked", "callback_done")  # there is none any more
    tally.turn(booked_at - 86_400 * 9, "callback_booked", "callback_done")  # forgotten
    assert scene.outcomes() == {"answered": 1, "callback_done": 1}
    assert len(tally.changed) == 1
    assert tally.total.sums() == ""


def test_a_half_hour_with_an_open_callback_is_kept_for_a_week_and_no_longer() -> None:
    scene = busy()
    scene.join("a")
    scene.leave("a", "callback_booked")
    scene.after(86_400 * 2).join("b")
    assert len(scene.floor.tallies["support"].cells) == 2
    scene.leave("b")
    scene.after(86_400 * 6).join("c")
    assert [cell.joined for cell in scene.floor.tallies["support"].cells.values()] == [1]


def test_the_longest_wait_is_of_the_half_hours_that_are_kept() -> None:
    scene = busy()
    scene.join("a")
    scene.after(100).leave("a")
    scene.after(3600).join("b")
    scene.after(40).leave("b")
    tally = scene.floor.tallies["support"]
    assert tally.total.longest_wait_ms == 100_000
    scene.after(86_400).join("c")
    assert tally.total.longest_wait_ms == 40_000


def test_a_changed_target_counts_from_then_on_and_leaves_what_was_counted() -> None:
    scene = busy()
    scene.join("a")
    scene.after(18).leave("a")
    scene.publish({**RULES, "queues": {"support": {"target_s": 20}}})
    scene.join("b")
    scene.after(18).leave("b")
    assert scene.floor.tallies["support"].total.levels == {15.0: [1, 0, 0, 1], 20.0: [0, 0, 1, 0]}


def test_a_snapshot_of_the_first_format_is_still_read() -> None:
    scene = busy()
    scene.join("a")
    data = json.loads(json.dumps(scene.floor.as_data()))
    data["format"] = 1
    for cell in data["tallies"]["support"].values():
        cell["levels"] = cell["levels"]["15.0"]
        del cell["answer_wait_ms"], cell["longest_wait_ms"]
    floor = Floor.from_data(data)
    assert floor.tallies["support"].total.levels == {15.0: [1, 0, 0, 0]}
    assert floor.tallies["support"].total.joined == 2


def test_the_last_visit_that_ended_is_told_with_how_it_ended() -> None:
    scene = Scene(RULES, "1001")
    scene.join("a")
    scene.join("b")
    scene.settle()
    scene.leave("b")
    assert scene.floor.last_visit_ended == VisitEnded("v-b", Outcome.ABANDONED_SHORT)
    scene.talk("a")
    assert scene.floor.last_visit_ended == VisitEnded("v-a", Outcome.ANSWERED)
