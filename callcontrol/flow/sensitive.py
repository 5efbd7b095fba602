"""What a caller keyed in that nobody else may see: which names of the context hold it, and how it is kept out of everything that is
written. It is forgotten by itself when the call comes where it stays: a queue, a message, a callback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

NAMES = "_sensitive"  # in the context: the names that hold it
HIDDEN = "***"


def names(context: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in context.get(NAMES, ()) if name in context)


def marked(context: Mapping[str, Any], more: Iterable[str]) -> dict[str, Any]:
    """What to remember so that these names count as sensitive, too."""
    return {NAMES: sorted({*names(context), *more})}


def holds(context: Mapping[str, Any], value: Any) -> bool:
    """Whether that value is, or holds, something sensitive."""
    text = str(value)
    return any(secret in text for secret in _values(context))


def hidden(text: str, context: Mapping[str, Any]) -> str:
    """The text without what is sensitive."""
    for secret in _values(context):
        text = text.replace(secret, HIDDEN)
    return text


def forgotten(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context without it."""
    gone = {NAMES, *names(context)}
    return {name: value for name, value in context.items() if name not in gone}


def _values(context: Mapping[str, Any]) -> list[str]:
    """The longest first, so that nothing of one is left by another that is a part of it."""
    return sorted({str(context[name]) for name in names(context)} - {""}, key=len, reverse=True)
