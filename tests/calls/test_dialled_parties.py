"""Callers connected with somebody who is no agent, through every room, on the simulated switch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callcontrol.calls.ended_alone import TOLD_BY, EndedAlone
from callcontrol.calls.found_on_switch import PARTY_OF
from callcontrol.lab import api
from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from tests.calls.house import House, hears

CONFIGURATION = """
[entries.4001]
flow = "switchboard"
language = "en"

[entries.4002]
flow = "switchboard"
language = "en"
parameters = { way = "ask" }

[entries.4003]
flow = "switchboard"
language = "en"
parameters = { way = "transfer" }

[entries.4004]
flow = "switchboard"
language = "en"
parameters = { way = "announce" }

[entries.4005]
flow = "meeting"
language = "en"
parameters = { most = 2 }

[entries.4006]
flow = "meeting"
language = "en"
parameters = { pin = "4711", listens = true }

[targets.4711]
contact = "user/reception"

[targets.4712]
number = "02155550100"

[queues.support]
skills = "support >= 2"

[agents.1001]
contact = "user/1001"
skills = { support = 4 }
"""
ASK, TRANSFER, ANNOUNCE, ROOM, SAFE_ROOM = "4002", "4003", "4004", "4005", "4006"
FLOWS = Path(__file__).parent.parent / "legs_flows"


@pytest.fixture(scope="module")
def whole_house() -> Iterator[House]:
    house = House(
        configuration=CONFIGURATION, flows_dir=FLOWS, dial_out="user/out{number}", flow_numbers="0[0-9]{6,11}"
    )
    numbers = dict.fromkeys(("4001", ASK, TRANSFER, ANNOUNCE, ROOM, SAFE_ROOM), "en")
    house.switch.dialplan = hotline_dialplan(f"127.0.0.1:{house.controller.listener.port}", entries=numbers)
    yield house
    house.stop()


@pytest.fixture
def house(whole_house: House) -> Iterator[House]:
    for name in ("reception", "1001", "out02155550100", "out0211234567"):
        whole_house.switch.phone(name).answers_after(0.2)
    yield whole_house
    for channel in list(whole_house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    whole_house.until(lambda: not whole_house.switch.channels)


def dials(house: House, who: str, number: str = "4001") -> Caller:
    caller = house.switch.call(number)
    caller.wait_for(hears("hotline.menu"))
    caller.press(who + "#")
    return caller


def kinds(house: House, caller: Caller) -> list[tuple[str, Any]]:
    return [(kind, data) for kind, data in house.story(caller) if kind.startswith(("party", "recording"))]


@pytest.mark.parametrize(
    ("who", "phone", "shown"),
    [
        ("4711", "reception", "4711"),
        ("1001", "1001", "1001"),
        ("4712", "out02155550100", "4712"),
        ("0211234567", "out0211234567", "021***4567"),
    ],
)
def test_a_target_an_extension_and_an_allowed_number_are_connected(
    house: House, who: str, phone: str, shown: str
) -> None:
    caller = dials(house, who)
    caller.wait_for(lambda c: c.in_talk_with == phone)
    house.switch.phone(phone).hang_up()
    caller.wait_for(hears("survey.attitude"))
    caller.hang_up()
    record = house.record(caller)
    assert (record.outcome, record.agent, record.talk_s) == ("", "", None)
    story = kinds(house, caller)
    assert [kind for kind, _ in story if kind.startswith("party")] == ["party_rung", "party_began", "party_ended"]
    assert {data["to"] for kind, data in story if kind.startswith("party")} == {shown}
    assert next(data["by"] for kind, data in story if kind == "party_ended") == "party"
    assert "0211234567" not in str(house.story(caller))


@pytest.mark.parametrize(
    ("does", "prompt"),
    [
        (lambda phone: phone.busy(), "hotline.too_long"),
        (lambda phone: phone.rejects(), "hotline.closed"),
        (lambda phone: phone.never_answers(), "hotline.full"),
        (lambda phone: phone.unregistered(), "hotline.nobody"),
        (lambda phone: phone.fails("NORMAL_UNSPECIFIED"), "menu.wrong"),
    ],
)
def test_without_an_answer_the_caller_goes_the_way_of_the_reason(house: House, does: Any, prompt: str) -> None:
    does(house.switch.phone("reception"))
    caller = dials(house, "4711")
    caller.wait_for(hears(prompt))
    caller.wait_for(lambda c: c.is_over)


@pytest.mark.parametrize("who", ["190123456", "02155550100111", "4713", "110", "9"])
def test_what_nobody_allowed_is_not_dialled(house: House, who: str) -> None:
    before = house.switch.phone("reception").calls_offered
    caller = dials(house, who)
    caller.wait_for(hears("menu.wrong"))
    assert house.switch.phone("reception").calls_offered == before
    caller.hang_up()
    assert [data["cause"] for kind, data in kinds(house, caller)][:1] in (["FORBIDDEN"], ["NO_NUMBER"], [])


def test_a_caller_who_hangs_up_ends_the_ringing(house: House) -> None:
    house.switch.phone("reception").never_answers()
    caller = dials(house, "4711")
    house.until(lambda: house.switch.phone("reception").ringing)
    caller.hang_up()
    house.until(lambda: not house.switch.channels)


def test_a_caller_who_hangs_up_in_the_talk_ends_the_other_side(house: House) -> None:
    caller = dials(house, "4711")
    caller.wait_for(lambda c: c.in_talk_with == "reception")
    caller.hang_up()
    house.until(lambda: not house.switch.channels)
    record = house.record(caller)
    assert record.ended_by == "caller"
    ended = next(data for kind, data in kinds(house, caller) if kind == "party_ended")
    assert ended["by"] == "caller"
    assert ended["talk_s"] > 0


def test_the_talk_is_recorded(house: House) -> None:
    caller = dials(house, "4711")
    caller.wait_for(lambda c: c.in_talk_with == "reception")
    house.switch.phone("reception").hang_up()
    caller.wait_for(hears("survey.attitude"))
    caller.hang_up()
    house.record(caller)
    began = next(data for kind, data in kinds(house, caller) if kind == "recording_began")
    assert Path(began["path"]).exists()


def test_a_leg_whose_caller_is_gone_is_ended(house: House) -> None:
    house.switch.phone("reception").never_answers()
    control = house.controller.switch
    control.ring(
        "0f6f5a9c-0000-5000-8000-000000000001",
        "user/reception",
        ring_s=60,
        park_s=60,
        caller_name="",
        caller_number="",
        variables={PARTY_OF: "0f6f5a9c-0000-5000-8000-000000000002"},
    )
    house.until(lambda: house.switch.phone("reception").ringing)
    house.until(lambda: not house.switch.channels, 20)


# --- taken by key, handed over for good --------------------------------------------------------------------------------
def phone_hears(house: House, key: str, phone: str = "reception") -> bool:
    return any(f"/{key}-" in source or f"/{key}." in source for _, source in house.switch.phone(phone).heard)


def announced(house: House, number: str) -> Caller:
    house.switch.phone("reception").heard.clear()
    caller = dials(house, "4711", number)
    house.until(lambda: phone_hears(house, "party.press"))
    assert caller.in_talk_with is None
    return caller


@pytest.mark.parametrize("number", [ASK, ANNOUNCE])
def test_who_picks_up_hears_of_it_and_takes_the_call_by_1(house: House, number: str) -> None:
    caller = announced(house, number)
    assert phone_hears(house, "agent.welcome" if number == ASK else "party.call")
    house.switch.phone("reception").press("1")
    caller.wait_for(lambda c: c.in_talk_with == "reception")


@pytest.mark.parametrize("number", [ASK, ANNOUNCE])
def test_who_refuses_by_2_or_hangs_up_leaves_the_caller_with_the_flow(house: House, number: str) -> None:
    for refuses in (lambda phone: phone.press("2"), lambda phone: phone.hang_up()):
        caller = announced(house, number)
        refuses(house.switch.phone("reception"))
        caller.wait_for(hears("hotline.closed"))
        house.until(lambda: house.switch.phone("reception").leg is None)
        caller.hang_up()


def test_a_mailbox_that_presses_nothing_is_nobody(house: House) -> None:
    caller = announced(house, ASK)
    caller.wait_for(hears("hotline.full"), 20)
    house.until(lambda: house.switch.phone("reception").leg is None)


@pytest.mark.parametrize("by", ["party", "caller"])
def test_a_transferred_call_ends_with_the_talk(house: House, by: str) -> None:
    caller = dials(house, "4711", TRANSFER)
    caller.wait_for(lambda c: c.in_talk_with == "reception")
    house.switch.phone("reception").hang_up() if by == "party" else caller.hang_up()
    house.until(lambda: not house.switch.channels)
    record = house.record(caller)
    assert (record.ended_by, record.outcome, record.agent) == (by, "", "")
    story = kinds(house, caller)
    assert [kind for kind, _ in story] == ["party_rung", "party_began", "party_ended"]
    assert story[1][1]["final"] is True
    assert not any("survey" in sound for sound in caller.sounds)


def test_a_transfer_that_does_not_come_about_leaves_the_caller_with_the_flow(house: House) -> None:
    house.switch.phone("reception").busy()
    caller = dials(house, "4711", TRANSFER)
    caller.wait_for(hears("hotline.too_long"))


# --- conferences -------------------------------------------------------------------------------------------------------
def in_room(house: House, *callers: Caller) -> None:
    def there() -> bool:
        return any(set(room.members) == {c.uuid for c in callers} for room in house.switch.conferences.values())

    house.until(there)


def left(house: House, caller: Caller) -> str:
    house.record(caller)
    return str(next(data["how"] for kind, data in house.story(caller) if kind == "conference_left"))


@pytest.mark.parametrize("key", ["#", "*"])
def test_who_leaves_the_conference_by_a_key_goes_on_with_the_flow(house: House, key: str) -> None:
    anna, ben = house.switch.call(ROOM), house.switch.call(ROOM)
    in_room(house, anna, ben)
    anna.press(key)
    anna.wait_for(hears("survey.attitude"))
    in_room(house, ben)
    ben.hang_up()
    anna.hang_up()
    assert (left(house, anna), left(house, ben)) == ("left", "hung_up")


def test_a_conference_that_is_ended_gives_all_its_callers_back(house: House) -> None:
    anna, ben = house.switch.call(ROOM), house.switch.call(ROOM)
    in_room(house, anna, ben)
    assert house.controller.switch.room("weekly").members == 2
    api.run(house.switch, "conference", "weekly kick all")
    for caller in (anna, ben):
        caller.wait_for(hears("goodbye"))
        assert left(house, caller) == "ended"


@pytest.mark.parametrize("why", ["full", "locked"])
def test_a_room_that_is_full_or_locked_refuses(house: House, why: str) -> None:
    here = [house.switch.call(ROOM) for _ in range(2 if why == "full" else 1)]
    in_room(house, *here)
    if why == "locked":
        api.run(house.switch, "conference", "weekly lock")
    third = house.switch.call(ROOM)
    third.wait_for(hears("hotline.full"))
    assert left(house, third) == why


def test_the_pin_is_asked_for(house: House) -> None:
    caller = house.switch.call(SAFE_ROOM)
    caller.wait_for(hears("conference.pin"))
    caller.press("4711#")
    in_room(house, caller)
    caller.hang_up()
    assert "4711" not in str([data for kind, data in house.story(caller) if kind == "keys"])


# --- the controller that began the talk is dead ------------------------------------------------------------------------
def forgets(house: House, caller: Caller) -> None:
    """As if the controller that began the talk had died."""
    parties = house.controller.talks.parties
    for leg in [leg for leg, talk in parties._talks.items() if talk.call == caller.uuid]:
        parties.resumed(leg, house.controller.switch)


@pytest.mark.parametrize("number", ["4001", TRANSFER, ROOM])
@pytest.mark.parametrize("lives", [False, True])
def test_the_end_of_a_talk_whose_controller_is_dead_is_told_by_another(
    house: House, number: str, lives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcontrol.calls.ended_alone.WAIT_S", 0.0)
    monkeypatch.setattr(house.controller.reconciler._alone, "_living", lambda: None)  # this test's own is asked
    name, heard = (
        house.controller.name,
        EndedAlone(house.controller.services, house.controller.switch, lambda: {name} if lives else {"another"}),
    )
    caller = house.switch.call(number) if number == ROOM else dials(house, "4711", number)
    if number == ROOM:
        in_room(house, caller)
    else:
        caller.wait_for(lambda c: c.in_talk_with == "reception")
    house.until(lambda: len(house.controller.talks.parties) == 1)
    forgets(house, caller)
    caller.hang_up()
    house.until(lambda: caller.uuid in heard._ends)
    heard.look(in_charge=True)
    if lives:
        assert not [kind for kind, _ in house.story(caller) if kind == "ended"]
    else:
        assert house.record(caller).ended_by == "system"


def test_who_is_with_the_flow_again_is_told_by_it_alone(house: House) -> None:
    caller = dials(house, "4711")
    caller.wait_for(lambda c: c.in_talk_with == "reception")
    assert caller.channel.get(TOLD_BY) == house.controller.name
    house.switch.phone("reception").hang_up()
    caller.wait_for(hears("survey.attitude"))
    assert not caller.channel.get(TOLD_BY)
