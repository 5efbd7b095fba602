"""The flows that this controller knows: from a folder, and from installed packages (entry point ``callcontrol.flows``).

A file that can't be read as a flow is told by name and never stops the others.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Protocol

from callcontrol.flow.flow import Flow, FlowError
from callcontrol.values.problems import Problem

ENTRY_POINT = "callcontrol.flows"


class FlowNotFound(LookupError):
    """No flow of that name. The message is a sentence."""


class KnownFlows(Protocol):
    """What ``Flows`` (as they were loaded once) and a ``FlowShelf`` (which lives) have in common."""

    @property
    def broken(self) -> Sequence[Problem]: ...

    def names(self) -> list[str]: ...

    def releases(self, name: str) -> list[int]:
        """The releases of a flow that new calls may begin with, the newest last; none for an unknown flow."""
        ...

    def get(self, name: str, release: int | None = None) -> type[Flow]:
        """That release of the flow; the newest one without ``release``, or where that release is gone (its calls go on
        in the newest; a step that is gone leads to its rescue). Raises ``FlowNotFound``."""
        ...

    def __iter__(self) -> Iterator[type[Flow]]: ...


@dataclass(frozen=True)
class Flows:
    """``broken`` tells what could not be loaded, with file and line; ``warnings`` what should be looked at."""

    flows: tuple[type[Flow], ...] = ()
    broken: tuple[Problem, ...] = field(default=())
    warnings: tuple[Problem, ...] = field(default=())

    def names(self) -> list[str]:
        return sorted({flow.name for flow in self.flows})

    def releases(self, name: str) -> list[int]:
        return sorted(flow.release for flow in self.flows if flow.name == name)

    def get(self, name: str, release: int | None = None) -> type[Flow]:
        found = sorted((flow for flow in self.flows if flow.name == name), key=lambda flow: flow.release)
        if not found:
            raise unknown(name, self.names())
        return next((flow for flow in found if flow.release == release), found[-1])

    def __iter__(self) -> Iterator[type[Flow]]:
        return iter(self.flows)


def unknown(name: str, names: Sequence[str]) -> FlowNotFound:
    return FlowNotFound(f"There is no flow {name!r}; the flows are: {', '.join(names) or 'none'}.")


def load_flows(folder: Path | None = None, *, installed: bool = True) -> Flows:
    """The flows of every ``*.py`` in ``folder`` (default: the flows that ship), and those of installed packages."""
    broken: list[Problem] = []
    return united(_all(folder or shipped_folder(), installed, broken), broken)


def united(sources: Iterable[tuple[str, Sequence[type[Flow]]]], broken: list[Problem]) -> Flows:
    """The flows of (where they are from, flows); of two with the same name and release the first. ``broken`` may grow while
    ``sources`` are read."""
    flows: dict[tuple[str, int], type[Flow]] = {}
    where: dict[tuple[str, int], str] = {}
    for source, found in sources:
        for flow in found:
            key = flow.name, flow.release
            if key in flows:
                what = f"Release {flow.release} of the flow {flow.name!r} is in {where[key]} already; give one a new number."
                broken.append(Problem(source, what))
                continue
            flows[key] = flow
            where[key] = source
    return Flows(tuple(flows.values()), tuple(broken))


def shipped_folder() -> Path:
    import ivr_flows

    return Path(next(iter(ivr_flows.__path__)))


def load_file(path: Path) -> tuple[list[type[Flow]], list[Problem]]:
    """The flows of one file, or what is wrong with it. Compiled here from what was read here: the import system's own cache
    takes a file that changed within the same second for the old one."""
    name = f"ivr_flows.{path.stem}"
    before = sys.modules.get(name)
    try:
        source = path.read_bytes()
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        exec(compile(source, str(path), "exec"), vars(module))
        written = [v for v in vars(module).values() if _is_flow_of(v, name)]
        parts = sorted(_taken_from(module))
        for flow in written:
            flow.file, flow.parts = path.name, tuple(part.name for part in parts)
            flow.code = digest(source, *(part.read_bytes() for part in parts))
        if before is not None and getattr(before, "__file__", "") == str(path):
            before = module  # who imports it from now on gets this one
        found = [flow for flow in written if not flow.abstract]  # a file of parts alone is as good
        return found, (
            [] if written else [Problem(path.name, "The file holds no flow; subclass callcontrol.flow.Flow.")]
        )
    except FlowError as error:
        return [], list(error.problems)
    except (Exception, SystemExit) as error:
        return [], [_as_problem(error, path)]
    finally:
        if before is not None:
            sys.modules[name] = before


def digest(*sources: bytes) -> str:
    """Tells two states of a file (and of those that it takes something from) apart, in few letters: they travel with every
    call, and are read by people."""
    return hashlib.sha256(b"".join(hashlib.sha256(source).digest() for source in sources)).hexdigest()[:12]


def _taken_from(module: ModuleType) -> set[Path]:
    """The other files of flows that this one imports from: parts, bases, functions."""
    names = {v.__name__ if isinstance(v, ModuleType) else getattr(v, "__module__", None) for v in vars(module).values()}
    package = module.__name__.rpartition(".")[0] + "."
    others = (sys.modules.get(n) for n in names - {module.__name__} if isinstance(n, str) and n.startswith(package))
    return {Path(file) for other in others if (file := getattr(other, "__file__", None))}


def _all(folder: Path, installed: bool, broken: list[Problem]) -> Iterable[tuple[str, list[type[Flow]]]]:
    if not folder.is_dir():
        broken.append(Problem(str(folder), "The folder of flows does not exist; create it or correct the setting."))
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("_"):
            found, problems = load_file(path)
            broken.extend(problems)
            yield path.name, found
    if installed:
        yield from installed_flows(broken)


def installed_flows(broken: list[Problem]) -> Iterator[tuple[str, list[type[Flow]]]]:
    """(name of the entry point, its flow) of every installed package that brings one."""
    for point in entry_points(group=ENTRY_POINT):
        try:
            flow = point.load()
        except Exception as error:  # somebody's package
            broken.append(Problem(point.name, f"The installed flow {point.value} can't be loaded: {error}"))
            continue
        if isinstance(flow, type) and issubclass(flow, Flow):
            flow.file = flow.__module__
            with contextlib.suppress(OSError, TypeError):  # a class without a source keeps no digest
                flow.code = digest(inspect.getsource(inspect.getmodule(flow) or flow).encode())
            yield point.name, [flow]
        else:
            broken.append(Problem(point.name, f"{point.value} is no flow; name a subclass of Flow."))


def _is_flow_of(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, Flow) and value.__module__ == module


def _as_problem(error: BaseException, path: Path) -> Problem:
    if isinstance(error, SyntaxError):
        return Problem(f"{path.name}:{error.lineno or 1}", f"The file is no Python: {error.msg}.")
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f"{path.name}:{lines[-1]}" if lines else path.name
    return Problem(where, f"The file can't be loaded: {type(error).__name__}: {error}")
