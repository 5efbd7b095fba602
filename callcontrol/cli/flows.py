"""callcontrol flows: list, check, graph, rehearse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json
from callcontrol.cli.flow_releases import releases
from callcontrol.cli.flow_testing import new, save_story, test

if TYPE_CHECKING:
    from callcontrol.flow.catalogue import Flows
    from callcontrol.flow.commands import Prompt
    from callcontrol.flow.flow import Flow
    from callcontrol.flow.rehearsal import Line, Rehearsal
    from callcontrol.values.configuration import Configuration
    from callcontrol.values.problems import Problem

PHONE_KEYS = set("0123456789*#")
QUEUE_STATES = ("free", "busy", "away", "nobody", "full", "closed", "timeout", "overflow")


@click.group()
def command() -> None:
    """List, check, draw and rehearse flows.

    \b
    Example: callcontrol flows rehearse hotline --queue busy
    """


@command.command("list")
@pass_settings
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(settings: Settings, as_json: bool) -> None:
    """The flows that this installation knows.

    \b
    Example: callcontrol flows list --json
    """
    flows = _flows(settings)
    rows = [_about(flow) for flow in sorted(flows, key=lambda f: (f.name, f.release))]
    if as_json:
        print_json({"flows": rows, "broken": [_problem_row("", p) for p in flows.broken]})
        return
    from rich.table import Table

    table = Table("flow", "release", "title", "steps", "parameters", box=None, header_style="bold")
    for row in rows:
        parameters = ", ".join(p["name"] for p in row["parameters"])
        table.add_row(
            row["name"], str(row["release"]), " / ".join(row["title"].values()), str(row["steps"]), parameters
        )
    console().print(table)
    for problem in flows.broken:
        click.secho(f"broken: {problem}", fg="red", err=True)


@command.command()
@pass_settings
@click.argument("names", nargs=-1)
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), help="A flow file outside the folder.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(settings: Settings, names: tuple[str, ...], files: tuple[Path, ...], as_json: bool) -> None:
    """Everything that is wrong with the flows, or with those NAMES: structure, texts, sound files, and names that
    the configuration does not have.

    Ends with status 1 if a flow can't be used, or not by the number that leads to it; warnings alone end with 0.

    \b
    Example: callcontrol flows check hotline
    """
    flows = _flows(settings)
    found: list[tuple[str, Problem]] = []
    if files:
        chosen = []
        for file in files:
            made, problems = _load_file(file)
            chosen += made
            found += [(file.name, p) for p in problems]
    else:
        chosen = [_get(flows, name) for name in names] or list(flows)
        found += [] if names else [("", p) for p in flows.broken]
    configuration = _configuration(settings)
    used = () if files else {entry.flow for entry in configuration.entries.values()}
    for flow in chosen:
        found += [(flow.name, p) for p in _warnings(settings, flow, configuration, used=flow.name in used)]
    if not files:
        found += _of_entries(settings, configuration, {flow.name for flow in chosen} if names else None)
    fatal = any(problem.fatal for _, problem in found)
    if as_json:
        print_json({"ok": not fatal, "problems": [_problem_row(name, p) for name, p in found]})
    else:
        for name, problem in found:
            kind, colour = ("error", "red") if problem.fatal else ("warning", "yellow")
            click.echo(click.style(f"{kind}: ", fg=colour) + f"{name + ': ' if name else ''}{problem}")
        count = f"{len(chosen)} flow{'' if len(chosen) == 1 else 's'}"
        click.echo(
            f"{count} checked: {sum(p.fatal for _, p in found)} errors, {sum(not p.fatal for _, p in found)} warnings."
        )
    if fatal:
        raise SystemExit(1)


@command.command()
@pass_settings
@click.argument("name")
@click.option(
    "--format", "form", type=click.Choice(["mermaid", "dot"]), default="mermaid", show_default=True, help="Of the text."
)
@click.option("--release", type=int, help="Default: the newest.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the language of the settings.")
def graph(settings: Settings, name: str, form: str, release: int | None, language: str | None) -> None:
    """The picture of a flow, as text.

    \b
    Example: callcontrol flows graph hotline --format dot | dot -Tsvg > hotline.svg
    """
    from callcontrol.flow import drawing

    language = language or settings.language
    words = drawing.PLAIN
    if language != "en":
        from callcontrol.admin.flow_words import words_in

        words = words_in(language)
    flow = _get(_all_flows(settings, _configuration(settings)), name, release)
    click.echo(drawing.dot(flow, words=words) if form == "dot" else drawing.mermaid(flow, words), nl=False)


@command.command()
@pass_settings
@click.argument("name")
@click.option("--at", help="Date and time of the call, 2026-03-04T10:00 (default: now). The clock then runs by itself.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the language of the settings.")
@click.option(
    "--queue", type=click.Choice(QUEUE_STATES), default="free", show_default=True, help="What the queue is like."
)
@click.option("--keys", help="Play the call with these keys (1,2,-,5; '-' is silence) instead of asking for them.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the flow.")
@click.option("--json", "as_json", is_flag=True, help="The transcript for programs; needs --keys.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the call as a test: NAME.story.toml, played by 'callcontrol flows test' and by pytest.",
)
def rehearse(
    settings: Settings,
    name: str,
    at: str | None,
    language: str | None,
    queue: str,
    keys: str | None,
    given: tuple[str, ...],
    as_json: bool,
    save: Path | None,
) -> None:
    """Play a flow in this terminal: prompts as text, keys typed, no switch needed.

    Asked for a key, type it; Enter alone is silence, 'h' hangs up. In the music and in the announcement Enter waits on.

    \b
    Example: callcontrol flows rehearse hotline --queue busy --language en
    Example: callcontrol flows rehearse hotline --keys 1,1,5,4,5
    """
    from callcontrol.flow.rehearsal import Rehearsal, RehearsalError

    if as_json and keys is None:
        raise click.UsageError("--json needs --keys: a program can't type.")
    configuration = _configuration(settings)
    flow = _get(_all_flows(settings, configuration), name)
    call = Rehearsal(
        flow,
        queue=queue,
        parameters=_parameters(flow, given),
        language=language or settings.language,
        at=_instant(at, configuration),
        opening=lambda now: {n: hours.is_open(now) for n, hours in configuration.hours.items()},
        queue_hours={n: q.hours for n, q in configuration.queues.items()},
        speak=_speaker(configuration),
        watch=None if as_json else _show(configuration),
    )
    try:
        if keys is not None:
            call.run(_keys(keys))
        else:
            _interactive(call)
    except RehearsalError as error:
        fail(str(error))
    if save is not None:
        save_story(call, save)
    if as_json:
        lines = [{"at": x.at.isoformat(), "kind": x.kind, "text": x.text, "step": x.step} for x in call.transcript]
        print_json({"flow": flow.name, "steps": call.steps, "survey": call.survey, "transcript": lines})
    else:
        click.secho(f"steps: {' > '.join(call.steps)}", dim=True)


command.add_command(test)
command.add_command(releases)
command.add_command(new)


# --- inside -------------------------------------------------------------------------------------------------------------
def _keys(text: str) -> list[str]:
    keys = [key for key in text.replace(" ", ",").split(",") if key]
    for key in keys:
        if key != "-" and not set(key) <= PHONE_KEYS:
            raise click.BadParameter(
                f"{key!r} is no key; a phone has 0 to 9, * and #, and '-' is silence.", param_hint="--keys"
            )
    return keys


def _interactive(call: Rehearsal) -> None:
    class Gone(Exception):
        pass

    def ask(question: str) -> str:
        try:
            typed = click.prompt(question, default="", show_default=False, prompt_suffix=" ").strip()
        except click.Abort:
            raise Gone from None
        if typed in ("h", "hang up", "q"):
            raise Gone
        if typed != "-" and not set(typed) <= PHONE_KEYS:
            click.echo(f"         {typed!r} is no key; a phone has 0 to 9, * and #.")
            return ask(question)
        return str(typed)

    def next_key(asked: Any) -> str:
        digits = "key" if asked.max_keys == 1 else f"{asked.min_keys} to {asked.max_keys} keys"
        return ask(f"         your {digits} (Enter: silence, h: hang up)?")

    try:
        call.begin()
        while not call.over:
            call.step_on(next_key, lambda: ask("         a key, or Enter to go on waiting (h: hang up)?"))
    except Gone:
        call.hung_up()


def _show(configuration: Configuration) -> Callable[[Line], None]:
    colours = {
        "hears": "cyan",
        "presses": "green",
        "speaks": "green",
        "trouble": "red",
        "queue": "magenta",
        "survey": "green",
    }

    def show(line: Line) -> None:
        clock = line.at.astimezone(_zone(configuration)).strftime("%H:%M:%S")
        click.echo(f"{clock} " + click.style(f"{line.kind:>8}", fg=colours.get(line.kind)) + f"  {line.text}".rstrip())

    return show


def _speaker(configuration: Configuration) -> Callable[[Prompt, str], str]:
    from callcontrol.prompts.catalogue import texts_of
    from callcontrol.prompts.sounds import spoken

    texts = texts_of(configuration)
    return lambda prompt, language: spoken(prompt, language, texts)


def _zone(configuration: Configuration) -> Any:
    from zoneinfo import ZoneInfo

    names = [hours.zone for hours in configuration.hours.values()]
    return ZoneInfo(names[0]) if names else None  # None: the zone of this machine


def _instant(text: str | None, configuration: Configuration) -> datetime:
    if text is None:
        return datetime.now().astimezone()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no date and time; write it like 2026-03-04T10:00.", param_hint="--at"
        ) from None
    if not 1970 <= at.year < 9000:  # the call must have room to go on, in any zone
        raise click.BadParameter(f"{text!r} lies beyond the years 1970 to 8999.", param_hint="--at")
    if at.tzinfo is not None:
        return at
    zone = _zone(configuration)
    return at.replace(tzinfo=zone) if zone else at.astimezone()


def _parameters(flow: type[Flow], given: tuple[str, ...]) -> Mapping[str, Any]:
    import json

    values: dict[str, Any] = {}
    for each in given:
        name, separator, text = each.partition("=")
        if not separator:
            raise click.BadParameter(f"{each!r} must be written NAME=VALUE.", param_hint="--set")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    if problems := flow.parameter_problems(values):
        fail("\n".join(str(p) for p in problems))
    return values


def _warnings(settings: Settings, flow: type[Flow], configuration: Configuration, *, used: bool) -> list[Problem]:
    from callcontrol.flow.checks import check_prompts
    from callcontrol.flow.uses import House, check_names, check_sounds, names_of
    from callcontrol.prompts.builder import states
    from callcontrol.prompts.catalogue import texts_of

    texts = texts_of(configuration)
    problems = check_prompts(flow, texts.by_language)
    missing = {s.piece.path for s in states(texts, settings.sounds_dir) if s.state == "missing"}
    from callcontrol.prompts.sounds import Piece, pieces_of

    def without_file(key: str) -> list[str]:
        founds = [texts.find(f"{key}@{x}", x) for x in texts.by_language] if "@" not in key else [texts.find(key, "")]
        return [f.language for f in founds if f for p in pieces_of(f) if isinstance(p, Piece) and p.path in missing]

    problems += check_sounds(flow, without_file)
    if not used:  # else each number that leads to it is looked at, with its parameters
        problems += check_names(flow, names_of(configuration, House(flow_numbers=settings.flow_numbers)))
    return problems


def _of_entries(settings: Settings, configuration: Configuration, flows: set[str] | None) -> list[tuple[str, Problem]]:
    """What is wrong between the entry numbers and those flows (None: all)."""
    from callcontrol.flow.uses import House, check_configuration

    found = check_configuration(
        _all_flows(settings, configuration), configuration, House(flow_numbers=settings.flow_numbers)
    )
    entries = {number: entry.flow for number, entry in configuration.entries.items()}
    of = [(entries[problem.where.split(".")[1]], problem) for problem in found]
    return [(flow, problem) for flow, problem in of if flows is None or flow in flows]


def _about(flow: type[Flow]) -> dict[str, Any]:
    return {
        "name": flow.name,
        "release": flow.release,
        "title": dict(flow.title),
        "steps": len(flow.steps),
        "parameters": [p.as_form() for p in flow.parameters.values()],
    }


def _problem_row(flow: str, problem: Problem) -> dict[str, Any]:
    return {"flow": flow, "where": problem.where, "what": problem.what, "fatal": problem.fatal}


def _flows(settings: Settings) -> Flows:
    from callcontrol.flow.catalogue import load_flows

    return load_flows(settings.flows_dir)


def _all_flows(settings: Settings, configuration: Configuration) -> Flows:
    """Those of the folder, and those that supervisors composed."""
    from callcontrol.flow.composed.source import with_composed

    return with_composed(_flows(settings), configuration)


def _load_file(path: Path) -> tuple[list[type[Flow]], list[Problem]]:
    from callcontrol.flow.catalogue import load_file

    if not path.is_file():
        fail(f"{path} is no file.")
    return load_file(path)


def _get(flows: Flows, name: str, release: int | None = None) -> type[Flow]:
    from callcontrol.flow.catalogue import FlowNotFound

    try:
        flow = flows.get(name, release)
        if release is not None and flow.release != release:
            known = ", ".join(str(f.release) for f in flows if f.name == name)
            fail(f"There is no release {release} of the flow {name!r}; there is {known}.")
        return flow
    except FlowNotFound as error:
        broken = "".join(f"\nbroken: {p}" for p in flows.broken)
        fail(f"{error}{broken}")


def _configuration(settings: Settings) -> Configuration:
    """The one that an empty database begins with; good enough for texts, hours and names of a rehearsal."""
    from callcontrol.cli.prompts import configuration_of

    return configuration_of(settings)
