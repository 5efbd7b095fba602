"""``callcontrol callers``: the configuration's list of callers who are known by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from callcontrol.cli.common import Settings, console, fail, opened_store, pass_settings, print_json, printable

if TYPE_CHECKING:
    from callcontrol.values.configuration import Configuration
    from callcontrol.values.listed_callers import ListedCaller


@click.group()
def command() -> None:
    """Show and change the list of callers. A number is kept as a key with what may be shown of it; changes act at once, as a
    release of their own.

    \b
    Example:
      callcontrol callers add 13800138000 --label Zhang --vip 5
      callcontrol callers add 13900139000 --blocked
      callcontrol callers list
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def list_(settings: Settings, as_json: bool) -> None:
    """Show the callers.

    \b
    Example:
      callcontrol callers list
    """
    with opened_store(settings) as store:
        release = store.releases.current()
    callers = release.configuration.callers if release else {}
    if as_json:
        from callcontrol.values.configuration import as_data

        print_json(as_data(callers))
        return
    if not callers:
        click.echo("No caller is listed.")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for heading in ("number", "key", "label", "vip", "blocked", "language"):
        table.add_column(heading)
    for caller in callers.values():
        cells = (
            caller.shown,
            caller.key,
            caller.label,
            str(caller.vip or ""),
            "yes" if caller.blocked else "",
            caller.language,
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console().print(table)


@command.command()
@click.argument("number")
@click.option("--label", default="", help="What the caller is called in stories.")
@click.option(
    "--vip", type=click.IntRange(0, 100), default=0, help="Points for the order in queues, where the flow uses them."
)
@click.option("--blocked", is_flag=True, help="Waits in no queue.")
@click.option("--language", default="", help="What the caller is spoken to in: zh, en.")
@pass_settings
def add(settings: Settings, number: str, label: str, vip: int, blocked: bool, language: str) -> None:
    """List a caller, or change what is listed.

    \b
    Example:
      callcontrol callers add 13800138000 --label Zhang --vip 5 --language zh
    """
    from callcontrol.values.listed_callers import ListedCaller
    from callcontrol.values.numbers import masked, number_key

    key = number_key(number, settings.secret("numbers"))
    if not key:
        fail("That is no number; write digits, perhaps a + before them.")
    caller = ListedCaller(key, masked(number), label, vip, blocked, language)
    _change(settings, lambda callers: {**callers, key: caller}, f"caller {caller.shown} listed")
    click.echo(f"{caller.shown} is listed.")


@command.command()
@click.argument("number")
@pass_settings
def remove(settings: Settings, number: str) -> None:
    """Take a caller off the list. NUMBER is the number, or the key that the list shows.

    \b
    Example:
      callcontrol callers remove 13800138000
    """
    from callcontrol.values.numbers import number_key

    keys = {number, number_key(number, settings.secret("numbers"))}
    gone: list[str] = []

    def without(callers: Mapping[str, ListedCaller]) -> Mapping[str, ListedCaller]:
        gone[:] = [caller.shown for key, caller in callers.items() if key in keys]
        if not gone:
            fail("No such caller is listed; see callcontrol callers list.")
        return {key: caller for key, caller in callers.items() if key not in keys}

    _change(settings, without, "caller taken off the list")
    click.echo(f"{gone[0]} is off the list.")


def _change(
    settings: Settings, change: Callable[[Mapping[str, ListedCaller]], Mapping[str, ListedCaller]], comment: str
) -> None:
    from callcontrol.cli.amend import amend

    def changed(configuration: Configuration) -> Configuration:
        return replace(configuration, callers=dict(change(configuration.callers)))

    amend(settings, changed, comment)
