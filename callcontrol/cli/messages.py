"""``callcontrol messages``: what callers have left; mark it done, show the number to call back."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from callcontrol.cli.common import (
    Settings,
    console,
    fail,
    opened_store,
    pass_settings,
    print_json,
    printable,
    require_running,
)

if TYPE_CHECKING:
    from callcontrol.ports.store import MessageRow
    from callcontrol.store.store import Store

BY = "command line"


@click.group()
def command() -> None:
    """Show the messages that callers left; mark them done. MESSAGE is the beginning of a name that the list shows.

    \b
    Example:
      callcontrol messages list
      callcontrol messages number 3f2a
      callcontrol messages done 3f2a
    """


@command.command("list")
@click.option("--box", default="", help="Only those of this mailbox, mostly the name of a queue.")
@click.option("--all", "all_", is_flag=True, help="Those that are done, too.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def list_(settings: Settings, box: str, all_: bool, limit: int, as_json: bool) -> None:
    """Show the messages, newest first.

    \b
    Example:
      callcontrol messages list --box support
    """
    with opened_store(settings) as store:
        rows = [row for row in store.messages.list(box=box, limit=limit) if all_ or row.handled != "done"]
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        click.echo("No message waits.")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for heading in ("message", "box", "from", "when", "seconds", "file", "handled"):
        table.add_column(heading)
    for row in rows:
        cells = (
            row.message[:8],
            row.box,
            row.number,
            datetime.fromtimestamp(row.began_at).astimezone().strftime("%Y-%m-%d %H:%M"),
            "?" if row.seconds is None else f"{row.seconds:.0f}",
            row.path if row.state in ("complete", "short") else row.state,
            f"{row.handled} ({row.handled_by})" if row.handled_by else row.handled,
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console().print(table)


@command.command()
@click.argument("message")
@pass_settings
def done(settings: Settings, message: str) -> None:
    """Mark a message done: somebody has seen to it.

    \b
    Example:
      callcontrol messages done 3f2a
    """
    from callcontrol.ports.store import Change

    with opened_store(settings) as store:
        row = _one(store, message)
        now = time.time()
        store.messages.mark(row.message, "done", who=BY, at=now)
        store.audit.note(Change(now, BY, "message.done", f"message.{row.message}", before=row.handled, after="done"))
    click.echo(f"The message from {row.number} is done.")


@command.command()
@click.argument("message")
@pass_settings
def number(settings: Settings, message: str) -> None:
    """Show the caller's full number, for calling back. That it was shown is kept in the audit.

    \b
    Example:
      callcontrol messages number 3f2a
    """
    from callcontrol.bootstrap.parts import StartError, open_floor
    from callcontrol.calls.messages import number_name
    from callcontrol.ports.journal import JournalUnavailable
    from callcontrol.ports.store import Change

    require_running(settings)
    with opened_store(settings) as store:
        row = _one(store, message)
        try:
            with open_floor(settings) as (bus, _follower):
                secret = bus.callbacks.get(number_name(row.message))
        except (StartError, JournalUnavailable) as error:
            fail(str(error))
        if secret is None or not secret.number:
            fail(f"The number is not kept (any more), or was withheld; what is known of it: {row.number}.")
        store.audit.note(Change(time.time(), BY, "message.number", f"message.{row.message}"))
    click.echo(printable(secret.number))


def _one(store: Store, beginning: str) -> MessageRow:
    found = [row for row in store.messages.list(limit=10_000) if row.message.startswith(beginning)]
    if len(found) != 1 or not beginning:
        which = "no message" if not found else "more than one message"
        fail(f"There is {which} that begins with {beginning!r}; see callcontrol messages list.")
    return found[0]
