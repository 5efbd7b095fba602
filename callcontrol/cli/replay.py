"""``callcontrol replay``: every decision of a time made again and compared with what was written."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.calls import moment
from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, printable

if TYPE_CHECKING:
    from callcontrol.desk.history import History
    from callcontrol.desk.replay import Difference, Replayed

SHOWN = 20


@click.command()
@click.option("--from", "since", callback=moment, metavar="MOMENT", help="2h (ago), today, 2026-11-21T08:30.")
@click.option("--to", "until", callback=moment, metavar="MOMENT", help="Up to here; default: now.")
@click.option("--json", "as_json", is_flag=True, help="For programs: counts and every difference.")
@pass_settings
def command(settings: Settings, since: float | None, until: float | None, as_json: bool) -> None:
    """Make every decision of a time again, from the journal, and compare it with what was written.

    Ends with 0 when all are identical, else with 1 and the differences.

    \b
    Example:
      callcontrol replay --from 2h
      callcontrol replay --from 2026-11-21T08:00 --to 2026-11-21T09:00 --json
    """
    from callcontrol.desk.history import END, HistoryMissing, position_at
    from callcontrol.desk.replay import replay

    def tell(report: Replayed) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{report.lines:,} lines, {report.decisions:,} decisions", nl=False, err=True)

    with open_history(settings) as history:
        try:
            report = replay(
                history,
                history.first() if since is None else position_at(since),
                END if until is None else position_at(until),
                progress=tell,
            )
        except HistoryMissing as error:
            fail(str(error))
        trouble = history.trouble
    if sys.stderr.isatty():
        click.echo("\r\033[K", nl=False, err=True)
    if as_json:
        print_json(_as_json(report, trouble))
    else:
        _print(report, trouble)
    if not report.identical:
        raise click.exceptions.Exit(1)


@contextlib.contextmanager
def open_history(settings: Settings) -> Iterator[History]:
    """The archive and, where it runs, the journal. A database that is away is said only if nothing else can answer."""
    from callcontrol.bootstrap.parts import StartError, close_the_bus, open_the_bus, store_as_it_is
    from callcontrol.bus.embedded import EmbeddedValkey
    from callcontrol.desk.history import History

    try:
        store = store_as_it_is(settings)
    except StartError as error:
        fail(str(error))
    with contextlib.ExitStack() as opened:
        opened.callback(store.close)
        bus = None
        if settings.redis_url or EmbeddedValkey(settings.data_dir).answers():
            with contextlib.suppress(StartError):  # the archive answers for what is older than seconds
                bus = open_the_bus(settings)
                opened.callback(close_the_bus, settings, bus)
        yield History(store.archive, bus.journal if bus else None)


def _as_json(report: Replayed, trouble: str) -> dict[str, Any]:
    return {
        "identical": report.identical,
        "lines": report.lines,
        "decisions": report.decisions,
        "batches": report.batches,
        "void": report.void,
        "assumed": report.assumed,
        "late": report.late,
        "refused": report.refused,
        "trouble": trouble,
        "differences": [
            {"position": one.position, "at": one.at, "written": list(one.written), "decided": list(one.decided)}
            for one in report.differences
        ],
    }


def _print(report: Replayed, trouble: str) -> None:
    if trouble:
        click.echo(trouble, err=True)
    counts = f"{report.lines:,} lines, {report.decisions:,} decisions in {report.batches:,} batches"
    if not report.lines:
        click.echo("There are no lines of that time.")
        return
    if report.identical:
        click.echo(f"{counts}: identical.")
        if report.assumed:
            click.echo(
                f"{report.assumed:,} of the batches do not say what they were decided on; the line before was taken."
            )
        return
    click.echo(f"{counts}: {len(report.differences):,} differ, {report.late:,} came too late to be placed.")
    for position in report.refused:
        click.echo(f"The floor kept at {position} is of another release; what follows it could not be compared.")
    out = console()
    for one in report.differences[:SHOWN]:
        out.print(f"{one.position}  {datetime.fromtimestamp(one.at).astimezone().isoformat(timespec='milliseconds')}")
        for change in _changes(one):
            out.print(f"  {printable(change)}", markup=False, highlight=False)
    if len(report.differences) > SHOWN:
        click.echo(f"... and {len(report.differences) - SHOWN:,} more; --json has all.")


def _changes(one: Difference) -> Iterator[str]:
    """What stands on one side only. Of two lines about the same thing, what differs: as written, then as decided now."""
    again = list(one.decided)
    for data in one.written:
        if data in again:
            again.remove(data)
            continue
        like = next((other for other in again if _about(other) == _about(data)), None)
        if like is None:
            yield f"written only  {_short(data)}"
            continue
        again.remove(like)
        differing = [
            f"{name}: {data.get(name)} -> {like.get(name)}"
            for name in dict.fromkeys([*data, *like])
            if data.get(name) != like.get(name)
        ]
        yield f"{_short(data, brief=True)}  {'; '.join(differing)}"
    for data in again:
        yield f"decided only  {_short(data)}"


def _about(data: Any) -> tuple[Any, ...]:
    return data["kind"], data.get("call"), data.get("agent") if not data.get("call") else None


def _short(data: Any, *, brief: bool = False) -> str:
    left_out = {"kind", "at", "term", "visit", "contact", "expires_at", "ring_s", "offer"}
    shown = ("call", "queue", "agent") if brief else [key for key in data if key not in left_out]
    parts = (f"{key}={data[key]}" for key in shown if data.get(key) not in (None, "", {}))
    return f"{data['kind']:<16} " + "  ".join(parts)
