"""Shared by all tests: the Hypothesis profiles, and a closing line for each tier that says what ran and what did not."""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

TESTS = Path(__file__).parent
IN_MEMORY = Path("/dev/shm")
ENOUGH = 3 * 2**30  # bytes


def pytest_configure() -> None:
    """Tests write in memory where there is room: a disk that is busy for two seconds makes an engine that writes its journal to
    it stand still as long, and what the house does then has tests of its own."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ENOUGH:
        os.environ.setdefault("TMPDIR", str(IN_MEMORY))
        tempfile.tempdir = None  # asked for anew


def _tier(nodeid: str) -> str:
    parts = nodeid.split("::")[0].split("/")
    return parts[1] if len(parts) > 2 else parts[-1]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each tier: what ran, and what did not and why."""
    ran: Counter[str] = Counter()
    left_out: dict[str, Counter[str]] = {}
    for kind in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(kind, []):
            if kind != "passed" or report.when == "call":
                ran[_tier(report.nodeid)] += 1
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        left_out.setdefault(_tier(report.nodeid), Counter())[reason.removeprefix("Skipped: ")] += 1
    terminalreporter.section("what was tried")
    for tier in sorted(set(ran) | set(left_out)):
        terminalreporter.write_line(f"  {tier:<14} ran {ran[tier]}")
        for reason, count in left_out.get(tier, Counter()).items():
            terminalreporter.write_line(f"  {tier:<14} DID NOT RUN {count}: {reason}", yellow=True)
