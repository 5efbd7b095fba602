"""A flow that was composed in forms, on the simulated switch: the announcement by its rule, the callback, versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callcontrol.bootstrap.parts import open_the_store, rules_published
from callcontrol.flow.composed.templates import peak_and_callback
from callcontrol.lab.callers import Caller
from callcontrol.ports.clock import SystemClock
from callcontrol.values.configuration import as_data, from_data
from tests.calls.house import House, hears

# Where it is before noon now, and stays so while the test runs.
ZONE = next(z for z in ("Asia/Shanghai", "America/Los_Angeles") if datetime.now(ZoneInfo(z)).hour < 16)
RULE = ["busy", "waited 2", "before 16:30"]
CONFIGURATION = """
[queues.support]
title = { zh = "技术支持", en = "Support" }
skills = "support"
patience_s = 1
ring_s = 3
wrap_up_s = 0
announcement = { max_share = 1.0 }
callback = { enabled = true }

[agents.1001]
contact = "user/1001"
skills = { support = 4 }

[entries.4001]
flow = "night"
language = "en"
"""


def night(offer: str = "To be called back, press 1.", when: Sequence[str] = RULE) -> dict[str, Any]:
    data = deepcopy({**peak_and_callback("support", ""), "title": {"zh": "夜间", "en": "Night"}})
    data["steps"]["waiting"] |= {"message_when": list(when), "zone": ZONE, "exit_keys": {"7": "offer"}}
    data["steps"]["offer"] |= {"say": {"text": {"zh": "回电请按1。", "en": offer}}, "timeout_s": 20.0}
    return data


def publish(house: House, composed: dict[str, Any]) -> None:
    store = open_the_store(house.settings)
    try:
        draft = store.releases.draft()
        store.releases.save_draft(replace(draft.configuration, composed=composed), version=draft.version, who="li")
        release = store.releases.publish(version=draft.version + 1, who="li", comment="test")
    finally:
        store.close()
    house.controller._bus.journal.append(rules_published(release, SystemClock()).as_data())
    house.until(lambda: house.controller.services.configuration()[0] == release.number, 20)


@pytest.fixture(scope="module")
def whole_house() -> Iterator[House]:
    import tomllib

    configuration = from_data({**tomllib.loads(CONFIGURATION), "composed": {"night": night()}})
    lines = [f"{name} = {_toml(value)}" for name, value in as_data(configuration).items()]
    house = House(configuration="\n".join(lines), dial_out="user/{number}")
    yield house
    house.stop()


def waits(house: House, caller: Caller) -> bool:
    return any(row["call"] == caller.uuid for row in house.floor()["calls"])


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture
def house(whole_house: House) -> Iterator[House]:
    whole_house.switch.phone("1001").answers_after(0.2)
    whole_house.log_out_everybody()
    yield whole_house
    for channel in list(whole_house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    whole_house.until(lambda: not whole_house.floor()["calls"], 20)


def test_a_free_agent_means_no_announcement(house: House) -> None:
    house.log_in("1001")
    caller = house.switch.call("4001", number="13900000001")
    caller.wait_for(lambda c: c.in_talk_with == "1001", 20)
    caller.hang_up()
    record = house.record(caller, 20)
    assert (record.flow, record.flow_release, record.outcome) == ("night", 1, "answered")
    assert not hears("offpeak")(caller)
    assert not hears("own.night.offer.say")(caller)


def test_who_waited_as_long_as_the_rule_asks_hears_the_announcement_and_is_offered_a_callback(house: House) -> None:
    house.log_in("1001")
    first = house.switch.call("4001", number="13900000001")
    first.wait_for(lambda c: c.in_talk_with == "1001", 20)
    second = house.switch.call("4001", number="13900000002")
    second.wait_for(hears("offpeak"), 20)
    second.wait_for(hears("own.night.offer.say"), 20)
    second.press("1")
    second.wait_for(hears("callback.confirm.0"), 20)
    second.press("1")
    second.wait_for(hears("own.night.booked.say"), 20)
    second.wait_for(lambda c: c.is_over, 20)
    lines = [line.data for line in house.controller._bus.journal.read("0-0", limit=10_000)]
    mine = {line["kind"]: line["at"] for line in lines if line.get("call") == second.uuid}
    assert mine["message_granted"] - mine["call_joined"] >= 2.0  # the queue itself would have said it after one second


def test_a_call_finishes_on_the_version_that_it_began_with(house: House) -> None:
    never = ["before 00:00"]  # no announcement: each caller leaves the queue by key 7, when the test says so
    publish(house, {"night": night(when=never)})
    house.log_in("1001")
    first = house.switch.call("4001", number="13900000001")
    first.wait_for(lambda c: c.in_talk_with == "1001", 20)
    under_way = house.switch.call("4001", number="13900000003")
    house.until(lambda: waits(house, under_way), 20)
    publish(house, {"night": night("Shall we call you back? Then press 1.", never)})
    under_way.press("7")
    under_way.wait_for(hears("own.night.offer.say.r2"), 20)
    new = house.switch.call("4001", number="13900000004")
    house.until(lambda: waits(house, new), 20)
    new.press("7")
    new.wait_for(hears("own.night.offer.say"), 20)
    assert not hears("own.night.offer.say.r2")(new)
    for caller in (under_way, new):
        caller.hang_up()
    assert house.record(under_way, 20).flow_release == 2
    assert house.record(new, 20).flow_release == 3
