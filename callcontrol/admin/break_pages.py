"""Reasons for a break: the names that agents choose from, with their titles in each language. Part of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import edits
from callcontrol.admin.differences import shown
from callcontrol.admin.forms.break_reasons import BreakReasonsForm
from callcontrol.admin.problem_words import place
from callcontrol.admin.rules import TRIES
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.store import EditConflict

pages = Blueprint("breaks", __name__)

WHERE = "break_reasons"


@pages.route("/rules/breaks", methods=["GET", "POST"])
@needs("manager")
def page() -> ResponseReturnValue:
    draft = services().releases.draft()
    now = draft.configuration.break_reasons
    form = BreakReasonsForm()
    if request.method == "GET":
        form.show(now)
        return _show(form, edits.flat(now))
    sound = form.take(request.form.getlist)
    base = edits.unpacked(form.base.data)
    if form.reasons.act(request.form.get("rows", "")):
        return _show(form, base)
    if not form.validate() or not sound:
        return _show(form, base, status=422)
    for _try in range(TRIES):
        draft = services().releases.draft()
        theirs = edits.flat(draft.configuration.break_reasons)
        wanted = form.reasons_over(draft.configuration.break_reasons)
        merged = edits.merge(theirs if base is None else base, edits.flat(wanted), theirs)
        # A reason without a title has no leaf of its own to be merged by, and the order is that of who saves.
        kept: dict[str, Mapping[str, str]] = {name: {} for name in wanted}
        kept.update(edits.nested(merged.values))
        if merged.theirs:
            form.show(kept)
            return _show(form, theirs, disputed=merged.theirs, status=409)
        try:
            saved = replace(draft.configuration, break_reasons=kept)
            services().releases.save_draft(saved, version=draft.version, who=me().name)
        except EditConflict:
            continue
        flash(gettext("Saved in the draft. It acts when you publish it."), "success")
        return redirect(url_for("rules.page"))
    return _show(form, base, status=503, busy=True)


def _show(
    form: BreakReasonsForm,
    base: edits.Flat | None,
    *,
    disputed: Mapping[str, Any] | None = None,
    status: int = 200,
    busy: bool = False,
) -> ResponseReturnValue:
    form.base.data = edits.packed(base or {})
    theirs = {place(f"{WHERE}.{path}"): shown(value) or "–" for path, value in (disputed or {}).items()}
    return render_template("breaks.html", form=form, theirs=theirs, busy=busy), status
