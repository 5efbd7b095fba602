"""Every decision of a time made again, by ``floor.decide`` on the floor that the desk had, and compared with what it wrote.

A decision's line says in ``seen`` which position the desk had applied when it decided; facts may have come between that
and the decision's own line. So the floor is stopped there, asked, and goes on. Lines without ``seen`` (of an older
release) are taken as decided on all lines before them. Identities of offers are those that the journal has.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from callcontrol.desk.history import History, Past
from callcontrol.floor.decide import decide
from callcontrol.floor.entries import KINDS, Entry
from callcontrol.floor.floor import DECISIONS, Floor
from callcontrol.ports.journal import Line, position_key

# A desk writes within milliseconds what it decided; lines that come between are a few. One that comes later than this
# many lines after what it was decided on can't be placed without keeping the whole journal in hand.
LOOK_AHEAD = 5000
_KINDS = frozenset(kind for kind, entry in KINDS.items() if entry in DECISIONS)
_LINE_ONLY = ("seen",)

Decide = Callable[[Floor, float, Any], Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Difference:
    """``written`` and ``decided`` are the same batch: what the journal has and what is decided again; ``position`` is of
    its first line that differs."""

    position: str
    at: float
    written: tuple[Mapping[str, Any], ...]
    decided: tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class Replayed:
    """``late``: batches that could not be placed; ``assumed``: those whose lines do not say what they were decided on;
    ``refused``: the floor could not be carried over a break of the journal there."""

    lines: int = 0
    batches: int = 0
    decisions: int = 0
    void: int = 0
    late: int = 0
    assumed: int = 0
    refused: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    @property
    def identical(self) -> bool:
        return not self.differences and not self.late and not self.refused


@dataclass(slots=True)
class _Batch:
    seen: str
    at: float
    term: int
    lines: list[Line]
    assumed: bool = False


def replay(
    history: History,
    after: str,
    upto: str,
    *,
    decide: Decide = decide,
    progress: Callable[[Replayed], None] | None = None,
) -> Replayed:
    """All decisions whose lines stand between the two positions. Raises ``HistoryMissing``."""
    past = history.upto(after)
    began = position_key(past.position)  # what was decided on before it belongs to an earlier time
    report = Replayed()
    ahead: deque[Line] = deque()
    lines = history.lines(past.position, upto)
    breaks = deque(history.breaks(past.position, upto))
    waiting: deque[_Batch] = deque()  # read, and not yet come to in the walk
    grouping = _Grouping()
    while True:
        while len(ahead) < LOOK_AHEAD and (line := next(lines, None)) is not None:
            ahead.append(line)
            if (batch := grouping.take(line)) is not None and position_key(batch.seen) >= began:
                waiting.append(batch)
        _judge_all(past, waiting, report, decide)
        if not ahead:
            break
        line = ahead.popleft()
        while breaks and position_key(breaks[0].position) < position_key(line.position):
            base = breaks.popleft()
            fresh = history.of_base(base)
            if fresh is None:
                report.refused.append(base.position)
            else:
                past.floor, past.position = fresh.floor, fresh.position
            _judge_all(past, waiting, report, decide)
        entry, valid = past.step(line)
        report.lines += 1
        if entry is not None and _is_decision(line.data):
            report.decisions += 1
            report.void += not valid
        if progress is not None and report.lines % 1000 == 0:
            progress(report)
    report.late += len(waiting)
    return report


def _is_decision(data: Mapping[str, Any]) -> bool:
    return "seen" in data or data.get("kind") in _KINDS


class _Grouping:
    """Consecutive lines that were decided at one time are one batch; it is told of with its first line and grows."""

    def __init__(self) -> None:
        self._batch: _Batch | None = None
        self._before = "0"

    def take(self, line: Line) -> _Batch | None:
        before, self._before = self._before, line.position
        data = line.data
        if not _is_decision(data):
            if self._batch is not None and self._batch.assumed:
                self._batch = None
            return None
        seen, at, term = data.get("seen"), data.get("at"), data.get("term")
        assumed = not isinstance(seen, str)
        known = self._batch
        if known is not None and (known.at, known.term) == (at, term) and (assumed or known.seen == seen):
            known.lines.append(line)
            return None
        self._batch = _Batch(before if assumed else str(seen), float(at or 0.0), int(term or 0), [line], assumed)
        return self._batch


def _judge_all(past: Past, waiting: deque[_Batch], report: Replayed, decide: Decide) -> None:
    here = position_key(past.position)
    while waiting and position_key(waiting[0].seen) <= here:
        batch = waiting.popleft()
        if position_key(batch.seen) < here:
            report.late += 1
            continue
        report.batches += 1
        report.assumed += batch.assumed
        difference = _judged(past.floor, batch, decide)
        if difference is not None:
            report.differences.append(difference)


def _judged(floor: Floor, batch: _Batch, decide: Decide) -> Difference | None:
    written = [{k: v for k, v in line.data.items() if k not in _LINE_ONLY} for line in batch.lines]
    identities = _Written([str(data["offer"]) for data in written if data.get("kind") == "offered"])
    decided = [_plain(entry, batch.term) for entry in decide(floor, batch.at, identities)]
    if len(decided) == len(written):
        decided = [_as_old_as(*pair) for pair in zip(decided, written, strict=True)]
    if decided == written:
        return None
    differing = next(
        (n for n, pair in enumerate(zip(written, decided, strict=False)) if pair[0] != pair[1]),
        min(len(written), len(decided)),
    )
    position = batch.lines[min(differing, len(batch.lines) - 1)].position
    return Difference(position, batch.at, tuple(written), tuple(decided))


def _as_old_as(decided: dict[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the release that wrote the line could not say yet: fields that may be left out, and parts of ``why``."""
    cls = KINDS[decided["kind"]]
    later = {f.name for f in fields(cls) if f.default is not MISSING or f.default_factory is not MISSING} - set(written)
    same = {name: value for name, value in decided.items() if name not in later}
    if isinstance(same.get("why"), dict) and isinstance(written.get("why"), Mapping):
        same["why"] = {name: value for name, value in same["why"].items() if name in written["why"]}
    return same


def _plain(entry: Entry, term: int) -> dict[str, Any]:
    """As it would stand in the journal: through JSON, in the desk's term."""
    data: dict[str, Any] = json.loads(json.dumps({**entry.as_data(), "term": term}, default=dict))
    return data


class _Written:
    """The identities that the journal has, and then others that no journal has."""

    def __init__(self, offers: Sequence[str]) -> None:
        self._offers: Iterator[str] = iter(offers)
        self._more = 0

    def new(self) -> str:
        self._more += 1
        return next(self._offers, f"not written {self._more}")
