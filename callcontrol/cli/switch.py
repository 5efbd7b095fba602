"""``callcontrol switch``: the configuration of a FreeSWITCH, rendered; what it would hold, shown."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, ensure_directory, fail, pass_settings, print_json

if TYPE_CHECKING:
    from callcontrol.switch.rendering import SwitchPlan
    from callcontrol.values.configuration import Configuration

# What FreeSWITCH wants on its command line, and made beforehand: -conf, -log and -db only count when given together.
STATE_DIRS = ("log", "db", "run", "cache", "storage", "temp")


@click.group()
def command() -> None:
    """Render the configuration of a FreeSWITCH.

    \b
    Example:
      callcontrol switch render --out /etc/callcontrol-switch --sip-ip 192.0.2.10
    """


def plan_options(function: Any) -> Any:
    for option in reversed(
        (
            click.option(
                "--sip-ip", default="127.0.0.1", show_default=True, help="Address that phones and trunks reach."
            ),
            click.option("--sip-port", default=5060, show_default=True, help="Port of SIP."),
            click.option("--esl-ip", default="127.0.0.1", show_default=True, help="Address of the event socket."),
            click.option("--esl-port", type=int, help="Port of the event socket (default: the settings' switch_port)."),
            click.option("--rtp-start", default=16384, show_default=True, help="First port of audio."),
            click.option("--rtp-end", default=32768, show_default=True, help="Last port of audio."),
            click.option(
                "--controller",
                "controllers",
                multiple=True,
                metavar="HOST:PORT",
                help="Where calls are handed over; repeatable (default: the settings' listen_host and listen_port).",
            ),
            click.option("--sounds-dir", type=click.Path(path_type=Path), help="Where the prompts lie."),
            click.option("--recordings-dir", type=click.Path(path_type=Path), help="Where talks are recorded."),
            click.option(
                "--configuration",
                type=click.Path(path_type=Path),
                help="TOML with entries and agents (default: what is published; before the first start the settings').",
            ),
            click.option("--log-level", default="info", show_default=True, help="debug, info, notice, warning or err."),
        )
    ):
        function = option(function)
    return function


@command.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Directory to write.")
@click.option("--user", default="", help="User that runs the switch: the files and recordings become that user's.")
@click.option("--json", "as_json", is_flag=True, help="What was written and how to start it, as JSON.")
@click.option("--reload", is_flag=True, help="Have the running switch read it at once: calls go on.")
@plan_options
@pass_settings
def render(settings: Settings, out: Path, user: str, as_json: bool, reload: bool, **options: Any) -> None:
    """Write a complete configuration directory for a stock FreeSWITCH 1.10, with the numbers and phones of the release that acts.

    Passwords are random and kept in the data directory, so rendering again does not change them.

    \b
    Example:
      callcontrol switch render --out /etc/callcontrol-switch --sip-ip 192.0.2.10
      callcontrol switch render --out /etc/callcontrol-switch --sip-ip 192.0.2.10 --reload
    """
    from callcontrol.switch.rendering import PlanError, render

    recordings = (options.pop("recordings_dir") or settings.recordings_dir).absolute()
    group = group_of(user) if user else 0
    ensure_directory(settings.data_dir, "the passwords of switch and phones")
    plan = make_plan(settings, **options)
    try:
        files = render(plan, project_root())
    except PlanError as error:
        fail(f"The switch can't be told that:\n{error}")
    out = out.absolute()
    for name in STATE_DIRS:
        ensure_directory(out / name, "the switch", "--out DIR")
    ensure_directory(recordings, "recordings", "--recordings-dir DIR")
    changed = [path for path, text in files.items() if differs(out / "conf" / path, text)]
    try:
        for relative, text in files.items():
            write(out / "conf" / relative, text)
    except OSError as error:
        fail(f"{error.filename or out} can't be written: {error.strerror}. Choose another directory with --out.")
    if user:
        give_to(user, group, [*out.rglob("*"), out, recordings])
    start = start_command(out, recordings)
    again = reloaded(settings, plan, changed, out) if reload else None
    if as_json:
        told = {"reloaded": True, "acts_after_a_start": again} if again is not None else {}
        print_json(
            {"out": str(out), "files": sorted(files), "start": start, "phones_file": str(phones_file(settings)),
             "password_file": str(settings.switch_password_file), "sip": f"{plan.sip_ip}:{plan.sip_port}", **told}
        )  # fmt: skip
        return
    if again is not None:
        click.echo(f"{len(files)} files written to {out / 'conf'}, {len(changed)} of them changed.")
        click.echo(f"The switch has read them; it takes {', '.join(sorted(plan.entries))}.")
        if again:
            click.echo(f"These act only when it is started anew: {', '.join(again)}.")
        return
    click.echo(
        f"{len(files)} files written to {out / 'conf'}; they hold passwords: only {user or 'you'} may read them."
    )
    click.echo(f"Start it:         {start}")
    click.echo(f"Dial:             {', '.join(sorted(plan.entries))} at {plan.sip_ip}:{plan.sip_port}")
    click.echo(f"Phones' passwords: {phones_file(settings)}   ({len(plan.phones)} users)")
    click.echo(f"Event socket:     {plan.esl_ip}:{plan.esl_port}, password in {settings.switch_password_file}")


def differs(path: Path, text: str) -> bool:
    """Whether the file says something else, or is not there."""
    try:
        return path.read_text(encoding="utf-8") != text
    except (OSError, UnicodeDecodeError):
        return True


def reloaded(settings: Settings, plan: SwitchPlan, changed: Sequence[str], out: Path) -> list[str]:
    """Have the running switch read what was written; the files that act only when it is started anew."""
    from callcontrol.ports.switch import SwitchError
    from callcontrol.switch.reloading import need_a_start, read_anew

    where = f"{settings.switch_host}:{plan.esl_port}"
    try:
        unknown = read_anew(settings.switch_host, plan.esl_port, plan.esl_password, sorted(plan.entries))
    except (SwitchError, OSError) as error:
        why = error if isinstance(error, SwitchError) else f"No switch answers there ({error.strerror or error})."
        fail(f"The files are written, but the switch at {where} did not read them. {why} See callcontrol doctor.")
    if unknown:
        fail(
            f"The files are written to {out / 'conf'}, but the switch at {where} reads others: it does not take "
            f"{', '.join(unknown)}. Name its directory with --out."
        )
    return need_a_start(changed)


@command.command()
@click.argument("path", required=False)
@plan_options
@pass_settings
def show(settings: Settings, path: str | None, **options: Any) -> None:
    """Print one rendered file, or the list of them; passwords are left out.

    \b
    Example:
      callcontrol switch show dialplan/callcontrol.xml
    """
    from dataclasses import replace

    from callcontrol.switch.rendering import PlanError, render

    options.pop("recordings_dir")
    plan = make_plan(settings, keep=False, **options)
    hidden = replace(plan, esl_password="not-shown", phones=dict.fromkeys(plan.phones, "not-shown"))
    try:
        files = render(hidden, project_root())
    except PlanError as error:
        fail(f"The switch can't be told that:\n{error}")
    if path is None:
        click.echo("\n".join(sorted(files)))
    elif path in files:
        click.echo(files[path], nl=False)
    else:
        fail(f"There is no file {path!r} in the rendered directory; one of: {', '.join(sorted(files))}.")


def project_root() -> Path:
    """The directory that holds ``dialplan/`` and ``config/switch/``."""
    from callcontrol.settings import PROJECT

    return PROJECT


def make_plan(
    settings: Settings,
    *,
    keep: bool = True,
    controllers: Sequence[str] = (),
    esl_port: int | None = None,
    sounds_dir: Path | None = None,
    configuration: Path | None = None,
    **rest: Any,
) -> SwitchPlan:
    """The plan of these settings and options. ``keep``: make passwords that do not exist yet, and keep them."""
    from callcontrol.cli.prompts import configuration_of
    from callcontrol.switch.rendering import SwitchPlan, entries_of
    from callcontrol.values.configuration import phones_of

    read = read_configuration(configuration) if configuration else configuration_of(settings)
    return SwitchPlan(
        esl_password=settings.switch_password
        or (kept_password(settings.switch_password_file) if keep else "not-shown"),
        phones=kept_phones(phones_file(settings), phones_of(read)) if keep else dict.fromkeys(phones_of(read), ""),
        entries=entries_of(read),
        controllers=tuple(controllers) or (f"{settings.listen_host}:{settings.listen_port}",),
        esl_port=esl_port if esl_port is not None else settings.switch_port,
        sounds_dir=str((sounds_dir or settings.sounds_dir).absolute()),
        name=settings.switch_name,
        **rest,
    )


def read_configuration(path: Path) -> Configuration:
    from callcontrol.values.configuration import from_data
    from callcontrol.values.configuration_reading import ConfigurationError

    try:
        return from_data(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        fail(f"{path} can't be read: {error.strerror}. Name the configuration with --configuration FILE.")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(f"{path} is not TOML: {error}. Correct that line.")
    except ConfigurationError as error:
        fail(f"{path} is not a configuration:\n{error}")


def phones_file(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "phones.json"


def kept_password(path: Path) -> str:
    """The password in ``path``, made at the first call."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(24)
        _keep(path, password + "\n")
        return password
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path} can't be read ({error}). Run as the user it belongs to, or choose another --data DIR.")


