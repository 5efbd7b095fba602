"""``callcontrol hours``: open or closed, why and until when; the coming days; closing and opening at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

import click

from callcontrol.cli.amend import amend, length, published
from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json

if TYPE_CHECKING:
    from callcontrol.ports.store import Release
    from callcontrol.values.configuration import Configuration
    from callcontrol.values.hours import OpeningHours


@click.group()
def command() -> None:
    """Opening hours: show them, close a line at once, open it again.

    \b
    Example:
      callcontrol hours show office --at 2026-10-01T09:00
      callcontrol hours days office
      callcontrol hours close office --for 2h --why "fire drill"
      callcontrol hours open office
    """


@command.command()
@click.argument("name", required=False)
@click.option("--at", metavar="TIME", help="Local time of the line, such as 2026-10-01T09:00; default: now.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def show(settings: Settings, name: str | None, at: str | None, as_json: bool) -> None:
    """Whether the line is open, why, and until when.

    \b
    Example: callcontrol hours show office --at 2026-10-01T09:00
    """
    acting = published(settings).configuration
    rows = []
    for hours in [_named(acting, name)] if name else acting.hours.values():
        moment = _instant(at, hours)
        told = hours.moment(moment)
        rows.append(
            {
                "name": hours.name,
                "zone": hours.zone,
                "at": moment.isoformat(timespec="minutes"),
                "open": told.open,
                "because": told.because,
                "title": dict(told.title),
                "until": told.until.astimezone(ZoneInfo(hours.zone)).isoformat(timespec="minutes")
                if told.until
                else None,
            }
        )
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table()
    for heading in ("hours", "at", "state", "because", "until", "zone"):
        table.add_column(heading)
    for row in rows:
        title = " / ".join(row["title"].values())  # type: ignore[attr-defined]
        because = f"{row['because']} {title}".strip()
        state = "[green]open[/]" if row["open"] else "[yellow]closed[/]"
        table.add_row(str(row["name"]), str(row["at"]), state, because, str(row["until"] or ""), str(row["zone"]))
    console().print(table)


@command.command()
@click.argument("name")
@click.option("--count", type=click.IntRange(1, 400), default=14, show_default=True, help="So many days from today on.")
@pass_settings
def days(settings: Settings, name: str, count: int) -> None:
    """The coming days, special ones marked.

    \b
    Example: callcontrol hours days office --count 60
    """
    hours = _named(published(settings).configuration, name)
    today = datetime.now(ZoneInfo(hours.zone)).date()
    for row in hours.days(today, count):
        spans = ", ".join(str(span) for span in row.spans) or "closed"
        title = (" / ".join(row.special.title.values()) or "special day") if row.special else ""
        change = f"  clocks {'forward' if row.clock_change > 0 else 'back'}" if row.clock_change else ""
        console().print(
            f"{row.day} {row.day:%a}  {spans}{'  * ' + title if row.special else ''}{change}", highlight=False
        )


@command.command()
@click.argument("name")
@click.option("--for", "span", metavar="TIME", help="How long: 30m, 2h, 1d.")
@click.option("--until", metavar="TIME", help="Until a local time of the line: 2026-10-01T18:00.")
@click.option("--why", default="", help="For those who look back.")
@pass_settings
def close(settings: Settings, name: str, span: str | None, until: str | None, why: str) -> None:
    """Close a line at once, until an end that must be named. Callers who wait already are served.

    \b
    Example: callcontrol hours close office --for 2h --why "fire drill"
    """
    if bool(span) == bool(until):
        fail("Say until when: either --for 2h or --until 2026-10-01T18:00.")
    hours = _named(published(settings).configuration, name)
    now = datetime.now(ZoneInfo(hours.zone))
    end = now + length(span) if span else _instant(until, hours)
    if end <= now:
        fail(f"{end:%Y-%m-%d %H:%M} is over already; name a moment that is still to come.")
    end = end.replace(second=0, microsecond=0)
    comment = f"Closed {name} until {end:%Y-%m-%d %H:%M}" + (f": {why}" if why else "")
    release = _amend(settings, name, end.isoformat(timespec="minutes"), comment)
    console().print(f"{name} is closed until {end:%Y-%m-%d %H:%M} {hours.zone}: release {release.number} acts now.")


@command.command("open")
@click.argument("name")
@pass_settings
def open_(settings: Settings, name: str) -> None:
    """End a closure: the line goes by its table again.

    \b
    Example: callcontrol hours open office
    """
    release = _amend(settings, name, "", f"{name} goes by its table again")
    console().print(f"{name} goes by its table again: release {release.number} acts now.")


def _named(configuration: Configuration, name: str) -> OpeningHours:
    found = configuration.hours.get(name)
    if found is None:
        _unknown(configuration, name)
    return found


def _unknown(configuration: Configuration, name: str) -> NoReturn:
    fail(f"There are no opening hours {name!r}; there are: {', '.join(sorted(configuration.hours)) or 'none'}.")


def _amend(settings: Settings, name: str, closed_until: str, why: str) -> Release:
    """Publish this one change, and tell the floor."""
    from dataclasses import replace

    def change(configuration: Configuration) -> Configuration:
        hours = configuration.hours.get(name)
        if hours is None:
            return configuration
        return replace(configuration, hours={**configuration.hours, name: replace(hours, closed_until=closed_until)})

    _named(published(settings).configuration, name)
    return amend(settings, change, why)


def _instant(text: str | None, hours: OpeningHours) -> datetime:
    zone = ZoneInfo(hours.zone)
    if text is None:
        return datetime.now(zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no date and time; write it like 2026-03-04T10:00.")
    return at if at.tzinfo else at.replace(tzinfo=zone)
