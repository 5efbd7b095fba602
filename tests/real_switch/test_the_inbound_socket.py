"""The connection that sees every channel: its replies, and what the doctor asks the switch for."""

from __future__ import annotations

import time

import pytest

from callcontrol.switch.rendering import MODULES
from tests.real_switch.esl import Connection
from tests.real_switch.rig import Rig


def test_a_wrong_password_is_told_and_the_connection_closed(rig: Rig) -> None:
    import socket

    conn = Connection(socket.create_connection(("127.0.0.1", rig.switch.plan.esl_port)))
    assert conn.ask("auth ClueCon").head["Reply-Text"] == "-ERR invalid"
    conn.wait_closed()


def test_a_command_that_does_not_exist_gets_a_reply_and_costs_nothing(rig: Rig) -> None:
    assert rig.conn.ask("nonsense").head["Reply-Text"] == "-ERR command not found"
    assert rig.api("no_such_command x").startswith("-ERR no_such_command Command not found!")
    assert rig.api("strepoch").isdigit()


@pytest.mark.parametrize("module", MODULES)
def test_every_module_that_the_product_uses_is_loaded_by_the_rendered_configuration(rig: Rig, module: str) -> None:
    assert rig.api(f"module_exists {module}") == "true"


def test_the_rendered_profile_has_the_timer_and_the_keys_that_calls_need(rig: Rig) -> None:
    told = rig.api("sofia xmlstatus profile internal")
    assert "<dtmf-mode>rfc2833</dtmf-mode>" in told
    assert "<context>callcontrol</context>" in told


def test_the_rendered_configuration_starts_without_an_error_in_the_log(rig: Rig) -> None:
    until_ready = rig.switch.log.read_text(errors="replace").partition("EXECUTE [")[0].splitlines()
    assert [line for line in until_ready if "[ERR]" in line or "[CRIT]" in line] == []


def test_the_clock_of_the_switch_is_ours(rig: Rig) -> None:
    assert abs(int(rig.api("strepoch")) - time.time()) <= 1.5


def test_channels_are_told_as_json_but_a_moment_late(rig: Rig) -> None:
    """The list is a database that is written behind: what happened just now may be missing. ``uuid_exists`` is exact."""
    _, call = rig.taken_call()
    assert rig.exists(call.uuid)
    rig.eventually(lambda: call.uuid in {row["uuid"] for row in rig.legs()}, "the call is in the list", within_s=2)
    row = next(row for row in rig.legs() if row["uuid"] == call.uuid)
    assert row["dest"] == "4001"
    assert row["direction"] == "inbound"


def test_a_variable_that_is_not_set_is_told_as_undefined(rig: Rig) -> None:
    _, call = rig.taken_call()
    assert rig.variable(call.uuid, "nobody_set_this") == "_undef_"
