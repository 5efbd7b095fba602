"""The Flask app, made of services. It runs as a process of its own; nothing here opens a socket or a database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from callcontrol.admin import (
    agent_pages,
    api,
    break_pages,
    callback_pages,
    caller_pages,
    calls,
    changes,
    composed_pages,
    emergency_pages,
    entry_pages,
    floor_pages,
    flow_words,
    flows,
    hours_pages,
    languages,
    message_pages,
    music_pages,
    part_pages,
    problem_words,
    prompt_pages,
    prompt_words,
    rehearsed,
    release_pages,
    report_pages,
    report_words,
    rules,
    security,
    sign_in,
    tries,
    uploads,
    user_pages,
    wait_words,
    why,
    words,
)
from callcontrol.admin.services import Services
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import StoreUnavailable

LARGEST_FORM = 256 * 1024  # bytes; the longest announcement is some hundred characters


def create_app(
    services: Services,
    *,
    secret_key: str,
    languages: Sequence[str] = ("zh", "en"),
    timezone: str = "",
    secure_cookies: bool = False,
    proxies: int = 0,
) -> Flask:
    """The app. ``timezone`` is a name such as ``Asia/Shanghai`` (empty: the machine's own); ``secure_cookies`` where
    the pages are served by HTTPS; ``proxies`` is how many trusted ones stand before it and set X-Forwarded-*. Raises ``ValueError`` for a secret key that is too short to be one."""
    if len(secret_key) < 16:
        raise ValueError("The secret key of the admin needs at least 16 characters; make a random one.")
    app = Flask("callcontrol.admin")
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=security.SESSION_S),
        SESSION_COOKIE_NAME="__Host-callcontrol" if secure_cookies else "callcontrol",
        SESSION_COOKIE_SECURE=secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        WTF_CSRF_TIME_LIMIT=None,  # bound to the session; a wallboard stays open for a whole shift
        BABEL_DEFAULT_LOCALE=languages[0],
        CALLCONTROL_LANGUAGES=tuple(languages),
        CALLCONTROL_TIMEZONE=timezone,
        CALLCONTROL_SNAPSHOT_S=0.4,  # below the least pause between two messages of the stream
    )
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.extensions["callcontrol"] = services
    app.extensions["callcontrol_sign_ins"] = security.RateLimit(security.SIGN_IN_WINDOW_S, services.clock.now)
    Babel(app, locale_selector=_chosen_language)
    app.before_request(uploads.let_sounds_in)  # before the token is looked for in the form
    CSRFProtect(app).exempt(api.pages)  # a token is sent by no browser of itself
    security.install(app)
    for room in (
        agent_pages,
        api,
        sign_in,
        floor_pages,
        rules,
        entry_pages,
        break_pages,
        part_pages,
        caller_pages,
        hours_pages,
        prompt_pages,
        music_pages,
        release_pages,
        tries,
        calls,
        why,
        report_pages,
        changes,
        emergency_pages,
        callback_pages,
        message_pages,
        flows,
        composed_pages,
        rehearsed,
        user_pages,
    ):
        app.register_blueprint(room.pages)
    _templates(app)
    _errors(app)
    return app


def _chosen_language() -> str:
    return languages.choose_language()


def _templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        span=languages.span,
        moment=languages.moment,
        clock_time=languages.clock_time,
        text=languages.in_language,
        said=problem_words.translated,
        kind_word=flow_words.kind_word,
        way_word=lambda label, kind: flow_words.way_word(kind, label),
    )
    marks = _marks(Path(app.static_folder or ""))

    def asset(name: str) -> str:
        """The address of a static file, marked by its content so that it may be kept for ever."""
        return url_for("static", filename=name, v=marks.get(name, ""))

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        code = languages.language()
        return {
            "asset": asset,
            "language": code,
            "html_language": languages.HTML_LANGUAGE.get(code, code),
            "own_names": {c: languages.OWN_NAME.get(c, c) for c in languages.languages()},
            "user": current_user if current_user.is_authenticated else None,
            "words": words,
            "report_words": report_words,
            "prompt_words": prompt_words,
            "wait_words": wait_words,
            "database_away": g.get("database_away", False),
            "count_new_messages": message_pages.count_new,
            "now": security.services().clock.now(),
        }


def _marks(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}


def _errors(app: Flask) -> None:
    def say(sentence: str, status: int) -> ResponseReturnValue:
        if request.path.startswith("/api/"):
            return jsonify({"error": str(sentence)}), status
        if request.headers.get("HX-Request"):
            return render_template("notice.html", sentence=sentence, good=False), status
        return render_template("error.html", sentence=sentence, status=status), status

    def forbidden(_error: Exception) -> ResponseReturnValue:
        return say(gettext("Your role does not allow this. Ask a manager."), 403)

    def missing(_error: Exception) -> ResponseReturnValue:
        return say(gettext("There is nothing at this address. Go back to the floor."), 404)

    def stale_form(_error: Exception) -> ResponseReturnValue:
        return say(gettext("This page is too old to send. Reload it and try again."), 400)

    def too_large(_error: Exception) -> ResponseReturnValue:
        return say(gettext("That was too much at once. Shorten the text and try again."), 413)

    def unavailable(error: Exception) -> ResponseReturnValue:
        app.logger.warning("%s", error)
        if isinstance(error, JournalUnavailable):
            return say(
                gettext("The journal can't be reached; nothing was changed. Talks go on. Try again shortly."), 503
            )
        return say(gettext("The database can't be reached; nothing was changed. Calls go on. Try again shortly."), 503)

    def broken(_error: Exception) -> ResponseReturnValue:  # Flask has written the traceback to the log
        return say(gettext("Something is broken here; the admin's log says what. Calls go on. Try again."), 500)

    app.register_error_handler(500, broken)
    app.register_error_handler(400, stale_form)
    app.register_error_handler(405, missing)
    app.register_error_handler(403, forbidden)
    app.register_error_handler(404, missing)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(413, too_large)
    app.register_error_handler(JournalUnavailable, unavailable)
    app.register_error_handler(StoreUnavailable, unavailable)
