"""When a waiting call reaches a relaxation step. One rule, for deciding it and for checking the decision.

The time of a step has come when the caller has waited ``after_s`` since the first joining (prompts and announcements do
not stop that clock), or at once when nobody of the step before it is logged in: whoever has reached nothing yet has the
base for it. From then on its condition is looked at until it holds; a step whose condition does not hold bars no later one.
A step that was reached stays reached. After an exclusive step those before it mean nothing any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.groups import BASE, RESERVE, exclusive_step
from callcontrol.floor.pools import Case
from callcontrol.floor.queue_state import QueueState
from callcontrol.floor.rules import Rules, condition
from callcontrol.values.configuration import Queue

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor
    from callcontrol.floor.visits import Call


def step_due(floor: Floor, call: Call, now: float) -> int:
    """The first step (from 1) that this call reaches at ``now``; 0 for none."""
    rule = floor.rules.queues.get(call.queue)
    if rule is None or not rule.relaxation:
        return 0
    last = call.reached[-1] if call.reached else BASE
    for step in range(exclusive_step(rule, call.reached) + 1, len(rule.relaxation) + 1):
        if step in call.reached or not time_has_come(floor, call, rule, step, last, now):
            continue
        when = rule.relaxation[step - 1].when
        if not when or condition(when).holds(QueueState(floor, call.queue, now)):
            return step
    return 0


def next_step(call: Call, rule: Queue) -> tuple[int, float | None]:
    """The step that this call has not reached and whose time comes first, with that time; (0, None) for none."""
    shut = exclusive_step(rule, call.reached)
    left = [
        (call.first_joined_at + step.after_s, number)
        for number, step in enumerate(rule.relaxation, start=1)
        if number > shut and number not in call.reached
    ]
    at, number = min(left, default=(None, 0))
    return number, at


def time_has_come(floor: Floor, call: Call, rule: Queue, step: int, last: int, now: float) -> bool:
    if now >= call.first_joined_at + rule.relaxation[step - 1].after_s:
        return True
    return step == last + 1 and nobody_there(floor, call.queue, call.needs, last)


def nobody_there(floor: Floor, queue: str, needs: str, step: int) -> bool:
    """Whether nobody of this step (0: the base) is logged in, on break or not."""
    tiers = [BASE, RESERVE] if step == BASE and queue in floor.reserve else [step]
    return all(floor.index.groups.pool(queue, needs, tier).case() is Case.NOBODY for tier in tiers)


def reach(call: Call, step: int) -> None:
    call.reached = tuple(sorted({*call.reached, step}))


def catch_up(floor: Floor, call: Call, now: float) -> None:
    """Every step that is due already: of one who comes back with the waiting time of before, or under new rules."""
    while step := step_due(floor, call, now):
        reach(call, step)
        floor.index.regroup(call)


def keep_steps(floor: Floor, call: Call, before: Call | None) -> None:
    """Who comes back to the same queue with the waiting time of before has the steps of before, whatever their conditions
    say by now. ``before``: the visit, or the callback, that this call goes on from, if the floor still has it."""
    if before is None and call.first_joined_at < call.joined_at:
        ended = (left.call for left in floor.left.values() if left.call.call == call.call)
        before = next((left for left in ended if left.queue == call.queue), None)
    if before is not None and (before.queue, before.first_joined_at) == (call.queue, call.first_joined_at):
        call.reached = before.reached


def forget_old_steps(floor: Floor, before: Rules) -> list[Call]:
    """The calls whose queue has other steps than before: to catch up from the clock, as if these had been there all the
    time. An edit acts on who waits now."""

    def changed(call: Call) -> bool:
        old, new = before.queues.get(call.queue), floor.rules.queues.get(call.queue)
        return (old.relaxation if old else ()) != (new.relaxation if new else ())

    here = [call for call in floor.calls.values() if changed(call)]
    for call in (*here, *(left.call for left in floor.left.values() if changed(left.call))):
        call.reached = ()
    return here
