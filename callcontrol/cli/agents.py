"""``callcontrol agents``: who is on the floor; log in, log out, break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, printable, require_running

SEEN_WITHIN_S = 5.0
LONGEST_REASON = 100


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def command(settings: Settings, as_json: bool) -> None:
    """Show the agents and their state; log them in and out.

    \b
    Example:
      callcontrol agents
      callcontrol agents login 1001 1002
      callcontrol agents break 1001 --reason lunch
    """
    ctx = click.get_current_context()
    ctx.obj = settings
    if ctx.invoked_subcommand is None:
        show(settings, as_json)


def show(settings: Settings, as_json: bool) -> None:
    import time

    from callcontrol.bootstrap.parts import StartError, open_floor
    from callcontrol.floor.view import view

    now = time.time()
    require_running(settings)
    try:
        with open_floor(settings) as (_, follower):
            rows = view(follower.floor, now)["agents"]  # type: ignore[arg-type]
    except StartError as error:
        fail(str(error))
    if as_json:
        print_json(rows)
        return
    from rich.table import Table
    from rich.text import Text

    if not rows:
        fail("The floor has no agents: no configuration was published yet. Start callcontrol run once.")
    table = Table()
    for heading in ("agent", "name", "state", "since", "reason", "skills", "misses"):
        table.add_column(heading)
    for row in rows:
        since = _ago(now - row["since"]) if row["since"] else ""
        skills = " ".join(f"{k}:{v}" for k, v in row["skills"].items())
        cells = (row["agent"], row["title"], row["state"], since, row["reason"] or "", skills, str(row["misses"]))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console().print(table)


def _state_command(name: str, help_line: str, example: str) -> Callable[[Callable[..., None]], click.Command]:
    def decorate(function: Callable[..., None]) -> click.Command:
        function.__doc__ = f"{help_line}\n\n\b\nExample:\n  {example}\n"
        return command.command(name)(click.argument("names", nargs=-1, required=True)(pass_settings(function)))

    return decorate


@command.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--contact", default="", help="Phone to ring instead of the configured one, until the next log-in.")
@pass_settings
def login(settings: Settings, names: Sequence[str], contact: str) -> None:
    """Log agents in.

    \b
    Example:
      callcontrol agents login 1001 1002
      callcontrol agents login 1001 --contact sofia/internal/1001@127.0.0.1:6000
    """
    from callcontrol.values.configuration_checks import CONTACT

    if contact and not CONTACT.fullmatch(contact):
        fail(f"{contact!r} is no phone; write user/1001, sofia/internal/1001@host:port or sofia/gateway/NAME/NUMBER.")
    if contact and len(names) > 1:
        fail("A contact is one agent's phone; log the others in by themselves.")
    for name in log_in(settings, names, by="command line", contact=contact):
        click.echo(f"{name} is logged in.")


@_state_command(
    "logout", "Log agents out; one who talks is logged out after the talk.", "callcontrol agents logout 1001"
)
def logout(settings: Settings, names: Sequence[str]) -> None:
    from callcontrol.floor.entries import AgentLoggedOut

    for name in tell(settings, names, lambda at, name: AgentLoggedOut(at=at, agent=name, by="command line")):
        click.echo(f"{name} is logged out, or will be after the talk.")


@_state_command("back", "End a break, a wrap-up, or an unreachable state.", "callcontrol agents back 1001")
def back(settings: Settings, names: Sequence[str]) -> None:
    from callcontrol.floor.entries import AgentBack

    for name in tell(settings, names, lambda at, name: AgentBack(at=at, agent=name, by="command line")):
        click.echo(f"{name} is back.")


@command.command("break")
@click.argument("names", nargs=-1, required=True)
@click.option("--reason", default="", help="Shown on the floor.")
@pass_settings
def break_(settings: Settings, names: Sequence[str], reason: str) -> None:
    """Put agents on break; one who talks goes after the talk.

    \b
    Example:
      callcontrol agents break 1001 --reason lunch
    """
    from callcontrol.floor.entries import AgentBreak

    if len(reason) > LONGEST_REASON or printable(reason) != reason:
        raise click.BadParameter(f"Write one line of at most {LONGEST_REASON} characters.", param_hint="--reason")
    told = tell(settings, names, lambda at, name: AgentBreak(at=at, agent=name, reason=reason, by="command line"))
    for name in told:
        click.echo(f"{name} is on break, or will be after the talk.")


def log_in(settings: Settings, names: Sequence[str], *, by: str, contact: str = "") -> list[str]:
    from callcontrol.floor.entries import AgentLoggedIn

    return tell(settings, names, lambda at, name: AgentLoggedIn(at=at, agent=name, contact=contact, by=by))


def tell(settings: Settings, names: Sequence[str], entry: Callable[[float, str], Any]) -> list[str]:
    """Write one entry for each agent and see it arrive on the floor; the names. Ends with a sentence for an agent whom
    the configuration does not have."""
    import time

    from callcontrol.bootstrap.parts import StartError, open_floor
    from callcontrol.ports.journal import JournalUnavailable

    require_running(settings)
    try:
        with open_floor(settings) as (bus, follower):
            known = set(follower.floor.rules.agents)  # type: ignore[attr-defined]
            for name in names:
                if not known:
                    fail("The floor has no agents: no configuration was published yet. Start callcontrol run once.")
                if name not in known:
                    fail(f"There is no agent {name!r}; the agents are {', '.join(sorted(known))}.")
            if names:
                last = bus.journal.append([entry(time.time(), name).as_data() for name in names])[-1]
                follower.wait_until(lambda: _after(follower.position, last), SEEN_WITHIN_S)
    except (StartError, JournalUnavailable) as error:
        fail(str(error))
    return list(names)


def _ago(seconds: float) -> str:
    whole = max(round(seconds), 0)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _after(position: str, wanted: str) -> bool:
    return [int(p) for p in position.split("-")] >= [int(p) for p in wanted.split("-")]
