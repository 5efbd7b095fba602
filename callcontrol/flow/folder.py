"""A folder of flow files that is looked at again and again, so that engineers put new code beside the old while calls run.

A file that can't be used leaves what was loaded of it before in use. A file counts only when it was the same in two looks:
an editor may be in the midst of writing it. Who looks, and how often, is no concern of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from callcontrol.flow.catalogue import Flows, installed_flows, load_file, united
from callcontrol.flow.flow import Flow
from callcontrol.values.problems import Problem

Stamp = tuple[int, int, int]  # of a file: time of its change in ns, size, inode


@dataclass(slots=True)
class _File:
    stamp: Stamp
    flows: list[type[Flow]]
    problems: list[Problem]
    changed: list[Problem]  # warnings: other code under the same release


class FlowFolder:
    """Call it for the ``Flows`` of the folder as they are now: the very same object until something changed. ``installed``:
    also those of installed packages, which are looked for once. ``first`` tries a file that changed in a place where it can do
    no harm, and says in a sentence why it must not be loaded here ("": it may)."""

    def __init__(
        self, folder: Path, *, installed: bool = True, first: Callable[[Path], str] = lambda _path: ""
    ) -> None:
        self._folder = folder
        self._first = first
        self._files: dict[str, _File] = {}
        self._pending: dict[str, Stamp | None] = {}
        self._missing = False
        self._of_packages_broken: list[Problem] = []
        self._of_packages = list(installed_flows(self._of_packages_broken)) if installed else []
        for name, stamp in self._stamps().items():
            self._load(name, stamp)
        self._flows = Flows()
        self._flows = self._united()

    def __call__(self) -> Flows:
        return self._flows

    def look(self) -> list[str]:
        """Load what changed since the last look; what is different now, a sentence for each file."""
        now = self._stamps()
        news: list[str] = []
        settled: list[str] = []
        pending: dict[str, Stamp | None] = {}
        for name in sorted(now.keys() | self._files.keys()):
            stamp, known = now.get(name), self._files.get(name)
            if known is not None and known.stamp == stamp:
                continue
            if name not in self._pending or self._pending[name] != stamp:
                pending[name] = stamp
                continue
            settled.append(name)
        self._pending = pending
        for name in settled:
            stamp = now.get(name)
            news.append(self._forget(name) if stamp is None else self._load(name, stamp, self._first))
        for name, file in sorted(self._files.items()):  # what they take from others is not what it was
            if name not in settled and any(part in settled for flow in file.flows for part in flow.parts):
                news.append(self._load(name, file.stamp))
        missing = not self._folder.is_dir()
        if news or missing != self._missing:
            self._flows = self._united()
        return news

    def _stamps(self) -> dict[str, Stamp]:
        found = {}
        if not self._folder.is_dir():  # away for a moment (a network drive, a deployment): what was loaded stays
            return {name: file.stamp for name, file in self._files.items()}
        for path in self._folder.glob("*.py"):
            if not path.name.startswith("_"):
                try:
                    about = path.stat()
                except OSError:
                    continue
                found[path.name] = about.st_mtime_ns, about.st_size, about.st_ino
        return found

    def _forget(self, name: str) -> str:
        gone = ", ".join(map(_label, self._files.pop(name).flows)) or "nothing"
        return f"{name} was removed; it held {gone}. Calls under way go on in it."

    def _load(self, name: str, stamp: Stamp, first: Callable[[Path], str] = lambda _path: "") -> str:
        before = self._files.get(name)
        refused = first(self._folder / name)
        flows, problems = ([], [Problem(name, refused)]) if refused else load_file(self._folder / name)
        old = {(flow.name, flow.release): flow for flow in before.flows} if before else {}
        if problems:
            kept = before.flows if before else []
            self._files[name] = _File(stamp, kept, problems, before.changed if before else [])
            stays = f" What it held before stays in use: {', '.join(map(_label, kept))}." if kept else ""
            return f"{name} can't be used: {'; '.join(map(str, problems))}{stays}"
        if old and all((was := old.get((f.name, f.release))) and was.code == f.code for f in flows):
            assert before is not None
            self._files[name] = _File(stamp, before.flows, problems, before.changed)  # touched, or saved as it was
            return f"{name} was written again, and is the same."
        changed = [
            Problem(name, changed_in_place(flow), fatal=False) for flow in flows if (flow.name, flow.release) in old
        ]
        self._files[name] = _File(stamp, flows, problems, changed)
        return f"{name} was loaded: {', '.join(map(_label, flows)) or 'parts'}."

    def _united(self) -> Flows:
        self._missing = not self._folder.is_dir()
        broken = list(self._of_packages_broken)
        if self._missing:
            broken.append(
                Problem(str(self._folder), "The folder of flows does not exist; create it or correct the setting.")
            )
        for _name, file in sorted(self._files.items()):
            broken += file.problems
        made = united(self._in_order(), broken)
        warnings = [warning for _name, file in sorted(self._files.items()) for warning in file.changed]
        return Flows(made.flows, tuple(broken), tuple(warnings))

    def _in_order(self) -> Iterator[tuple[str, list[type[Flow]]]]:
        """Who had a name and release before keeps it: a new file that uses them again must not take them away."""
        owner = {(flow.name, flow.release): flow.file for flow in self._flows}
        files = sorted(self._files.items())
        for name, file in files:
            yield name, [flow for flow in file.flows if owner.get((flow.name, flow.release)) == name]
        for name, file in files:
            yield name, [flow for flow in file.flows if owner.get((flow.name, flow.release)) != name]
        yield from self._of_packages


def _label(flow: type[Flow]) -> str:
    return f"{flow.name} {flow.release}"


def changed_in_place(flow: type[Flow]) -> str:
    return (
        f"The file changed, and the release of {flow.name!r} is still {flow.release}: new calls get the new code, calls under "
        f"way keep the old. Write release = {flow.release + 1} in the class, so that records tell them apart."
    )
