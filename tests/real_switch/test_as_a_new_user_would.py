"""The README's way: render with the command, start with the line that it prints, register a phone, dial, talk."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.real_switch import switch_process
from tests.real_switch.registration import Registration
from tests.real_switch.rig import Rig
from tests.real_switch.switch_process import PROJECT, SwitchProcess


@pytest.fixture
def rendered(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Rig, SwitchProcess]]:
    sip_port, esl_port, outside_port, control_port = switch_process.free_ports(4)
    data = tmp_path / "data"
    words = [
        sys.executable,
        "-m",
        "callcontrol",
        "switch",
        "render",
        "--out",
        str(tmp_path / "switch"),
        "--data",
        str(data),
    ]
    words += ["--sip-port", str(sip_port), "--esl-port", str(esl_port), "--rtp-start", "9000", "--rtp-end", "9200"]
    words += ["--controller", f"127.0.0.1:{control_port}", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=PROJECT, timeout=30)
    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads(done.stdout)
    plan = replace(
        switch_process.SwitchPlan(
            esl_password=Path(told["password_file"]).read_text().strip(),
            sounds_dir=str(data / "sounds"),
            entries={"4001": "zh"},
            phones=json.loads(Path(told["phones_file"]).read_text()),
            controllers=(f"127.0.0.1:{control_port}",),
        ),
        sip_port=sip_port,
        esl_port=esl_port,
    )
    with open(tmp_path / "stdout", "wb") as out:
        process = subprocess.Popen(
            shlex.split(told["start"]), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    switch = SwitchProcess(tmp_path / "switch", plan, outside_port, process)
    request.node.stash[switch_process.LOG] = (switch.log, 0)
    try:
        switch_process.wait_ready(switch, profiles=1)
        rig = Rig(switch, control_port, tmp_path, switch.connect())
        yield rig, switch
        rig.clean_up()
    finally:
        switch.stop()


def test_a_stock_switch_with_the_rendered_directory_brings_a_caller_before_a_registered_phone(
    rendered: tuple[Rig, SwitchProcess],
) -> None:
    rig, switch = rendered
    phone = rig.phone("1001", answers_after_s=0.2)
    del_password = {"CALLCONTROL_SWITCH_PASSWORD": ""}  # the controller finds the one that was rendered
    with Registration(switch, "1001", switch.plan.phones["1001"], phone.port) as registered:
        assert registered.status == 200
        rig.run_controller(rig.configuration({}), **del_password)
        rig.callcontrol("agents", "login", "1001")
        caller = rig.caller(through="internal").answered()
        rig.wait("CHANNEL_EXECUTE", Application="play_and_get_digits", within_s=20)
        caller.press("1")
        rig.wait("CHANNEL_BRIDGE", within_s=20)
        time.sleep(1.0)
        caller.hang_up()
        stopped = rig.wait("RECORD_STOP")
        assert Path(stopped["Record-File-Path"]).parent.parent == rig.data / "recordings"
        doctor = subprocess.run(
            [sys.executable, "-m", "callcontrol", "doctor", "--json", "--data", str(rig.data)],
            capture_output=True, text=True, cwd=PROJECT, timeout=60, env={**rig.environment, **del_password},
        )  # fmt: skip
        bad = [
            row for row in json.loads(doctor.stdout)["findings"] if row["grade"] in ("missing", "dangerous", "unknown")
        ]
        assert [row["check"] for row in bad if row["check"] not in ("prompts", "speech")] == [], bad
