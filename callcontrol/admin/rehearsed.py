"""A call rehearsed on a page: what was done to it stands in the address, so every step back is a link and nothing is kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.composed_words import ACTIONS, QUEUE_CASES, action_word
from callcontrol.admin.drawings import drawn
from callcontrol.admin.flow_words import words
from callcontrol.admin.languages import in_language, local
from callcontrol.admin.languages import language as reader
from callcontrol.admin.security import needs, services
from callcontrol.flow import commands as cmd
from callcontrol.flow.drawing import dot
from callcontrol.flow.flow import Flow
from callcontrol.flow.rehearsal import Rehearsal, RehearsalError
from callcontrol.flow.testing.actions import act, possible
from callcontrol.flow.trace import ways_of
from callcontrol.prompts.catalogue import texts_of
from callcontrol.prompts.sounds import spoken
from callcontrol.values.configuration import LANGUAGES, Configuration

pages = Blueprint("rehearsed", __name__)

MOST_ACTIONS = 60
KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
# What is no choice of somebody who tries a flow: the machine's own mishaps are for the generated stories.
_MISHAPS = ("late", "lost", "taken over")


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address. ``at`` as a person types it, in the centre's time."""

    language: str = "zh"
    queue: str = "free"
    at: str = ""
    entry: str = ""
    actions: tuple[str, ...] = ()

    def address(self, actions: Sequence[str]) -> dict[str, Any]:
        more = {"language": self.language, "queue": self.queue, "at": self.at, "entry": self.entry}
        return {**{name: value for name, value in more.items() if value}, "do": list(actions)}


@dataclass(frozen=True, slots=True)
class Line:
    """``kind``: did (what was done to the call), hears, trouble, survey, ends."""

    kind: str
    text: str


@dataclass(slots=True)
class Shown:
    """What the page shows of a rehearsal. ``buttons``: (action, words); ``digits``: several keys are asked for at once."""

    name: str
    asked: Asked
    lines: list[Line] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    keypad: bool = False
    digits: bool = False
    step: str = ""
    steps: list[str] = field(default_factory=list)
    queue: str = ""
    problem: str = ""
    over: bool = False


def asked_of(configuration: Configuration, name: str) -> Asked:
    """What the address says, or as an entry of the flow begins."""
    entries = [entry for entry in configuration.entries.values() if entry.flow == name]
    args = request.args
    entry = next((entry for entry in entries if entry.number == args.get("entry")), entries[0] if entries else None)
    language = args.get("language", entry.language if entry else reader())
    now = local(services().clock.now())
    actions = [text for text in args.getlist("do") if text]
    if keys := "".join(args.get("keys", "").split()):
        actions.append(f"press {keys}")
    return Asked(
        language if language in LANGUAGES else LANGUAGES[0],
        args.get("queue", "busy") if args.get("queue", "busy") in QUEUE_CASES else "busy",
        args.get("at", "") or f"{now:%Y-%m-%dT%H:%M}",
        entry.number if entry else "",
        tuple(actions[:MOST_ACTIONS]),
    )


def rehearse(flow: type[Flow], configuration: Configuration, asked: Asked) -> Shown:
    """The call after all that was done to it."""
    texts = texts_of(configuration)
    entry = configuration.entries.get(asked.entry)
    call = Rehearsal(
        flow,
        queue=asked.queue,
        parameters=entry.parameters if entry else {},
        language=asked.language,
        at=_moment(asked.at),
        opening=lambda now: {name: hours.is_open(now) for name, hours in configuration.hours.items()},
        queue_hours={name: queue.hours for name, queue in configuration.queues.items()},
        callbacks={name: "" if q.callback.enabled else "disabled" for name, q in configuration.queues.items()},
        speak=lambda prompt, language: spoken(prompt, language, texts),
    )
    shown = Shown(flow.name, asked)
    call.begin()
    _tell(shown, call, 0)
    for action in asked.actions:
        told = len(call.transcript)
        if call.over:
            break
        shown.lines.append(Line("did", action_word(action)))
        try:
            act(call, action)
        except RehearsalError as error:
            shown.problem = gettext("That can't happen now: %(why)s", why=str(error))
            break
        _tell(shown, call, told)
    shown.step, shown.steps, shown.over = call.record.step, call.steps, call.over
    visit = call.record.visit
    if visit is not None:
        queue = configuration.queues.get(visit.queue)
        shown.queue = in_language(queue.title, visit.queue) if queue else visit.queue
    if len(asked.actions) < MOST_ACTIONS:
        _offer(shown, call)
    return shown


def _tell(shown: Shown, call: Rehearsal, since: int) -> None:
    for line in call.transcript[since:]:
        if line.kind in ("hears", "trouble", "survey") and line.text:
            shown.lines.append(Line(line.kind, line.text))
    if call.over:
        shown.lines.append(Line("ends", gettext("The call is over.")))
    elif isinstance(call.doing, cmd.HangUp):
        shown.lines.append(Line("ends", gettext("We hang up.")))


def _offer(shown: Shown, call: Rehearsal) -> None:
    actions = [action for action in possible(call) if action not in _MISHAPS]
    shown.keypad = any(action.startswith("press ") for action in actions)
    shown.digits = isinstance(call.doing, cmd.Ask) and call.doing.max_keys > 1
    shown.buttons = [(action, action_word(action)) for action in actions if not action.startswith("press ")]
    if isinstance(call.doing, cmd.Hold) and "wait 30" not in actions and any(a in ACTIONS for a in actions):
        shown.buttons.append(("wait 30", action_word("wait 30")))


def _moment(text: str) -> datetime:
    now = local(services().clock.now())
    try:
        return datetime.fromisoformat(text).replace(tzinfo=now.tzinfo).astimezone(UTC)
    except (ValueError, OverflowError):
        return now.astimezone(UTC)


# --- pages ----------------------------------------------------------------------------------------------------------------
@pages.get("/flows/<name>/rehearse")
@needs("manager")
def page(name: str) -> ResponseReturnValue:
    """The pane by itself. With htmx only the pane is taken out of it."""
    configuration = services().releases.draft().configuration
    flow = services().flow(configuration, name)
    if flow is None:
        abort(404)
    return render_template("rehearse.html", name=name, title=flow.title, **pane(flow, configuration))


@pages.get("/flows/<name>/rehearsed.svg")
@needs("manager")
def drawing(name: str) -> Response:
    """The flow of the draft, with the way of the rehearsed call lit and the step where it stands."""
    configuration = services().releases.draft().configuration
    flow = services().flow(configuration, name)
    if flow is None:
        abort(404)
    shown = rehearse(flow, configuration, asked_of(configuration, name))
    return drawn(dot(flow, ways_of(shown.steps), here=shown.step, words=words()))


def pane(flow: type[Flow], configuration: Configuration) -> Mapping[str, Any]:
    """What ``rehearsal.html`` is drawn from."""
    asked = asked_of(configuration, flow.name)
    return {
        "shown": rehearse(flow, configuration, asked),
        "keypad": KEYPAD,
        "cases": QUEUE_CASES,
        "languages": LANGUAGES,
        "can_draw": shutil.which("dot") is not None,
        "callers": [entry.number for entry in configuration.entries.values() if entry.flow == flow.name],
    }
