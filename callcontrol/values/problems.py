"""One thing that is wrong with what a person wrote: what, where, and the next move."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """``where`` is a path a person can find (``queues.support.patience_s``, ``hotline.py:41``); ``what`` is a sentence
    that ends with the next move. ``fatal`` problems forbid publishing; others are warnings."""

    where: str
    what: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"
