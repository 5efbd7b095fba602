"""What the doctor sees on a real switch: nothing wrong with the rendered one, everything wrong with a careless one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from callcontrol.switch.examination import Expected, examine
from callcontrol.values.finding import Finding, Grade
from tests.real_switch import switch_process
from tests.real_switch.rig import Rig
from tests.real_switch.switch_process import SwitchProcess


def expected(switch: SwitchProcess, **other: object) -> Expected:
    plan = switch.plan
    right = Expected(
        controllers=plan.controllers, entries=sorted(plan.entries), phones=["1001"], sounds_dir=plan.sounds_dir
    )
    return replace(right, **other)  # type: ignore[arg-type]


def bad(findings: list[Finding]) -> list[str]:
    return [finding.check for finding in findings if finding.bad]


def look(switch: SwitchProcess, **other: object) -> list[Finding]:
    return examine("127.0.0.1", switch.plan.esl_port, switch.plan.esl_password, expected(switch, **other))


def test_nothing_is_wrong_with_the_rendered_switch(rig: Rig) -> None:
    findings = look(rig.switch)
    assert bad(findings) == []
    assert {f.check for f in findings if f.grade is Grade.HINT} == {"prompts on the switch", "phones"}
    assert not [f for f in findings if f.grade is Grade.UNKNOWN]


def test_an_entry_number_that_the_dialplan_does_not_know_is_told(rig: Rig) -> None:
    findings = look(rig.switch, entries=["4001", "4003"])
    assert [f.says for f in findings if f.bad] == ["The entry number 4003 is in the configuration but not in it."]


def test_controllers_to_whom_nobody_hands_calls_are_told(rig: Rig) -> None:
    findings = look(rig.switch, controllers=["127.0.0.1:9"])
    assert bad(findings) == ["dialplan"]


def test_a_clock_that_differs_is_dangerous(rig: Rig) -> None:
    import time

    plan = rig.switch.plan
    for off_s, wrong in ((3600.0, True), (-3600.0, True), (0.5, False)):
        findings = examine(
            "127.0.0.1",
            plan.esl_port,
            plan.esl_password,
            expected(rig.switch),
            now=lambda off_s=off_s: time.time() + off_s,
        )
        assert ("clock" in bad(findings)) is wrong


def test_a_wrong_password_is_a_sentence(rig: Rig) -> None:
    findings = examine("127.0.0.1", rig.switch.plan.esl_port, "not-the-password", expected(rig.switch))
    assert bad(findings) == ["switch"]
    assert "refused the password" in findings[-1].says


def test_a_switch_that_is_not_there_is_a_sentence(rig: Rig) -> None:
    findings = examine("127.0.0.1", switch_process.free_ports(1)[0], "a-password", expected(rig.switch))
    assert bad(findings) == ["switch"]
    assert "No switch answers" in findings[0].says


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[SwitchProcess]:
    """What a hasty administrator might have: the default password, open to all, no timer, modules gone, another dialplan."""

    def spoil(files: dict[str, str]) -> None:
        socket_file, sofia = "autoload_configs/event_socket.conf.xml", "autoload_configs/sofia.conf.xml"
        files[socket_file] = (
            '<configuration name="event_socket.conf"><settings><param name="listen-ip" value="0.0.0.0"/>'
            f'<param name="listen-port" value="{ports[0]}"/><param name="password" value="ClueCon"/></settings></configuration>'
        )
        files[sofia] = files[sofia].replace('<param name="rtp-timer-name" value="soft"/>', "")
        modules = "autoload_configs/modules.conf.xml"
        files[modules] = files[modules].replace('<load module="mod_tone_stream"/>', "")
        files["dialplan/callcontrol.xml"] = files["dialplan/callcontrol.xml"].replace(
            "socket_resume=true", "socket_resume=false"
        )

    ports = switch_process.free_ports(1)
    process = switch_process.start(tmp_path / "careless", 8084, spoil=spoil, esl_port=ports[0], esl_password="ClueCon")
    yield process
    process.stop()


def test_everything_that_is_wrong_with_a_careless_switch_is_told(careless: SwitchProcess) -> None:
    findings = examine("127.0.0.1", careless.plan.esl_port, "ClueCon", expected(careless))
    assert set(bad(findings)) == {"event socket password", "event socket", "modules", "sip profile", "dialplan"}
    told = "\n".join(f.says for f in findings if f.bad)
    assert "mod_tone_stream is not loaded" in told
    assert "rtp-timer-name 'unset'" in told
    assert "socket_resume" in told
    assert "0.0.0.0 for everybody" in told
    assert all(f.remedy for f in findings if f.grade is not Grade.FINE)
