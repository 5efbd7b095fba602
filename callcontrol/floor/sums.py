"""Whether the floor's counts add up: the outcomes of each half-hour to its arrivals, the cells to the answered and lost, those
who are counted as waiting to those who are there. Nothing here repairs anything: what does not add up is a bug to be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from callcontrol.floor.visits import CallState
from callcontrol.values.alarms import Alarm
from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor
    from callcontrol.floor.tallies import Tally


def wrong_waiting(floor: Floor) -> Iterator[Alarm]:
    """Queues of which another number waits than is counted."""
    # Who booked a callback has an outcome already.
    there = (call for call in floor.calls.values() if call.state is not CallState.TALKING and call.booking is None)
    here = Counter(call.queue for call in there)
    for queue, tally in floor.tallies.items():
        waiting = tally.total.outcomes.get(Outcome.WAITING, 0)
        if waiting != here[queue]:
            yield Alarm("floor_waiting", queue, expected=waiting, found=here[queue])


def wrong_sums(queue: str, tally: Tally) -> Iterator[Alarm]:
    """Half-hours of one queue that do not add up."""
    total = Counts()
    for number, cell in tally.cells.items():
        total.add(cell)
        if detail := cell.sums():
            yield Alarm("floor_sums", queue, number * HALF_HOUR_S, detail=detail)
    if total != tally.total:
        yield Alarm("floor_sums", queue, detail="the half-hours and their total")
