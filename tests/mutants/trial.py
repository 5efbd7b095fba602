"""Whether the tests notice a mutant: a process of its own, which has everything but the project imported already, runs some
days of ``test_random_days`` first, which most mutants do not survive, and then all of ``tests/floor``, the slow files last.

The mutant is put in where its module is imported: no file is written.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import logging
import os
import resource
import signal
import sys
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType

import hypothesis.stateful  # noqa: F401  what is imported here need not be imported for each mutant
import pytest
from hypothesis import HealthCheck, Phase, settings

PROJECT = Path(__file__).resolve().parents[2]
TESTS = "tests/floor"
SLOW = ["view", "forecast", "rivalry", "strategies", "requests", "quiet_times", "random_days"]  # with the slowest last
DAYS, STEPS = 6, 250
# Of processor time for the days, and for each test: several times what is needed. Whoever needs more will not end.
MOST_CPU_S = 10.0
MOST_BYTES = 3 << 30

# The same examples each time, and nobody needs to know the smallest.
settings.register_profile(
    "mutants", max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


class Trial:
    """Mutants one after another. The file that noticed the last one comes first for the next."""

    def __init__(self) -> None:
        names = sorted(file.stem.removeprefix("test_") for file in (PROJECT / TESTS).glob("test_*.py"))
        self._names = sorted(names, key=lambda name: SLOW.index(name) if name in SLOW else -1)

    def noticed_by(self, module: str, tree: ast.Module) -> str:
        """The test that fails, the day that goes wrong, or what else it dies of; empty if it lives."""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            code = 3
            with contextlib.suppress(BaseException):
                os.close(reading)
                code = _try(module, compile(tree, module, "exec"), self._names, writing)
            os._exit(code)
        os.close(writing)
        with os.fdopen(reading) as told:
            by = told.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            return ""
        name = by.partition("::")[0].rpartition("test_")[2].removesuffix(".py")
        if name in self._names and name not in SLOW:
            self._names.remove(name)
            self._names.insert(0, name)
        return by or ("it never ends" if code == -signal.SIGPROF else f"the tests can't be run ({code})")


def _try(module: str, code: CodeType, names: list[str], telling: int) -> int:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    logging.disable(logging.CRITICAL)
    os.chdir(PROJECT)
    os.environ |= {"HYPOTHESIS_PROFILE": "mutants", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    sys.meta_path.insert(0, _Mutated(module, code))
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
    seed = 0
    try:
        random_day = importlib.import_module(f"{TESTS}.test_random_days".replace("/", ".")).RandomDay
        for seed in range(DAYS):
            day = random_day(seed)
            for _ in range(STEPS):
                day.step()
            day.all_is_decided_at_once()
    except Exception:
        os.write(telling, f"random day {seed}".encode())
        return 1
    files = [f"{TESTS}/test_{name}.py" for name in names]
    plain = ["-c", os.devnull, f"--rootdir={PROJECT}", "-p", "no:cacheprovider", "--assert=plain"]
    logging.disable(logging.NOTSET)
    return int(pytest.main(["-x", "-q", *plain, *files], plugins=[_Teller(telling)]))


class _Teller:
    def __init__(self, telling: int) -> None:
        self._telling = telling

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self._telling, report.nodeid.encode())


class _Mutated(InspectLoader, MetaPathFinder):
    """Gives one module the code of the mutant."""

    def __init__(self, module: str, code: CodeType) -> None:
        self._module, self._code = module, code

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self._module else None

    def get_code(self, fullname: str) -> CodeType:
        return self._code

    def get_source(self, fullname: str) -> None:
        return None
