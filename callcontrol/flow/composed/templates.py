"""Flows to begin with: the smallest that works of each sort. What they name of the configuration, the form asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

END: Mapping[str, Any] = {"kind": "hang_up"}
GOODBYE: Mapping[str, Any] = {"kind": "play", "say": {"keys": ["goodbye"]}, "then": "end"}
SORRY: Mapping[str, Any] = {"kind": "play", "say": {"keys": ["rescue.sorry"]}, "then": "end"}
CLOSED: Mapping[str, Any] = {"kind": "play", "say": {"keys": ["hotline.closed"]}, "then": "end"}


def simple_menu(queue: str, _hours: str) -> dict[str, Any]:
    """A greeting, a menu with one key, a queue."""
    text = {"zh": "人工服务请按1。", "en": "To speak to somebody, press 1."}
    return _flow(
        "welcome",
        welcome={"kind": "play", "say": {"keys": ["hotline.welcome"]}, "then": "menu"},
        menu={
            "kind": "menu",
            "say": {"text": text},
            "keys": {"1": "waiting"},
            "silence": "waiting",
            "on_wrong": {"keys": ["menu.wrong"]},
        },
        waiting=_queue(queue),
    )


def hours_and_queue(queue: str, hours: str) -> dict[str, Any]:
    """Open: the queue; closed: it is said."""
    return _flow(
        "opening",
        opening={"kind": "open_hours", "hours": hours, "open": "welcome", "closed": "closed"},
        welcome={"kind": "play", "say": {"keys": ["hotline.welcome"]}, "then": "waiting"},
        waiting=_queue(queue),
        closed=CLOSED,
    )


def peak_and_callback(queue: str, _hours: str) -> dict[str, Any]:
    """If everybody skilled is busy, the caller has waited 60 s and it is before 16:00: say peak, then offer a callback."""
    offer = {
        "zh": "需要我们给您回电请按1，继续等候请按2。",
        "en": "To be called back, press 1. To go on waiting, press 2.",
    }
    booked = {"zh": "已为您登记回电，再见。", "en": "We will call you back. Goodbye."}
    return _flow(
        "welcome",
        welcome={"kind": "play", "say": {"keys": ["hotline.welcome"]}, "then": "waiting"},
        waiting={
            **_queue(queue),
            "message_when": ["busy", "waited 60", "before 16:00"],
            "still_busy": "offer",
        },
        offer={
            "kind": "menu",
            "say": {"text": offer},
            "keys": {"1": "call_back", "2": "waiting"},
            "silence": "goodbye",
            "tries": 2,
        },
        call_back={
            "kind": "callback",
            "queue": queue,
            "booked": "booked",
            "refused": "goodbye",
            "silence": "goodbye",
        },
        booked={"kind": "play", "say": {"text": booked}, "then": "end"},
    )


TEMPLATES: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    "menu": simple_menu,
    "hours": hours_and_queue,
    "peak": peak_and_callback,
}


def _queue(queue: str) -> dict[str, Any]:
    ends = dict.fromkeys(("after_talk", "still_busy", "away", "nobody", "timeout", "full", "closed"), "goodbye")
    return {"kind": "queue", "queue": queue, **ends}


def _flow(start: str, **steps: Mapping[str, Any]) -> dict[str, Any]:
    every = {**steps, "goodbye": GOODBYE, "sorry": SORRY, "end": END}
    return {
        "title": {},
        "start": start,
        "rescue": "sorry",
        "order": list(every),
        "steps": {name: dict(step) for name, step in every.items()},
    }
