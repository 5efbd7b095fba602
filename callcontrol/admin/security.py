"""Who may see what, and what keeps a page from being turned against its reader: roles, sessions, headers, rate limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, UserMixin, current_user

from callcontrol.admin.services import Services
from callcontrol.ports.store import StoreUnavailable, User

P = ParamSpec("P")

ROLES = ("agent", "lead", "manager")  # each may do all that the one before may
SESSION_S = 12 * 3600.0  # a shift and its overtime; a wallboard signs in once a day
KNOWN_S = 900.0  # so long a session goes on without the database; a user who is switched off meanwhile can't be known
SIGN_INS_PER_WINDOW = 10  # from one address: a person mistypes three times; a guesser needs thousands
SIGN_INS_OF_ONE_NAME = 50  # from all addresses together; more than ten, so that nobody locks another out by hand
SIGN_IN_WINDOW_S = 300.0

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


class SignedIn(UserMixin):
    """The user of this request. The session key is part of the identity: when it changes, all sessions end."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.session_key} {self.user.name}"

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def role(self) -> str:
        return self.user.role

    @property
    def agent(self) -> str:
        return self.user.agent

    def may(self, role: str) -> bool:
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)


def services() -> Services:
    """The services of the running app."""
    held: Services = current_app.extensions["callcontrol"]
    return held


def me() -> SignedIn:
    """Whoever is signed in; only inside a view that ``needs`` a role."""
    user: SignedIn = current_user._get_current_object()
    return user


def needs(role: str) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """The one gate of every page: signed in, and at least ``role``. A test walks every route and every role."""

    def gate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return _ask_to_sign_in()
            if not me().may(role):
                abort(403)
            return view(*args, **kwargs)

        guarded.needs_role = role  # type: ignore[attr-defined]
        return guarded

    return gate


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.headers.get("HX-Request") or request.method != "GET":
        return gettext("You are signed out. Reload the page and sign in."), 401
    return redirect(url_for("sign_in.form", next=request.full_path.rstrip("?")))


def still_signed_in(user: SignedIn) -> bool:
    """Whether a long-lived stream of this user may go on."""
    now = services().users.get(user.name)
    return now is not None and now.active and now.session_key == user.user.session_key and now.role == user.role


def _load(identity: str) -> SignedIn | None:
    key, _, name = identity.partition(" ")
    began = session.get("began")
    if not isinstance(began, int | float) or not 0 <= services().clock.now() - began < SESSION_S:
        return None
    user = _user(name)
    return SignedIn(user) if user is not None and user.active and user.session_key == key else None


def _user(name: str) -> User | None:
    """The user, or for a while what is known of the user when the database is away: the floor does not need it."""
    known: dict[str, tuple[float, User | None]] = current_app.extensions.setdefault("callcontrol_known_users", {})
    now = services().clock.now()
    try:
        user = services().users.get(name)
    except StoreUnavailable:
        g.database_away = True
        seen_at, user = known.get(name, (0.0, None))
        return user if now - seen_at < KNOWN_S else None
    if len(known) >= 10_000:
        known.clear()
    known[name] = now, user
    return user


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def install(app: Flask) -> None:
    manager = LoginManager(app)
    manager.user_loader(_load)
    app.after_request(_headers)


class RateLimit:
    """So many tries of one key within a window; kept in memory of this process, and bounded."""

    MOST_KEYS = 10_000

    def __init__(self, window_s: float, now: Callable[[], float]) -> None:
        self._window_s = window_s
        self._now = now
        self._seen: dict[str, deque[float]] = {}

    def allows(self, key: str, tries: int) -> bool:
        """Count one try of ``key``; False once there were more than so many within the window."""
        now = self._now()
        if len(self._seen) >= self.MOST_KEYS:
            self._seen = {k: times for k, times in self._seen.items() if times[-1] > now - self._window_s}
        times = self._seen.setdefault(key, deque(maxlen=tries + 1))
        while times and times[0] <= now - self._window_s:
            times.popleft()
        times.append(now)
        return len(times) <= tries

    def forget(self, key: str) -> None:
        self._seen.pop(key, None)


def rate_limit() -> RateLimit:
    limit: RateLimit = current_app.extensions["callcontrol_sign_ins"]
    return limit
