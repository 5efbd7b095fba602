"""Queues and agents: the forms that edit the draft. Publishing it is in ``release_pages``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import edits
from callcontrol.admin.differences import differences, shown
from callcontrol.admin.eligible import Who, who_could_answer
from callcontrol.admin.forms import (
    QUEUE_PATHS,
    AgentForm,
    QueueForm,
    agent_values,
    check_new_name,
    queue_values,
)
from callcontrol.admin.languages import in_language, language
from callcontrol.admin.problem_words import place, translated
from callcontrol.admin.security import me, needs, services
from callcontrol.admin.words import STATE_WORDS, STRATEGIES, WRAP_UP_MODES
from callcontrol.ports.store import Draft, EditConflict
from callcontrol.prompts.playlist import DEFAULT
from callcontrol.values.configuration import Agent, Configuration, Queue, as_data, from_data
from callcontrol.values.problems import Problem
from callcontrol.values.service_level import PRESETS

pages = Blueprint("rules", __name__)

NEW = "new"  # in an address; it can't be the name of a queue that exists, see check_new_name in ``save``
TRIES = 4  # of saving, when somebody else saves another object in the same instant

T = TypeVar("T", Queue, Agent)
Form = TypeVar("Form", QueueForm, AgentForm)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What differs between editing a queue and editing an agent."""

    held: Callable[[Configuration], Mapping[str, T]]
    put: Callable[[Configuration, T], Configuration]
    template: str


QUEUE: Kind[Queue] = Kind(lambda c: c.queues, edits.with_queue, "queue.html")
AGENT: Kind[Agent] = Kind(lambda c: c.agents, edits.with_agent, "agent.html")


@dataclass(frozen=True, slots=True)
class DraftState:
    """The draft beside what is published: for the panel on top of the rules."""

    draft: Draft
    published: Configuration
    release: int
    problems: list[tuple[str, str, bool, str]]  # place, sentence, fatal, address
    differences: list[tuple[str, str | None, str | None]]

    @property
    def fatal(self) -> bool:
        return any(fatal for _place, _sentence, fatal, _address in self.problems)


def draft_state() -> DraftState:
    draft, current = services().releases.draft(), services().releases.current()
    published = current.configuration if current else Configuration()
    callers = {**published.callers, **draft.configuration.callers}
    problems = [
        (place(problem.where, callers), translated(problem.what), problem.fatal, _address(problem, draft.configuration))
        for problem in services().check(draft.configuration)
    ]
    changed = differences(as_data(published), as_data(draft.configuration))
    return DraftState(
        draft,
        published,
        current.number if current else 0,
        problems,
        [(place(d.path, callers), d.before, d.after) for d in changed],
    )


def _address(problem: Problem, configuration: Configuration) -> str:
    section, _dot, rest = problem.where.partition(".")
    name = rest.partition(".")[0]
    if section == "queues" and name in configuration.queues:
        return url_for("rules.queue", name=name)
    if section == "agents" and name in configuration.agents:
        return url_for("rules.agent", name=name)
    if section == "composed" and name in configuration.composed:
        return url_for("composed.page", name=name)
    if section == "entries" and name in configuration.entries:
        return url_for("entries.page", number=name)
    if section in ("targets", "voice_agents", "services") and name in getattr(configuration, section):
        return url_for("parts.page", section=section, name=name)
    if section == "callers" and name in configuration.callers:
        return url_for("callers.one", key=name)
    return ""


@pages.get("/rules")
@needs("manager")
def page() -> ResponseReturnValue:
    return overview()


def overview(*, problem: str = "", comment: str = "", status: int = 200) -> ResponseReturnValue:
    state = draft_state()
    page = render_template("rules.html", state=state, rules=state.draft.configuration, problem=problem, comment=comment)
    return page, status


@pages.route("/rules/queues/<name>", methods=["GET", "POST"])
@needs("manager")
def queue(name: str) -> ResponseReturnValue:
    return _edit(QUEUE, name, _queue_form, Queue("", {}), lambda form, before: form.queue(before))


@pages.route("/rules/agents/<name>", methods=["GET", "POST"])
@needs("manager")
def agent(name: str) -> ResponseReturnValue:
    return _edit(AGENT, name, _agent_form, Agent(""), lambda form, before: form.agent(before))


def _queue_form(shown_object: Queue | None, draft: Draft) -> QueueForm:
    form = QueueForm() if shown_object is None else QueueForm(formdata=None, data=queue_values(shown_object))
    configuration = draft.configuration
    form.prepare(
        sorted(configuration.hours),
        {key: str(word) for key, word in STRATEGIES.items()},
        {
            name: in_language(queue.title, name)
            for name, queue in configuration.queues.items()
            if name != form.name.data
        },
        {key: str(word) for key, word in WRAP_UP_MODES.items()},
        language(),
        [name for name in services().prompts.music_names() if name != DEFAULT],
    )
    if shown_object is not None:
        form.show_rows(shown_object)
    return form


def typed_queue(name: str, draft: Draft) -> Queue | None:
    """The queue as it stands in the form that was sent; None when something in the form is wrong."""
    before = draft.configuration.queues.get(name)
    form = _queue_form(None, draft)
    sound = _take_lists(form)
    sound = form.validate() and sound
    return form.queue(before) if before is not None and sound else None


def _agent_form(shown_object: Agent | None, _draft: Draft) -> AgentForm:
    form = AgentForm() if shown_object is None else AgentForm(formdata=None, data=agent_values(shown_object))
    if shown_object is not None:
        form.show_skills(shown_object.skills)
    return form


