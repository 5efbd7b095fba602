"""What the desk decides about who is eligible: the reserve that is called or leaves, relaxation steps that are reached, and
callers who go to another queue."""

from __future__ import annotations

from callcontrol.floor import entries as e
from callcontrol.floor import reserve
from callcontrol.floor.agents import AgentRecord
from callcontrol.floor.floor import Floor
from callcontrol.floor.lanes import Lane
from callcontrol.floor.pools import Case
from callcontrol.floor.queue_state import QueueState, next_moment
from callcontrol.floor.relaxation import nobody_there, step_due
from callcontrol.floor.release import overflow_to
from callcontrol.floor.rules import condition
from callcontrol.values.configuration import Queue
from callcontrol.values.outcomes import Outcome

# ``now - after_s`` may come out a hair too early; who is looked at in vain is left out by the rule itself.
_ROUNDING_S = 1e-3


def groups_change(floor: Floor, now: float, room: int, also_free: list[AgentRecord]) -> list[e.Entry]:
    """At most ``room`` lines of one sort: the reserve, else steps, else overflows. Each may change what the next is decided
    by. ``also_free`` are agents who are free though the floor does not say so yet."""
    _look_at_queues(floor, now)
    return _reserves(floor, now) or _steps(floor, now, room) or _overflows(floor, now, room, also_free)


def _look_at_queues(floor: Floor, now: float) -> None:
    """Whose condition holds now, and when one may hold by time alone."""
    agenda = floor.index.agenda
    for queue in agenda.queues:
        rule = floor.rules.queues.get(queue)
        if rule is None:
            continue
        if rule.reserve.skills:
            agenda.reserve[queue] = None
        if floor.index.line(queue).lanes:
            _look_at_conditions(floor, rule, now)
    agenda.queues.clear()


def _look_at_conditions(floor: Floor, rule: Queue, now: float) -> None:
    index = floor.index
    state = QueueState(floor, rule.name, now)
    wakes: list[float] = []

    def holds(when: str) -> bool:
        if not when:
            return False  # what has no condition is looked at when its time comes, call by call
        asked = condition(when)
        if asked.holds(state):
            return True
        moment = next_moment(floor, rule.name, asked, now)
        if moment is not None:
            wakes.append(moment)
        return False

    for number, step in enumerate(rule.relaxation, start=1):
        if holds(step.when):
            for lane in list(index.line(rule.name).lanes):
                if number not in lane.reached and number > lane.exclusive:
                    early = number == max(lane.reached, default=0) + 1 and _nobody_before(floor, lane)
                    _look_at(index.agenda.relax, lane, now if early else now - step.after_s)
    for overflow in rule.overflow:
        if holds(overflow.when):
            for lane in index.line(rule.name).lanes:
                _look_at(index.agenda.overflow, lane, now - overflow.after_s)
    if wakes:
        index.queue_moment(rule.name, min(wakes))


def _nobody_before(floor: Floor, lane: Lane) -> bool:
    return nobody_there(floor, lane.queue, lane.needs, max(lane.reached, default=0))


def _look_at(agenda: dict[str, None], lane: Lane, since: float) -> None:
    for first_joined_at, call in lane.order:
        if first_joined_at > since + _ROUNDING_S:
            break
        agenda[call] = None


def _reserves(floor: Floor, now: float) -> list[e.Entry]:
    """One at a time: an agent who is in two queues' reserves makes the load of the one depend on the other's."""
    agenda = floor.index.agenda
    for queue in sorted(agenda.reserve):
        on = reserve.change(floor, queue)
        if on is not None:
            return [e.ReserveCalled(at=now, term=floor.term, queue=queue, on=on)]
        del agenda.reserve[queue]
    return []


def _steps(floor: Floor, now: float, room: int) -> list[e.Entry]:
    index = floor.index
    batch: list[tuple[tuple[float, str], e.Entry]] = []
    for name in list(index.agenda.relax):
        if len(batch) >= room:
            break
        call = floor.calls.get(name)
        if call is None or not call.in_line():
            del index.agenda.relax[name]
            continue
        index.rearrange(call)
        step = step_due(floor, call, now)
        if step:
            line = e.Relaxed(at=now, term=floor.term, call=name, visit=call.visit, step=step)
            batch.append(((call.first_joined_at, name), line))
        else:
            del index.agenda.relax[name]
    return [line for _, line in sorted(batch, key=lambda pair: pair[0])]


def _overflows(floor: Floor, now: float, room: int, also_free: list[AgentRecord]) -> list[e.Entry]:
    """Where a queue has conditions, one caller at a time: with one less, they may not hold any more."""
    index = floor.index
    batch: list[e.Entry] = []
    gone: set[str] = set()
    due = [call for name in index.agenda.overflow if (call := floor.calls.get(name)) is not None]
    for call in sorted(due, key=lambda c: (c.first_joined_at, c.call)):
        if call.queue in gone or len(batch) >= room:
            continue
        to = overflow_to(floor, call, now)
        if not to:
            del index.agenda.overflow[call.call]
            continue
        group = index.group_of(call)
        if group.case() is Case.FREE or any(group.has(agent.name) for agent in also_free):
            continue  # to be offered; see ``forget_overflows``
        if any(overflow.when for overflow in floor.rules.queues[call.queue].overflow):
            gone.add(call.queue)
        batch.append(
            e.Released(
                at=now,
                term=floor.term,
                call=call.call,
                visit=call.visit,
                branch="overflow",
                outcome=Outcome.REQUEUED.value,
                to=to,
            )
        )
    return batch
