"""A caller is known by earlier calls and by the list; a blocked one waits nowhere; without a database the call goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from callcontrol.lab.callers import Caller
from callcontrol.ports.store import StoreUnavailable
from tests.calls.house import CONFIGURATION, House, hears

FLOW = """
from callcontrol.flow import Flow, HangUp, LookUpCaller, Play, Queue, Remembered, words


class Known(Flow):
    title = words(zh="认识", en="Known")
    start = "look"
    rescue = "bye"
    look = LookUpCaller(known="back", unknown="new", failed="lost")
    back = Play("survey.thanks", then="waiting")
    new = Play("hotline.menu", then="waiting")
    lost = Play("rescue.sorry", then="waiting")
    waiting = Queue(
        "support", prefer=Remembered("caller_last_agent"), vip=Remembered("caller_vip", otherwise=0), after_talk="bye",
        still_busy="bye", away="bye", nobody="bye", timeout="bye", full="bye", closed="bye", blocked="no",
    )
    no = Play("hotline.closed", then="bye")
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
BLOCKED, FRIEND = "13900009999", "13700001234"
ENTRY = CONFIGURATION.replace('flow = "hotline"', 'flow = "known"').replace(
    "{ ask_language = false, menu_timeout = 1, tries = 1 }", "{}"
) + f"""
[callers.{BLOCKED}]
label = "nuisance"
blocked = true

[callers.{FRIEND}]
label = "Zhang"
vip = 7
language = "zh"
"""  # fmt: skip
WITHIN_S = 25.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    flows = tmp_path_factory.mktemp("flows")
    (flows / "known.py").write_text(FLOW)
    made = House(speed=6, configuration=ENTRY, flows_dir=flows)
    yield made
    made.stop()


def talk(house: House, number: str, agent: str = "1001") -> Caller:
    caller = house.call(number=number)
    caller.wait_for(lambda c: c.in_talk_with == agent, WITHIN_S)
    house.until(lambda: house.agent(agent)["state"] == "talking", WITHIN_S)
    caller.hang_up()
    house.record(caller, WITHIN_S)
    house.until(lambda: house.agent(agent)["state"] == "available", WITHIN_S)
    return caller


def test_who_called_before_is_known_with_the_agent_of_then(house: House) -> None:
    house.log_in("1001")
    first = talk(house, "13800005555")
    assert hears("hotline.menu")(first)
    second = talk(house, "13800005555")
    assert hears("survey.thanks")(second)
    assert not hears("hotline.menu")(second)
    looked = [data for kind, data in house.story(second) if kind == "looked_up"]
    assert [(data["result"], data["calls"]) for data in looked] == [("known", 1)]


def test_who_is_listed_is_known_at_once_and_spoken_to_in_the_own_language(house: House) -> None:
    house.log_in("1001")
    caller = talk(house, FRIEND)
    assert any("/zh/survey.thanks" in sound for sound in caller.sounds)
    assert "Zhang" in str(house.story(caller))
    assert FRIEND not in str(house.story(caller)) + str(house.controller.services.configuration()[1])


def test_a_blocked_number_waits_nowhere_and_is_counted_so(house: House) -> None:
    house.log_in("1001")
    caller = house.call(number=BLOCKED)
    caller.wait_for(hears("hotline.closed"), WITHIN_S)
    caller.wait_for(lambda c: c.is_over, WITHIN_S)
    record = house.record(caller, WITHIN_S)
    assert record.outcome == "blocked"
    assert house.agent("1001")["state"] == "available"
    assert not caller.in_talk_with


def test_without_the_database_the_call_goes_on_and_waits_for_nobody_long(house: House) -> None:
    class Away:
        def look_up(self, _key: str, *, since: float, but: str = "") -> dict[str, int]:
            raise StoreUnavailable(f"The database is away ({since > 0}, {bool(but)}).")

    services = house.controller.services
    before = services.callers
    object.__setattr__(services, "callers", Away())
    try:
        house.log_in("1001")
        began = time.monotonic()
        caller = house.call(number="13600001111")
        caller.wait_for(hears("rescue.sorry"), WITHIN_S)
        caller.wait_for(lambda c: c.in_talk_with == "1001", WITHIN_S)
        assert time.monotonic() - began < WITHIN_S
        caller.hang_up()
        house.record(caller, WITHIN_S)
        assert "The database is away" in str(house.story(caller))
    finally:
        object.__setattr__(services, "callers", before)