def _edit(
    kind: Kind[T],
    name: str,
    make_form: Callable[[T | None, Draft], Form],
    blank: T,
    read: Callable[[Form, T], T],
) -> ResponseReturnValue:
    """Show the form, or take it: check it, put it over what others saved meanwhile, save the draft."""
    draft = services().releases.draft()
    existing = kind.held(draft.configuration).get(name) if name != NEW else None
    if request.method == "GET":
        if existing is None and name != NEW:
            abort(404)
        form = make_form(existing or blank, draft)
        return _show(kind, form, name, draft, edits.flat(existing))
    form = make_form(None, draft)
    sound = _take_lists(form)
    if isinstance(form, QueueForm) and form.act(request.form.get("rows", "")):
        return _show(kind, form, name, draft, edits.unpacked(form.base.data))
    sound = form.validate() and sound
    if name == NEW:
        sound = check_new_name(form, {**kind.held(draft.configuration), NEW: None}) and sound
    base = edits.unpacked(form.base.data)
    if not sound:
        return _show(kind, form, name, draft, base, status=422)
    wanted = (form.name.data or "").strip() if name == NEW else name
    mine = read(form, existing or _named(blank, wanted))
    for _try in range(TRIES):
        draft = services().releases.draft()
        theirs = edits.flat(kind.held(draft.configuration).get(wanted))
        merged = edits.merge(theirs if base is None else base, edits.flat(mine), theirs)
        if merged.theirs:
            kept = _object(kind, wanted, merged.values)
            again = make_form(kept, draft)
            return _show(kind, again, name, draft, theirs, disputed=merged.theirs, status=409)
        kept = _object(kind, wanted, merged.values)
        try:
            services().releases.save_draft(kind.put(draft.configuration, kept), version=draft.version, who=me().name)
        except EditConflict:
            continue
        flash(gettext("Saved in the draft. It acts when you publish it."), "success")
        return redirect(url_for("rules.page"))
    return _show(kind, form, name, draft, base, status=503, busy=True)


def _take_lists(form: QueueForm | AgentForm) -> bool:
    if isinstance(form, AgentForm):
        return form.take_skills(request.form.getlist("skill"), request.form.getlist("level"))
    return form.take_rows(request.form.getlist)


@pages.get("/rules/who")
@needs("manager")
def who() -> ResponseReturnValue:
    """Who could answer by the expression that is being typed."""
    typed = {name: text for name, text in request.args.items() if name.rpartition(".")[2].endswith("skills")}
    name, text = next(iter(typed.items()), ("skills", ""))
    draft = services().releases.draft()
    return render_template("who_answer.html", found=_who(draft, text, all_if_empty=name == "skills"))


def _who(draft: Draft, expression: str, *, all_if_empty: bool = True) -> Who:
    agents = services().live.snapshot().get("agents", ())
    return who_could_answer(expression, draft.configuration, agents, all_if_empty=all_if_empty)


def _named(blank: T, name: str) -> T:
    return type(blank)(name)


def _object(kind: Kind[T], name: str, values: Mapping[str, Any]) -> T:
    """The queue or the agent that these flat values say."""
    section = "queues" if kind.template == "queue.html" else "agents"
    made = from_data({section: {name: {**edits.nested(dict(values)), "name": name}}})
    return kind.held(made)[name]


def _show(
    kind: Kind[T],
    form: Form,
    name: str,
    draft: Draft,
    base: edits.Flat | None,
    *,
    disputed: Mapping[str, Any] | None = None,
    status: int = 200,
    busy: bool = False,
) -> ResponseReturnValue:
    form.version.data = str(draft.version)
    form.base.data = edits.packed(base or {})
    fields = {path: field for field, path in QUEUE_PATHS.items()}
    theirs = {fields.get(path, path): shown(value) or "–" for path, value in (disputed or {}).items()}
    page = render_template(
        kind.template,
        form=form,
        name=name,
        new=name == NEW,
        draft=draft,
        theirs=theirs,
        busy=busy,
        known_skills=_known_skills(draft.configuration),
        state_names=STATE_WORDS,
        presets=PRESETS,
        who=partial(_who, draft),
        title=_title(kind.held(draft.configuration).get(name), name),
        warnings=[f"{place(p.where)} – {translated(p.what)}" for p in _problems_of(kind, name, draft)],
    )
    return page, status


def _problems_of(kind: Kind[T], name: str, draft: Draft) -> list[Problem]:
    if request.method != "GET":
        return []
    where = f"{'queues' if kind.template == 'queue.html' else 'agents'}.{name}"
    found = services().check(draft.configuration)
    return [problem for problem in found if f"{problem.where}.".startswith(f"{where}.")]


def _title(existing: Queue | Agent | None, name: str) -> str:
    return in_language(existing.title, name) if existing is not None else name


def _known_skills(configuration: Configuration) -> list[str]:
    return sorted({skill for agent in configuration.agents.values() for skill in agent.skills})


@pages.post("/rules/queues/<name>/remove")
@needs("manager")
def remove_queue(name: str) -> ResponseReturnValue:
    return _remove(name, lambda c: c.queues, edits.without_queue)


@pages.post("/rules/agents/<name>/remove")
@needs("manager")
def remove_agent(name: str) -> ResponseReturnValue:
    return _remove(name, lambda c: c.agents, edits.without_agent)


def _remove(
    name: str,
    held: Callable[[Configuration], Mapping[str, Any]],
    without: Callable[[Configuration, str], Configuration],
) -> ResponseReturnValue:
    for _try in range(TRIES):
        draft = services().releases.draft()
        if name not in held(draft.configuration):
            abort(404)
        try:
            services().releases.save_draft(without(draft.configuration, name), version=draft.version, who=me().name)
        except EditConflict:
            continue
        flash(gettext("%(name)s is taken out of the draft. It goes when you publish.", name=name), "success")
        break
    return redirect(url_for("rules.page"))
