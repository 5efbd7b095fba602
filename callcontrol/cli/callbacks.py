"""``callcontrol callbacks``: who hung up and waits to be called; move, re-number, cancel."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, printable, require_running

SEEN_WITHIN_S = 5.0
BY = "command line"


@click.group()
def command() -> None:
    """Show the callbacks; move, re-number and cancel them. CALLBACK is the beginning of a name that the list shows.

    \b
    Example:
      callcontrol callbacks list
      callcontrol callbacks move 3f2a --front
      callcontrol callbacks renumber 3f2a 13800138000
      callcontrol callbacks cancel 3f2a
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def list_(settings: Settings, as_json: bool) -> None:
    """Show the callbacks, the longest waiting first.

    \b
    Example:
      callcontrol callbacks list
    """
    now = time.time()
    rows = _on_the_floor(settings, lambda _bus, follower: _rows(follower, now))
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("Nobody waits for a callback.")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for heading in ("callback", "queue", "#", "number", "waits since", "state", "tries", "next try", "agent"):
        table.add_column(heading)
    for row in rows:
        cells = (
            row["callback"].removeprefix("~"),
            row["queue"],
            str(row["position"] or ""),
            row["masked"],
            f"{round(now - row['first_joined_at'])} s",
            f"{row['state']} ({row['reason']})" if row["reason"] else row["state"],
            f"{row['tries']} of {row['tries_of']}",
            f"in {max(0, round(row['next_at'] - now))} s" if row["next_at"] else "",
            row["agent"] or "",
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console().print(table)


@command.command()
@click.argument("callback")
@pass_settings
def cancel(settings: Settings, callback: str) -> None:
    """Cancel a callback: its caller is not called any more.

    \b
    Example:
      callcontrol callbacks cancel 3f2a
    """
    from callcontrol.floor.entries import CallbackCancelled

    row = _tell(
        settings,
        callback,
        lambda name: CallbackCancelled(at=time.time(), callback=name, by=BY),
        lambda row: row is None,
    )
    click.echo(f"The callback to {row['masked']} is cancelled.")


@command.command()
@click.argument("callback")
@click.option("--front", "to", flag_value="front", help="Before all others of its queue.")
@click.option("--end", "to", flag_value="end", help="As if the caller came just now.")
@click.option("--queue", default="", help="Into the line of this queue.")
@pass_settings
def move(settings: Settings, callback: str, to: str | None, queue: str) -> None:
    """Give a callback another place. One whose turn it is just now can't be moved.

    \b
    Example:
      callcontrol callbacks move 3f2a --front
      callcontrol callbacks move 3f2a --queue billing
    """
    from callcontrol.floor.entries import CallbackMoved

    if not to and not queue:
        raise click.UsageError("Say where: --front, --end or --queue NAME.")
    before: dict[str, Any] = {}

    def entry(name: str) -> Any:
        return CallbackMoved(at=time.time(), callback=name, to=to or "", queue=queue, by=BY)

    def moved(row: dict[str, Any] | None) -> bool:
        return row is not None and (row["queue"], row["first_joined_at"]) != (
            before["queue"],
            before["first_joined_at"],
        )

    row = _tell(settings, callback, entry, moved, before)
    click.echo(f"The callback to {row['masked']} has another place now.")


@command.command()
@click.argument("callback")
@click.argument("number")
@pass_settings
def renumber(settings: Settings, callback: str, number: str) -> None:
    """Call another number. Digits as they are dialled from here.

    \b
    Example:
      callcontrol callbacks renumber 3f2a 13800138000
    """
    from callcontrol.admin.services import NotRenumbered
    from callcontrol.bootstrap import callbacks
    from callcontrol.ports.clock import SystemClock

    def change(bus: Any, follower: Any) -> str:
        row = _one(_rows(follower, time.time()), callback)
        try:
            return callbacks.renumber(settings, bus, follower, SystemClock(), row["callback"], number, BY)
        except NotRenumbered as error:
            fail(
                {
                    "number": "This number may not be called: see dial_out and dial_out_numbers in the settings.",
                    "already": "A callback to this number is booked already.",
                }.get(error.why, "The callback is over, or has its turn just now; nothing was changed.")
            )

    click.echo(f"It is called at {_on_the_floor(settings, change)} from now on.")


def _tell(
    settings: Settings,
    callback: str,
    entry: Callable[[str], Any],
    done: Callable[[dict[str, Any] | None], bool],
    before: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the line and see what the floor makes of it; the callback as it was."""

    def tell(bus: Any, follower: Any) -> dict[str, Any]:
        from callcontrol.ports.journal import position_key

        row = _one(_rows(follower, time.time()), callback)
        if before is not None:
            before.update(row)
        written = position_key(bus.journal.append(entry(row["callback"]).as_data())[-1])
        follower.wait_until(lambda: position_key(follower.position) >= written, SEEN_WITHIN_S)
        after = [r for r in _rows(follower, time.time()) if r["callback"] == row["callback"]]
        if not done(after[0] if after else None):
            fail("Nothing was changed: its turn is just now, there is no such queue, or it stands there already.")
        return row

    found: dict[str, Any] = _on_the_floor(settings, tell)
    return found


def _on_the_floor(settings: Settings, work: Callable[[Any, Any], Any]) -> Any:
    from callcontrol.bootstrap.parts import StartError, open_floor
    from callcontrol.ports.journal import JournalUnavailable

    require_running(settings)
    try:
        with open_floor(settings) as (bus, follower):
            return work(bus, follower)
    except (StartError, JournalUnavailable) as error:
        fail(str(error))


def _rows(follower: Any, now: float) -> list[dict[str, Any]]:
    from callcontrol.floor.view import callbacks

    with follower.lock:
        return callbacks(follower.floor, now)


def _one(rows: list[dict[str, Any]], beginning: str) -> dict[str, Any]:
    name = "~" + beginning.removeprefix("~")
    found = [row for row in rows if row["callback"].startswith(name)]
    if len(found) != 1 or name == "~":
        which = "no callback" if not found else "more than one callback"
        fail(f"There is {which} that begins with {beginning!r}; see callcontrol callbacks list.")
    return found[0]
