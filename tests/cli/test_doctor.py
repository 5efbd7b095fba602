"""The doctor on a machine without a switch: every look tells what it sees, none hides another."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from callcontrol.cli import doctor, doctor_machine
from callcontrol.cli.main import command
from callcontrol.settings import load_settings
from callcontrol.values.alarms import Alarm
from callcontrol.values.finding import Finding, Grade


def grades(findings: list[Finding], check: str) -> list[Grade]:
    return [finding.grade for finding in findings if finding.check == check]


def test_on_an_empty_machine_it_says_what_is_missing_and_ends_with_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["doctor", "--json", "--data", str(tmp_path / "var")])
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert told["ok"] is False
    bad = {row["check"] for row in told["findings"] if row["grade"] in ("missing", "dangerous")}
    assert {"prompts", "database", "switch"} <= bad
    assert all(row["remedy"] for row in told["findings"] if row["grade"] != "fine")
    assert not (tmp_path / "var").exists(), "the doctor only looks"


def test_a_look_that_breaks_is_told_and_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the disk speaks in riddles")

    monkeypatch.setattr(doctor_machine, "disk", broken)
    findings = doctor.examine(load_settings(data_dir=tmp_path), no_switch=True)
    assert grades(findings, "disk") == [Grade.UNKNOWN]
    assert "riddles" in next(f.says for f in findings if f.check == "disk")
    assert grades(findings, "journal")
    assert grades(findings, "port of calls")


def test_a_secret_that_others_can_read_is_dangerous(tmp_path: Path) -> None:
    (tmp_path / "switch-password").write_text("x")
    (tmp_path / "switch-password").chmod(0o644)
    assert grades(list(doctor_machine.secrets(tmp_path)), "secrets") == [Grade.DANGEROUS]
    (tmp_path / "switch-password").chmod(0o600)
    assert grades(list(doctor_machine.secrets(tmp_path)), "secrets") == [Grade.FINE]


def test_a_full_disk_is_dangerous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(total=100 << 30, used=99 << 30, free=1 << 20)
    monkeypatch.setattr(doctor_machine.shutil, "disk_usage", lambda _path: usage)
    assert grades(list(doctor_machine.disk(tmp_path)), "disk") == [Grade.DANGEROUS]


@pytest.mark.parametrize(("limit", "grade"), [(1024, Grade.HINT), (65536, Grade.FINE), (-1, Grade.FINE)])
def test_the_limit_of_open_files_is_told_in_calls(limit: int, grade: Grade) -> None:
    assert grades(list(doctor_machine.open_files(limit)), "open files") == [grade]


def test_a_port_that_somebody_else_has_is_told_with_who_has_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        found = next(iter(doctor_machine.port("a port", "127.0.0.1", number, "listen_port")))
    own = "callcontrol" in " ".join(sys.argv) or "callcontrol" in Path("/proc/self/cmdline").read_text()
    assert found.grade is (Grade.FINE if own else Grade.MISSING)
    assert f"process {os.getpid()}" in found.says
    free = next(iter(doctor_machine.port("a port", "127.0.0.1", number, "listen_port")))
    assert free.grade is Grade.FINE


def test_an_address_that_is_not_of_this_machine_is_told() -> None:
    found = next(iter(doctor_machine.port("a port", "192.0.2.1", 8084, "listen_host")))
    assert found.grade is Grade.MISSING
    assert "192.0.2.1:8084 can't be used" in found.says


def test_a_speech_program_that_is_not_there_is_told() -> None:
    found = list(doctor_machine.speech("no-such-program {out}"))
    assert found[0].grade is Grade.MISSING
    assert "no-such-program is not installed" in found[0].says


@pytest.mark.parametrize(
    ("mode", "owner", "groups", "write", "allowed"),
    [
        (0o700, "other", "other", True, False),
        (0o770, "other", "same", True, True),
        (0o750, "other", "same", True, False),
        (0o750, "other", "same", False, True),
        (0o711, "other", "other", False, True),
        (0o711, "other", "other", True, False),
        (0o700, "same", "other", True, True),
        (0o077, "same", "other", True, False),
    ],
)
def test_rights_are_those_of_the_mode_bits(
    tmp_path: Path, mode: int, owner: str, groups: str, write: bool, allowed: bool
) -> None:
    tmp_path.chmod(mode)
    info = tmp_path.stat()
    uid = info.st_uid if owner == "same" else info.st_uid + 12345
    gids = {info.st_gid if groups == "same" else info.st_gid + 12345}
    try:
        assert doctor_machine.may(tmp_path, uid, gids, write=write) is (allowed or uid == 0)
    finally:
        tmp_path.chmod(0o700)


def test_a_simulated_switch_is_called_so_and_not_found_fault_with() -> None:
    from callcontrol.lab.simulated_switch import SimulatedSwitch
    from callcontrol.switch.examination import Expected, examine

    asked = Expected(controllers=["127.0.0.1:8084"], entries=["4001"], phones=["1001"], sounds_dir="/srv/sounds")
    with SimulatedSwitch(password="a-password") as switch:
        findings = examine("127.0.0.1", switch.esl_port, "a-password", asked)
        assert [(f.check, f.grade) for f in findings] == [("switch", Grade.HINT)]
        assert "simulated" in findings[0].says
        refused = examine("127.0.0.1", switch.esl_port, "another-password", asked)
        assert [(f.check, f.grade) for f in refused] == [("switch", Grade.MISSING)]
    with SimulatedSwitch(password="ClueCon") as careless:
        findings = examine("127.0.0.1", careless.esl_port, "ClueCon", asked)
        assert findings[0].grade is Grade.DANGEROUS
        assert "default password" in findings[0].says


def test_counts_that_do_not_agree_are_a_danger_with_the_remedy() -> None:
    alarm = Alarm("calls_open", expected=2, found=19).as_data()
    assert list(doctor_machine.counts([])) == []
    assert [f.grade.value for f in doctor_machine.counts([{"alarms": []}])] == ["fine"]
    [found] = doctor_machine.counts([{}, {"alarms": [alarm, {"kind": "newer"}, alarm]}])
    assert found.bad
    assert found.says.startswith("19 calls have no end in the call records, and only 2 are running. And 1 more")
    assert found.remedy.startswith("See docs/reports.md")
