"""The flows as they live in a process: united from several sources, which may change while calls are under way.

New calls begin with what the sources have now. A call under way finds the very code that it began with, also when its file
was changed or removed meanwhile: what goes from the sources is kept here for as long as it is used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from callcontrol.flow.catalogue import Flows, unknown
from callcontrol.flow.flow import Flow
from callcontrol.values.problems import Problem

Source = Callable[[], Flows]
# Longer than a talk lasts: a caller who is in one asks for the flow when it ends.
KEPT_S = 24 * 3600.0


@dataclass(slots=True)
class _Retired:
    flow: type[Flow]
    used_at: float


class FlowShelf:
    """``sources`` give what they have now, and the very same ``Flows`` while nothing changed; of the same name and release
    that of the first source counts. ``clock``: seconds, monotonic. Safe to be read by many threads."""

    def __init__(self, *sources: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._sources = sources
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[Flows, ...] = ()
        self._present: dict[tuple[str, int], type[Flow]] = {}
        self._newest: dict[str, type[Flow]] = {}
        self._retired: list[_Retired] = []
        self._twice: tuple[Problem, ...] = ()

    # --- for new calls -------------------------------------------------------------------------------------------------
    def names(self) -> list[str]:
        self._look()
        return sorted(self._newest)

    def releases(self, name: str) -> list[int]:
        self._look()
        return sorted(release for known, release in self._present if known == name)

    def __iter__(self) -> Iterator[type[Flow]]:
        self._look()
        return iter(list(self._present.values()))

    @property
    def broken(self) -> tuple[Problem, ...]:
        self._look()
        return (*(problem for flows in self._seen for problem in flows.broken), *self._twice)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        self._look()
        return tuple(problem for flows in self._seen for problem in flows.warnings)

    # --- for calls under way -------------------------------------------------------------------------------------------
    def get(self, name: str, release: int | None = None, code: str = "") -> type[Flow]:
        """That release of the flow, in the state ``code`` if that is known here, also when it is retired; the newest one
        without ``release``, or where that release is gone. Raises ``FlowNotFound``."""
        self._look()
        if release is not None:
            present = self._present.get((name, release))
            if present is not None and code in ("", present.code):
                return present
            old = self._of_old(name, release, code) if code else None
            if (found := old or present or self._of_old(name, release)) is not None:
                return found
        if (newest := self._newest.get(name) or self._of_old(name)) is None:
            raise unknown(name, sorted(self._newest))
        return newest

    def retired(self) -> list[type[Flow]]:
        """What is kept for calls under way only, the latest to go first."""
        self._look()
        return [old.flow for old in self._retired]

    def _of_old(self, name: str, release: int | None = None, code: str = "") -> type[Flow] | None:
        found = [old for old in self._retired if old.flow.name == name and release in (None, old.flow.release)]
        found = [old for old in found if code in ("", old.flow.code)]
        if not found:
            return None
        best = max(found, key=lambda old: old.flow.release)  # of several with that release the latest: it is the first
        best.used_at = self._clock()
        return best.flow

    # --- the sources ---------------------------------------------------------------------------------------------------
    def _look(self) -> None:
        """Take over what changed. Cheap while nothing did: this is asked for every event of every call."""
        now = tuple(source() for source in self._sources)
        if len(now) == len(self._seen) and all(a is b for a, b in zip(now, self._seen, strict=True)):
            return
        with self._lock:
            present: dict[tuple[str, int], type[Flow]] = {}
            twice = []
            for flows in now:
                for flow in flows:
                    key = flow.name, flow.release
                    if key in present:
                        what = f"Release {flow.release} of the flow {flow.name!r} is in {present[key].file} already; give one a new number."
                        twice.append(Problem(flow.file, what))
                    present.setdefault(key, flow)
            at = self._clock()
            gone = [_Retired(flow, at) for key, flow in self._present.items() if present.get(key) is not flow]
            here = set(present.values())
            kept = [old for old in self._retired if old.flow not in here and at - old.used_at < KEPT_S]
            newest: dict[str, type[Flow]] = {}
            for flow in sorted(present.values(), key=lambda flow: flow.release):
                newest[flow.name] = flow
            self._retired = gone + kept
            self._present, self._newest, self._twice = present, newest, tuple(twice)
            self._seen = now
