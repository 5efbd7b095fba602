"""Every flow that ships, called once on the real switch: keys by RFC 2833, a service on a real socket, in Chinese or English; a queue
that sends its callers to another; an emergency message."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.flow.catalogue import load_flows
from callcontrol.settings import load_settings
from tests.real_switch.library_house import CONFIGURATION, House, Service
from tests.real_switch.rig import Rig
from tests.real_switch.switch_process import LOG, SwitchProcess

pytestmark = pytest.mark.timeout(240)

ACCOUNT, BORN, PIN = "79927398713", "19900102", "739154"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(
    switch: SwitchProcess, control_port: int, tmp_path_factory: pytest.TempPathFactory, service: Service
) -> Iterator[House]:
    rig = Rig(switch, control_port, tmp_path_factory.mktemp("library"), switch.connect())
    patched = pytest.MonkeyPatch()  # callers are reached at the profile of the tests: nobody needs to be, for a booking
    patched.setenv("CALLCONTROL_DIAL_OUT", f"sofia/internal/tone_0_{{number}}@127.0.0.1:{rig.switch.outside_port}")
    agents = {
        "1001": (rig.talking_phone(talk_ms=1500, answers_after_ms=200), "support"),
        "1003": (rig.talking_phone(talk_ms=1500, answers_after_ms=200), "billing"),
        "1005": (rig.tone_phone(440), "crowd"),
        "1006": (rig.tone_phone(440), "first"),
        "1007": (rig.tone_phone(660), "second"),
        "1008": (rig.tone_phone(440), "third"),
    }
    try:
        yield House(rig, CONFIGURATION.replace("SERVICE", f"http://127.0.0.1:{service.port}"), agents)
    finally:
        rig.clean_up()
        patched.undo()


@pytest.fixture(autouse=True)
def log_from_here(switch: SwitchProcess, request: pytest.FixtureRequest) -> None:
    request.node.stash[LOG] = (switch.log, switch.log.stat().st_size)


CALLED: set[str] = set()


def test_the_hotline_in_chinese_with_its_survey(house: House) -> None:
    CALLED.add("hotline")
    caller, call = house.dial("4001", "1", "1")
    house.talks(call)
    house.keys(caller, call, "5", "4", "0")
    assert caller.gone(25) == "NORMAL_CLEARING"
    record = house.record(call)
    assert (record["outcome"], record["agent"], record["language"]) == ("answered", "1001", "zh")
    assert record["survey"] == {"attitude": 5, "speed": 4, "correctness": None}


def test_the_vip_line_asks_who_it_is_and_brings_the_own_agent(house: House, service: Service) -> None:
    CALLED.add("vip")
    caller, call = house.dial("4011", "1", from_number="13800002222")
    house.talks(call)
    house.keys(caller, call, "5", "5", "5")
    caller.gone(25)
    assert "/customers/13800002222" in service.got
    assert (house.record(call)["agent"], house.record(call)["outcome"]) == ("1001", "answered")


def test_a_surge_is_said_and_self_service_needs_no_agent(house: House) -> None:
    CALLED.add("surge")
    first, first_call = house.dial("4016", from_number="13800003331")
    house.talks(first_call)
    second, second_call = house.dial("4016", from_number="13800003332")
    house.until(lambda: second_call in house.waiting("crowd"), "a second caller is in the queue")
    house.until(lambda: house.status()["controllers"][0]["surging"] == ["crowd"], "the house knows of the surge")
    third, third_call = house.dial("4012", from_number="13800003333")
    house.heard(third_call, "surge.busy")
    house.keys(third, third_call, "1", f"{ACCOUNT}#", BORN)
    house.heard(third_call, "self_service.balance")
    assert third_call not in house.waiting("crowd")
    for caller in (third, first, second):
        caller.hang_up()
    assert house.record(second_call)["outcome"].startswith("abandoned")


def test_after_hours_a_message_is_left_and_reviewed(house: House) -> None:
    CALLED.add("after_hours")
    caller, call = house.dial("4013", "1")
    house.rig.wait("RECORD_START", 25, **{"Unique-ID": call})
    caller.speak(440)
    time.sleep(3.5)  # of a message that is longer than the least
    caller.press("#")
    house.keys(caller, call, "1")
    assert caller.gone(25) == "NORMAL_CLEARING"
    house.record(call)
    assert house.steps(call)[-3:] == ["message", "kept", "end"]


def test_on_the_line_for_callbacks_one_is_served_and_the_next_is_booked_and_keeps_it(house: House) -> None:
    CALLED.add("callback_line")
    served, served_call = house.dial("4017", from_number="13800006661")
    house.talks(served_call)
    waits, call = house.dial("4017", from_number="13800006662")
    house.until(lambda: call in house.waiting("third"), "the second caller has a place")
    waits.press("1")
    house.keys(waits, call, "1")
    assert waits.gone(25) == "NORMAL_CLEARING"
    house.until(
        lambda: [row["queue"] for row in house.floor()["callbacks"]] == ["third"], "the callback stands in line"
    )
    house.until(lambda: house.steps(call)[-3:] == ["call_me", "booked", "end"], "the story is written")
    again, again_call = house.dial("4017", "1", from_number="13800006662")
    assert again.gone(25) == "NORMAL_CLEARING"
    house.record(again_call)
    assert house.steps(again_call) == ["opening", "has_one", "keeps", "end"]
    assert [row["queue"] for row in house.floor()["callbacks"]] == ["third"]
    (booked,) = house.floor()["callbacks"]
    house.command("callbacks", "cancel", booked["callback"])
    served.hang_up()


def test_self_service_looks_up_and_says_the_balance(house: House, service: Service) -> None:
    CALLED.add("self_service")
    caller, call = house.dial("4014", f"{ACCOUNT}#", BORN)
    house.heard(call, "self_service.balance")
    assert f"/accounts/{ACCOUNT}?born={BORN}" in service.got
    house.keys(caller, call, "2")
    house.talks(call)
    caller.gone(25)
    assert house.record(call)["outcome"] == "answered"


@pytest.mark.parametrize("hostile", ["redirect", "slow"])  # the rest: tests/calls/test_self_service.py
def test_an_answer_that_is_none_leads_to_a_person_and_nowhere_else(
    house: House, service: Service, hostile: str
) -> None:
    service.hostile = hostile
    try:
        caller, call = house.dial("4014", f"{ACCOUNT}#", BORN)
        house.heard(call, "self_service.down")
    finally:
        service.hostile = ""
    house.talks(call)
    caller.gone(25)
    house.record(call)
    assert "balance" not in house.steps(call)
    assert not [path for path in service.got if "elsewhere" in path]


def test_the_line_for_faults_brings_a_person_while_the_house_is_itself(house: House) -> None:
    CALLED.add("system_fault")
    caller, call = house.dial("4015")
    house.talks(call)
    caller.gone(25)
    assert house.record(call)["outcome"] == "answered"


def test_an_agent_takes_a_break_by_keys(house: House) -> None:
    CALLED.add("agent_desk")
    store = open_the_store(load_settings(data_dir=house.rig.data))
    store.pins.set("1003", PIN)
    store.close()
    caller, _ = house.dial("4990", "1003#", f"{PIN}#", "2", "1")
    caller.gone(25)
    house.until(
        lambda: next(row for row in house.floor()["agents"] if row["agent"] == "1003")["state"] == "break",
        "the agent is on break",
    )


def test_a_lead_switches_an_emergency_message_by_keys(house: House) -> None:
    CALLED.add("emergency_desk")
    store = open_the_store(load_settings(data_dir=house.rig.data))
    store.pins.set("1005", PIN)
    store.close()
    for word in ("on", "off"):
        caller, call = house.dial("4018", "1005#", f"{PIN}#", "1", "1")
        house.heard(call, f"emergency_desk.done_{word}")
        caller.gone(25)
        house.until(
            lambda word=word: json.loads(house.command("emergency", "list", "--json"))[0]["on"] == (word == "on"),
            f"it is switched {word}",
        )


def test_an_emergency_message_reaches_those_who_wait_and_closes_the_line(house: House) -> None:
    talks, talks_call = house.dial("4016", from_number="13800004441")
    house.talks(talks_call)
    waits, waits_call = house.dial("4016", from_number="13800004442")
    house.until(lambda: waits_call in house.waiting("crowd"), "a second caller waits")
    house.command("emergency", "on", "fire", "--for", "1h")
    try:
        house.heard(waits_call, "emergency")
        assert waits.gone(25) == "NORMAL_CLEARING"
        comes, comes_call = house.dial("4016", from_number="13800004443")
        house.heard(comes_call, "emergency")
        comes.gone(25)
    finally:
        house.command("emergency", "off", "fire")
    assert talks.alive
    talks.hang_up()
    assert [house.record(call)["outcome"] for call in (waits_call, comes_call)] == ["emergency", "emergency"]


def test_a_caller_whose_queue_is_busy_is_answered_in_the_other_and_keeps_the_waiting_time(house: House) -> None:
    first, first_call = house.dial("4002", from_number="13800005551")
    house.talks(first_call)
    second, second_call = house.dial("4002", from_number="13800005552")
    house.talks(second_call)
    house.until(lambda: second_call in house.waiting("second"), "the floor knows it in the other queue")
    talking = lambda: [row for row in house.floor()["calls"] if (row["call"], row["state"]) == (second_call, "talking")]  # noqa: E731
    house.until(talking, "the floor knows of the talk")
    (row,) = talking()
    assert row["agent"] == "1007"
    assert row["joined_at"] - row["first_joined_at"] >= 1.0
    first.hang_up()
    second.hang_up()
    queue = next(row for row in house.floor()["queues"] if row["name"] == "first")
    assert queue["outcomes"] == {"answered": 1, "requeued": 1}
    assert house.record(second_call)["agent"] == "1007"


def test_every_flow_that_ships_was_called() -> None:
    """Last of this file: whoever adds a flow to the library calls it here."""
    if len(CALLED) < 2:
        pytest.skip("one test of this file was run by itself")
    assert set(load_flows(installed=False).names()) == CALLED
