"""One thing that a look at the installation found: how bad it is, a sentence, and the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    FINE = "fine"
    HINT = "hint"  # works, but could be better; does not make the doctor fail
    UNKNOWN = "unknown"  # could not be looked at
    MISSING = "missing"  # something does not work without it
    DANGEROUS = "dangerous"  # works, and will hurt


@dataclass(frozen=True, slots=True)
class Finding:
    """``says`` is a sentence of what is; ``remedy`` one of what to do, empty when it is fine."""

    check: str
    grade: Grade
    says: str
    remedy: str = ""

    @property
    def bad(self) -> bool:
        return self.grade in (Grade.MISSING, Grade.DANGEROUS)


def fine(check: str, says: str) -> Finding:
    return Finding(check, Grade.FINE, says)


def hint(check: str, says: str, remedy: str) -> Finding:
    return Finding(check, Grade.HINT, says, remedy)


def unknown(check: str, says: str, remedy: str) -> Finding:
    return Finding(check, Grade.UNKNOWN, says, remedy)


def missing(check: str, says: str, remedy: str) -> Finding:
    return Finding(check, Grade.MISSING, says, remedy)


def dangerous(check: str, says: str, remedy: str) -> Finding:
    return Finding(check, Grade.DANGEROUS, says, remedy)
