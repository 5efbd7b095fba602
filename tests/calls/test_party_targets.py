"""What a caller keys in becomes a dial string only where it is allowed as a whole, and nothing of it is ever a command."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.calls.dial_out import DialOut
from callcontrol.calls.party_targets import Found, find
from callcontrol.calls.services import CallServices
from callcontrol.switch import commands, gate
from callcontrol.values.configuration import Agent, Configuration, Target

TARGETS = {"reception": Target("reception", contact="user/1000"), "boss": Target("boss", number="02155550100")}
AGENTS = {"1001": Agent("1001", contact="user/1001"), "1002": Agent("1002")}
TEMPLATE = "sofia/gateway/carrier/{number}"
typed = st.text(st.sampled_from("0123456789*#ABCD"), max_size=20)
anything = st.one_of(
    typed,
    st.text(st.sampled_from("0123456789"), min_size=5, max_size=16).map(lambda digits: "0" + digits[1:]),
    st.sampled_from([*TARGETS, *AGENTS, "1001,1002", "1001|error/busy", "{a=b}1001", "${system(id)}", "1001\n", "1001 &park()"]),
    st.text(max_size=60),
)  # fmt: skip


def found(to: str, allowed: str, numbers: str = DialOut().numbers, template: str = TEMPLATE) -> Found:
    services: Any = SimpleNamespace(
        configuration=lambda: (1, Configuration(targets=TARGETS, agents=AGENTS)),
        flow_numbers=allowed,
        dial_out=DialOut(template, numbers),
    )
    return find(cast(CallServices, services), to)


@given(anything)
def test_without_a_rule_only_targets_and_agents_are_reached(to: str) -> None:
    contacts = {"reception": "user/1000", "boss": "sofia/gateway/carrier/02155550100", "1001": "user/1001"}
    assert found(to, "").contact == contacts.get(to, "")


@given(anything)
def test_a_rule_is_of_the_whole_number_and_the_rule_of_the_house_holds_too(to: str) -> None:
    contact = found(to, r"0[0-9]{5,11}").contact
    if to not in TARGETS and to not in AGENTS and contact:
        assert re.fullmatch(r"0[0-9]{5,11}", to)
        assert not to.startswith("00")
        assert contact == f"sofia/gateway/carrier/{to}"


@given(anything)
def test_even_where_everything_is_allowed_nothing_is_said_but_one_endpoint(to: str) -> None:
    contact = found(to, r"(?s).*", r"(?s).*").contact
    try:
        said = commands.ring(
            gate.identity("leg"),
            gate.contact(contact),
            ring_s=1,
            park_s=1,
            caller_name=gate.caller_name(to),
            caller_number=gate.caller_number(to),
            variables={},
        )
    except gate.Refused:
        return
    variables, _, rest = said.partition("}")
    assert variables.count("{") == 1
    assert re.fullmatch(r"[\w./@%:~+*#\[\]-]+ &park\(\)\nJob-UUID: leg", rest, re.ASCII)


@given(anything)
def test_what_is_shown_is_no_whole_number_and_every_refusal_has_its_reason(to: str) -> None:
    for allowed in ("", r"[0-9]+"):
        place = found(to, allowed)
        assert len(place.shown) <= 200
        assert place.shown.isprintable()
        if len(to) > 6 and to.isascii() and to.isdigit() and to not in TARGETS:
            assert to not in place.shown
        assert bool(place.contact) != bool(place.refused)
        assert bool(place.refused) == bool(place.why)


def test_an_agent_without_a_phone_is_no_target() -> None:
    assert found("1002", "").refused == "FORBIDDEN"


def test_without_dial_out_no_number_is_reached() -> None:
    assert found("boss", "", template="").refused == "NO_NUMBER"
