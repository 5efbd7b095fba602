"""A text of anybody's made fit for a voice: nothing in it is a command to the program that speaks."""

from __future__ import annotations

import re
import unicodedata

# Markup (< > &), phonemes in brackets (espeak's [[ ]]), escapes and what shells and programs read: said by nobody anyway.
_MARKUP = re.compile(r"[<>&\[\]{}\\|`^~*_#=@\"]+")
_READ_AT_MOST = 8_000  # characters: of more not even the cleaning is done


def plain_text(text: str) -> str:
    """One line without control characters and markup; it never begins like an option of a program."""
    kept = []
    for character in text[:_READ_AT_MOST]:
        kind = unicodedata.category(character)
        if kind in ("Cf", "Cs", "Co", "Cn"):
            continue
        kept.append(" " if kind[0] in "CZ" else character)
    line = " ".join(_MARKUP.sub(" ", "".join(kept)).split())
    return f" {line}" if line[:1] in ("-", "+", "/") else line
