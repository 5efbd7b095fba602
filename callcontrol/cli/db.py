"""``callcontrol db``: the database's tables, made, brought up to date, taken back, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from callcontrol.cli.common import Settings, fail, pass_settings, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@click.group()
def command() -> None:
    """Make and upgrade the database.

    \b
    Example:
      callcontrol db upgrade
      callcontrol db check
    """


@command.command()
@click.argument("revision", default="head")
@pass_settings
def upgrade(settings: Settings, revision: str) -> None:
    """Bring the tables up to date (or to REVISION); makes the database where there is none.

    \b
    Example:
      callcontrol db upgrade
      callcontrol db upgrade --data /var/lib/callcontrol
    """
    from callcontrol.store import migrate

    url = settings.effective_database_url
    before = _said(lambda: migrate.current(url))
    _said(lambda: migrate.upgrade(url, revision, _step))
    after = _said(lambda: migrate.current(url))
    if after is not None and after > migrate.head():
        click.echo(f"The database is at revision {after}, made by a newer program: nothing to do.")
    elif before == after:
        click.echo(f"The database is at revision {after}: nothing to do.")
    else:
        click.echo(f"The database is at revision {after} now.")


@command.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_settings
def downgrade(settings: Settings, revision: str, yes: bool) -> None:
    """Take the tables back to REVISION (`base`: no tables, `-1`: one step). What newer tables hold is lost.

    \b
    Example:
      callcontrol db downgrade 0001
      callcontrol db downgrade --yes -- -1
    """
    from callcontrol.store import migrate

    url = settings.effective_database_url
    before = _said(lambda: migrate.current(url))
    if before is None:
        fail("The database has no tables: there is nothing to take back.")
    if not yes:
        click.confirm(f"Take the database from {before} back to {revision} and lose what is newer?", abort=True)
    _said(lambda: migrate.downgrade(url, revision, _step))
    click.echo(f"The database is at revision {_said(lambda: migrate.current(url)) or 'none'} now.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def current(settings: Settings, as_json: bool) -> None:
    """Say at which revision the database is, and which one this program needs.

    \b
    Example:
      callcontrol db current --json
    """
    from callcontrol.store import migrate

    found = _said(lambda: migrate.current(settings.effective_database_url))
    if as_json:
        print_json({"revision": found, "needed": migrate.head()})
    else:
        click.echo(f"The database is at revision {found or 'none'}; this program needs {migrate.head()}.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def check(settings: Settings, as_json: bool) -> None:
    """Look whether the database answers, is up to date and whole. Ends with 1 when it is not.

    \b
    Example:
      callcontrol db check
    """
    from callcontrol.ports.store import StoreUnavailable
    from callcontrol.store import migrate

    try:
        faults = migrate.faults(settings.effective_database_url)
    except StoreUnavailable as error:
        faults = [str(error)]
    if as_json:
        print_json({"sound": not faults, "faults": faults})
    elif not faults:
        click.echo("The database answers, is up to date and whole.")
    if faults:
        if as_json:
            raise click.exceptions.Exit(1)
        fail("\n".join(faults))


def _step(sentence: str) -> None:
    click.echo(f"  {sentence}")


def _said(act: Callable[[], T]) -> T:
    from callcontrol.ports.store import StoreUnavailable

    try:
        return act()
    except StoreUnavailable as error:
        fail(str(error))
