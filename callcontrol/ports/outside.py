"""What a flow asks of services outside: a customer's record, the state of a parcel. Adapter: ``outside``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from callcontrol.values.configuration import Service

RESULTS = ("ok", "not_found", "failed", "timeout")
Fact = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """``result`` is one of ``RESULTS``; ``facts`` by the names of the service's ``answers``; ``why`` a sentence for engineers
    where it is not ok, never with a value that was sent."""

    result: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    why: str = ""


class Outside(Protocol):
    def ask(self, service: Service, values: Mapping[str, str], key: str) -> Answer:
        """Blocks at most the service's ``deadline_s``; never raises. ``key`` is the same for the same question asked
        again (after a takeover), so that the service can tell."""
        ...
