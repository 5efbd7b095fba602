"""One switch for the whole session; a rig for each test. Without FreeSWITCH and SIPp the tier says so and does not run."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_switch import switch_process
from tests.real_switch.rig import Rig
from tests.real_switch.switch_process import LOG, SwitchProcess

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = switch_process.missing()
    for item in items:
        if reason and HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def control_port() -> int:
    return switch_process.free_ports(1)[0]


@pytest.fixture(scope="session")
def switch(tmp_path_factory: pytest.TempPathFactory, control_port: int) -> Iterator[SwitchProcess]:
    process = switch_process.start(tmp_path_factory.mktemp("switch"), control_port)
    yield process
    process.stop()


@pytest.fixture
def rig(switch: SwitchProcess, control_port: int, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    request.node.stash[LOG] = (switch.log, switch.log.stat().st_size)
    rig = Rig(switch, control_port, tmp_path, switch.connect())
    yield rig
    rig.clean_up()


# What of the switch's log is worth reading at first sight.
TOLD = re.compile(r"EXECUTE \[|\[(NOTICE|WARNING|ERR|CRIT|ALERT)\]|Hangup")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test shows what the switch wrote meanwhile, and the controllers."""
    report = yield
    if report.failed and LOG in item.stash:
        path, start = item.stash[LOG]
        with open(path, "rb") as log:
            log.seek(start)
            lines = log.read().decode("utf-8", "replace").splitlines()
        if not os.environ.get("SWITCH_LOG"):
            lines = [line[:200] for line in lines if TOLD.search(line)]
        report.sections.append(("freeswitch.log (SWITCH_LOG=1 for all of it)", "\n".join(lines[-80:])))
        rig = item.funcargs.get("rig") or getattr(item.funcargs.get("house"), "rig", None)
        for log_path in sorted(rig.directory.glob("controller-*.log")) if rig else ():
            report.sections.append((log_path.name, log_path.read_text(errors="replace")[-6000:]))
        if rig and report.when == "call" and rig.data.exists():
            with contextlib.suppress(Exception):  # nobody may be there to tell
                report.sections.append(("callcontrol status", rig.callcontrol("status")))
                for row in rig.calls()[:3]:
                    report.sections.append((f"callcontrol trace {row['call']}", rig.callcontrol("trace", row["call"])))
    return report
