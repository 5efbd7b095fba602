"""What every command shares: the settings, sentences instead of tracebacks, JSON for programs."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from callcontrol.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from rich.console import Console

    from callcontrol.store.store import Store

F = TypeVar("F", bound=Callable[..., Any])
WIDTH_WITHOUT_TERMINAL = 200  # what is piped into a file or a program is neither cut nor broken


def fail(sentence: str) -> NoReturn:
    """End the command with this sentence and exit status 1."""
    raise click.ClickException(sentence)


def pass_settings(function: F) -> F:
    """Gives the command ``settings`` as its first argument and the option ``--data DIR``."""

    @click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Data directory (default: var).")
    @functools.wraps(function)
    def with_settings(*args: Any, data_dir: Path | None, **kwargs: Any) -> Any:
        above = click.get_current_context().find_object(Settings)  # of the group, if it was given there
        try:
            settings = above if above and data_dir is None else load_settings(data_dir=data_dir)
            return function(settings, *args, **kwargs)
        except SettingsError as error:  # also of a secret that is looked for only when it is needed
            fail(str(error))

    return with_settings  # type: ignore[return-value]


def print_json(value: Any) -> None:
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, option=options, default=str).decode() + "\n")


def console() -> Console:
    """For tables: as wide as the terminal; wide where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)


@contextlib.contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The database as it is, for a command that looks; one that is away or too old ends it with a sentence."""
    from callcontrol.ports.store import StoreUnavailable
    from callcontrol.store.store import open_store

    try:
        store = open_store(settings.effective_database_url)
        try:
            yield store
        finally:
            store.close()
    except StoreUnavailable as error:
        fail(str(error))


def require_running(settings: Settings) -> None:
    """End with a sentence where nothing runs, so that who only looks starts and makes nothing."""
    from callcontrol.bus.embedded import EmbeddedValkey

    if not settings.redis_url and not EmbeddedValkey(settings.data_dir).answers():
        fail(
            f"Nothing runs on {settings.data_dir.absolute()}: start callcontrol run or callcontrol demo, or name its --data."
        )


def ensure_plain(settings: Settings) -> None:
    """End with a sentence where the data directory has a name that can't stand in a command to the switch: callers would
    hear nothing and nothing would be recorded."""
    from callcontrol.ports.switch import SwitchError
    from callcontrol.switch import gate

    try:
        gate.path(str(settings.sounds_dir))
    except SwitchError as error:
        fail(f"The data directory can't be told to the switch: {error} Choose another with --data DIR.")


def printable(text: str) -> str:
    """Without control characters: what somebody sent must not steer the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def ensure_directory(path: Path, purpose: str, option: str = "--data DIR") -> None:
    """Make a directory, or end with a sentence that says why it can't be and which ``option`` names another."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{path} is needed for {purpose} and can't be made: {error.strerror}. Choose another with {option}.")


__all__ = [
    "Settings",
    "console",
    "ensure_directory",
    "ensure_plain",
    "fail",
    "opened_store",
    "pass_settings",
    "print_json",
    "printable",
    "require_running",
]
