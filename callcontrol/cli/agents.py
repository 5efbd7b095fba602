"""``callcontrol agents``: who is on the floor; log in, log out, break, back, wrap-up; their PINs for the telephone."""

from __future__ import annotations

from collections.abc import Sequence

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, printable, require_running
from callcontrol.floor.requests import LONGEST_REASON, SENTENCES, Action, Request, Result

BY = "command line"


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


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def list_(settings: Settings, as_json: bool) -> None:
    """Show the agents and their state.

    \b
    Example:
      callcontrol agents list --json
    """
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
        reason = row["reason"] or ("own_call" if row["own_call"] else "")
        cells = (row["agent"], row["title"], row["state"], since, reason, skills, str(row["misses"]))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console().print(table)


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
    for name in log_in(settings, names, by=BY, contact=contact):
        click.echo(f"{name} is logged in.")


@command.command()
@click.argument("names", nargs=-1, required=True)
@pass_settings
def logout(settings: Settings, names: Sequence[str]) -> None:
    """Log agents out; one who talks is logged out after the talk.

    \b
    Example:
      callcontrol agents logout 1001
    """
    for name, result in ask(settings, names, Action.LOG_OUT):
        click.echo(f"{name} {'will be logged out after the call' if result is Result.LATER else 'is logged out'}.")


@command.command()
@click.argument("names", nargs=-1, required=True)
@pass_settings
def back(settings: Settings, names: Sequence[str]) -> None:
    """End a break, a wrap-up, or an unreachable state.

    \b
    Example:
      callcontrol agents back 1001
    """
    for name, _ in ask(settings, names, Action.BACK):
        click.echo(f"{name} is back.")


@command.command("break")
@click.argument("names", nargs=-1, required=True)
@click.option("--reason", default="", help="Shown on the floor: a name of the configuration, or any text.")
@pass_settings
def break_(settings: Settings, names: Sequence[str], reason: str) -> None:
    """Put agents on break; one who talks goes after the talk.

    \b
    Example:
      callcontrol agents break 1001 --reason lunch
    """
    if len(reason) > LONGEST_REASON or printable(reason) != reason:
        raise click.BadParameter(f"Write one line of at most {LONGEST_REASON} characters.", param_hint="--reason")
    for name, result in ask(settings, names, Action.BREAK, reason=reason):
        click.echo(f"{name} {'goes on break after the call' if result is Result.LATER else 'is on break'}.")


@command.command("wrap-up-end")
@click.argument("names", nargs=-1, required=True)
@pass_settings
def wrap_up_end(settings: Settings, names: Sequence[str]) -> None:
    """End the wrap-up of agents, a fixed one too.

    \b
    Example:
      callcontrol agents wrap-up-end 1001
    """
    for name, _ in ask(settings, names, Action.END_WRAP_UP):
        click.echo(f"The wrap-up of {name} is over.")


@command.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True, help="How much longer.")
@pass_settings
def extend(settings: Settings, names: Sequence[str], seconds: float) -> None:
    """Give agents more wrap-up time, as far as the queue's limit goes.

    \b
    Example:
      callcontrol agents extend 1001 --seconds 120
    """
    for name, result in ask(settings, names, Action.EXTEND, seconds=seconds):
        click.echo(f"{name} has more wrap-up time{' after the call' if result is Result.LATER else ''}.")


@command.command()
@click.argument("name")
@click.option("--remove", is_flag=True, help="Take the PIN away.")
@pass_settings
def pin(settings: Settings, name: str, remove: bool) -> None:
    """Set an agent's PIN for the telephone; it is asked for, so that it stands in no history.

    \b
    Example:
      callcontrol agents pin 1001
    """
    from callcontrol.bootstrap.parts import StartError, store_as_it_is
    from callcontrol.ports.store import StoreUnavailable

    try:
        store = store_as_it_is(settings)
        try:
            release = store.releases.current()
            if remove:
                gone = store.pins.clear(name, who=BY)
                click.echo(f"{name} has no PIN any more." if gone else f"{name} had no PIN.")
                return
            if release is None or name not in release.configuration.agents:
                fail(
                    f"There is no agent {printable(name)!r} in the published configuration; add the agent and publish."
                )
            store.pins.set(name, click.prompt("PIN", hide_input=True, confirmation_prompt=True), who=BY)
        finally:
            store.close()
    except (StartError, StoreUnavailable, ValueError) as error:
        fail(str(error))
    click.echo(f"{name} has a new PIN.")


def log_in(settings: Settings, names: Sequence[str], *, by: str, contact: str = "") -> list[str]:
    return [name for name, _ in ask(settings, names, Action.LOG_IN, by=by, contact=contact)]


def ask(
    settings: Settings,
    names: Sequence[str],
    action: Action,
    *,
    by: str = BY,
    reason: str = "",
    seconds: float = 0.0,
    contact: str = "",
) -> list[tuple[str, Result]]:
    """Ask it for each agent, and what came of it. Ends with a sentence for the first that was refused; those before it
    are done."""
    from callcontrol.bootstrap.parts import StartError, open_floor
    from callcontrol.desk.agent_requests import AgentRequests
    from callcontrol.ports.clock import SystemClock
    from callcontrol.ports.journal import JournalUnavailable

    require_running(settings)
    done: list[tuple[str, Result]] = []
    try:
        with open_floor(settings) as (_, follower):
            known = set(follower.floor.rules.agents)  # type: ignore[attr-defined]
            for name in names:
                if not known:
                    fail("The floor has no agents: no configuration was published yet. Start callcontrol run once.")
                if name not in known:
                    fail(f"There is no agent {name!r}; the agents are {', '.join(sorted(known))}.")
            requests = AgentRequests(follower, SystemClock())
            for name in names:
                said = requests.ask(Request(action, name, by=by, reason=reason, seconds=seconds, contact=contact))
                if not said.granted:
                    fail(f"{name}: {SENTENCES[said.result]}")
                done.append((name, said.result))
    except (StartError, JournalUnavailable) as error:
        fail(str(error))
    return done


def _ago(seconds: float) -> str:
    whole = max(round(seconds), 0)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"
