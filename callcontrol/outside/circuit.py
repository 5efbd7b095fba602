"""A circuit: after so many failures in a row a service is left alone for a while, and its callers need not wait for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Circuit:
    """Closed: asks go through. After ``most`` failures in a row it opens for ``rest_s``; then one ask is let through as a trial:
    its success closes the circuit, its failure opens it anew."""

    most: int
    rest_s: float
    failures: int = 0
    opened_at: float | None = None
    trying: bool = False

    def lets_through(self, now: float) -> bool:
        if self.opened_at is None:
            return True
        if self.trying or now < self.opened_at + self.rest_s:
            return False
        self.trying = True
        return True

    def succeeded(self) -> None:
        self.failures, self.opened_at, self.trying = 0, None, False

    def failed(self, now: float) -> None:
        self.failures += 1
        if self.trying or self.failures >= self.most:
            self.opened_at, self.trying = now, False
