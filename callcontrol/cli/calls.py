"""``callcontrol calls``: the call records, and the story of one call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, console, fail, opened_store, pass_settings, print_json, printable

if TYPE_CHECKING:
    from callcontrol.ports.store import CallRow, RecordingRow

WIDTH_OF_ALL = 105  # columns of the terminal
WIDTH_WITH_RELEASES = 130
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """``2h`` (ago), ``today``, ``2026-11-21`` or ``2026-11-21T08:30``: seconds since the epoch."""
    if value is None:
        return None
    now = datetime.now().astimezone()
    if ago := re.fullmatch(r"(\d{1,6})([smhd])", value):
        return (now - timedelta(seconds=int(ago[1]) * UNITS[ago[2]])).timestamp()
    if value == "today":
        return now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is no moment; write 2h, 30m, today, 2026-11-21 or 2026-11-21T08:30."
        ) from None


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--queue", default="", help="Only calls whose last queue was this one.")
@click.option("--agent", default="", help="Only calls whose last agent was this one.")
@click.option("--outcome", default="", help="Only calls with this outcome: answered, abandoned_waiting, ...")
@click.option(
    "--since", callback=moment, metavar="MOMENT", help="Only calls that began since: 2h, today, 2026-11-21T08:30."
)
@pass_settings
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    as_json: bool,
    limit: int,
    queue: str,
    agent: str,
    outcome: str,
    since: float | None,
) -> None:
    """List call records, newest first; `show CALL` tells the story of one.

    \b
    Example:
      callcontrol calls --since 2h --outcome answered
      callcontrol calls --json --limit 1000
      callcontrol calls show 3f2a
    """
    ctx.obj = settings
    if ctx.invoked_subcommand is not None:
        return
    from callcontrol.values.outcomes import Outcome

    if outcome and outcome not in set(Outcome):
        raise click.BadParameter(
            f"There is no outcome {outcome!r}; choose one of {', '.join(Outcome)}.", param_hint="--outcome"
        )
    with opened_store(settings) as store:
        rows = store.records.calls(since=since, queue=queue, agent=agent, outcome=outcome, limit=limit)
        if as_json:
            print_json([_as_json(row, store.records.recordings_of(row.call) if row.recordings else []) for row in rows])
            return
    if not rows:
        click.echo("There is no such call yet.")
        return
    _print_rows(rows)


@command.command()
@click.argument("call")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object with its story.")
@pass_settings
@click.pass_context
def show(ctx: click.Context, settings: Settings, call: str, as_json: bool) -> None:
    """Tell the story of CALL (its identity, or an unmistakable beginning of it).

    \b
    Example:
      callcontrol calls show 3f2a
    """
    if not ctx.params.get("data_dir") and isinstance(ctx.obj, Settings):
        settings = ctx.obj  # --data was given before `show`
    with opened_store(settings) as store:
        row = store.records.call(call)
        if row is None:
            fail(f"There is not exactly one call whose identity begins with {call!r}; see `callcontrol calls`.")
        story = store.records.story(row.call)
        recordings = store.records.recordings_of(row.call)
    if as_json:
        told = [{"at": _iso(line.at), "kind": line.kind, "data": line.data} for line in story]
        print_json({**_as_json(row, recordings), "story": told})
        return
    out = console()
    out.print(f"[bold]{row.call}[/]  {_iso(row.began_at)}  {row.number} -> {row.destination}", highlight=False)
    flow = f"{row.flow} {row.flow_release}{' (trial)' if row.trial else ''}" if row.flow else ""
    parts = (
        flow,
        row.release and f"rules {row.release}",
        row.queue,
        row.outcome,
        row.agent and f"agent {row.agent}",
        _seconds("talk", row.talk_s),
    )
    out.print("  ".join(part for part in parts if part), markup=False, highlight=False)
    for line in story:
        words = "  ".join(
            f"{key}={_plain(value)}" for key, value in line.data.items() if value not in ("", None, {}, [])
        )
        out.print(f"{line.at - row.began_at:9.3f} s  {line.kind:<16} {words}", markup=False, highlight=False)
    for one in recordings:
        out.print(
            f"recording {one.recording}: {one.state}, {one.path}{_seconds(',', one.seconds)}",
            markup=False,
            highlight=False,
        )


def _as_json(row: CallRow, recordings: list[RecordingRow]) -> dict[str, Any]:
    return {
        "call": row.call,
        "began_at": _iso(row.began_at),
        "ended_at": _iso(row.ended_at) if row.ended_at is not None else None,
        "number": row.number,
        "destination": row.destination,
        "entry": row.entry,
        "flow": row.flow,
        "flow_release": row.flow_release,
        "release": row.release,
        "trial": row.trial,
        "language": row.language,
        "queue": row.queue,
        "agent": row.agent,
        "outcome": row.outcome,
        "wait_s": row.wait_s,
        "talk_s": row.talk_s,
        "cause": row.cause,
        "ended_by": row.ended_by,
        "survey": dict(row.survey),
        "node": row.node,
        "recordings": [
            {
                "recording": one.recording,
                "path": one.path,
                "agent": one.agent,
                "queue": one.queue,
                "began_at": _iso(one.began_at),
                "seconds": one.seconds,
                "talk_s": one.talk_s,
                "size": one.size,
                "sha256": one.sha256,
                "state": one.state,
            }
            for one in recordings
        ],
    }


def _print_rows(rows: list[CallRow]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    narrow = out.width < WIDTH_OF_ALL  # then what matters least is left out, so that nothing is cut
    headings = (
        "call",
        "began",
        "number",
        "queue",
        "agent",
        "outcome",
        "wait",
        "talk",
        "survey",
        "rec",
        "flow",
        "rules",
    )
    shown = headings if out.width >= WIDTH_WITH_RELEASES else headings[:-4] if narrow else headings[:-2]
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1 if narrow else 2, 0, 0))
    for heading in shown:
        table.add_column(
            heading, justify="right" if heading in ("wait", "talk", "rec", "rules") else "left", no_wrap=True
        )
    for row in rows:
        cells = (
            row.call[:8],
            datetime.fromtimestamp(row.began_at).strftime("%m-%d %H:%M" if narrow else "%m-%d %H:%M:%S"),
            row.number,
            row.queue,
            row.agent,
            row.outcome or ("" if row.ended_at else "in the flow"),
            "" if row.wait_s is None else f"{row.wait_s:.1f}",
            "" if row.talk_s is None else f"{row.talk_s:.1f}",
            "/".join("-" if answer is None else str(answer) for answer in row.survey.values()),
            str(len(row.recordings) or ""),
            f"{row.flow} {row.flow_release or ''}{' trial' if row.trial else ''}",
            str(row.release or ""),
        )
        table.add_row(*(Text(printable(cell)) for cell in cells[: len(table.columns)]))
    out.print(table)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def _seconds(word: str, seconds: float | None) -> str:
    return "" if seconds is None else f"{word} {seconds:.1f} s"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return f"{value:.1f}" if isinstance(value, float) else printable(str(value))
