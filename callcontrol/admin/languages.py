"""Which language a page speaks, and how it writes dates and spans of time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, request, session
from flask_babel import get_locale
from flask_login import current_user

LANGUAGE_COOKIE = "callcontrol_language"
HTML_LANGUAGE = {"zh": "zh-Hans", "en": "en"}
OWN_NAME = {"zh": "中文", "en": "English"}


def languages() -> tuple[str, ...]:
    chosen: tuple[str, ...] = current_app.config["CALLCONTROL_LANGUAGES"]
    return chosen


def known_language(code: str | None) -> bool:
    return code in languages()


def choose_language() -> str:
    """What was switched to in this browser, else the user's setting, else what the browser asks for."""
    user = getattr(current_user, "user", None)
    for code in (
        session.get("language"),
        request.cookies.get(LANGUAGE_COOKIE),
        user.language if user is not None else None,
    ):
        if isinstance(code, str) and known_language(code):
            return code
    return request.accept_languages.best_match(languages(), default=languages()[0]) or languages()[0]


def language() -> str:
    return str(get_locale() or languages()[0]).partition("_")[0]


def in_language(texts: Any, fallback: str = "") -> str:
    """The text for the reader out of ``{"zh": ..., "en": ...}``; any other language rather than nothing."""
    if isinstance(texts, str):
        return texts or fallback
    if not texts:
        return fallback
    return str(texts.get(language()) or next((text for text in texts.values() if text), "") or fallback)


def zone() -> ZoneInfo | None:
    """The centre's zone; None for the machine's own."""
    name = current_app.config["CALLCONTROL_TIMEZONE"]
    return ZoneInfo(name) if name else None


def local(at: float) -> datetime:
    return datetime.fromtimestamp(at, zone()) if zone() else datetime.fromtimestamp(at).astimezone()


def moment(at: float | None) -> str:
    """``2026-11-21 20:15:07``: the same in every language, and nobody mistakes the day for the month."""
    return "" if at is None else f"{local(at):%Y-%m-%d %H:%M:%S}"


def clock_time(at: float | None) -> str:
    return "" if at is None else f"{local(at):%H:%M:%S}"


def day_start(text: str, *, days: int = 0) -> float | None:
    """Midnight of ``2026-11-21`` (plus so many days) in the centre's zone; None if it is no date."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    at = datetime(day.year, day.month, day.day, tzinfo=zone()) if zone() else datetime(day.year, day.month, day.day)
    return at.timestamp()


def span(seconds: float | None) -> str:
    """``0:07``, ``12:34``, ``1:02:03``."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
