"""The way of a call through every room: simulated switch and callers, everything else as it runs in earnest."""

from __future__ import annotations

import wave
from collections.abc import Iterator

import pytest

from tests.calls.house import House, hears


@pytest.fixture(scope="module")
def whole_house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


@pytest.fixture
def house(whole_house: House) -> Iterator[House]:
    for name in ("1001", "1002", "1003"):
        whole_house.switch.phone(name).answers_after(0.2)
    whole_house.log_out_everybody()
    yield whole_house
    for channel in list(whole_house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    whole_house.until(lambda: not whole_house.floor()["calls"])


def test_a_caller_is_brought_before_an_agent_recorded_and_asked_how_it_was(house: House) -> None:
    house.log_in("1001")
    caller = house.call("1")
    house.in_talk(caller, "1001")
    house.switch.phone("1001").hang_up()
    for question, key in (("survey.attitude", "5"), ("survey.speed", "4"), ("survey.correctness", "3")):
        caller.wait_for(hears(question))
        caller.press(key)
    caller.wait_for(lambda c: c.is_over)

    record = house.record(caller)
    assert (record.outcome, record.agent, record.queue) == ("answered", "1001", "support")
    assert record.survey == {"attitude": 5, "speed": 4, "correctness": 3}
    assert record.ended_by == "flow"
    assert len(record.recordings) == 1


def test_the_recording_has_two_sides_and_the_length_of_the_talk(house: House) -> None:
    house.log_in("1001")
    caller = house.call("1")
    house.in_talk(caller, "1001")
    house.switch.phone("1001").hang_up()
    caller.wait_for(hears("survey.attitude"))
    caller.hang_up()
    record = house.record(caller)
    path = house.settings.recordings_dir / record.recordings[0][:2] / f"{record.recordings[0]}.wav"
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        simulated_talk_s = file.getnframes() / file.getframerate()
    assert simulated_talk_s > 0


def test_a_free_agent_means_no_announcement(house: House) -> None:
    house.log_in("1001")
    caller = house.call("1")
    house.in_talk(caller, "1001")
    caller.hang_up()
    record = house.record(caller)
    assert record.outcome == "answered"
    assert not hears("offpeak")(caller)
    assert record.ended_by == "caller"


def test_a_caller_for_whom_it_is_true_hears_the_announcement_and_is_advised(house: House) -> None:
    house.log_in("1001")
    first = house.call("1", number="13900000001")
    house.in_talk(first, "1001")
    second = house.call("1", number="13900000002")
    second.wait_for(hears("offpeak"))
    second.wait_for(lambda c: c.is_over)
    assert house.record(second).outcome == "advised_offpeak"
    assert not hears("offpeak")(first)
    first.hang_up()


def test_the_announcement_is_cut_the_moment_an_agent_is_free(house: House) -> None:
    house.log_in("1001")
    first = house.call("1", number="13900000011")
    house.in_talk(first, "1001")
    second = house.call("1", number="13900000012")
    second.wait_for(hears("offpeak"))
    first.hang_up()
    house.in_talk(second, "1001")
    second.hang_up()
    assert house.record(second).outcome == "answered"


def test_nobody_logged_in_is_said_and_ends_as_closed(house: House) -> None:
    caller = house.call("1")
    caller.wait_for(hears("hotline.nobody"))
    caller.wait_for(lambda c: c.is_over)
    assert house.record(caller).outcome == "closed"


def test_a_caller_who_leaves_while_the_phone_rings_stops_the_ringing(house: House) -> None:
    house.switch.phone("1001").never_answers()
    house.log_in("1001")
    caller = house.call("1")
    house.until(lambda: house.switch.phone("1001").ringing)
    caller.hang_up()
    house.until(lambda: not house.switch.phone("1001").ringing)
    assert house.record(caller).outcome == "abandoned_ringing"
    house.until(lambda: house.agent("1001")["state"] == "available")


@pytest.mark.parametrize(("behaviour", "cause"), [("busy", "USER_BUSY"), ("rejects", "CALL_REJECTED")])
def test_an_agent_who_does_not_take_it_is_passed_over_for_another(house: House, behaviour: str, cause: str) -> None:
    getattr(house.switch.phone("1001"), behaviour)()
    house.log_in("1001")
    caller = house.call("1")
    house.until(lambda: house.agent("1001")["misses"] > 0 or house.agent("1001")["back_off_until"])
    house.log_in("1002")
    house.in_talk(caller, "1002")
    caller.hang_up()
    house.record(caller)
    failed = [data["cause"] for kind, data in house.story(caller) if kind == "offer_failed"]
    assert failed == [cause]


def test_a_caller_who_hangs_up_in_the_menu_is_no_visit(house: House) -> None:
    caller = house.call()
    caller.wait_for(hears("hotline.menu"))
    caller.hang_up()
    record = house.record(caller)
    assert (record.outcome, record.queue, record.ended_by) == ("", "", "caller")


def test_every_visit_has_one_outcome_and_they_add_up(house: House) -> None:
    for queue in house.floor()["queues"]:
        assert sum(queue["outcomes"].values()) == queue["joined"]


def test_a_hostile_name_and_number_run_nothing_and_lose_no_call(house: House) -> None:
    house.log_in("1001")
    hostile = "${system(touch /tmp/x)}\nX-Evil: 1,|^'{}[]" + "A" * 2000
    caller = house.call("1", name=hostile, number="138${uuid}'|,")
    house.in_talk(caller, "1001")
    caller.hang_up()
    assert house.record(caller).outcome == "answered"
    assert house.switch.executed == []
