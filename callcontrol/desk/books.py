"""The books: counts of the floor's half-hours are kept in SQL for ever, and counts that should agree are compared.

Every controller has them, the one whose desk is in charge keeps them. What is written are absolute counts, each with the
position of the journal that it stands for; so it may be written twice, by two, or late, and counts nothing twice. Whoever
is elected writes all that its floor still holds.

It decides nothing and repairs nothing. What does not agree at two looks in a row is an alarm until it agrees again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from callcontrol.floor.sums import wrong_sums, wrong_waiting
from callcontrol.floor.tallies import Tally
from callcontrol.floor.visits import CallState
from callcontrol.ports.clock import Clock
from callcontrol.ports.store import HalfHours, StoreUnavailable
from callcontrol.values.alarms import Alarm
from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.half_hours import HalfHour
from callcontrol.values.outcomes import Outcome

log = logging.getLogger(__name__)

KEEP_S = 10.0  # so often what changed is written
CHECK_S = 60.0  # so often the books are compared
SETTLED_S = 120.0  # story lines take their time through the journal; what is younger is not compared
COMPARED_S = 86_400.0
AT_ONCE = 100  # cells copied while the floor is held: under a millisecond

BOOKED = frozenset(o.value for o in Outcome if o.value.startswith("callback_"))


@dataclass(frozen=True, slots=True)
class Taken:
    """Cells that changed, and what they stand for. ``floor`` is the one that they were taken from."""

    floor: Any
    since: float
    upto: float
    position: str
    cells: list[HalfHour]


class Held(Protocol):
    """What is asked of ``follower.Follower``: a floor that is current, and how far it was read."""

    floor: Any
    position: str

    @property
    def lock(self) -> Any: ...


class Books:
    """``conducted`` says how many calls all controllers conduct now (None: not known). ``alarms`` is what does not agree;
    ``trouble`` a sentence while nothing can be kept. ``start()`` once."""

    def __init__(
        self,
        follower: Held,
        half_hours: HalfHours,
        clock: Clock,
        *,
        in_charge: Callable[[], bool],
        conducted: Callable[[], int | None] = lambda: None,
        keep_s: float = KEEP_S,
        check_s: float = CHECK_S,
    ) -> None:
        self.alarms: tuple[Alarm, ...] = ()
        self.trouble = ""
        self._follower = follower
        self._half_hours = half_hours
        self._clock = clock
        self._in_charge = in_charge
        self._conducted = conducted
        self._keep_s = keep_s
        self._check_s = check_s
        self._suspects: frozenset[Any] = frozenset()
        self._checked_at = clock.now()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    # --- its life ----------------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="books", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float = 3.0) -> None:
        """What changed is written once more, if the database lets us."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(deadline_s)

    def _run(self) -> None:
        while not self._stopped.wait(self._keep_s):
            self._turn()
        self._turn(check=False)

    def _turn(self, *, check: bool = True) -> None:
        try:
            self.keep()
            if check and self._clock.now() - self._checked_at >= self._check_s:
                self._checked_at = self._clock.now()
                self.check()
            self.trouble = ""
        except StoreUnavailable as error:
            if str(error) != self.trouble:
                log.warning("The counts of half-hours wait for the database: %s", error)
            self.trouble = str(error)
        except Exception:
            log.exception("The books could not be kept; they are tried again.")

    # --- keeping -----------------------------------------------------------------------------------------------------
    def keep(self) -> int:
        """Write what changed since the last time; how many half-hours. Raises ``StoreUnavailable``: they come again."""
        kept = 0
        while self._in_charge() and (taken := self._take()) is not None:
            try:
                self._half_hours.put(taken.cells, since=taken.since, upto=taken.upto, position=taken.position)
            except BaseException:
                self._give_back(taken)
                raise
            kept += len(taken.cells)
        return kept

    def _take(self) -> Taken | None:
        with self._follower.lock:
            floor: Any = self._follower.floor
            cells: list[HalfHour] = []
            for queue, tally in floor.tallies.items():
                while tally.changed and len(cells) < AT_ONCE:
                    number = tally.changed.pop()
                    if number in tally.cells:
                        cells.append(HalfHour(queue, number * HALF_HOUR_S, tally.cells[number].copy()))
            if not cells:
                return None
            return Taken(floor, floor.since, floor.as_of, self._follower.position, cells)

    def _give_back(self, taken: Taken) -> None:
        with self._follower.lock:
            for cell in taken.cells:
                taken.floor.tally(cell.queue).changed.add(int(cell.began_at // HALF_HOUR_S))

    # --- comparing -----------------------------------------------------------------------------------------------------
    def check(self) -> None:
        """Compare once. An alarm is what was wrong the last time too."""
        if not self._in_charge():
            self.alarms, self._suspects = (), frozenset()
            return
        found = self._look()
        again = tuple(alarm for alarm in found if alarm.about in self._suspects)
        known = {alarm.about for alarm in self.alarms}
        for alarm in again:
            if alarm.about not in known:
                log.error("%s", alarm)
        if self.alarms and not again:
            log.info("The counts agree again.")
        self._suspects = frozenset(alarm.about for alarm in found)
        self.alarms = again

    def _look(self) -> list[Alarm]:
        now = self._clock.now()
        with self._follower.lock:
            floor: Any = self._follower.floor
            found = list(wrong_waiting(floor))
            queues = list(floor.tallies)
            since = max(now - COMPARED_S, floor.since)
        since = (since // HALF_HOUR_S + 1) * HALF_HOUR_S  # the first half-hour that was seen whole
        until = (now - SETTLED_S) // HALF_HOUR_S * HALF_HOUR_S  # and the last one that is over
        kept = {(one.queue, one.began_at): one.counts for one in self._half_hours.between(since, now)}
        for queue in queues:
            with self._follower.lock:  # queue by queue: deciding waits for none of this
                tally = floor.tallies[queue]
                found += wrong_sums(queue, tally)
                found += _kept_differs(queue, tally, kept, since)
            time.sleep(0)
        found += _records_differ(kept, self._half_hours.visits(since, until), until)
        with self._follower.lock:
            visits_here = {call.visit for call in floor.calls.values()}
            talking = sum(1 for call in floor.calls.values() if call.state is CallState.TALKING)
        found += self._without_an_end(now, visits_here, talking)
        return found

    def _without_an_end(self, now: float, visits_here: Collection[str], talking: int) -> Iterable[Alarm]:
        settled = now - SETTLED_S
        gone = [v for v in self._half_hours.open_visits(now - COMPARED_S, settled) if v.visit not in visits_here]
        if gone:
            yield Alarm("visits_open", found=len(gone), detail=gone[0].call)
        conducted = self._conducted()
        if conducted is not None:
            open_calls = self._half_hours.open_calls(now - COMPARED_S, settled)
            if open_calls > conducted + talking:
                yield Alarm("calls_open", expected=conducted + talking, found=open_calls)


def _kept_differs(queue: str, tally: Tally, kept: dict[tuple[str, float], Counts], since: float) -> Iterable[Alarm]:
    """What was written and did not change since must be in the database as it is in the floor."""
    for number, cell in tally.cells.items():
        began_at = number * HALF_HOUR_S
        written = kept.get((queue, began_at))
        if number not in tally.changed and began_at >= since and written != cell:
            yield Alarm("kept_differs", queue, began_at, cell.joined, written.joined if written else 0)


def _records_differ(
    kept: dict[tuple[str, float], Counts], records: dict[tuple[str, float], dict[str, int]], until: float
) -> Iterable[Alarm]:
    """Arrivals, answered and callbacks, counted from the records and from the floor."""
    for queue, began_at in sorted({*(key for key in kept if key[1] < until), *records}):
        counted = kept[queue, began_at].outcomes if (queue, began_at) in kept else {}
        recorded = records.get((queue, began_at), {})
        for detail, of in (
            ("arrivals", None),
            (Outcome.ANSWERED.value, frozenset({Outcome.ANSWERED.value})),
            ("callbacks", BOOKED),
        ):
            ours = sum(n for outcome, n in counted.items() if of is None or outcome in of)
            theirs = sum(n for outcome, n in recorded.items() if of is None or outcome in of)
            if ours != theirs:
                yield Alarm("records_differ", queue, began_at, ours, theirs, detail)
                break
