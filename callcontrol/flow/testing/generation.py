"""Stories that write themselves: every place that a call can come to × everything that can happen there.

A place is told from another by the step, the tries that are left, the phase of the waiting, the stage within the step, and what is
remembered: names of
things by their value, numbers and digits only by being there (a survey has thousands of answers and one way on). From each place
every action is tried once, by the shortest way there.
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from callcontrol.flow.flow import Flow
from callcontrol.flow.parameters import YesNo
from callcontrol.flow.rehearsal import MOST_EVENTS, Rehearsal, RehearsalError
from callcontrol.flow.steps.callback import Callback
from callcontrol.flow.steps.choice import Choice
from callcontrol.flow.steps.queue import STAYED, TALK
from callcontrol.flow.steps.rule import PASSED
from callcontrol.flow.steps.survey import REMEMBERED
from callcontrol.flow.testing.actions import LOST, act, possible
from callcontrol.flow.testing.story import AT, Story, play
from callcontrol.flow.uses import queues_of
from callcontrol.flow.when import ZONE, sound, telling_moments

TIMED = ("waited", "before", "after")  # conditions that time alone turns

MOST_PLACES = 2000  # of one flow with one set of parameters; a flow that counts without end has no end of places


@dataclass(frozen=True, slots=True)
class Surprise:
    """A story that shows a flaw of the flow, and what the flaw is."""

    story: Story
    what: str


def generated_stories(
    flow: type[Flow], *, beginnings: Sequence[Story] | None = None, most: int = MOST_PLACES
) -> Iterator[Story]:
    """Stories with the steps that the flow takes now, each ending with another thing that happens. ``beginnings``: with which
    parameters and opening hours; default: those of ``usual_beginnings``."""
    told: set[tuple[str, ...]] = set()
    for beginning in usual_beginnings(flow) if beginnings is None else beginnings:
        yield from _from(flow, beginning, most, told)


def usual_beginnings(flow: type[Flow]) -> list[Story]:
    """As declared; with each yes-or-no parameter the other way round; while all opening hours are closed; with
    callbacks, where the flow books them."""
    plain = Story((), flow=flow.name)
    flipped = [
        replace(plain, parameters={name: not parameter.default})
        for name, parameter in flow.parameters.items()
        if isinstance(parameter, YesNo)
    ]
    # A flow that names no hours is never closed; with a name in every such parameter it is.
    named = {name: "office" for name, p in flow.parameters.items() if getattr(p, "names", "") == "hours"}
    closed = [replace(plain, parameters=named, open=False)] if named else []
    books = any(isinstance(step, Callback) for step in flow.steps.values())
    # Who is called back for one queue and calls again: for that one, and for others.
    queues = sorted({queue for _, queue in queues_of(flow)}) if books else []
    called = [replace(plain, callbacks="", callback_queue=queue) for queue in queues[:1]]
    ruled = _of_rules(flow, replace(plain, callbacks="" if books else "disabled"))
    return [plain, *flipped, *closed, *called, *_of_the_house(flow, plain, flipped), *ruled]


def _of_the_house(flow: type[Flow], plain: Story, flipped: Sequence[Story]) -> list[Story]:
    """A house that is ill, and a crowd, where the flow's choices ask for that; with somebody to ring, where a parameter names
    whom."""
    choices = [step for step in flow.steps.values() if isinstance(step, Choice)]
    asked = {name for step in choices for name in step.decide.__code__.co_names}
    somebody = {name: "duty" for name, p in flow.parameters.items() if getattr(p, "names", "") == "target"}
    rung = [replace(plain, parameters=somebody)] if somebody else []
    ill = [replace(one, troubles=("journal",)) for one in (plain, *flipped, *rung)] if "system_ok" in asked else rung
    crowded = [replace(plain, surging=True, estimate=e) for e in ("", "2_to_5")] if "is_surging" in asked else []
    closed = replace(plain, open=False)
    nights = [replace(closed, opens=AT + timedelta(days=days)) for days in (0, 3, 30)] if "opens_at" in asked else []
    return [*ill, *crowded, *nights]


def _of_rules(flow: type[Flow], plain: Story) -> list[Story]:
    """What makes the conditions of the flow's rules hold, and what does not: moments, languages, how agents stand."""
    found: dict[str, Story] = {}
    for step in flow.steps.values():
        texts, zone = step.conditions(), getattr(step, "zone", ZONE)
        kinds = {condition.kind for condition in sound(texts)}
        more = [replace(plain, at=at) for at in telling_moments(texts, zone, AT)]
        if kinds & {"open", "closed"}:
            more.append(replace(plain, open=False))
        if "language" in kinds:
            more.append(replace(plain, language="en"))
        if "busy" in kinds:
            more.append(replace(plain, queue="busy"))
        if "callback" in kinds:
            more += [replace(plain, callbacks=""), replace(plain, callbacks="disabled")]
        for story in [*more, *(replace(story, queue="busy") for story in more if "busy" in kinds)]:
            found[repr(story)] = story
    return [*([plain] if found else []), *found.values()]


