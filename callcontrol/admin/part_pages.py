"""Named parts of the draft that are one form each: outside parties, voice agents, services. ``edit`` is the whole way of such a
form, for known callers too: shown, checked as a file would be, put over what others saved meanwhile, saved in the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from callcontrol.admin import edits
from callcontrol.admin.differences import HIDDEN, shown
from callcontrol.admin.forms.part import PartForm
from callcontrol.admin.forms.service import ServiceForm
from callcontrol.admin.forms.target import TargetForm
from callcontrol.admin.forms.voice_agent import VoiceAgentForm
from callcontrol.admin.part_merging import SECRETS, leaves, marking, rebuilt
from callcontrol.admin.problem_words import place, translated
from callcontrol.admin.rules import NEW, TRIES
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.store import Draft, EditConflict
from callcontrol.values.configuration import Configuration, Service, Target, VoiceAgent
from callcontrol.values.configuration_checks import check

pages = Blueprint("parts", __name__)


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the configuration whose parts have a form. ``blank``: what a new one begins with."""

    section: str
    form: type[PartForm[Any]]
    blank: Any
    new: Any  # headline of a new one
    heading: Any  # of one that is there, with %(name)s
    take_out: Any
    identity: str = "name"
    back: str = "rules.page"  # where one goes after saving

    def held(self, configuration: Configuration) -> Mapping[str, Any]:
        held: Mapping[str, Any] = getattr(configuration, self.section)
        return held

    def put(self, configuration: Configuration, name: str, part: Any) -> Configuration:
        return replace(configuration, **{self.section: {**self.held(configuration), name: part}})

    def without(self, configuration: Configuration, name: str) -> Configuration:
        left = {key: part for key, part in self.held(configuration).items() if key != name}
        return replace(configuration, **{self.section: left})

    def problems(self, configuration: Configuration, name: str, part: Any) -> list[tuple[str, str]]:
        """(path inside of the part, sentence) of what the checks forbid in this one part."""
        part = replace(part, **{self.identity: name})
        alone: Any = {"agents": configuration.agents, self.section: {name: part}}
        where = f"{self.section}.{name}"
        found = [p for p in check(Configuration(**alone)) if p.fatal and f"{p.where}.".startswith(f"{where}.")]
        return [(p.where.removeprefix(where).removeprefix("."), translated(p.what)) for p in found]


PARTS = {
    part.section: part
    for part in (
        Part("targets", TargetForm, Target(""), _("New outside party"), _("Outside party %(name)s"), _("Take this party out")),
        Part("voice_agents", VoiceAgentForm, VoiceAgent("", ""), _("New voice agent"), _("Voice agent %(name)s"), _("Take this voice agent out")),
        Part("services", ServiceForm, Service("", ""), _("New service"), _("Service %(name)s"), _("Take this service out")),
    )
}  # fmt: skip
ADDRESS = f"/rules/<any({', '.join(PARTS)}):section>/<name>"


@pages.route(ADDRESS, methods=["GET", "POST"])
@needs("manager")
def page(section: str, name: str) -> ResponseReturnValue:
    return edit(PARTS[section], name)


@pages.post(f"{ADDRESS}/remove")
@needs("manager")
def remove(section: str, name: str) -> ResponseReturnValue:
    return take_out(PARTS[section], name, name)


def edit(part: Part, name: str, **on_form: Any) -> ResponseReturnValue:
    """Show the form of one part, or take it. ``on_form``: what that form needs besides."""
    draft = services().releases.draft()
    existing = part.held(draft.configuration).get(name) if name != NEW else None
    form = part.form()
    for attribute, value in on_form.items():
        setattr(form, attribute, value)
    mark = marking(current_app.config["SECRET_KEY"])
    if request.method == "GET":
        if existing is None and name != NEW:
            abort(404)
        form.show(existing or part.blank)
        return _show(part, form, name, draft, leaves(existing, mark))
    base = edits.unpacked(form.base.data)
    sound = form.take(request.form, existing or part.blank)
    if any(rows.act(request.form.get("rows", "")) for rows in form.rows.values()):
        return _show(part, form, name, draft, base)
    wanted = form.new_name(part.held(draft.configuration)) if name == NEW else name
    mine = form.made(existing or replace(part.blank, **{part.identity: wanted}))
    for where, sentence in part.problems(draft.configuration, wanted or NEW, mine):
        sound = False
        form.say(where, sentence)
    if not sound or not wanted:
        return _show(part, form, name, draft, base, status=422)
    typed = leaves(mine, mark)
    for _try in range(TRIES):
        draft = services().releases.draft()
        now = part.held(draft.configuration).get(wanted)
        theirs = leaves(now, mark)
        merged = edits.merge(theirs if base is None else base, typed, theirs)
        kept = mine if now is None else rebuilt(type(mine), merged.values, typed, mark, now, mine)
        if merged.theirs or (now is None and base):
            form.show(kept)
            return _show(part, form, name, draft, theirs, disputed=merged.theirs if now else {}, status=409)
        try:
            services().releases.save_draft(
                part.put(draft.configuration, wanted, kept), version=draft.version, who=me().name
            )
        except EditConflict:
            continue
        flash(gettext("Saved in the draft. It acts when you publish it."), "success")
        return redirect(url_for(part.back))
    return _show(part, form, name, draft, base, status=503, busy=True)


def _show(
    part: Part,
    form: PartForm[Any],
    name: str,
    draft: Draft,
    base: edits.Flat | None,
    *,
    disputed: Mapping[str, Any] | None = None,
    status: int = 200,
    busy: bool = False,
) -> ResponseReturnValue:
    existing = part.held(draft.configuration).get(name)
    form.forget_secrets(existing or part.blank)
    form.version.data = str(draft.version)
    form.base.data = edits.packed(base or {})
    page = render_template(
        f"part_{part.section}.html",
        form=form,
        part=part,
        name=name,
        existing=existing,
        new=name == NEW,
        theirs=_said(form, disputed or {}),
        gone=existing is None and name != NEW,
        busy=busy,
        warnings=_warnings(part, name, draft) if request.method == "GET" else [],
    )
    return page, status


def _said(form: PartForm[Any], disputed: Mapping[str, Any]) -> dict[str, str]:
    """Name of a field or prefix of a list -> what somebody else has there."""
    said: dict[str, str] = {}
    for path, value in disputed.items():
        field, dot, key = path.partition(".")
        text = HIDDEN if field == SECRETS and str(value).startswith("secret:") else shown(value) or "–"
        if field in form.rows:
            said[field] = "; ".join(filter(None, (said.get(field), f"{key}: {text}")))
        else:
            said[f"{field}_{key}" if dot else field] = text
    return said


def _warnings(part: Part, name: str, draft: Draft) -> list[str]:
    where = f"{part.section}.{name}."
    found = services().check(draft.configuration)
    return [f"{place(p.where)} – {translated(p.what)}" for p in found if f"{p.where}.".startswith(where)]


def take_out(part: Part, name: str, said: str) -> ResponseReturnValue:
    """``said``: what it is called to people."""
    for _try in range(TRIES):
        draft = services().releases.draft()
        if name not in part.held(draft.configuration):
            abort(404)
        left = part.without(draft.configuration, name)
        try:
            services().releases.save_draft(left, version=draft.version, who=me().name)
        except EditConflict:
            continue
        flash(gettext("%(name)s is taken out of the draft. It goes when you publish.", name=said), "success")
        break
    return redirect(url_for(part.back))
