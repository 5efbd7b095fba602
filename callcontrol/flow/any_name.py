"""A table that answers the same for every name: a rehearsal without a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")


class AnyName(Mapping[str, V], Generic[V]):
    """Answers the same for every name: a rehearsal without a configuration."""

    def __init__(self, answer: V) -> None:
        self._answer = answer

    def __getitem__(self, name: str) -> V:
        return self._answer

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1


def every_name(answer: V) -> Mapping[str, V]:
    """The same answer for every name."""
    return AnyName(answer)
