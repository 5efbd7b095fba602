"""Scenes with callbacks: a queue that calls back, one that has hours, one that does not call back."""

from __future__ import annotations

from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.callbacks import HANGS_UP_S, name_of
from callcontrol.floor.view import callbacks
from tests.floor.scenes import Scene

OFFICE = {"office": {"zone": "UTC", "week": {"mon-sun": ["22:00-23:00"]}, "exceptions": {}}}  # START is 22:13:20 UTC
CALLED = {"enabled": True, "tries": 2, "quarantine_s": 60, "retry_s": 600, "valid_s": 7200}


def rules(**callback: Any) -> dict[str, Any]:
    return {
        "queues": {
            "support": {
                "skills": "support",
                "patience_s": 30,
                "wrap_up_s": 0,
                "max_wait_s": 9000,
                "announcement": {"enabled": False},
                "callback": {**CALLED, **callback},
            },
            "night": {"skills": "support", "wrap_up_s": 0, "hours": "office", "callback": dict(CALLED)},
            "plain": {"skills": "support"},
        },
        "agents": {"1001": {"skills": {"support": 3}, "contact": "user/1001"}},
        "hours": OFFICE,
    }


def busy(**callback: Any) -> Scene:
    """One agent, in a talk."""
    scene = Scene(rules(**callback), "1001")
    scene.join("first")
    scene.settle()
    scene.talk("first")
    return scene


def book(scene: Scene, call: str, number: str = "", visit: str = "") -> bool:
    key = number or f"n-{call}"
    return scene.write(
        e.CallbackBooked, call=call, visit=visit or f"v-{call}", caller=key, number=key, masked="138****5678"
    )


def in_flight(scene: Scene, call: str) -> str:
    return scene.floor.calls[name_of(f"v-{call}")].offer


def dialled(scene: Scene, call: str) -> str:
    """The agent picked up and pressed 1."""
    offer = in_flight(scene, call)
    assert scene.write(e.CallbackTaken, offer=offer, by="one", node="a")
    assert scene.write(e.CallbackConfirming, offer=offer)
    assert scene.write(e.CallbackDialled, offer=offer)
    return offer


def state(scene: Scene, call: str) -> str:
    return str(
        next(row["state"] for row in callbacks(scene.floor, scene.now) if row["callback"] == name_of(f"v-{call}"))
    )


def free_with_callback(**callback: Any) -> Scene:
    scene = busy(**callback)
    scene.join("a")
    book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    scene.hang_up("first")
    scene.settle()
    return scene
