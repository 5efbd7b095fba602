"""``callcontrol switch render --reload``: a number that is new reaches a controller without a start of the switch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcontrol.switch.examination import Expected, examine
from tests.real_switch import switch_process
from tests.real_switch.switch_process import PROJECT, SwitchProcess

CONTROLLER = 8084  # nobody listens: only the dialplan is looked at
CONFIGURATION = """
[entries.4001]
flow = "hotline"
[entries.4777]
flow = "hotline"
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[SwitchProcess]:
    process = switch_process.start(tmp_path / "own", CONTROLLER)
    yield process
    process.stop()


def render(switch: SwitchProcess, out: Path, data: Path) -> subprocess.CompletedProcess[str]:
    plan = switch.plan
    data.mkdir(exist_ok=True)
    (data / "switch-password").write_text(plan.esl_password)
    (data / "numbers.toml").write_text(CONFIGURATION)
    options = {
        "--data": data, "--out": out, "--configuration": data / "numbers.toml", "--sip-port": plan.sip_port,
        "--esl-port": plan.esl_port, "--rtp-start": plan.rtp_start, "--rtp-end": plan.rtp_end,
        "--controller": plan.controllers[0], "--sounds-dir": plan.sounds_dir, "--log-level": plan.log_level,
    }  # fmt: skip
    words = [sys.executable, "-m", "callcontrol", "switch", "render", "--reload"]
    words += [str(word) for option in options.items() for word in option]
    return subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, timeout=60)


def numbers_missing(switch: SwitchProcess) -> list[str]:
    plan = switch.plan
    expected = Expected(plan.controllers, ["4777"], ["1001"], plan.sounds_dir)
    found = examine("127.0.0.1", plan.esl_port, plan.esl_password, expected)
    return [finding.says for finding in found if finding.bad and finding.check == "dialplan"]


def test_a_new_number_is_taken_once_the_switch_has_read_it(own: SwitchProcess, tmp_path: Path) -> None:
    assert numbers_missing(own) == ["The entry number 4777 is in the configuration but not in it."]
    elsewhere = render(own, tmp_path / "elsewhere", tmp_path / "data")
    assert elsewhere.returncode == 1
    assert "reads others: it does not take 4777" in elsewhere.stderr
    assert numbers_missing(own) != []
    here = render(own, own.directory, tmp_path / "data")
    assert here.returncode == 0, here.stderr
    assert "The switch has read them; it takes 4001, 4777." in here.stdout
    assert numbers_missing(own) == []
    assert own.process.poll() is None
    (own.directory / "conf" / "dialplan" / "stray.xml").write_text("<!-- never closed")
    spoilt = render(own, own.directory, tmp_path / "data")
    assert spoilt.returncode == 1
    assert "The switch could not read its files" in spoilt.stderr
    assert numbers_missing(own) == []  # it goes on with what it read before
