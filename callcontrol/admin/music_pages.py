"""Hold music: lists of pieces that queues play. What is uploaded or removed acts at once; which queue plays which list is in the draft."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from callcontrol.admin.prompt_words import WHY_NOT
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.store import Change
from callcontrol.prompts.playlist import DEFAULT, NAME
from callcontrol.prompts.recordings import LARGEST, NotASound
from callcontrol.values.configuration import LANGUAGES

pages = Blueprint("music", __name__)

PIECE = "/rules/music/<name>/<file>"


@pages.get("/rules/music")
@needs("manager")
def page() -> ResponseReturnValue:
    return _show()


def _show(problem: str = "", name: str = "", language: str = "", status: int = 200) -> ResponseReturnValue:
    queues = services().releases.draft().configuration.queues
    played: dict[str, list[str]] = {}
    for queue in queues.values():
        played.setdefault(queue.music or DEFAULT, []).append(queue.name)
    page = render_template(
        "music.html",
        music=services().prompts.music(),
        played=played,
        queues=queues,
        default=DEFAULT,
        languages=LANGUAGES,
        problem=problem,
        name=name,
        chosen=language,
    )
    return page, status


@pages.post("/rules/music")
@needs("manager")
def add() -> ResponseReturnValue:
    """One piece or several; what is wrong with one does not keep the others out."""
    name, language = request.form.get("name", "").strip(), request.form.get("language", "")
    sent = [file for file in request.files.getlist("pieces") if file.filename]
    if not NAME.fullmatch(name):
        what = gettext("Give the music a name: letters, digits, - and _, such as jazz.")
        return _show(what, name, language, status=422)
    if language and language not in LANGUAGES:
        abort(404)
    if not sent:
        return _show(gettext("Choose a file: WAV, FLAC or Ogg."), name, language, status=422)
    taken = list(_taken(name, language, sent))
    if taken:
        _note("music.added", name, language, taken)
        flash(gettext("Kept: %(pieces)s. Whoever waits from now on hears it.", pieces=", ".join(taken)), "success")
    return redirect(url_for("music.page"))


def _taken(name: str, language: str, sent: Iterable[FileStorage]) -> Iterable[str]:
    """The files that were kept; of each other it is flashed why not."""
    for piece in sent:
        called = (piece.filename or "")[:80]
        try:
            yield services().prompts.add_music(name, piece.filename or "", piece.read(LARGEST + 1), language)
        except NotASound as error:
            flash(f"{called}: {str(WHY_NOT[error.why]) % {'detail': error.detail}}", "danger")
        except OSError:
            sentence = gettext("The music can't be written; the folder of sounds is full or forbids it.")
            flash(f"{called}: {sentence}", "danger")


@pages.get(PIECE)
@needs("manager")
def listen(name: str, file: str) -> ResponseReturnValue:
    found = services().prompts.music_file(name, request.args.get("language", ""), "" if file == f"{name}.wav" else file)
    found = found or services().prompts.music_file(name, request.args.get("language", ""), file)
    if found is None:
        abort(404)
    response: Response = send_file(found, mimetype="audio/wav", conditional=True, max_age=0)
    return response


@pages.post(f"{PIECE}/remove")
@needs("manager")
def remove(name: str, file: str) -> ResponseReturnValue:
    language = request.form.get("language", "")
    try:
        if services().prompts.remove_music(name, language, file):
            _note("music.removed", name, language, [file])
            flash(gettext("%(piece)s is removed.", piece=file), "success")
    except OSError:
        flash(gettext("The music can't be removed; the folder of sounds forbids it."), "danger")
    return redirect(url_for("music.page"))


def _note(action: str, name: str, language: str, files: list[str]) -> None:
    after = {"pieces": ", ".join(files), **({"language": language} if language else {})}
    services().audit.note(Change(services().clock.now(), me().name, action, f"music.{name}", after=after))
