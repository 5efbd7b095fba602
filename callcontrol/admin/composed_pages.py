"""Flows that supervisors compose: a page for each flow, a form for each step. All of it edits the draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import edits
from callcontrol.admin.composed_forms import Input, inputs, posted, posted_step, shown
from callcontrol.admin.composed_words import CONDITIONS, KIND_HINTS, field_word, place_in_flow
from callcontrol.admin.differences import shown as shown_value
from callcontrol.admin.drawings import can_draw, drawn
from callcontrol.admin.flow_words import kind_word, words
from callcontrol.admin.problem_words import translated
from callcontrol.admin.rehearsed import pane
from callcontrol.admin.security import me, needs, services
from callcontrol.flow.composed import KINDS as STEP_KINDS
from callcontrol.flow.composed import Field, Shape
from callcontrol.flow.composed.check import NAME
from callcontrol.flow.composed.editing import leading_to, moved, renamed, with_step, without_step
from callcontrol.flow.composed.parts import PARTS, part
from callcontrol.flow.composed.reading import STEP_NAME, in_order
from callcontrol.flow.composed.sketch import sketch
from callcontrol.flow.composed.templates import TEMPLATES
from callcontrol.flow.composed.writing import tidy
from callcontrol.flow.drawing import dot
from callcontrol.flow.move import AGAIN, OTHER_LANGUAGE
from callcontrol.flow.when import KINDS as CONDITION_KINDS
from callcontrol.ports.store import EditConflict
from callcontrol.prompts.catalogue import texts_of
from callcontrol.values.composed import release_of
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem

pages = Blueprint("composed", __name__)

TRIES = 4  # of saving, when somebody else saves another object in the same instant
EVERYWHERE = Field("everywhere", Shape.WAYS, required=False, default={})
Data = Mapping[str, Any]


# --- a flow -------------------------------------------------------------------------------------------------------------
@pages.get("/composed/<name>")
@needs("manager")
def page(name: str) -> ResponseReturnValue:
    configuration = services().releases.draft().configuration
    data = _data(configuration, name)
    flow = services().flow(configuration, name)
    problems = _problems(configuration, name)
    return render_template(
        "composed.html",
        name=name,
        data=data,
        steps=[(step, data["steps"][step], leading_to(data, step)) for step in in_order(data)],
        problems=[(_place(p, name), translated(p.what), p.fatal, _address(p, name)) for p in problems],
        of_step={step: any(p.fatal for p in _of_step(problems, name, step)) for step in in_order(data)},
        everywhere=shown(EVERYWHERE, data.get("everywhere", {})),
        targets=_targets(data),
        release=release_of(configuration, name),
        base=edits.packed(_about_fields(data)),
        entries=[entry.number for entry in configuration.entries.values() if entry.flow == name],
        hints=KIND_HINTS,
        offered=list(STEP_KINDS),
        drawing=can_draw(),
        **(pane(flow, configuration) if flow is not None else {"shown": None}),
    )


@pages.route("/composed", methods=["GET", "POST"])
@needs("manager")
def new(problem: str = "") -> ResponseReturnValue:
    """Begin a flow from a template, or as a copy of another."""
    configuration = services().releases.draft().configuration
    form = request.form
    if request.method == "POST":
        name = form.get("name", "").strip()
        problem = _wrong_name(configuration, name)
        if not problem:
            begun = _begun(configuration)
            title = {language: form.get(f"title_{language}", "").strip() for language in ("zh", "en")}
            begun = {**begun, "title": {language: text or name for language, text in title.items()}}
            _save(lambda c: c if name in c.composed else _with(c, name, begun))
            flash(gettext("The flow is in the draft. No number leads to it before you say so."), "success")
            return redirect(url_for("composed.page", name=name))
    shown_page = render_template(
        "composed_new.html",
        problem=problem,
        typed=form,
        queues=sorted(configuration.queues),
        hours=sorted(configuration.hours),
        flows=sorted(configuration.composed),
    )
    return shown_page, 422 if problem else 200


def _begun(configuration: Configuration) -> dict[str, Any]:
    template = request.form.get("template", "")
    if template.startswith("copy."):
        data = configuration.composed.get(template.removeprefix("copy."))
        if data is None:
            abort(400)
        return dict(data)
    if template not in TEMPLATES:
        abort(400)
    queue = request.form.get("queue", "") or next(iter(sorted(configuration.queues)), "")
    hours = request.form.get("hours", "") or next(iter(sorted(configuration.hours)), "")
    return tidy(TEMPLATES[template](queue, hours))


def _wrong_name(configuration: Configuration, name: str) -> str:
    if not NAME.fullmatch(name) or name == "new":
        return str(gettext("A flow's name is small letters, digits, - and _, at most 40."))
    if name in configuration.composed or services().flow(configuration, name) is not None:
        return str(gettext("There is a flow of this name already; take another."))
    return ""


@pages.post("/composed/<name>/about")
@needs("manager")
def about(name: str) -> ResponseReturnValue:
    """Title, beginning, rescue and the keys that are valid everywhere."""
    mine = {
        **{f"title.{language}": request.form.get(f"title_{language}", "").strip() for language in ("zh", "en")},
        "start": request.form.get("start", ""),
        "rescue": request.form.get("rescue", ""),
        "everywhere": posted(EVERYWHERE, request.form),
    }
    base = edits.unpacked(request.form.get("base"))

    def change(configuration: Configuration) -> Configuration:
        data = _data(configuration, name)
        theirs = _about_fields(data)
        kept = edits.merge(theirs if base is None else base, mine, theirs).values
        title = {language: kept.get(f"title.{language}", "") for language in ("zh", "en")}
        new = {field: kept.get(field) for field in ("start", "rescue", "everywhere")}
        return _with(configuration, name, tidy({**data, "title": title, **new}))

    _save(change)
    flash(gettext("Saved in the draft. It acts when you publish it."), "success")
    return redirect(url_for("composed.page", name=name))


def _about_fields(data: Data) -> dict[str, Any]:
    title = data.get("title", {})
    said = {f"title.{language}": title.get(language, "") for language in ("zh", "en")}
    return {**said, **{field: data.get(field) for field in ("start", "rescue", "everywhere") if data.get(field)}}


@pages.post("/composed/<name>/remove")
@needs("manager")
def remove(name: str) -> ResponseReturnValue:
    configuration = services().releases.draft().configuration
    _data(configuration, name)
    entries = [entry.number for entry in configuration.entries.values() if entry.flow == name]
    if entries:
        sentence = gettext(
            "The flow greets the callers of %(numbers)s; lead them elsewhere first, then take it out.",
            numbers=", ".join(entries),
        )
        flash(sentence, "danger")
        return redirect(url_for("composed.page", name=name))
    _save(lambda c: replace(c, composed={key: data for key, data in c.composed.items() if key != name}))
    flash(gettext("%(name)s is taken out of the draft. It goes when you publish.", name=name), "success")
    return redirect(url_for("flows.page"))


@pages.get("/composed/<name>/drawing.svg")
@needs("manager")
def drawing(name: str) -> Response:
    """The flow of the draft; one that is not right yet as far as it goes. ``here``: the step that is being edited."""
    configuration = services().releases.draft().configuration
    data, flow = _data(configuration, name), services().flow(configuration, name)
    here = request.args.get("here", "")
    return drawn(sketch(data, here, words()) if flow is None else dot(flow, here=here, words=words()))


# --- steps ----------------------------------------------------------------------------------------------------------------
@pages.post("/composed/<name>/steps")
@needs("manager")
def add(name: str) -> ResponseReturnValue:
    """A new step: its name and kind, then its form."""
    step, kind = request.form.get("step", "").strip(), request.form.get("kind", "")
    data = _data(services().releases.draft().configuration, name)
    if kind not in STEP_KINDS:
        abort(400)
    if problem := _wrong_step(data, step):
        flash(problem, "danger")
        return redirect(url_for("composed.page", name=name))
    _edit(name, lambda now: now if step in now["steps"] else with_step(now, step, {"kind": kind}))
    return redirect(url_for("composed.step", name=name, step=step))


@pages.route("/composed/<name>/steps/<step>", methods=["GET", "POST"])
@needs("manager")
def step(name: str, step: str) -> ResponseReturnValue:
    configuration = services().releases.draft().configuration
    data = _data(configuration, name)
    if step not in data["steps"] or data["steps"][step].get("kind") not in STEP_KINDS:
        abort(404)
    if request.method == "GET":
        return _show(configuration, name, step, data["steps"][step])
    kind = STEP_KINDS[data["steps"][step]["kind"]]
    base, mine = edits.unpacked(request.form.get("base")), posted_step(kind, request.form)
    for _try in range(TRIES):
        draft = services().releases.draft()
        theirs = _data(draft.configuration, name)["steps"].get(step, {})
        merged = edits.merge(theirs if base is None else base, mine, theirs)
        if merged.theirs:
            return _show(draft.configuration, name, step, merged.values, base=theirs, disputed=merged.theirs)
        changed = _with(draft.configuration, name, with_step(draft.configuration.composed[name], step, merged.values))
        try:
            services().releases.save_draft(changed, version=draft.version, who=me().name)
        except EditConflict:
            continue
        break
    else:
        return _show(services().releases.draft().configuration, name, step, mine, busy=True)
    problems = _of_step(_problems(services().releases.draft().configuration, name), name, step)
    at_fields = any(problem.fatal and problem.where != f"composed.{name}.steps.{step}" for problem in problems)
    flash(gettext("Saved in the draft. It acts when you publish it."), "success")
    if at_fields or request.form.get("stay"):
        return redirect(url_for("composed.step", name=name, step=step))
    return redirect(url_for("composed.page", name=name))


def _show(
    configuration: Configuration,
    name: str,
    step: str,
    row: Mapping[str, Any],
    *,
    base: Mapping[str, Any] | None = None,
    disputed: Mapping[str, Any] | None = None,
    busy: bool = False,
) -> ResponseReturnValue:
    data = _data(configuration, name)
    found = _of_step(_problems(configuration, name), name, step)
    by_field: dict[str, list[str]] = {}
    for problem in found:
        field = problem.where.removeprefix(f"composed.{name}.steps.{step}").lstrip(".").partition(".")[0]
        by_field.setdefault(field, []).append(translated(problem.what))
    fields: list[Input] = inputs(row, by_field)
    texts = texts_of(configuration).by_language
    shown_page = render_template(
        "composed_step.html",
        name=name,
        step=step,
        row=row,
        kind=kind_word(row["kind"]),
        hint=KIND_HINTS[row["kind"]],
        fields=fields,
        word=lambda field: field_word(row["kind"], field),
        others=[
            sentence
            for field, said in by_field.items()
            if field not in STEP_KINDS[row["kind"]].fields
            for sentence in said
        ],
        targets=in_order(data),
        names={
            "queue": sorted(configuration.queues),
            "hours": sorted(configuration.hours),
            "service": sorted(configuration.services),
            "part": {each: part(each).title for each in PARTS},
            "of": sorted({*configuration.queues, *configuration.hours}),
        },
        keys=sorted(key for key in texts.get("zh", {}) if not key.startswith(("own.", "offpeak", "queue."))),
        conditions=CONDITIONS,
        condition_kinds=CONDITION_KINDS,
        base=edits.packed(dict(data["steps"][step] if base is None else base)),
        theirs={field: shown_value(value) or "–" for field, value in (disputed or {}).items()},
        busy=busy,
        led_from=leading_to(data, step),
        drawing=can_draw(),
    )
    return shown_page, 409 if disputed else 503 if busy else 200


@pages.post("/composed/<name>/steps/<step>/<act>")
@needs("manager")
def change_step(name: str, step: str, act: str) -> ResponseReturnValue:
    """Rename, take out, up, down."""
    data = _data(services().releases.draft().configuration, name)
    if step not in data["steps"]:
        abort(404)
    if act == "rename":
        new = request.form.get("to", "").strip()
        if problem := _wrong_step(data, new):
            flash(problem, "danger")
            return redirect(url_for("composed.step", name=name, step=step))
        _edit(name, lambda now: renamed(now, step, new) if step in now["steps"] and new not in now["steps"] else now)
        return redirect(url_for("composed.step", name=name, step=new))
    changes: dict[str, Callable[[Data], dict[str, Any]]] = {
        "remove": lambda now: without_step(now, step),
        "up": lambda now: moved(now, step, -1),
        "down": lambda now: moved(now, step, 1),
    }
    if act not in changes:
        abort(404)
    _edit(name, lambda now: changes[act](now) if step in now["steps"] else dict(now))
    return redirect(url_for("composed.page", name=name))


def _wrong_step(data: Data, step: str) -> str:
    if not STEP_NAME.fullmatch(step):
        return str(gettext("A step's name is small letters, digits and _, at most 40."))
    if step in data["steps"]:
        return str(gettext("There is a step of this name already; take another."))
    return ""


# --- what they share --------------------------------------------------------------------------------------------------------
def _data(configuration: Configuration, name: str) -> dict[str, Any]:
    data = configuration.composed.get(name)
    if data is None:
        abort(404)
    return tidy({"steps": {}, **data})


def _with(configuration: Configuration, name: str, data: Data) -> Configuration:
    return replace(configuration, composed={**configuration.composed, name: data})


def _edit(name: str, change: Callable[[Data], Data]) -> None:
    _save(lambda configuration: _with(configuration, name, change(_data(configuration, name))))


def _save(change: Callable[[Configuration], Configuration]) -> None:
    """Put the change on top of what others saved meanwhile."""
    for _try in range(TRIES):
        draft = services().releases.draft()
        try:
            services().releases.save_draft(change(draft.configuration), version=draft.version, who=me().name)
        except EditConflict:
            continue
        return
    flash(gettext("Others are saving all the time. Nothing of yours is lost; press Save again."), "danger")


def _problems(configuration: Configuration, name: str) -> list[Problem]:
    where = f"composed.{name}"
    return [p for p in services().check(configuration) if p.where == where or p.where.startswith(f"{where}.")]


def _of_step(problems: Sequence[Problem], name: str, step: str) -> list[Problem]:
    where = f"composed.{name}.steps.{step}"
    return [problem for problem in problems if problem.where == where or problem.where.startswith(f"{where}.")]


def _place(problem: Problem, name: str) -> str:
    """Step and field, in the reader's language."""
    inside = problem.where.removeprefix(f"composed.{name}").lstrip(".")
    return place_in_flow(inside) if inside else ""


def _address(problem: Problem, name: str) -> str:
    inside = problem.where.removeprefix(f"composed.{name}.steps.")
    step = inside.partition(".")[0]
    return url_for("composed.step", name=name, step=step) if inside != problem.where and step else ""


def _targets(data: Data) -> list[tuple[str, str]]:
    """Where a key that is valid everywhere may lead."""
    steps = [(step, step) for step in in_order(data)]
    return [*steps, (AGAIN, gettext("say it again")), (OTHER_LANGUAGE, gettext("the other language"))]
