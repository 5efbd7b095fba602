"""What every command shares: the settings, sentences instead of tracebacks, JSON for programs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from callcontrol.settings import Settings, SettingsError, load_settings

F = TypeVar("F", bound=Callable[..., Any])


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
        except SettingsError as error:
            fail(str(error))
        return function(settings, *args, **kwargs)

    return with_settings  # type: ignore[return-value]


def print_json(value: Any) -> None:
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, option=options, default=str).decode() + "\n")


def ensure_directory(path: Path, purpose: str) -> None:
    """Make a directory, or end with a sentence that says why it can't be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{path} is needed for {purpose} and can't be made: {error.strerror}. Choose another with --data DIR.")


__all__ = ["Settings", "ensure_directory", "fail", "pass_settings", "print_json"]
