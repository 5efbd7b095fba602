"""A caller serves themselves: digits, an outside service on a real socket, what it answers is said; and when it is down."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from callcontrol.flow.digits import example
from callcontrol.lab.callers import Caller
from tests.calls.house import CONFIGURATION, House, hears
from tests.outside.crm import Crm

ACCOUNT = example("luhn", 6, 6)


@pytest.fixture(scope="module")
def crm() -> Iterator[Crm]:
    made = Crm()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def house(crm: Crm) -> Iterator[House]:
    port = crm.server.server_address[1]
    entry = CONFIGURATION.replace('flow = "hotline"', 'flow = "self_service"')
    entry = entry.replace("{ ask_language = false, menu_timeout = 1, tries = 1 }", "{ timeout = 5 }")
    service = f"""
[services.accounts]
url = "http://127.0.0.1:{port}/accounts/{{account}}?born={{born}}"
answers = {{ balance = "balance", paid_on = "paid_on" }}
tries = 1
deadline_s = 1.0
circuit_failures = 1000
"""
    made = House(configuration=entry + service)
    yield made
    made.stop()


def identify(house: House) -> Caller:
    caller = house.call()
    caller.wait_for(hears("self_service.account"))
    caller.press(f"{ACCOUNT}#")
    caller.wait_for(hears("self_service.born"))
    caller.press("19900102")
    return caller


def test_the_balance_is_said_and_the_secrets_are_nowhere(house: House, crm: Crm) -> None:
    crm.always = (200, b'{"balance": "128.50", "paid_on": "2026-02-27"}')
    caller = identify(house)
    caller.wait_for(hears("self_service.balance.0"))
    caller.wait_for(hears("say.yuan"))
    caller.wait_for(hears("self_service.paid.0"))
    assert crm.got[-1]["path"] == f"/accounts/{ACCOUNT}?born=19900102"
    caller.hang_up()
    house.record(caller)
    story = house.story(caller)
    assert ("service", "ok") in [(kind, data.get("result")) for kind, data in story]
    assert "19900102" not in str(story)
    assert "128.50" not in str(story)


def test_when_the_service_is_down_a_person_helps(house: House, crm: Crm) -> None:
    crm.always = (500, b"")
    house.log_in("1003")
    caller = identify(house)
    caller.wait_for(hears("self_service.down"))
    house.in_talk(caller, "1003")
    caller.hang_up()
    assert house.record(caller).agent == "1003"


@pytest.fixture
def honest(crm: Crm) -> Iterator[Crm]:
    yield crm
    crm.always, crm.location, crm.trickle = (200, b'{"balance": "128.50"}'), "", False
    crm.slow.clear()
    crm.release.set()


HOSTILE = {
    "huge": (200, b'{"balance": "' + b"9" * 3_000_000 + b'"}'),
    "endless number": (200, b'{"balance": ' + b"9" * 50_000 + b"}"),
    "deep": (200, b'{"balance":' * 20_000),
    "no JSON": (200, b"<html>128.50</html>"),
    "no object": (200, b'["128.50"]'),
    "half a character": (200, b'{"balance": "\xff\xfe"}'),
    "cut": (200, b'{"balance": "12'),
    "nothing": (204, b""),
    "a redirection": (302, b""),
    "no permission": (403, b'{"balance": "128.50"}'),
    **{
        f"balance {kind}": (200, b'{"balance": ' + kind.encode() + b"}")
        for kind in ("null", "[1, 2]", '{"a": 1}', "true", '"many"', "1e400", '"' + "7" * 4_000 + '"')
    },
}


@pytest.mark.parametrize("answer", [*HOSTILE, "slow", "trickling"], ids=lambda answer: answer[:24])
def test_an_answer_that_is_none_leads_to_a_person_and_to_no_other_host(house: House, honest: Crm, answer: str) -> None:
    elsewhere = Crm()
    try:
        honest.always = HOSTILE.get(answer, (200, b" " * 150 + b'{"balance": "128.50"}'))
        honest.location = f"http://localhost:{elsewhere.server.server_address[1]}/" if answer == "a redirection" else ""
        honest.release.clear()
        honest.trickle = answer == "trickling"
        if answer == "slow":
            honest.slow.set()
        house.log_out_everybody()
        caller = identify(house)
        asked_at = time.monotonic()
        caller.wait_for(hears("self_service.down"), 20.0)
        assert elsewhere.got == []
        assert not hears("self_service.balance")(caller)
        assert time.monotonic() - asked_at < 15.0
        caller.hang_up()
        story = house.story(caller)
        assert "trouble" not in [kind for kind, _ in story]
    finally:
        elsewhere.server.shutdown()
        elsewhere.server.server_close()
