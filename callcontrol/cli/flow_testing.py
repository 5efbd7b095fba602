"""``callcontrol flows test`` and ``callcontrol flows new``: tests of flows without a switch, and a template to begin with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json

if TYPE_CHECKING:
    from callcontrol.flow.flow import Flow
    from callcontrol.flow.rehearsal import Rehearsal
    from callcontrol.flow.testing import Story

SHOWN = 10  # of each list of findings


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--stories",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of NAME.story.toml files (default: stories beside the flows).",
)
@click.option("--mutants", is_flag=True, help="Also lead each way elsewhere and see whether a story notices.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def test(settings: Settings, names: tuple[str, ...], folder: Path | None, mutants: bool, as_json: bool) -> None:
    """Play the saved stories, and stories for every place × everything that can happen there.

    \b
    Example: callcontrol flows test hotline --mutants
    """
    from callcontrol.flow.catalogue import FlowNotFound, load_flows

    flows = load_flows(settings.flows_dir)
    try:
        chosen = [flows.get(name) for name in names] if names else list(flows)
    except FlowNotFound as error:
        fail(str(error))
    saved = _saved(folder or settings.flows_dir / "stories")
    rows = [_tested(flow, [(n, s) for n, s in saved if s.flow == flow.name], mutants) for flow in chosen]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            _show(row)
    if flows.broken and not names:
        for problem in flows.broken:
            click.secho(f"{problem.where}: {problem.what}", fg="red", err=True)
    if any(row["failed"] or row["surprises"] for row in rows) or (flows.broken and not names):
        raise click.exceptions.Exit(1)


def _saved(folder: Path) -> list[tuple[str, Story]]:
    from callcontrol.flow.testing import StoryError, read_story

    found = []
    for path in sorted(folder.glob("*.story.toml")) if folder.is_dir() else ():
        try:
            found.append((path.name, read_story(path.read_text("utf-8"))))
        except (StoryError, OSError, UnicodeDecodeError) as error:
            fail(f"{path.name}: {error}")
    return found


def _tested(flow: type[Flow], saved: list[tuple[str, Story]], with_mutants: bool) -> dict[str, Any]:
    from callcontrol.flow.rehearsal import RehearsalError
    from callcontrol.flow.testing import coverage, generated_stories, play, surprises, surviving_mutants

    failed, calls = [], []
    for name, story in saved:
        try:
            calls.append(play(flow, story))
        except (AssertionError, RehearsalError) as error:
            failed.append({"story": name, "what": str(error)})
    generated = list(generated_stories(flow))
    found = [{"story": str(s.story), "what": s.what} for s in surprises(flow, generated)]
    by_saved, by_all = coverage(flow, calls), coverage(flow, [*calls, *(play(flow, story) for story in generated)])
    row: dict[str, Any] = {
        "flow": flow.name,
        "release": flow.release,
        "saved": len(saved),
        "failed": failed,
        "generated": len(generated),
        "surprises": found,
        "saved_coverage": str(by_saved),
        "coverage": str(by_all),
        "unreached": [f"{a} > {b}" for a, b in by_all.missing_edges()],
    }
    if with_mutants:
        row["survivors"] = [str(mutant) for mutant in surviving_mutants(flow, [story for _, story in saved])]
    return row


def _show(row: dict[str, Any]) -> None:
    out = console()
    out.print(f"[bold]{row['flow']}[/] release {row['release']}", highlight=False)
    out.print(
        f"  saved stories      {row['saved']}, {len(row['failed'])} failed; they go through {row['saved_coverage']}"
    )
    out.print(
        f"  generated stories  {row['generated']}, {len(row['surprises'])} surprises; all together {row['coverage']}"
    )
    _list("failed", [f"{found['story']}: {found['what']}" for found in row["failed"]], "red")
    _list("surprise", [f"{found['story']}: {found['what']}" for found in row["surprises"]], "red")
    _list("never taken", row["unreached"], "yellow")
    _list("no saved story notices", row.get("survivors", []), "yellow")


def _list(title: str, lines: list[str], colour: str) -> None:
    for line in lines[:SHOWN]:
        click.echo("  " + click.style(title, fg=colour) + f"  {line}")
    if len(lines) > SHOWN:
        click.echo(f"  ... and {len(lines) - SHOWN} more (--json shows all)")


def save_story(call: Rehearsal, path: Path) -> None:
    """The rehearsed call as a story, with the steps that it took. Ends the command where it can't be told again."""
    from itertools import product

    from callcontrol.flow.rehearsal import RehearsalError
    from callcontrol.flow.testing import Story, retold, story_text

    began = call.record.began_at
    for is_open, callbacks in product((True, False), ("disabled", "")):
        story = Story(
            tuple(call.actions),
            flow=call.flow.name,
            language=call.first_language,
            at=type(call.now).fromtimestamp(began, call.now.tzinfo),
            open=is_open,
            callbacks=callbacks,
            parameters={k: v for k, v in call.record.parameters.items() if v != call.flow.parameters[k].default},
        )
        try:
            kept = retold(call.flow, story)
        except RehearsalError:
            continue
        if list(kept.steps or ()) == call.steps:
            if not path.name.endswith(".story.toml"):
                path = path.with_name(f"{path.name}.story.toml")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(story_text(kept), "utf-8")
            except OSError as error:
                fail(f"{path} can't be written: {error.strerror}. Choose another with --save.")
            click.echo(f"kept as {path}", err=True)
            return
    fail("This call can't be told again: some opening hours were open and others closed. Rehearse it at another time.")


