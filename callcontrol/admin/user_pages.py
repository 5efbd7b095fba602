"""Who may sign in. A new user gets a link for one sign-in and sets a password; there is none to begin with."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.languages import languages
from callcontrol.admin.security import ROLES, me, needs, services

pages = Blueprint("users", __name__)

LINK_S = 24 * 3600.0  # long enough to be handed over in person, short enough to be forgotten


@pages.get("/users")
@needs("manager")
def page() -> ResponseReturnValue:
    return _page()


def _page(problem: str = "", link: str = "", link_of: str = "", status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "users.html",
        users=services().users.all(),
        roles=ROLES,
        typed=request.form if status >= 400 else {},
        problem=problem,
        link=link,
        link_of=link_of,
        codes=languages(),
    )
    return page, status


@pages.post("/users")
@needs("manager")
def create() -> ResponseReturnValue:
    typed = {key: request.form.get(key, "").strip() for key in ("name", "role", "agent", "language")}
    problem = ""
    if not typed["name"] or len(typed["name"]) > 64 or not typed["name"].isprintable():
        problem = gettext("A name has 1 to 64 characters.")
    elif services().users.get(typed["name"]) is not None:
        problem = gettext("%(name)s is taken; choose another, or edit that one.", name=typed["name"])
    elif typed["role"] not in ROLES:
        problem = gettext("There is no such role; choose one of the list.")
    elif typed["role"] == "agent" and not typed["agent"]:
        problem = gettext("Say which agent this is, such as 1001: an agent sees only the own calls.")
    if problem:
        return _page(problem, status=422)
    try:
        services().users.create(
            typed["name"], typed["role"], language=typed["language"], agent=typed["agent"], who=me().name
        )
    except ValueError as error:
        return _page(str(error), status=422)
    return _with_link(typed["name"])


@pages.post("/users/<name>/link")
@needs("manager")
def make_link(name: str) -> ResponseReturnValue:
    if services().users.get(name) is None:
        abort(404)
    return _with_link(name)


def _with_link(name: str) -> ResponseReturnValue:
    """The page with the link on it: it is shown this once, and never in an address."""
    token = services().users.sign_in_link(name, valid_s=LINK_S, who=me().name)
    return _page(link=url_for("sign_in.link", token=token, _external=True), link_of=name)


@pages.post("/users/<name>/active")
@needs("manager")
def switch(name: str) -> ResponseReturnValue:
    user = services().users.get(name)
    if user is None:
        abort(404)
    if name == me().name:
        flash(gettext("You can't switch yourself off; ask another manager."), "warning")
    else:
        services().users.set_active(name, not user.active, who=me().name)
    return redirect(url_for("users.page"))
