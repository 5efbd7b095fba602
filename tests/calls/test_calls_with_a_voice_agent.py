"""Callers who are handed over to an outside voice agent, through every room, on the simulated switch."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from tests.calls.house import House, hears

CONFIGURATION = """
[entries.4007]
flow = "assistant"
language = "en"

[voice_agents.bot]
contact = "user/bot"
ring_s = 2
most_s = 30
context = ["account"]
facts = ["people"]
"""
FLOWS = Path(__file__).parent.parent / "legs_flows"


@pytest.fixture(scope="module")
def whole_house() -> Iterator[House]:
    house = House(configuration=CONFIGURATION, flows_dir=FLOWS)
    house.switch.dialplan = hotline_dialplan(f"127.0.0.1:{house.controller.listener.port}", entries={"4007": "en"})
    yield house
    house.stop()


@pytest.fixture
def house(whole_house: House) -> Iterator[House]:
    whole_house.switch.phone("bot").answers_after(0.2)
    yield whole_house
    for channel in list(whole_house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    whole_house.until(lambda: not whole_house.switch.channels)


def with_bot(house: House) -> Caller:
    caller = house.switch.call("4007")
    caller.wait_for(hears("hotline.menu"))
    caller.press("4711#")
    return caller


def packed(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def test_a_voice_agent_is_told_what_is_allowed_and_tells_how_it_ended(house: House) -> None:
    caller = with_bot(house)
    caller.wait_for(lambda c: c.in_talk_with == "bot")
    leg = house.switch.phone("bot").leg
    assert leg is not None
    sent = leg.get("sip_h_X-Callcontrol-Context") or ""
    assert json.loads(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4))) == {"account": "4711"}
    assert leg.get("sip_h_X-Callcontrol-Call") == caller.uuid
    house.switch.phone("bot").hang_up(headers={"X-Result": "to_agent", "X-Facts": packed({"people": 3})})
    caller.wait_for(hears("say.3"), 10)
    caller.hang_up()
    house.record(caller)
    ended = next(data for kind, data in house.story(caller) if kind == "party_ended")
    assert (ended["result"], ended["to"], ended["by"]) == ("to_agent", "bot", "party")


@pytest.mark.parametrize("headers", [{}, {"X-Result": "${system(id)}"}, {"X-Facts": "%%%"}])
def test_a_voice_agent_that_says_nothing_usable_is_silent(house: House, headers: dict[str, str]) -> None:
    caller = with_bot(house)
    caller.wait_for(lambda c: c.in_talk_with == "bot")
    house.switch.phone("bot").hang_up(headers=headers)
    caller.wait_for(hears("goodbye"), 10)


def test_a_voice_agent_that_does_not_answer_is_unreachable(house: House) -> None:
    house.switch.phone("bot").never_answers()
    caller = with_bot(house)
    caller.wait_for(hears("hotline.nobody"), 10)
