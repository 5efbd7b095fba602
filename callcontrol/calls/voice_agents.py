"""What goes to an outside voice agent with a call, and what comes back: both bounded, both only of names that are allowed.

The context travels as one SIP header, JSON in base64: nothing in it can be a header, a dial string or a variable of its own.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from callcontrol.flow.steps.voice_agent import TOO_LONG
from callcontrol.ports.switch import LastWords
from callcontrol.values.configuration import VoiceAgent

CONTEXT, CALL, LANGUAGE = "X-Callcontrol-Context", "X-Callcontrol-Call", "X-Callcontrol-Language"
RESULT, FACTS = "X-Result", "X-Facts"
# One UDP packet holds the whole INVITE, SDP included.
MOST_CONTEXT = 700
MOST_FACTS = 4_000
MOST_TEXT = 500
MOST_RESULT = 40

Facts = dict[str, str | int | float | bool | None]


def headers_for(agent: VoiceAgent, call: str, language: str, values: Mapping[str, str]) -> dict[str, str]:
    """Headers of the INVITE. Raises ``ValueError`` with a sentence where the values are too much for it."""
    allowed = {name: values[name] for name in agent.context if name in values}
    headers = {CALL: call, LANGUAGE: language}
    if allowed:
        text = json.dumps(allowed, ensure_ascii=False, separators=(",", ":"))
        headers[CONTEXT] = base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")
        if len(headers[CONTEXT]) > MOST_CONTEXT:
            raise ValueError(
                f"What is sent to {agent.name!r} takes {len(headers[CONTEXT])} characters, at most {MOST_CONTEXT}."
            )
    return headers


def variables_for(agent: VoiceAgent) -> dict[str, str]:
    """The switch itself ends a talk that is too long: no controller need be alive for it."""
    return {"execute_on_answer_2": f"sched_hangup +{max(int(agent.most_s), 1)} ALLOTTED_TIMEOUT"}


def said(agent: VoiceAgent | None, words: LastWords | None) -> tuple[str, Facts]:
    """(result, facts) of a voice agent that has hung up; ("", {}) where it said nothing that can be used."""
    if words is None:
        return "", {}
    if words.cause == "ALLOTTED_TIMEOUT":
        return TOO_LONG, {}
    result = words.headers.get(RESULT, "").strip()
    if len(result) > MOST_RESULT or not result.replace("_", "").replace("-", "").isalnum() or not result.isascii():
        result = ""
    return result, _facts(words.headers.get(FACTS, ""), agent.facts if agent else ())


def _facts(text: str, allowed: tuple[str, ...]) -> Facts:
    if not text or len(text) > MOST_FACTS:
        return {}
    try:
        data: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: data[name] for name in allowed if name in data and _plain(data[name])}


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_TEXT
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    return value is None or (isinstance(value, bool | int) and abs(value) < 2**53)
