"""``callcontrol emergency``: the prepared messages; switching one on at once with an end, and off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from callcontrol.cli.amend import amend, length, published
from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json

if TYPE_CHECKING:
    from callcontrol.ports.store import Release
    from callcontrol.values.configuration import Configuration


@click.group()
def command() -> None:
    """Emergency messages: show them, switch one on at once, switch it off. They are prepared in the admin.

    \b
    Example:
      callcontrol emergency list
      callcontrol emergency on power-cut --for 2h
      callcontrol emergency off power-cut
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def list_(settings: Settings, as_json: bool) -> None:
    """The messages, and which are on.

    \b
    Example: callcontrol emergency list
    """
    now = datetime.now(UTC)
    rows = [
        {
            "name": one.name,
            "on": one.acts(now),
            "until": one.until,
            "entries": list(one.entries),
            "queues": list(one.queues),
            "waiting": one.waiting,
            "hang_up": one.hang_up,
            "text": dict(one.text),
        }
        for one in published(settings).configuration.emergencies.values()
    ]
    if as_json:
        print_json(rows)
        return
    if not rows:
        console().print("No message is prepared; prepare some in the admin, on the page Emergency.")
    for row in rows:
        state = f"[red]on until {_local(str(row['until']))}[/]" if row["on"] else "off"
        to = ", ".join([*row["entries"], *row["queues"]])  # type: ignore[misc]
        then = "then hangs up" if row["hang_up"] else "then goes on"
        console().print(f"{row['name']}: {state}; to {to}; {then}", highlight=False)


@command.command()
@click.argument("name")
@click.option("--for", "span", metavar="TIME", required=True, help="How long: 30m, 2h, 1d.")
@pass_settings
def on(settings: Settings, name: str, span: str) -> None:
    """Switch a message on at once, until an end that must be named.

    \b
    Example: callcontrol emergency on power-cut --for 2h
    """
    end = (datetime.now(UTC) + length(span)).replace(microsecond=0).isoformat()
    release = _set(settings, name, end, f"Emergency message {name} on for {span}")
    console().print(f"{name} is said until {_local(end)}: release {release.number} acts now.")


@command.command()
@click.argument("name")
@pass_settings
def off(settings: Settings, name: str) -> None:
    """Switch a message off.

    \b
    Example: callcontrol emergency off power-cut
    """
    release = _set(settings, name, "", f"Emergency message {name} off")
    console().print(f"{name} is off: release {release.number} acts now.")


def _set(settings: Settings, name: str, until: str, why: str) -> Release:
    from dataclasses import replace

    known = published(settings).configuration.emergencies
    if name not in known:
        fail(f"There is no emergency message {name!r}; there are: {', '.join(sorted(known)) or 'none'}.")

    def change(configuration: Configuration) -> Configuration:
        emergency = configuration.emergencies.get(name)
        if emergency is None:
            return configuration
        changed = replace(emergency, until=until)
        return replace(configuration, emergencies={**configuration.emergencies, name: changed})

    return amend(settings, change, why)


def _local(until: str) -> str:
    return f"{datetime.fromisoformat(until).astimezone():%Y-%m-%d %H:%M}"
