"""Lines about the configuration and about who decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from callcontrol.floor.entries.base import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPublished(Entry):
    """A configuration release acts from here on, on calls that wait now too. ``configuration`` is ``as_data`` of it."""

    kind: ClassVar[str] = "rules_published"
    release: int
    configuration: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermBegan(Entry):
    """A desk was elected. Decisions of older terms that come later in the journal are void."""

    kind: ClassVar[str] = "term_began"
    desk: str