@click.command()
@click.argument("name")
@pass_settings
def new(settings: Settings, name: str) -> None:
    """Write a flow to begin with, and a story that tests it.

    \b
    Example: callcontrol flows new parcel_status
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        fail(f"{name!r} can't be the name of a flow: small letters, digits and _, such as parcel_status.")
    flow, story = settings.flows_dir / f"{name}.py", settings.flows_dir / "stories" / f"{name}.story.toml"
    for path in (flow, story):
        if path.exists():
            fail(f"{path} is there already; choose another name, or edit it.")
    title = name.replace("_", " ")
    words = {"name": name, "class": "".join(part.title() for part in name.split("_")), "title": title.capitalize()}
    try:
        story.parent.mkdir(parents=True, exist_ok=True)
        flow.write_text(FLOW.format_map(words), "utf-8")
        story.write_text(STORY.format_map(words), "utf-8")
    except OSError as error:
        fail(f"{error.filename} can't be written: {error.strerror}.")
    click.echo(f"{flow}\n{story}\n\nNext: callcontrol flows rehearse {name}, then callcontrol flows test {name}.")


FLOW = '''"""{title}: say here in one sentence what a caller gets."""

from callcontrol.flow import Flow, HangUp, Menu, Play, Queue, Seconds, words


class {class}(Flow):
    name = "{name}"
    title = words(zh="{title}", en="{title}")
    release = 1
    start = "welcome"
    rescue = "sorry"

    menu_timeout = Seconds(
        default=5,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long the menu waits for a key"),
    )

    welcome = Play("hotline.welcome", then="menu")
    menu = Menu(
        "hotline.menu",
        keys={{"1": "waiting", "2": "goodbye"}},
        silence="waiting",
        timeout_s=menu_timeout,
    )
    waiting = Queue(
        "support",
        after_talk="goodbye",
        still_busy="goodbye",
        away="goodbye",
        nobody="goodbye",
        timeout="goodbye",
        full="goodbye",
        closed="goodbye",
    )
    goodbye = Play("goodbye", then="end")
    end = HangUp()
    sorry = Play("rescue.sorry", then="end")
'''

STORY = """# The caller presses 1, talks to an agent and is thanked. Kept by: callcontrol flows rehearse {name} --save ...
flow = "{name}"
language = "zh"
at = 2026-03-04T10:00:00+08:00
actions = ["listen", "press 1", "offered", "answered", "talk ends", "listen", "hang up"]
steps = ["welcome", "menu", "waiting", "goodbye", "end"]
ended = true
"""
