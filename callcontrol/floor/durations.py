"""What the floor remembers to estimate by: how long talks, wrap-ups and ringing last, and how long callers are patient, of
the last hour. Bounded: a queue keeps at most so many samples, whatever the traffic; patience is counted in cells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callcontrol.floor.agents import AgentRecord
    from callcontrol.floor.visits import Call, Offer

KEPT_S = 3600.0
# A busy queue has more in the hour: the newest say enough, and a snapshot stays small.
MOST_OF_QUEUE = 150
MOST_OF_AGENT = 20

# Patience is no constant: who has just come gives up more easily than who has waited for long. Seconds of waiting.
PATIENCE_FROM = (0.0, 15.0, 30.0, 60.0, 120.0, 300.0)
SLOT_S = 600.0
_SLOTS = int(KEPT_S / SLOT_S)

Samples = list[tuple[float, float]]  # (when it ended, seconds)
_SECONDS = itemgetter(1)


@dataclass(slots=True)
class Patience:
    """Of one stretch of time: callers who joined; and by how long they had waited, those who left without an agent, and the
    seconds that callers stood there. Who was answered is counted as far as the waiting went (a censored observation)."""

    joined: int = 0
    left: list[int] = field(default_factory=lambda: [0] * len(PATIENCE_FROM))
    waited_s: list[float] = field(default_factory=lambda: [0.0] * len(PATIENCE_FROM))


@dataclass(slots=True)
class QueueMemory:
    talks: Samples = field(default_factory=list)
    rings: Samples = field(default_factory=list)  # from the offer to the talk
    wrap_ups: Samples = field(default_factory=list)
    patience: dict[int, Patience] = field(default_factory=dict)  # by the number of the slot

    def keep(self, samples: Samples, at: float, seconds: float, most: int = MOST_OF_QUEUE) -> None:
        add(samples, at, seconds, most)

    def _cell(self, at: float) -> Patience:
        slot = int(at // SLOT_S)
        cell = self.patience.get(slot)
        if cell is None:
            for old in [n for n in self.patience if n <= slot - _SLOTS]:
                del self.patience[old]
            cell = self.patience[slot] = Patience()
        return cell

    def joined(self, at: float) -> None:
        self._cell(at).joined += 1

    def joining_per_s(self, now: float) -> float:
        """Callers a second who join, of the slot that goes on and the one before it."""
        slot = int(now // SLOT_S)
        joined = sum(cell.joined for n, cell in self.patience.items() if n in (slot, slot - 1))
        return joined / (SLOT_S + now - slot * SLOT_S)

    def stood(self, at: float, waited_s: float, left: bool) -> None:
        cell = self._cell(at)
        waited_s = max(0.0, waited_s)
        last = bisect_right(PATIENCE_FROM, waited_s) - 1
        for n in range(last):
            cell.waited_s[n] += PATIENCE_FROM[n + 1] - PATIENCE_FROM[n]
        cell.waited_s[last] += waited_s - PATIENCE_FROM[last]
        if left:
            cell.left[last] += 1

    def leaving_per_s(self, now: float, waited_s: float) -> tuple[float, int]:
        """Chance per second that one gives up who has waited so long or longer, and of how many that is known."""
        first = bisect_right(PATIENCE_FROM, max(0.0, waited_s)) - 1
        slots = [cell for slot, cell in self.patience.items() if slot > now // SLOT_S - _SLOTS]
        left = sum(sum(cell.left[first:]) for cell in slots)
        waited = sum(sum(cell.waited_s[first:]) for cell in slots)
        if left < 3 and first:  # hardly anybody was there that long: as all
            return self.leaving_per_s(now, 0.0)
        return (left / waited if waited > 0 else 0.0), left


class Durations:
    """Belongs to one floor."""

    def __init__(self) -> None:
        self.queues: dict[str, QueueMemory] = {}
        self.agents: dict[str, Samples] = {}  # talks, each over the usual length in its queue
        self.wrapping: dict[str, str] = {}  # agent -> queue of the last talk, until the next offer

    def of(self, queue: str) -> QueueMemory:
        found = self.queues.get(queue)
        if found is None:
            found = self.queues[queue] = QueueMemory()
        return found

    # --- what happens -------------------------------------------------------------------------------------------------
    def offered(self, agent: AgentRecord, at: float) -> None:
        """The agent has done with what came before."""
        queue = self.wrapping.pop(agent.name, None)
        if queue is not None:
            memory = self.of(queue)
            memory.keep(memory.wrap_ups, at, agent.wrapped_s)

    def answered(self, call: Call, offer: Offer, at: float) -> None:
        if call.booking is not None:  # nobody waited on the line
            return
        memory = self.of(call.queue)
        memory.keep(memory.rings, at, max(0.0, at - offer.at))
        memory.stood(at, at - call.joined_at, left=False)

    def talked(self, offer: Offer, at: float) -> None:
        talk_s = max(0.0, at - offer.talk_began_at)
        memory = self.of(offer.queue)
        memory.keep(memory.talks, at, talk_s)
        usual_s = sum(map(_SECONDS, memory.talks)) / len(memory.talks)
        if usual_s > 0:
            add(self.agents.setdefault(offer.agent, []), at, talk_s / usual_s, MOST_OF_AGENT)
        self.wrapping[offer.agent] = offer.queue

    def left(self, call: Call, at: float) -> None:
        """Without an agent, whatever the reason: it was nobody's turn that was taken."""
        if call.booking is None:
            self.of(call.queue).stood(at, at - call.joined_at, left=True)

    def forget(self, queues: Mapping[str, object], agents: Mapping[str, object]) -> None:
        """New rules: what is not in them any more needs no memory."""
        for queue in [name for name in self.queues if name not in queues]:
            del self.queues[queue]
        for agent in [name for name in (*self.agents, *self.wrapping) if name not in agents]:
            self.agents.pop(agent, None)
            self.wrapping.pop(agent, None)

    # --- snapshot -----------------------------------------------------------------------------------------------------
    def as_data(self) -> dict[str, Any]:
        return {
            "queues": {
                name: {
                    "talks": [list(sample) for sample in memory.talks],
                    "rings": [list(sample) for sample in memory.rings],
                    "wrap_ups": [list(sample) for sample in memory.wrap_ups],
                    "patience": {
                        str(n): [cell.joined, cell.left[:], cell.waited_s[:]] for n, cell in memory.patience.items()
                    },
                }
                for name, memory in self.queues.items()
            },
            "agents": {name: [list(sample) for sample in samples] for name, samples in self.agents.items()},
            "wrapping": dict(self.wrapping),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Durations:
        found = cls()
        for name, row in data.get("queues", {}).items():
            found.queues[name] = QueueMemory(
                talks=_samples(row["talks"]),
                rings=_samples(row["rings"]),
                wrap_ups=_samples(row["wrap_ups"]),
                patience={
                    int(n): Patience(joined, list(left), list(waited))
                    for n, (joined, left, waited) in row["patience"].items()
                },
            )
        found.agents = {name: _samples(samples) for name, samples in data.get("agents", {}).items()}
        found.wrapping = dict(data.get("wrapping", {}))
        return found


def add(samples: Samples, at: float, seconds: float, most: int) -> None:
    samples.append((at, seconds))
    gone = max(0, len(samples) - most)
    while gone < len(samples) and samples[gone][0] < at - KEPT_S:
        gone += 1
    del samples[:gone]


def recent(samples: Samples, now: float) -> list[float]:
    """Seconds of those of the hour before ``now``."""
    return [seconds for at, seconds in samples if at > now - KEPT_S]


def _samples(data: Any) -> Samples:
    return [(at, seconds) for at, seconds in data]