def _from(flow: type[Flow], beginning: Story, most: int, told: set[tuple[str, ...]]) -> Iterator[Story]:
    """``told``: (place, action, steps that followed) of other beginnings; what is the same there is not told again."""
    begun = play(flow, beginning)
    yield _told(beginning, (), begun)
    seen = {_place(begun)}
    todo: deque[tuple[tuple[str, ...], Rehearsal]] = deque([((), begun)])
    while todo and len(seen) < most:
        way, here = todo.popleft()
        for action in possible(here):
            story, call = replace(beginning, actions=(*way, action)), here.copy()
            try:
                act(call, action)
            except RehearsalError:
                yield story  # it can't be told what the flow makes of it; ``surprises`` says so
                continue
            followed = (_place(here), action, *call.steps[len(here.steps) :])
            if followed not in told:
                told.add(followed)
                yield _told(beginning, story.actions, call)
            place = _place(call)
            if not call.over and place not in seen:
                seen.add(place)
                todo.append(((*way, action), call))


def _told(beginning: Story, actions: Sequence[str], call: Rehearsal) -> Story:
    return replace(beginning, actions=tuple(actions), steps=tuple(call.steps), ended=call.over)


def _place(call: Rehearsal) -> str:
    record = call.record
    visit = record.visit
    # What the steps keep for themselves (times, visits, the last talk) is nothing that a flow decides by.
    passing = {TALK, REMEMBERED}
    context = {key: _kind(value) for key, value in record.context.items() if key[0] != "_" and key not in passing}
    context |= {name: record.context.get(name) for name in ("_counts", PASSED)}  # these decide
    waiting = (visit.queue, visit.phase, visit.message_heard, STAYED in record.context) if visit else None
    step = call.flow.step(record.step)
    stage = step.stage(call.as_call()) if step is not None else ""
    return json.dumps(
        [record.step, stage, *_conditions(call), record.language, record.tries, waiting, context],
        default=str,
        sort_keys=True,
    )


def _conditions(call: Rehearsal) -> list[bool]:
    """What the rules of the flow say of this moment: the clock may turn them."""
    here, visit = call.as_call(), call.record.visit
    queue = visit.queue if visit else ""
    return [
        condition.holds(here, queue=queue, zone=getattr(step, "zone", ZONE))
        for step in call.flow.steps.values()
        for condition in sound(step.conditions())
        if condition.kind in TIMED
    ]


def _kind(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, str) and not value.isdecimal()):
        return value
    if isinstance(value, Mapping):
        return sorted(value)
    if isinstance(value, list):
        return sorted(map(str, value))
    return type(value).__name__


def surprises(flow: type[Flow], stories: Iterator[Story] | Sequence[Story]) -> Iterator[Surprise]:
    """What is wrong in these stories: trouble, an action that can't be done, a caller who is left with nothing, a silent caller
    whose call does not end."""
    for story in stories:
        try:
            call = play(flow, story)
            troubles = [line.text for line in call.transcript if line.kind == "trouble"]
            if troubles and LOST not in story.actions:
                yield Surprise(story, troubles[0])
                continue
            _end_in_silence(call)
        except (RehearsalError, AssertionError) as error:
            yield Surprise(story, str(error))


def _end_in_silence(call: Rehearsal) -> None:
    call.queue = "busy"
    for _ in itertools.repeat(None, MOST_EVENTS):
        if call.over:
            return
        call.step_on(lambda _asked: "-", lambda: "-")
    raise RehearsalError(f"With a silent caller the call does not end; it is at {call.record.step!r}.")
