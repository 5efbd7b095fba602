"""Has a text spoken that is known only in a call. Adapter: ``bootstrap.speaking``."""

from __future__ import annotations

from typing import Protocol


class SpeechError(Exception):
    """A text could not be spoken. The message is a sentence and never holds the text."""


class Speech(Protocol):
    def spoken(self, text: str, language: str, *, private: bool) -> str:
        """The file that says it. Blocks its greenlet for some seconds at most, the others not at all. A ``private`` text's file is
        kept for some minutes only. Raises ``SpeechError``."""
        ...


class HasNoSpeech:
    """Where nothing was handed in."""

    def spoken(self, text: str, language: str, *, private: bool) -> str:
        raise SpeechError("This controller has no voice for texts.")
