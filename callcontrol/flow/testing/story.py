"""A story: what happens to one call, and the steps that it should take. Kept as a file ``NAME.story.toml``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from callcontrol.flow.any_name import every_name
from callcontrol.flow.facts import HouseFacts
from callcontrol.flow.flow import Flow
from callcontrol.flow.rehearsal import Rehearsal, RehearsalError, is_always
from callcontrol.flow.rehearsed_agents import agents_of_story
from callcontrol.flow.testing.actions import act

SURGE_LOAD = 1.5
AT = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
FIELDS = frozenset(
    {
        "flow",
        "language",
        "at",
        "open",
        "callbacks",
        "queue",
        "callback_queue",
        "parameters",
        "services",
        "agents",
        "troubles",
        "surging",
        "estimate",
        "opens",
        "actions",
        "steps",
        "ended",
    }
)


class StoryError(ValueError):
    """The text is no story; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Story:
    """``actions`` as in ``actions``; the beginning of the call goes before them. ``steps`` and ``ended`` are what is
    expected; None: nothing is. ``open``: whether opening hours, those of queues too, are open; ``callbacks``: why none can
    be booked ("": it can)."""

    actions: Sequence[str]
    flow: str = ""
    language: str = "zh"
    at: datetime = AT
    open: bool = True
    callbacks: str = "disabled"
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # service -> facts that it answers
    callback_queue: str = ""  # where a callback of this caller waits
    parameters: Mapping[str, Any] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)  # see ``rehearsed_agents.agents_of_story``
    queue: str = "free"  # how the agents of the queues stand, for rules that ask (``rehearsed_queue.QUEUE_STATES``)
    troubles: Sequence[str] = ()  # of the house, see ``facts.HouseFacts``
    surging: bool = False  # whether more call than the queues can serve
    estimate: str = ""  # of the wait in every queue: the name of a bucket of ``values.waits``
    opens: datetime | None = None  # when the opening hours that are closed open next
    steps: Sequence[str] | None = None
    ended: bool | None = None

    def __str__(self) -> str:
        return " · ".join(self.actions) or "(nothing)"


def play(flow: type[Flow], story: Story) -> Rehearsal:
    """The call after the story. Raises ``RehearsalError`` where an action can't be done, and ``AssertionError`` where the
    call took other steps than expected."""
    call = Rehearsal(
        flow,
        queue=story.queue,
        parameters=story.parameters,
        language=story.language,
        at=story.at,
        opening=is_always(story.open),
        queue_hours=None if story.open else every_name("office"),
        callbacks=every_name(story.callbacks),
        services=story.services,
        callback_queue=story.callback_queue,
        agents=agents_of_story(story.agents),
        opens=lambda _now: every_name(story.opens),
        house=HouseFacts(
            tuple(story.troubles),
            every_name(SURGE_LOAD if story.surging else 0.0),
            every_name(story.surging),
            every_name(story.estimate),
        ),
    )
    call.begin()
    for number, action in enumerate(story.actions, start=1):
        try:
            act(call, action)
        except RehearsalError as error:
            raise RehearsalError(f"Action {number}, {action!r}: {error}") from error
    if story.steps is not None and list(story.steps) != call.steps:
        raise AssertionError(_difference(list(story.steps), call.steps))
    if story.ended is not None and story.ended != call.over:
        raise AssertionError(f"The call {'goes on' if story.ended else 'is over'} at {call.record.step!r}.")
    return call


def _difference(expected: list[str], taken: list[str]) -> str:
    same = 0
    while same < min(len(expected), len(taken)) and expected[same] == taken[same]:
        same += 1
    return (
        f"After {same} steps the call went to {' > '.join(taken[same : same + 3]) or 'nowhere'} and not to "
        f"{' > '.join(expected[same : same + 3]) or 'nowhere'}.\n  expected: {' > '.join(expected)}\n"
        f"  taken:    {' > '.join(taken)}"
    )


def retold(flow: type[Flow], story: Story) -> Story:
    """The story with what the flow makes of it now as what is expected."""
    call = play(flow, replace(story, steps=None, ended=None))
    return replace(story, flow=flow.name, steps=tuple(call.steps), ended=call.over)


def read_story(text: str) -> Story:
    """Raises ``StoryError`` with a sentence."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StoryError(f"The story is no TOML: {error}.") from error
    if unknown := sorted(data.keys() - FIELDS):
        raise StoryError(f"{unknown[0]!r} is not known; a story has {', '.join(sorted(FIELDS))}.")
    for name in ("actions", "steps", "troubles"):
        rows = data.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
            raise StoryError(f"{name} is a list of words, such as ['listen', 'press 1'], not {rows!r}.")
    if "actions" not in data:
        raise StoryError("The story has no actions; write actions = ['listen', 'press 1'].")
    at = data.get("at", AT)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise StoryError(f"at is a moment with its offset, such as 2026-03-04T10:00:00+08:00, not {at!r}.")
    opens = data.get("opens", AT)
    if not isinstance(opens, datetime) or opens.tzinfo is None:
        raise StoryError(f"opens is a moment with its offset, such as 2026-03-05T09:00:00+08:00, not {opens!r}.")
    for name in data.keys() & {"actions", "steps", "troubles"}:
        data[name] = tuple(data[name])
    return Story(**data)


def story_text(story: Story) -> str:
    """The story as TOML, which ``read_story`` gives back."""
    lines = [f"flow = {_toml(story.flow)}", f"language = {_toml(story.language)}", f"at = {story.at.isoformat()}"]
    if not story.open:
        lines.append("open = false")
    if story.callbacks != "disabled":
        lines.append(f"callbacks = {_toml(story.callbacks)}")
    if story.queue != "free":
        lines.append(f"queue = {_toml(story.queue)}")
    if story.callback_queue:
        lines.append(f"callback_queue = {_toml(story.callback_queue)}")
    if story.opens:
        lines.append(f"opens = {story.opens.isoformat()}")
    if story.troubles:
        lines.append(f"troubles = {_toml(list(story.troubles))}")
    if story.surging:
        lines.append("surging = true")
    if story.estimate:
        lines.append(f"estimate = {_toml(story.estimate)}")
    lines += ["actions = [", *(f"    {_toml(action)}," for action in story.actions), "]"]
    if story.steps is not None:
        lines += ["steps = [", *(f"    {_toml(step)}," for step in story.steps), "]"]
    if story.ended is not None:
        lines.append(f"ended = {_toml(story.ended)}")
    if story.parameters:
        lines += ["", "[parameters]", *(f"{_toml(name)} = {_toml(value)}" for name, value in story.parameters.items())]
    for service, facts in story.services.items():
        lines += ["", f"[services.{_toml(service)}]", *(f"{_toml(k)} = {_toml(v)}" for k, v in facts.items())]
    if story.agents:
        lines += ["", "[agents]", *(f"{_toml(name)} = {_toml(value)}" for name, value in story.agents.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """Texts, numbers, truth and lists of them are written alike in TOML and JSON (a lone DEL excepted)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
