"""Which phone is registered, and which is in a call: out of the switch's events and answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.ports.switch import PhoneNow
from callcontrol.switch.phones import Phones

FIXED = "sofia/internal/1002@192.0.2.7:5066"
GATEWAY = "sofia/gateway/carrier/13800001111"


@pytest.fixture
def phones() -> Phones:
    phones = Phones()
    phones.follow(["user/1001", FIXED, GATEWAY, "loopback/9/default"])
    return phones


def registered(phones: Phones, contact: str = "user/1001") -> bool | None:
    return phones.now()[contact].registered


def test_only_users_are_asked_about_and_nothing_is_known_before(phones: Phones) -> None:
    assert phones.to_ask() == ["1001"]
    assert {phone.registered for phone in phones.now().values()} == {None}
    phones.told("1001", "sofia/internal/sip:1001@192.0.2.9:5060")
    assert phones.to_ask() == []
    assert registered(phones) is True
    phones.doubt()
    assert phones.to_ask() == ["1001"]
    phones.told("1001", "")
    assert registered(phones) is False
    assert registered(phones, FIXED) is None
    assert registered(phones, GATEWAY) is None


def test_a_registration_is_believed_and_an_end_of_one_is_asked_about(phones: Phones) -> None:
    phones.told("1001", "")
    phones.registered("1001", "192.0.2.1", "192.0.2.9")
    assert (registered(phones), phones.to_ask()) == (True, [])
    phones.unregistered("1001", "192.0.2.1")
    assert (registered(phones), phones.to_ask()) == (True, ["1001"]), "another device may be there"
    phones.told("1001", "")
    assert registered(phones) is False
    phones.registered("1002", "", "192.0.2.9")
    assert registered(phones, FIXED) is None


def test_a_domain_tells_users_of_one_name_apart() -> None:
    phones = Phones()
    phones.follow(["user/1001@north.example", "user/1001@south.example"])
    phones.registered("1001", "north.example", "192.0.2.9")
    assert phones.to_ask() == ["1001@south.example"]


def answered(phones: Phones, leg: str = "leg", *, incoming: bool, name: str = "", user: str = "", address: str) -> int:
    phones.answered(leg, incoming=incoming, name=name, user=user, address=address)
    return sum(len(phone.calling + phone.called) for phone in phones.now().values())


def test_a_leg_to_a_registered_user_is_known_by_its_presence(phones: Phones) -> None:
    name = "sofia/internal/1001@10.0.0.9:24163"
    assert answered(phones, incoming=False, name=name, user="1001@192.0.2.1", address="192.0.2.9") == 1
    assert phones.now()["user/1001"].called == ("leg",)
    phones.hung_up("leg")
    assert phones.now()["user/1001"] == PhoneNow()


def test_a_leg_to_a_fixed_phone_is_known_by_its_name(phones: Phones) -> None:
    assert answered(phones, incoming=False, name="sofia/internal/1002@192.0.2.8:5066", address="192.0.2.8") == 0
    assert answered(phones, incoming=False, name=FIXED, address="192.0.2.7") == 1


def test_a_call_from_a_phone_counts_only_from_where_the_phone_is(phones: Phones) -> None:
    phones.registered("1001", "", "192.0.2.9")
    assert answered(phones, incoming=True, user="1001", address="198.51.100.1") == 0, "anybody can say to be 1001"
    assert answered(phones, incoming=True, user="1001", address="") == 0
    assert answered(phones, incoming=True, user="1001", address="192.0.2.9") == 1
    assert answered(phones, "other", incoming=True, user="1002", address="192.0.2.7") == 2
    assert answered(phones, "third", incoming=True, user="13800001111", address="192.0.2.7") == 2


def test_where_a_phone_is_may_be_known_after_its_call_began(phones: Phones) -> None:
    assert answered(phones, incoming=True, user="1001", address="192.0.2.9") == 0
    phones.told("1001", "sofia/internal/sip:1001@192.0.2.9:5060;fs_nat=yes")
    assert phones.now()["user/1001"].calling == ("leg",)


def test_what_the_phone_itself_does_is_told_at_once(phones: Phones) -> None:
    told: list[str] = []
    phones.changed = lambda: told.append("x")
    phones.registered("1001", "", "192.0.2.9")
    answered(phones, incoming=True, user="1001", address="192.0.2.9")
    phones.hung_up("leg")
    phones.unregistered("1001", "")
    assert len(told) == 4
    answered(phones, incoming=False, user="1001", address="192.0.2.9")
    phones.hung_up("leg")
    phones.hung_up("a stranger")
    phones.registered("9999", "", "")
    assert len(told) == 4


def test_who_is_followed_no_more_is_forgotten(phones: Phones) -> None:
    phones.doubtful = False
    answered(phones, incoming=False, user="1001", address="x")
    phones.follow([FIXED])
    assert phones.now() == {FIXED: PhoneNow()}
    assert not phones.doubtful
    phones.follow([FIXED, "user/1001"])
    assert phones.doubtful, "the new one may be in a call already"


@given(st.lists(st.text(max_size=30)), st.text(max_size=20), st.text(max_size=20), st.booleans())
def test_nothing_strange_breaks_it(contacts: list[str], name: str, user: str, incoming: bool) -> None:
    phones = Phones()
    phones.follow(contacts)
    for query in phones.to_ask():
        phones.told(query, name)
    phones.registered(user, name, user)
    phones.unregistered(user, name)
    phones.answered("leg", incoming=incoming, name=name, user=user, address=user)
    assert set(phones.now()) == set(contacts)
    phones.hung_up("leg")
    assert all(not phone.calling + phone.called for phone in phones.now().values())
