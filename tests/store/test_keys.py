"""PINs for the keypad and tokens for the API: right ones open, wrong ones are counted, neither is kept as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from callcontrol.ports.clock import ManualClock
from callcontrol.ports.store import PinCheck
from callcontrol.store.keys import CLOSED_S, WRONG_PINS
from callcontrol.store.schema import agent_pins, api_tokens
from callcontrol.store.store import Store
from callcontrol.values.pins import pin_problem

PIN = "4711"


def test_the_right_pin_opens_and_no_other(store: Store) -> None:
    store.pins.set("1001", PIN, who="li")
    assert store.pins.agents() == {"1001"}
    assert store.pins.check("1001", PIN) is PinCheck.RIGHT
    for agent, pin in (("1001", "4712"), ("1001", ""), ("1002", PIN), ("", PIN), ("1001", "\0"), ("1\0", PIN)):
        assert store.pins.check(agent, pin) is PinCheck.WRONG
    store.pins.set("1001", "8020")
    assert store.pins.check("1001", PIN) is PinCheck.WRONG
    assert store.pins.check("1001", "8020") is PinCheck.RIGHT
    assert store.pins.clear("1001")
    assert not store.pins.clear("1001")
    assert store.pins.check("1001", "8020") is PinCheck.WRONG


def test_a_pin_is_kept_as_argon2id_and_stands_in_no_audit(store: Store) -> None:
    store.pins.set("1001", "80204711", who="li")
    kept = store.database.read(lambda c: c.execute(select(agent_pins.c.pin)).scalar_one())
    assert kept.startswith("$argon2id$")
    (line,) = store.audit.changes(object_prefix="agent.1001")
    assert (line.who, line.action) == ("li", "agent.pin_set")
    assert "80204711" not in repr(store.audit.changes())


def test_guessing_is_stopped_for_a_while_even_for_the_right_one(store: Store, clock: ManualClock) -> None:
    store.pins.set("1001", PIN)
    for _ in range(WRONG_PINS):
        assert store.pins.check("1001", "0000") is PinCheck.WRONG
    assert store.pins.check("1001", PIN) is PinCheck.CLOSED
    clock.advance(CLOSED_S - 1)
    assert store.pins.check("1001", PIN) is PinCheck.CLOSED
    clock.advance(1)
    assert store.pins.check("1001", PIN) is PinCheck.RIGHT
    for _ in range(WRONG_PINS - 1):
        store.pins.check("1001", "0000")
    assert store.pins.check("1001", PIN) is PinCheck.RIGHT, "a right one begins anew"


def test_wrong_ones_of_long_ago_do_not_count(store: Store, clock: ManualClock) -> None:
    store.pins.set("1001", PIN)
    for _ in range(3 * WRONG_PINS):
        assert store.pins.check("1001", "0000") is PinCheck.WRONG
        clock.advance(CLOSED_S)


@pytest.mark.parametrize(
    "pin", ["", "123", "12345678901", "12a4", "٣٤٥٦", "4 71", "0000", "1234", "4321", "7890", "1001"]
)
def test_what_can_be_guessed_at_once_is_no_pin(store: Store, pin: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refused:
        store.pins.set("1001", pin)
    assert not pin or pin == "1001" or pin not in str(refused.value)
    assert store.pins.agents() == frozenset()


@given(st.text(max_size=12))
def test_a_pin_can_be_typed_on_a_telephone(pin: str) -> None:
    if not pin_problem(pin, "1001"):
        assert set(pin) <= set("0123456789")
        assert 4 <= len(pin) <= 10


def test_a_token_is_its_user_until_it_is_revoked(store: Store) -> None:
    store.users.create("li", "lead")
    first, second = store.tokens.make("li", who="boss"), store.tokens.make("li")
    assert first != second
    found = store.tokens.user_of(first)
    assert found is not None
    assert (found.name, found.role) == ("li", "lead")
    for wrong in ("", "li", first[:-1], first + "x", "\0"):
        assert store.tokens.user_of(wrong) is None
    store.users.set_active("li", False)
    assert store.tokens.user_of(first) is None
    store.users.set_active("li", True)
    assert store.tokens.revoke("li") == 2
    assert store.tokens.user_of(second) is None
    with pytest.raises(LookupError, match="no user"):
        store.tokens.make("nobody")


def test_a_token_is_kept_as_its_digest(store: Store) -> None:
    store.users.create("li", "lead")
    token = store.tokens.make("li")
    kept = store.database.read(lambda c: c.execute(select(api_tokens.c.token)).scalar_one())
    assert len(kept) == 64
    assert token not in kept
    assert token not in repr(store.audit.changes())
