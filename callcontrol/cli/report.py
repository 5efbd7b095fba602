"""``callcontrol report``: service level, outcomes and waits of queues, of today or of any time."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.calls import moment
from callcontrol.cli.common import Settings, console, fail, opened_store, pass_settings, print_json, printable
from callcontrol.values.counts import HALF_HOUR_S
from callcontrol.values.half_hours import PERIODS
from callcontrol.values.service_level import PRESETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callcontrol.values.report import Line

FORMATS = {"half_hour": "%m-%d %H:%M", "hour": "%m-%d %H:%M", "day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m"}
ALL = "all"  # in the place of a queue: all of them as one


def _presets(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        for preset in PRESETS.values():
            click.echo(f"{preset.name:<26} {preset.title['en']} · {preset.title['zh']}")
            click.echo(f"{'':<26} {preset.formula['en']}\n{'':<26} {preset.formula['zh']}")
        ctx.exit()


@click.command()
@click.option("--queue", default="", help=f"Only this one; '{ALL}': all of them as one.")
@click.option("--from", "since", callback=moment, default="today", metavar="MOMENT", help="7d, today, 2026-11-21, ...")
@click.option("--to", "until", callback=moment, metavar="MOMENT", help="Up to then; default: now.")
@click.option("--by", type=click.Choice(PERIODS), default="half_hour", show_default=True, help="One line for each.")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="One formula for all; default: each queue's own.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
@click.option("--csv", "as_csv", is_flag=True, help="For spreadsheets.")
@click.option(
    "--presets", is_flag=True, is_eager=True, expose_value=False, callback=_presets, help="List the formulas."
)
@pass_settings
def command(
    settings: Settings,
    queue: str,
    since: float,
    until: float | None,
    by: str,
    preset: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Arrivals, outcomes, service level and waits. Every figure is made of counts that are kept for ever, so every formula
    applies to the past as well.

    \b
    Example:
      callcontrol report
      callcontrol report --from 30d --by day --queue support
      callcontrol report --from 2026-01-01 --by month --queue all --preset all_offered
      callcontrol report --from 7d --csv > week.csv
    """
    from callcontrol.values.configuration import Configuration
    from callcontrol.values.report import report

    if as_json and as_csv:
        raise click.UsageError("Choose --json or --csv.")
    until = time.time() if until is None else until
    if until <= since:
        raise click.UsageError("--to is not after --from; turn them round.")
    since = since // HALF_HOUR_S * HALF_HOUR_S  # the one that was running then, too
    of = "" if queue == ALL else queue
    with opened_store(settings) as store:
        release = store.releases.current()
        queues = (release.configuration if release else Configuration()).queues
        half_hours = store.half_hours.between(since, until, queue=of)
        answers = store.half_hours.answers(since, until, queue=of)
        solved = store.half_hours.solved(since, until, now=time.time(), queue=of)
    if of and of not in queues and not half_hours:
        fail(f"There is no queue {of!r}; there are: {', '.join(queues) or 'none'}.")
    lines = report(
        half_hours, answers, by=by, zone=None, queues=queues, preset=preset or "", together=queue == ALL, solved=solved
    )
    if as_json:
        print_json([_identity(line) | line.as_data() for line in lines])
    elif as_csv:
        _print_csv(lines)
    elif not lines:
        click.echo("Nobody came to a queue in that time.")
    else:
        _print_table(lines, by)


def _identity(line: Line) -> dict[str, Any]:
    return {"from": _moment(line.since), "to": _moment(line.until), "queue": line.queue or ALL}


def _moment(at: float) -> str | None:
    """None for a period without an end."""
    return None if at in (0.0, float("inf")) else _local(at).isoformat(timespec="minutes")


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone()


def _print_csv(lines: Sequence[Line]) -> None:
    from callcontrol.values.spreadsheet import csv_text

    rows = [_identity(line) | line.as_data() for line in lines]
    text = csv_text(list(rows[0]), [list(row.values()) for row in rows]) if rows else csv_text(["from", "to"], [])
    sys.stdout.buffer.write(text.encode())


def _print_table(lines: Sequence[Line], by: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from callcontrol.values.report import SOLVED, formulas

    out = console()
    narrow = out.width < WIDTH_OF_ALL  # then what matters least is left out, so that nothing is cut
    columns = [name for name in _cells(lines[0], by) if not (narrow and name in LEAST)]
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1 if narrow else 2, 0, 0))
    for name in columns:
        table.add_column(name, justify="left" if name in ("from", "queue") else "right", no_wrap=True)
    for line in lines:
        cells = _cells(line, by)
        missed = "red" if line.met is False else ""
        table.add_row(*(Text(printable(cells[name]), style=missed if name == "level" else "") for name in columns))
    out.print(table)
    for title, formula in formulas(lines, "en"):
        out.print(f"level, {title}: {formula}", style="dim", highlight=False)
    if any(line.solved.of for line in lines):
        out.print(f"solved: {SOLVED['en']}", style="dim", highlight=False)


def _cells(line: Line, by: str) -> dict[str, str]:
    short = line.counts.outcomes.get("abandoned_short", 0)
    others = line.counts.joined - line.answered - line.abandoned - short - line.advised - line.callbacks
    share = line.level.share
    return {
        "from": "" if by == "all" else _local(line.since).strftime(FORMATS[by]),
        "queue": line.queue or ALL,
        "arrived": str(line.counts.joined),
        "answered": str(line.answered),
        "hung up": str(line.abandoned),
        "short": str(short),
        "advised": str(line.advised),
        "callbacks": str(line.callbacks),
        "others": str(others),
        "level": "" if share is None else f"{share:.1%}",
        "goal": f"{line.goal:.0%}",
        "T": "/".join(f"{threshold:g}" for threshold in line.thresholds),
        "speed": _seconds(line.answer_s),
        "longest": _seconds(line.longest_s),
        "told": str(line.counts.granted),
        "solved": "" if line.solved.share is None else f"{line.solved.share:.1%}",
    }


LEAST = ("short", "callbacks", "others", "goal", "T", "told", "solved")
WIDTH_OF_ALL = 140  # columns of the terminal


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
