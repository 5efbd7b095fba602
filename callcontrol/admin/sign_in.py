"""Signing in and out. There is no default password: the first manager comes by a one-time link and sets one."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from callcontrol.admin.languages import LANGUAGE_COOKIE, known_language
from callcontrol.admin.security import (
    SIGN_INS_OF_ONE_NAME,
    SIGN_INS_PER_WINDOW,
    SignedIn,
    me,
    needs,
    rate_limit,
    services,
)
from callcontrol.ports.store import Change, User

pages = Blueprint("sign_in", __name__)

LEAST_PASSWORD = 12


class SignInForm(FlaskForm):
    name = StringField()
    password = PasswordField()


class PasswordForm(FlaskForm):
    password = PasswordField()
    again = PasswordField()


def _local(target: str) -> str:
    """The target if it lies on this site, else the first page."""
    # browsers take a backslash for a slash, and drop control characters before they read an address
    tricky = "\\" in target or any(ord(sign) <= 0x20 for sign in target)
    safe = target.startswith("/") and not target.startswith("//") and not tricky
    return target if safe else url_for("floor.page")


def _begin(user: User) -> None:
    language = session.get("language")
    session.clear()
    session.permanent = True
    session["began"] = services().clock.now()
    if language:
        session["language"] = language
    login_user(SignedIn(user))


@pages.get("/sign-in")
def form() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(_local(request.args.get("next", "")))
    return _page(SignInForm())


def _page(sign_in: SignInForm, problem: str = "", status: int = 200) -> ResponseReturnValue:
    first = not services().users.any()
    return render_template("sign_in.html", form=sign_in, problem=problem, first=first), status


@pages.post("/sign-in")
def check() -> ResponseReturnValue:
    sign_in = SignInForm()
    name = (sign_in.name.data or "").strip()
    keys = {f"from {request.remote_addr}": SIGN_INS_PER_WINDOW, f"as {name}": SIGN_INS_OF_ONE_NAME}
    if not all(rate_limit().allows(key, tries) for key, tries in keys.items()):
        return _page(sign_in, gettext("Too many tries. Wait five minutes, then try again."), 429)
    user = services().users.check_password(name, sign_in.password.data or "") if name else None
    if user is None:
        return _page(sign_in, gettext("That name and password do not match. Check both and try again."), 403)
    for key in keys:
        rate_limit().forget(key)
    _begin(user)
    services().audit.note(Change(services().clock.now(), user.name, "user.signed_in", f"user.{user.name}"))
    return redirect(_local(request.args.get("next", "")))


@pages.get("/sign-in/link/<token>")
def link(token: str) -> ResponseReturnValue:
    if request.method == "HEAD":  # a preview of the link must not use it up
        return "", 200
    if not rate_limit().allows(f"link from {request.remote_addr}", SIGN_INS_PER_WINDOW):
        return _page(SignInForm(), gettext("Too many tries. Wait five minutes, then try again."), 429)
    user = services().users.redeem_link(token)
    if user is None:
        sentence = gettext("This link was used already or is too old. Ask for a new one.")
        return _page(SignInForm(), sentence, 403)
    _begin(user)
    return redirect(url_for("floor.page"))


@pages.post("/sign-out")
@needs("agent")
def out() -> ResponseReturnValue:
    logout_user()
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    return redirect(url_for("sign_in.form"))


@pages.post("/language/<code>")
def language(code: str) -> ResponseReturnValue:
    """Switch the language of this browser."""
    response = make_response(redirect(_local(request.form.get("next", ""))))
    if known_language(code):
        session["language"] = code
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(LANGUAGE_COOKIE, code, max_age=365 * 86400, samesite="Lax", httponly=True, secure=secure)
    return response


@pages.route("/account", methods=["GET", "POST"])
@needs("agent")
def account() -> ResponseReturnValue:
    """One's own password. A new one ends every other session of the user."""
    chosen, problem, status = PasswordForm(), "", 200
    if request.method == "POST":
        password = chosen.password.data or ""
        if len(password) < LEAST_PASSWORD:
            problem = gettext("A password has at least %(n)s characters; make it longer.", n=LEAST_PASSWORD)
        elif password != chosen.again.data:
            problem = gettext("The two passwords differ; type the same one twice.")
        else:
            services().users.set_password(me().name, password, who=me().name)
            renewed = services().users.get(me().name)
            if renewed is not None:
                login_user(SignedIn(renewed))
            return redirect(url_for("sign_in.account", done=1))
        status = 422
    done = request.args.get("done") == "1" and not problem
    page = render_template("account.html", form=chosen, problem=problem, done=done, least=LEAST_PASSWORD)
    return page, status
