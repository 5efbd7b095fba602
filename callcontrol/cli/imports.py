"""``callcontrol import``: the configuration of another system, made into ours, with everything that was decided."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callcontrol.cli.common import Settings, fail, opened_store, pass_settings, print_json, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callcontrol.migration.notes import Note
    from callcontrol.values.configuration import Configuration
    from callcontrol.values.problems import Problem


@click.group()
def command() -> None:
    """Take over the configuration of another system."""


@command.command("mod_callcenter")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the configuration there, as TOML.")
@click.option("--draft", is_flag=True, help="Put queues and agents into the draft, to look at, correct and publish.")
@click.option("--replace", is_flag=True, help="With --draft: in the place of those of the same name.")
@click.option(
    "--language", type=click.Choice(["en", "zh", "both"]), default="both", show_default=True, help="Of the notes."
)
@click.option("--json", "as_json", is_flag=True, help="For programs: the notes, the problems and the configuration.")
@pass_settings
def mod_callcenter(
    settings: Settings, file: Path, out: Path | None, draft: bool, replace: bool, language: str, as_json: bool
) -> None:
    """FILE is callcenter.conf.xml with its queues, agents and tiers. What has no equal here, and what was decided, is said
    for each thing with its line. Without --out and --draft the configuration is printed.

    \b
    Example:
      callcontrol import mod_callcenter /etc/freeswitch/autoload_configs/callcenter.conf.xml
      callcontrol import mod_callcenter callcenter.conf.xml --out centre.toml
      callcontrol import mod_callcenter callcenter.conf.xml --draft
    """
    from callcontrol.migration.callcenter_xml import XmlRefused, read_xml
    from callcontrol.migration.from_mod_callcenter import from_mod_callcenter
    from callcontrol.migration.toml_text import as_toml
    from callcontrol.values.configuration import as_data
    from callcontrol.values.configuration_checks import check

    if draft and out is not None:
        raise click.UsageError("Choose --out or --draft.")
    try:
        configuration, notes = from_mod_callcenter(read_xml(file.read_bytes()))
    except XmlRefused as error:
        fail(f"{file}: {error}")
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}. Name another.")
    problems = check(configuration)
    if as_json:
        said = [
            {"kind": n.kind.value, "line": n.line, "what": n.what, "en": n.said("en"), "zh": n.said("zh")}
            for n in notes
        ]
        found = [{"where": p.where, "what": p.what, "fatal": p.fatal} for p in problems]
        print_json({"notes": said, "problems": found, "configuration": as_data(configuration)})
    else:
        _tell(notes, problems, ("en", "zh") if language == "both" else (language,))
    if draft:
        _into_draft(settings, configuration, replace)
    elif out is not None:
        _write(out, as_toml(configuration, f"Made of {file.name} by callcontrol import mod_callcenter."))
        click.echo(f"{out} is written. Look through it, then name it in the settings (configuration = ...).", err=True)
    elif not as_json:
        click.echo(as_toml(configuration), nl=False)
    queues, agents = len(configuration.queues), len(configuration.agents)
    fatal = sum(problem.fatal for problem in problems)
    click.echo(
        f"{queues} queues and {agents} agents; {len(notes)} notes, {fatal} problems that forbid publishing.", err=True
    )
    if fatal:
        raise SystemExit(1)


def _tell(notes: Sequence[Note], problems: Sequence[Problem], languages: Sequence[str]) -> None:
    """To the standard error, so that the configuration itself can be sent into a file."""
    from callcontrol.migration.notes import KINDS

    for note in notes:
        where = f"line {note.line}, " if note.line else ""
        for number, language in enumerate(languages):
            head = f"{where}{printable(note.what)} [{KINDS[note.kind][language]}]: " if number == 0 else "    "
            click.echo(f"{head}{printable(note.said(language))}", err=True)
    for problem in problems:
        click.echo(f"{'problem' if problem.fatal else 'warning'}: {printable(str(problem))}", err=True)


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as made:
            made.write(text)
        Path(made.name).chmod(0o644)
        Path(made.name).replace(path)
    except OSError as error:
        fail(f"{path} can't be written: {error.strerror}. Name another with --out.")


def _into_draft(settings: Settings, configuration: Configuration, replaced: bool) -> None:
    from dataclasses import replace

    from callcontrol.ports.store import EditConflict

    with opened_store(settings) as store:
        draft = store.releases.draft()
        now = draft.configuration
        taken = [*(now.queues.keys() & configuration.queues.keys()), *(now.agents.keys() & configuration.agents.keys())]
        if taken and not replaced:
            fail(
                f"The draft has {', '.join(sorted(taken)[:10])} already; nothing was saved. Give --replace to overwrite."
            )
        merged = replace(
            now, queues={**now.queues, **configuration.queues}, agents={**now.agents, **configuration.agents}
        )
        try:
            store.releases.save_draft(merged, version=draft.version, who="import")
        except EditConflict as error:
            fail(f"{error} Nothing was saved; try again.")
    click.echo("It is in the draft: look at Queues and agents in the admin, and publish it there.", err=True)
