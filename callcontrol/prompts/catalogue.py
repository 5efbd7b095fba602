"""Which text a prompt has in which language: the shipped ones, and a supervisor's own before them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from callcontrol.values.composed import own_texts
from callcontrol.values.configuration import LANGUAGES, Configuration

OFFPEAK = "offpeak"  # key of the off-peak announcement
EMERGENCY = "emergency"  # key of the message that an emergency without a text of its own says


@dataclass(frozen=True, slots=True)
class Found:
    """A text that was found: ``key`` and ``language`` say where, which may be a fallback."""

    key: str
    language: str
    text: str


@dataclass(frozen=True)
class Texts:
    """``by_language``: language -> key -> text."""

    by_language: Mapping[str, Mapping[str, str]]

    def find(self, key: str, language: str) -> Found | None:
        """The text of ``key``: ``KEY@en`` is in English whatever ``language`` says; ``queue.NAME.KEY`` falls back to
        ``KEY``, ``emergency.NAME`` to ``emergency``; a text that lacks the language is said in another rather than not at all."""
        plain, _, fixed = key.partition("@")
        languages = (fixed,) if fixed else (language, *(x for x in self.by_language if x != language))
        keys = (plain, *_instead(plain))
        found = (self._in(k, each) for each in languages for k in keys)
        return next((f for f in found if f is not None), None)

    def _in(self, key: str, language: str) -> Found | None:
        text = self.by_language.get(language, {}).get(key)
        return None if text is None else Found(key, language, text)

    def __iter__(self) -> Iterator[Found]:
        for language, texts in self.by_language.items():
            for key, text in texts.items():
                yield Found(key, language, text)


def _instead(key: str) -> tuple[str, ...]:
    """The shipped text that is said where a configuration has none of its own."""
    if key.startswith("queue.") and key.count(".") >= 2:
        return (key.split(".", 2)[2],)
    return (EMERGENCY,) if key.startswith(f"{EMERGENCY}.") else ()


@cache
def shipped_texts() -> Texts:
    folder = files("callcontrol.prompts").joinpath("texts")
    return Texts({x: tomllib.loads(folder.joinpath(f"{x}.toml").read_text("utf-8"))["texts"] for x in LANGUAGES})


def texts_of(configuration: Configuration) -> Texts:
    """The shipped texts, then those of the configuration and of the flows composed in it, then each queue's own announcement, the break
    reasons (``break.NAME``) and the emergency messages (``emergency.NAME``). Empty texts don't count."""
    merged = {language: dict(texts) for language, texts in shipped_texts().by_language.items()}
    for key, by_language in configuration.texts.items():
        for language, text in by_language.items():
            if text.strip():
                merged.setdefault(language, {})[key] = text
    for key, own in own_texts(configuration).items():
        for language, text in own.items():
            if text.strip():
                merged.setdefault(language, {})[key] = text
    for name, titles in configuration.break_reasons.items():
        for language, text in titles.items():
            if text.strip():
                merged.setdefault(language, {})[f"break.{name}"] = text
    for name, emergency in configuration.emergencies.items():
        for language, text in emergency.text.items():
            if text.strip():
                merged.setdefault(language, {})[f"{EMERGENCY}.{name}"] = text
    for name, queue in configuration.queues.items():
        for language, text in queue.title.items():  # said to an agent: whom a callback is for
            if text.strip():
                merged.setdefault(language, {})[f"queue.{name}.title"] = text
        for language, text in queue.announcement.text.items():
            if text.strip():
                merged.setdefault(language, {})[f"queue.{name}.{OFFPEAK}"] = text
    return Texts(merged)
