"""What is awkward in the texts that callers hear: pure, and only advice. Nothing here forbids a release."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from callcontrol.prompts.catalogue import Found, Texts
from callcontrol.prompts.playlist import names
from callcontrol.prompts.sounds import fields_of
from callcontrol.prompts.voice import about_seconds
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem

MENU_S = 15.0  # who has to choose forgets the first choice of a longer list
TEXT_S = 40.0  # nobody listens longer than that without being asked anything

_FIELD = re.compile(r"\{\w+(?::\w+)?\}")
_FIELD_SAID = {"zh": "一二三四", "en": "one two three"}  # about as long as what comes in the place of a field
_KEY_EN = r"(?:[0-9*#]|zero|one|two|three|four|five|six|seven|eight|nine|star|hash|pound|\{\w+\})"
_KEY_ZH = r"(?:[0-9０-９*#]|星号|井号|\{\w+\})"
# "press 1 for billing", "press 0 at any time to", but not "press 1 to 5" and not "for billing, press 1".
_FIRST_EN = re.compile(
    rf"\b(?:press|dial|or)\s+(?:the\s+)?{_KEY_EN}(?:\s+key)?(?:\s+(?:at any time|now|again))?\s+"
    rf"(?:for|if|to(?!\s+{_KEY_EN}(?:\W|$)))\b",
    re.IGNORECASE,
)
# 按1账单, 按2键查询; but not 按1到5, 按1或2, 账单请按1。, nor 输入后按井号键结束.
_FIRST_ZH = re.compile(rf"按{_KEY_ZH}键?(?=[一-鿿])(?!键|到|至|或|和|与|及|号|结束)")
_ASKS = {"en": re.compile(rf"\b(?:press|dial)\s+(?:the\s+)?{_KEY_EN}", re.IGNORECASE), "zh": re.compile(f"按{_KEY_ZH}")}
_FIRST = {"en": _FIRST_EN, "zh": _FIRST_ZH}
_SENTENCE = re.compile(r"[^.;。；]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind``: missing, too_long, digit_first, fields, stale. ``detail`` is the seconds, the words, or the fields."""

    key: str
    language: str
    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.key} ({self.language}): {SENTENCES[self.kind].format(self.detail)}"


SENTENCES = {
    "missing": "there is no text in this language; callers hear it in another. Write it.",
    "too_long": "it takes about {} seconds; shorten it or split it.",
    "digit_first": "the key comes before what it is for (“{}”); say what it is for first, then the key.",
    "fields": "the other language has other fields ({}); use the same in both.",
    "stale": "the recording is of an older text; record it again or remove it.",
}


def lint(texts: Texts, stale: Collection[tuple[str, str]] = ()) -> list[Finding]:
    """All findings, by key. ``stale``: (key, language) of recordings that were made of another text. Keys ``say.*`` are
    pieces of numbers, which each language has of its own."""
    keys = dict.fromkeys(found.key for found in texts)
    return [finding for key in keys for finding in _of_key(texts, key, stale)]


def digit_first(text: str, language: str) -> str:
    """The words in which a key comes before what it is for; empty where there are none."""
    pattern, asks = _FIRST.get(language), _ASKS.get(language)
    if pattern is None or asks is None:
        return ""
    for sentence in _SENTENCE.findall(text):
        if asks.search(sentence) and (found := pattern.search(sentence)):
            return str(sentence[found.start() :].strip()[:24])
    return ""


def too_long(text: str, language: str) -> float:
    """About how many seconds it takes, if that is too many, else 0. A text that names a key is a menu."""
    seconds = about_seconds(_FIELD.sub(_FIELD_SAID.get(language, "1234"), text), language)
    asks = _ASKS.get(language)
    return seconds if seconds > (MENU_S if asks and asks.search(text) else TEXT_S) else 0.0


def _of_key(texts: Texts, key: str, stale: Collection[tuple[str, str]]) -> Iterator[Finding]:
    said = {x: Found(key, x, own[key]) for x, own in texts.by_language.items() if key in own}
    fields = {language: fields_of(found.text) for language, found in said.items()}
    shared = frozenset.intersection(*fields.values())
    for language in texts.by_language:
        found = said.get(language)
        if found is None:
            if not key.startswith("say."):
                yield Finding(key, language, "missing")
            continue
        if seconds := too_long(found.text, language):
            yield Finding(key, language, "too_long", f"{seconds:.0f}")
        if words := digit_first(found.text, language):
            yield Finding(key, language, "digit_first", words)
        if more := fields[language] - shared:
            yield Finding(key, language, "fields", ", ".join(sorted(more)))
        if (key, language) in stale:
            yield Finding(key, language, "stale")


def music_problems(configuration: Configuration, sounds_dir: Path) -> list[Problem]:
    """Music that a queue names and that is not there, or lacks a language that other files of it have."""
    return [
        Problem(
            f"queues.{queue.name}.music",
            f"There is no music {queue.music!r}; add it ('callcontrol prompts music add'), or callers hear what ships.",
            fatal=False,
        )
        for queue in configuration.queues.values()
        if queue.music and queue.music not in names(sounds_dir)
    ]
