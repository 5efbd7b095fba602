"""Entries: the numbers that callers dial, which release of which flow greets them with which parameters, and the trial of
another one. Part of the draft, published with everything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import edits
from callcontrol.admin.differences import shown
from callcontrol.admin.forms.entry import EntryForm, entry_of, flat
from callcontrol.admin.languages import language
from callcontrol.admin.preview_words import preview_line
from callcontrol.admin.problem_words import place, translated
from callcontrol.admin.release_counts import release_rows
from callcontrol.admin.rules import NEW, TRIES
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.store import Draft, EditConflict
from callcontrol.values.configuration import Configuration, Entry
from callcontrol.values.trials import made_everybodys, on_trial, without_trial

pages = Blueprint("entries", __name__)

DAYS = 7
QUEUE_STATES = ("free", "busy", "nobody", "away", "full", "closed", "timeout")


def with_entry(configuration: Configuration, entry: Entry) -> Configuration:
    return replace(configuration, entries={**configuration.entries, entry.number: entry})


def without_entry(configuration: Configuration, number: str) -> Configuration:
    return replace(configuration, entries={k: v for k, v in configuration.entries.items() if k != number})


@pages.route("/rules/entries/<number>", methods=["GET", "POST"])
@needs("manager")
def page(number: str) -> ResponseReturnValue:
    draft = services().releases.draft()
    existing = draft.configuration.entries.get(number)
    if existing is None and number != NEW and request.method == "GET":
        abort(404)
    if request.method == "GET":
        form = EntryForm(formdata=None)
        form.show(existing or Entry("", _first_flow(draft.configuration), language()))
        form.prepare(services().flow_releases(draft.configuration), draft.configuration)
        form.show_parameters()
        return _show(form, number, draft, flat(existing))
    form = EntryForm()
    base = edits.unpacked(form.base.data)
    form.prepare(services().flow_releases(draft.configuration), draft.configuration)
    sound = form.take(request.form)
    listed = _listed(base, existing)
    if request.form.get("rows"):  # another flow or release was chosen: its parameters are shown
        form.callers, form.kept = listed, set(request.form.getlist("caller")) & set(listed)
        return _show(form, number, draft, base)
    sound = form.validate() and sound
    sound = form.take_callers(listed, request.form.getlist("caller"), services().number_key) and sound
    if number == NEW:
        sound = form.check_number(list(draft.configuration.entries)) and sound
    if not sound:
        return _show(form, number, draft, base, status=422)
    wanted = (form.number.data or "").strip() if number == NEW else number
    mine = flat(form.entry(wanted))
    for _try in range(TRIES):
        draft = services().releases.draft()
        theirs = flat(draft.configuration.entries.get(wanted))
        merged = edits.merge(theirs if base is None else base, mine, theirs)
        kept = entry_of(wanted, merged.values)
        if merged.theirs:
            again = EntryForm(formdata=None)
            again.show(kept)
            again.prepare(services().flow_releases(draft.configuration), draft.configuration)
            again.show_parameters()
            return _show(again, number, draft, theirs, disputed=merged.theirs, status=409)
        if _saved(with_entry(draft.configuration, kept), draft):
            flash(gettext("Saved in the draft. It acts when you publish it."), "success")
            return redirect(url_for("entries.page", number=wanted))
    return _show(form, number, draft, base, status=503, busy=True)


def _listed(base: edits.Flat | None, existing: Entry | None) -> dict[str, str]:
    """The test callers that the editor saw."""
    if base is None:
        return dict(existing.trial.callers) if existing else {}
    start = "trial.callers."
    return {path.removeprefix(start): str(leaf) for path, leaf in base.items() if path.startswith(start)}


def _first_flow(configuration: Configuration) -> str:
    return next((one.name for one in services().flow_releases(configuration)), "")


def _saved(configuration: Configuration, draft: Draft) -> bool:
    try:
        services().releases.save_draft(configuration, version=draft.version, who=me().name)
    except EditConflict:
        return False
    return True


def _show(
    form: EntryForm,
    number: str,
    draft: Draft,
    base: edits.Flat | None,
    *,
    disputed: Mapping[str, Any] | None = None,
    status: int = 200,
    busy: bool = False,
) -> ResponseReturnValue:
    form.version.data = str(draft.version)
    form.base.data = edits.packed(base or {})
    entry = draft.configuration.entries.get(number)
    current = services().releases.current()
    now = services().clock.now()
    counts = services().records.by_release(entry.flow, now - DAYS * 86_400, now) if entry else []
    page = render_template(
        "entry.html",
        form=form,
        number=number,
        new=number == NEW,
        entry=entry,
        on_trial=entry is not None and on_trial(entry),
        published=current is not None and number in current.configuration.entries,
        theirs={path: _said(path, value) for path, value in (disputed or {}).items()},
        place=lambda path: place(f"entries.{number}.{path}"),
        busy=busy,
        warnings=_warnings(number, draft) if request.method == "GET" else [],
        rows=release_rows([count for count in counts if count.entry == number]),
        days=DAYS,
        states=QUEUE_STATES,
    )
    return page, status


def _said(path: str, value: Any) -> str:
    if value is not None and ("parameters." in path):
        value = json.loads(value)
    return shown(value) or "–"


def _warnings(number: str, draft: Draft) -> list[str]:
    where = f"entries.{number}."
    found = services().check(draft.configuration)
    return [f"{place(p.where)} – {translated(p.what)}" for p in found if f"{p.where}.".startswith(where)]


@pages.post("/rules/entries/<number>/trial/<action>")
@needs("manager")
def trial(number: str, action: str) -> ResponseReturnValue:
    """``everybody``: what is on trial becomes what everybody gets; ``end``: nobody gets it any more. Into the draft."""
    changes: dict[str, Callable[[Entry], Entry]] = {"everybody": made_everybodys, "end": without_trial}
    if action not in changes:
        abort(404)
    said = {
        "everybody": gettext("In the draft everybody gets what was on trial. It acts when you publish it."),
        "end": gettext("In the draft the trial is ended. It acts when you publish it."),
    }
    return _change(number, lambda c, entry: with_entry(c, changes[action](entry)), said[action])


@pages.post("/rules/entries/<number>/remove")
@needs("manager")
def remove(number: str) -> ResponseReturnValue:
    said = gettext("%(name)s is taken out of the draft. It goes when you publish.", name=number)
    return _change(number, lambda c, _entry: without_entry(c, number), said)


def _change(number: str, change: Callable[[Configuration, Entry], Configuration], said: str) -> ResponseReturnValue:
    for _try in range(TRIES):
        draft = services().releases.draft()
        entry = draft.configuration.entries.get(number)
        if entry is None:
            abort(404)
        if _saved(change(draft.configuration, entry), draft):
            flash(said, "success")
            break
    return redirect(url_for("rules.page"))


@pages.get("/rules/entries/<number>/preview")
@needs("manager")
def preview(number: str) -> ResponseReturnValue:
    """What a caller of this number hears by the draft."""
    draft = services().releases.draft()
    if number not in draft.configuration.entries:
        abort(404)
    queue = request.args.get("queue", "")
    keys = [key for key in request.args.get("keys", "").replace(",", " ").split() if set(key) <= set("0123456789*#-")]
    lines = services().rehearsed(
        draft.configuration,
        number,
        request.args.get("who") == "trial",
        queue if queue in QUEUE_STATES else QUEUE_STATES[0],
        keys[:40],
    )
    said = [
        replace(line, text=line.text if line.kind in ("hears", "presses") else preview_line(line.text))
        for line in lines
    ]
    return render_template("preview.html", lines=said)
