"""callcontrol prompts: build, list, check, lint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from callcontrol.cli.common import Settings, console, ensure_directory, fail, pass_settings, print_json

if TYPE_CHECKING:
    from callcontrol.prompts.builder import Report
    from callcontrol.prompts.catalogue import Texts
    from callcontrol.prompts.voice import Voice
    from callcontrol.values.configuration import Configuration


@click.group()
def command() -> None:
    """Build the sound files of the prompts.

    \b
    Example: callcontrol prompts build
    """


@command.command()
@pass_settings
@click.option(
    "--engine",
    type=click.Choice(["auto", "program", "silence"]),
    default="auto",
    show_default=True,
    help="auto: the speech program, or silence where there is none.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def build(settings: Settings, engine: str, as_json: bool) -> None:
    """Make the sound files that are missing or whose text or voice changed, and the hold music.

    The speech program is tts_command of the settings (default: espeak-ng).

    \b
    Example: callcontrol prompts build --engine silence
    """
    from callcontrol.prompts.builder import choose_voice
    from callcontrol.prompts.voice import VoiceError

    texts = _texts(settings)
    ensure_directory(settings.sounds_dir, "the sound files")
    try:
        voice, warning = choose_voice(settings.tts_command, engine)
        report = _build(settings, texts, voice, quiet=as_json)
    except VoiceError as error:
        fail(str(error))
    except OSError as error:
        fail(
            f"{error.filename or settings.sounds_dir} can't be written: {error.strerror}. Choose another with --data DIR."
        )
    if as_json:
        problems = [{"where": p.where, "what": p.what} for p in report.problems]
        print_json(
            {
                "built": report.built,
                "kept": report.kept,
                "voice": report.voice,
                "warning": warning,
                "problems": problems,
            }
        )
    else:
        click.echo(f"{report.built} sound files built, {report.kept} kept, in {settings.sounds_dir}.")
        if warning:
            click.secho(f"WARNING: {warning}", fg="yellow", bold=True, err=True)
        for problem in report.problems:
            click.secho(f"error: {problem}", fg="red", err=True)
    if report.problems:
        raise SystemExit(1)


@command.command("list")
@pass_settings
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(settings: Settings, as_json: bool) -> None:
    """Every text, in every language, and the state of its sound file.

    \b
    Example: callcontrol prompts list --json
    """
    rows = _rows(settings)
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table("prompt", "language", "state", "text", box=None, header_style="bold")
    colours = {"missing": "red", "silent": "yellow", "built": "green"}
    for row in rows:
        table.add_row(row["key"], row["language"], f"[{colours[row['state']]}]{row['state']}[/]", row["text"])
    console().print(table)


@command.command()
@pass_settings
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(settings: Settings, as_json: bool) -> None:
    """Whether every text has its sound file. Ends with status 1 if one is missing.

    \b
    Example: callcontrol prompts check
    """
    rows = _rows(settings)
    bad = [row for row in rows if row["state"] != "built"]
    missing = sum(row["state"] == "missing" for row in bad)
    if as_json:
        print_json(
            {"ok": not missing, "sounds": len(rows), "missing": missing, "silent": len(bad) - missing, "rows": bad}
        )
    else:
        click.echo(f"{len(rows)} sound files: {missing} missing, {len(bad) - missing} silent.")
        if missing:
            click.echo("Build them: callcontrol prompts build")
    if missing:
        raise SystemExit(1)


@command.command("lint")
@pass_settings
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def lint_(settings: Settings, as_json: bool) -> None:
    """What is awkward in the texts: a language that is missing, a menu that is too long, a key before what it is for,
    a recording of an older text.

    Ends with status 1 if there is anything.

    \b
    Example: callcontrol prompts lint
    """
    from callcontrol.prompts.lint import music_problems
    from callcontrol.prompts.shelf import Shelf

    configuration = configuration_of(settings)
    rows = Shelf(settings.sounds_dir).rows(configuration)
    music = music_problems(configuration, settings.sounds_dir)
    findings = [finding for row in rows for finding in row.findings]
    if as_json:
        print_json(
            [
                {"key": f.key, "language": f.language, "kind": f.kind, "detail": f.detail, "what": str(f)}
                for f in findings
            ]
            + [{"key": p.where, "language": "", "kind": "music", "detail": "", "what": str(p)} for p in music]
        )
    else:
        for finding in findings:
            click.echo(str(finding))
        for problem in music:
            click.echo(str(problem))
        number = len(findings) + len(music)
        click.echo(f"{number} findings." if number else "Nothing to mend.")
    if findings or music:
        raise SystemExit(1)


@command.group()
def music() -> None:
    """Hold music: what there is, and more of it."""


@music.command("list")
@pass_settings
def music_list(settings: Settings) -> None:
    """Show the hold music: one piece, or a list that is played in the order of the file names (or shuffled, as the queue says).

    \b
    Example: callcontrol prompts music list
    """
    from callcontrol.prompts.playlist import names, pieces
    from callcontrol.prompts.recordings import seconds_of
    from callcontrol.values.configuration import LANGUAGES

    for name in names(settings.sounds_dir):
        shown = {
            tuple(found) for language in ("", *LANGUAGES) if (found := pieces(name, language, settings.sounds_dir))
        }
        click.echo(name)
        for file in sorted({file for found in shown for file in found}):
            click.echo(f"  {Path(file).relative_to(settings.sounds_dir / 'music')}  {seconds_of(Path(file)):.0f} s")


@music.command("add")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", default="", help="Only for callers who speak it: zh, en.")
@pass_settings
def music_add(settings: Settings, name: str, files: tuple[Path, ...], language: str) -> None:
    """Take sound files (WAV; others where sox is installed) into the hold music NAME. A queue plays it with music = "NAME".

    \b
    Example: callcontrol prompts music add jazz one.wav two.wav
    """
    from callcontrol.prompts.music_shelf import add
    from callcontrol.prompts.recordings import NotASound
    from callcontrol.values.configuration import LANGUAGES

    if language and language not in LANGUAGES:
        fail(f"There is no language {language!r}; there are {', '.join(LANGUAGES)}.")
    for file in files:
        try:
            added = add(name, file.name, file.read_bytes(), settings.sounds_dir, language)
        except (ValueError, NotASound) as error:
            fail(f"{file}: {error}")
        except OSError as error:
            fail(f"{file} can't be taken: {error.strerror}.")
        click.echo(f"{added.relative_to(settings.sounds_dir)}")


def configuration_of(settings: Settings) -> Configuration:
    """The published configuration where there is a database, else the one that an empty database begins with."""
    from callcontrol.bootstrap.parts import StartError, read_configuration_file

    if (published := _published(settings)) is not None:
        return published
    try:
        return read_configuration_file(settings)
    except StartError as error:
        fail(str(error))


def _published(settings: Settings) -> Configuration | None:
    """What acts now, or None where there is no database yet, or one that can't be asked."""
    if not settings.database_url and not (settings.data_dir / "callcontrol.db").exists():
        return None
    from callcontrol.ports.store import StoreUnavailable
    from callcontrol.store.store import open_store

    store = open_store(settings.effective_database_url)
    try:
        release = store.releases.current()
    except StoreUnavailable as error:
        click.secho(f"{error} What {settings.configuration.name} says is used.", fg="yellow", err=True)
        return None
    finally:
        store.close()
    return release.configuration if release else None


def _rows(settings: Settings) -> list[dict[str, str]]:
    from callcontrol.prompts.builder import states
    from callcontrol.prompts.catalogue import texts_of
    from callcontrol.prompts.sounds import Piece, pieces_of

    texts = texts_of(configuration_of(settings))
    by_path = {s.piece.path: s.state for s in states(texts, settings.sounds_dir)}
    worst = ("missing", "silent", "built")
    rows = []
    for found in texts:
        its = [by_path[p.path] for p in pieces_of(found) if isinstance(p, Piece)]
        state = min(its, key=worst.index, default="built")
        rows.append({"key": found.key, "language": found.language, "state": state, "text": found.text})
    return rows


def _texts(settings: Settings) -> Texts:
    from callcontrol.prompts.catalogue import texts_of

    return texts_of(configuration_of(settings))


def _build(settings: Settings, texts: Texts, voice: Voice, *, quiet: bool) -> Report:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from callcontrol.prompts.builder import build as build_sounds

    errors = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("building prompts"), BarColumn(), MofNCompleteColumn(), TextColumn("[dim]{task.description}"))
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(done: int, of: int, what: str) -> None:
            progress.update(task, completed=done, total=of, description=what)

        return build_sounds(texts, settings.sounds_dir, voice, tell)
