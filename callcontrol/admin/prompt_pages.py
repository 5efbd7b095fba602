"""Prompts: every text with its sound in each language. Texts are edited in the draft; recordings act at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import TextAreaField

from callcontrol.admin import edits
from callcontrol.admin.differences import shown
from callcontrol.admin.forms.fields import DraftForm, short, texts
from callcontrol.admin.prompt_words import WHY_NOT, finding_words
from callcontrol.admin.rules import TRIES
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.store import Change, EditConflict
from callcontrol.prompts.catalogue import shipped_texts, texts_of
from callcontrol.prompts.recordings import LARGEST, NotASound
from callcontrol.prompts.shelf import Sounding
from callcontrol.prompts.sounds import fields_of
from callcontrol.values.configuration import LANGUAGES, Configuration

pages = Blueprint("prompts", __name__)

LONGEST = 1000  # characters of a text
_BRACES = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class Line:
    key: str
    said_by: Sequence[str]
    soundings: Mapping[str, Sounding]


class PromptForm(DraftForm):
    zh = TextAreaField(_("Chinese"))
    en = TextAreaField(_("English"))

    def check(self, key: str) -> bool:
        """Whether the texts can be said: not too long, and with the fields of the shipped text."""
        sound = bool(self.validate())
        for field in (self.zh, self.en):
            text = (field.data or "").strip()
            shipped = shipped_texts().by_language[field.name].get(key)
            field.errors = list(field.errors)
            try:
                short(field, LONGEST)
            except ValueError as error:
                field.errors.append(str(error))
            if text and shipped is not None and fields_of(text) != fields_of(shipped):
                wanted = ", ".join(f"{{{name}}}" for name in sorted(fields_of(shipped)))
                field.errors.append(
                    gettext("Keep what is filled in: %(fields)s, and nothing else in braces.", fields=wanted)
                    if wanted
                    else gettext("Nothing is filled into this text; leave out what is in braces.")
                )
            elif text and _BRACES.search(re.sub(r"\{\w+(:\w+)?\}", "", text)):
                field.errors.append(gettext("A brace stands alone; write a field as {name} or leave the brace out."))
            sound = sound and not field.errors
        return sound


@pages.get("/rules/prompts")
@needs("manager")
def page() -> ResponseReturnValue:
    asked = request.args.get("text", "").strip()
    state, pieces = request.args.get("state", ""), request.args.get("pieces") == "y"
    lines = _lines(services().releases.draft().configuration)
    found = [line for line in lines if _fits(line, asked.casefold(), state, pieces)]
    return render_template("prompts.html", lines=found, of=len(lines), asked=asked, state=state, all_pieces=pieces)


def _fits(line: Line, asked: str, state: str, pieces: bool) -> bool:
    if line.key.startswith("say.") and not (pieces or asked):
        return False
    soundings = line.soundings.values()
    if state == "finding" and not any(s.findings for s in soundings):
        return False
    if state not in ("", "finding") and not any(s.state == state for s in soundings):
        return False
    return not asked or asked in line.key or any(asked in s.text.casefold() for s in soundings)


def _lines(configuration: Configuration) -> list[Line]:
    said_by: dict[str, list[str]] = {}
    for flow in services().flows():
        for step in flow.steps:
            for key in step.says.split(", "):
                said_by.setdefault(key.partition("@")[0], []).append(f"{flow.name}.{step.name}")
    by_key: dict[str, dict[str, Sounding]] = {}
    for sounding in services().prompts.rows(configuration):
        by_key.setdefault(sounding.key, {})[sounding.language] = sounding
    return [Line(key, tuple(dict.fromkeys(said_by.get(key, ()))), soundings) for key, soundings in by_key.items()]


@pages.route("/rules/prompts/<key>", methods=["GET", "POST"])
@needs("manager")
def one(key: str) -> ResponseReturnValue:
    configuration = services().releases.draft().configuration
    _known(configuration, key)
    form = PromptForm()
    now = configuration.texts.get(key, {})
    if request.method == "GET":
        form.zh.data, form.en.data = now.get("zh", ""), now.get("en", "")
        return _show(form, key, edits.flat(now))
    base = edits.unpacked(form.base.data)
    if owner(configuration, key):
        abort(404)
    if not form.check(key):
        return _show(form, key, base, status=422)
    for _try in range(TRIES):
        draft = services().releases.draft()
        now = draft.configuration.texts.get(key, {})
        theirs = edits.flat(now)
        mine = edits.flat(texts(now, zh=form.zh.data, en=form.en.data))
        merged = edits.merge(theirs if base is None else base, mine, theirs)
        if merged.theirs:
            form.zh.data, form.en.data = merged.values.get("zh", ""), merged.values.get("en", "")
            return _show(form, key, theirs, disputed=merged.theirs, status=409)
        others = {name: by_language for name, by_language in draft.configuration.texts.items() if name != key}
        kept = {**others, key: merged.values} if merged.values else others
        try:
            services().releases.save_draft(
                replace(draft.configuration, texts=kept), version=draft.version, who=me().name
            )
        except EditConflict:
            continue
        flash(gettext("Saved in the draft. It acts when you publish it."), "success")
        return redirect(url_for("prompts.one", key=key))
    return _show(form, key, base, status=503, busy=True)


def owner(configuration: Configuration, key: str) -> str:
    """The page on which this text is edited, if it belongs to a queue, a break or a step of a composed flow; else empty."""
    section, _dot, rest = key.partition(".")
    name = rest.partition(".")[0]
    if section == "queue" and name in configuration.queues:
        return url_for("rules.queue", name=name)
    step = rest.partition(".")[2].partition(".")[0]
    if section == "own" and step in configuration.composed.get(name, {}).get("steps", {}):
        return url_for("composed.step", name=name, step=step)
    return url_for("breaks.page") if section == "break" else ""


def _known(configuration: Configuration, key: str) -> None:
    if not any(key in by_key for by_key in texts_of(configuration).by_language.values()):
        abort(404)


def _show(
    form: PromptForm,
    key: str,
    base: edits.Flat | None,
    *,
    disputed: Mapping[str, Any] | None = None,
    status: int = 200,
    busy: bool = False,
) -> ResponseReturnValue:
    form.base.data = edits.packed(base or {})
    configuration = services().releases.draft().configuration
    line = next((line for line in _lines(configuration) if line.key == key), None)
    if line is None:
        abort(404)
    page = render_template(
        "prompt.html",
        form=form,
        line=line,
        languages=LANGUAGES,
        shipped={code: shipped_texts().by_language[code].get(key, "") for code in LANGUAGES},
        owner=owner(configuration, key),
        theirs={path: shown(value) or "–" for path, value in (disputed or {}).items()},
        busy=busy,
        finding_words=finding_words,
    )
    return page, status


@pages.get("/rules/prompts/<key>/<code>.wav")
@needs("manager")
def listen(key: str, code: str) -> ResponseReturnValue:
    sound = services().prompts.wav(services().releases.draft().configuration, key, code)
    if sound is None:
        abort(404)
    response = Response(sound, mimetype="audio/wav")
    response.headers["Content-Disposition"] = "inline"
    response.accept_ranges = "bytes"
    return response.make_conditional(request, accept_ranges=True, complete_length=len(sound))


@pages.post("/rules/prompts/<key>/<code>/recording")
@needs("manager")
def record(key: str, code: str) -> ResponseReturnValue:
    """Callers hear it at once, so it has to be of the text that acts."""
    acting = _acting(key, code)
    sent = request.files.get("recording")
    data = sent.read(LARGEST + 1) if sent else b""
    now = services().clock.now()
    if not data:
        flash(gettext("Choose a file: WAV, FLAC or Ogg."), "danger")
    elif acting is None:
        flash(
            gettext("The text of the draft is not published yet, and a recording is heard at once: publish it first."),
            "danger",
        )
    else:
        try:
            made = services().prompts.record(acting, key, code, data, who=me().name, at=now)
        except NotASound as error:
            flash(str(WHY_NOT[error.why]) % {"detail": error.detail}, "danger")
        except OSError:
            flash(gettext("The recording can't be written; the folder of sounds is full or forbids it."), "danger")
        else:
            _note("prompt.recorded", key, code, {"seconds": made.seconds})
            flash(gettext("The recording is kept; callers hear it at once."), "success")
    return redirect(url_for("prompts.one", key=key))


@pages.post("/rules/prompts/<key>/<code>/remove")
@needs("manager")
def remove(key: str, code: str) -> ResponseReturnValue:
    configuration = services().releases.draft().configuration
    _in_language(configuration, key, code)
    try:
        if services().prompts.remove(configuration, key, code):
            _note("prompt.removed", key, code, None)
            flash(gettext("The recording is removed; callers hear the synthetic voice again."), "success")
    except OSError:
        flash(gettext("The recording can't be removed; the folder of sounds forbids it."), "danger")
    return redirect(url_for("prompts.one", key=key))


def _acting(key: str, code: str) -> Configuration | None:
    """What is published, if it says this text as the draft does."""
    draft = services().releases.draft().configuration
    text = _in_language(draft, key, code)
    current = services().releases.current()
    acting = current.configuration if current else Configuration()
    return acting if texts_of(acting).by_language.get(code, {}).get(key) == text else None


def _in_language(configuration: Configuration, key: str, code: str) -> str:
    text = texts_of(configuration).by_language.get(code, {}).get(key)
    if text is None or code not in LANGUAGES:
        abort(404)
    return text


def _note(action: str, key: str, code: str, after: Any) -> None:
    services().audit.note(Change(services().clock.now(), me().name, action, f"texts.{key}.{code}", after=after))
