"""How a caller is reached by telephone: the only place where a number becomes something to dial."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

# Of the switch's legs: the caller's is named after the offer, so that whoever knows the offer can end both.
_LEGS = uuid.UUID("5d1d6d3e-6d0a-4c1f-9d40-5f1cf7f8a6d1")


@dataclass(frozen=True, slots=True)
class DialOut:
    """``template`` is a dial string with ``{number}`` in it; empty: nobody can be called. ``numbers`` is what a number must
    look like as a whole: what anybody may enter by keys must not become a call that costs a fortune."""

    template: str = ""
    numbers: str = r"(?!00)\+?[0-9]{3,15}"

    def contact(self, number: str) -> str:
        """The dial string for ``number``, or "" where it may not be called."""
        if not self.template or re.fullmatch(self.numbers, number, re.ASCII) is None:
            return ""
        return self.template.replace("{number}", number)


def callers_leg(offer: str) -> str:
    """Identity of the leg that calls the caller, for that offer of a callback."""
    return str(uuid.uuid5(_LEGS, offer))