def kept_phones(path: Path, users: Sequence[str]) -> dict[str, str]:
    """User -> password; those of users seen before stay what they were, also of users that are gone for now."""
    try:
        kept = json.loads(path.read_text())
        if not isinstance(kept, dict) or not all(isinstance(v, str) for v in kept.values()):
            raise ValueError("it is not a table of passwords")
    except FileNotFoundError:
        kept = {}
    except OSError as error:
        fail(f"{path} can't be read ({error.strerror}). Run as the user it belongs to, or choose another --data DIR.")
    except ValueError as error:
        fail(f"{path} can't be read: {error}. Correct it, or delete it to give every phone a new password.")
    fresh = {user: secrets.token_urlsafe(12) for user in users if user not in kept}
    if fresh:
        _keep(path, json.dumps({**kept, **fresh}, indent=1, sort_keys=True) + "\n")
    return {user: {**kept, **fresh}[user] for user in users}


def _keep(path: Path, text: str) -> None:
    try:
        write(path, text, 0o600)
    except OSError as error:
        fail(
            f"{path} can't be written: {error.strerror}. Free the disk or give the right, or choose another --data DIR."
        )


def write(path: Path, text: str, mode: int = 0o640) -> None:
    """Write whole or not at all, never readable by others even for a moment. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def group_of(user: str) -> int:
    """The user's group; ends with a sentence where there is no such user."""
    import pwd

    try:
        return pwd.getpwnam(user).pw_gid
    except KeyError:
        fail(f"There is no user {user!r} on this machine; name the one that runs the switch with --user.")


def give_to(user: str, group: int, paths: Sequence[Path]) -> None:
    """Make them that user's, group included."""
    import shutil

    try:
        for path in paths:
            shutil.chown(path, user, group)
    except PermissionError:
        fail(f"Only root can give files to {user}: run this with sudo, or start the switch as yourself.")


def start_command(out: Path, recordings: Path) -> str:
    """One line for a shell."""
    words = ["freeswitch", "-nonat", "-nf", "-nc", "-conf", str(out / "conf"), "-recordings", str(recordings)]
    for name in STATE_DIRS:
        words += [f"-{name}", str(out / name)]
    return shlex.join(words)
