"""Publishing the draft as a numbered release, throwing it away, and going back to an old release."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.differences import differences
from callcontrol.admin.problem_words import place
from callcontrol.admin.rules import overview
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import EditConflict, NotPublishable, Release
from callcontrol.values.configuration import Configuration, as_data, phones_of

pages = Blueprint("releases", __name__)

LONGEST_COMMENT = 500


@pages.post("/rules/publish")
@needs("manager")
def publish() -> ResponseReturnValue:
    comment = request.form.get("comment", "").strip()
    try:
        version = int(request.form.get("version", ""))
    except ValueError:
        abort(400)
    if not comment:
        return overview(problem=gettext("Say in a few words why; whoever looks back will want to know."), status=422)
    if len(comment) > LONGEST_COMMENT:
        sentence = gettext("The reason has more than %(n)s characters; shorten it.", n=LONGEST_COMMENT)
        return overview(problem=sentence, comment=comment, status=422)
    try:
        release = services().releases.publish(version=version, who=me().name, comment=comment)
    except EditConflict:
        sentence = gettext("Somebody changed the draft meanwhile. Look at the differences again, then publish.")
        return overview(problem=sentence, comment=comment, status=409)
    except NotPublishable:
        sentence = gettext("Nothing was published: correct what is listed in red first.")
        return overview(problem=sentence, comment=comment, status=422)
    announce(release)
    if new := new_to_the_switch(release):
        sentence = gettext(
            "The switch does not know %(numbers)s yet: callcontrol switch render --out DIR --reload.",
            numbers=", ".join(new),
        )
        flash(sentence, "warning")
    return redirect(url_for("rules.page"))


def new_to_the_switch(release: Release) -> list[str]:
    """Numbers and phones that the release before did not have: the switch's files are rendered from them."""
    before = services().releases.get(release.number - 1)
    known = before.configuration if before else Configuration()
    numbers = sorted(release.configuration.entries.keys() - known.entries.keys())
    return numbers + sorted(set(phones_of(release.configuration)) - set(phones_of(known)))


def announce(release: Release) -> None:
    """Tell the floor of a release that was just published, and the user what came of it."""
    try:
        services().release_published(release)
    except JournalUnavailable:
        sentence = gettext(
            "Release %(n)s is stored, but the floor could not be told: Redis can't be reached. "
            "It goes on by the rules before; publish again from the history once Redis is back.",
            n=release.number,
        )
        flash(sentence, "danger")
    else:
        flash(gettext("Release %(n)s acts now, on calls that wait too.", n=release.number), "success")


def publish_at_once(change: Callable[[Configuration], Configuration], comment: str) -> None:
    """One change that can't wait, published alone; the draft gets it too. The user is told what came of it."""
    try:
        release = services().releases.amend(change, who=me().name, comment=comment)
    except NotPublishable:
        sentence = gettext("Nothing was published: what acts now does not pass today's checks; mend the draft first.")
        flash(sentence, "danger")
    else:
        announce(release)


@pages.post("/rules/discard")
@needs("manager")
def discard() -> ResponseReturnValue:
    services().releases.discard_draft(who=me().name)
    flash(gettext("The draft is thrown away; it is as published. What it was is kept under Changes."), "success")
    return redirect(url_for("rules.page"))


@pages.get("/rules/releases")
@needs("manager")
def history() -> ResponseReturnValue:
    releases = services().releases.history(limit=51)
    shown = []
    for i, release in enumerate(releases[:50]):
        before = releases[i + 1] if i + 1 < len(releases) else None
        count = len(differences(as_data(before.configuration), as_data(release.configuration))) if before else None
        shown.append((release, count))
    return render_template("releases.html", shown=shown)


@pages.get("/rules/releases/<int:number>")
@needs("manager")
def one(number: int) -> ResponseReturnValue:
    """One release: what it changed, and what going back to it would change now."""
    release, current = services().releases.get(number), services().releases.current()
    if release is None or current is None:
        abort(404)
    before = services().releases.get(number - 1)
    changed = _between(before, release) if before else []
    back = _between(current, release)
    return render_template("release.html", release=release, current=current, changed=changed, back=back)


def _between(one: Release, other: Release) -> list[tuple[str, str | None, str | None]]:
    found = differences(as_data(one.configuration), as_data(other.configuration))
    callers = {**one.configuration.callers, **other.configuration.callers}
    return [(place(d.path, callers), d.before, d.after) for d in found]


@pages.post("/rules/releases/<int:number>/again")
@needs("manager")
def again(number: int) -> ResponseReturnValue:
    comment = request.form.get("comment", "").strip()[:LONGEST_COMMENT]
    comment = comment or gettext("Back to release %(n)s", n=number)
    try:
        release = services().releases.roll_back(number, who=me().name, comment=comment)
    except LookupError:
        abort(404)
    except NotPublishable:
        flash(gettext("Release %(n)s does not pass today's checks; edit the draft instead.", n=number), "danger")
        return redirect(url_for("releases.one", number=number))
    announce(release)
    return redirect(url_for("rules.page"))
