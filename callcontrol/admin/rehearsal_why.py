"""The account of a rehearsed call, on a small floor of its own, and a try that has its figures at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callcontrol.admin.services import Tried
from callcontrol.desk.account import Told, moments_of
from callcontrol.floor import entries as e
from callcontrol.floor.account import account
from callcontrol.floor.floor import Floor
from callcontrol.ports.journal import Line
from callcontrol.values.configuration import Configuration, as_data


def told_of(rules: Configuration, call: str, began_at: float, position: str, at: float | None) -> Told:
    """A call that waits behind another for the one agent who is free."""
    floor = Floor()
    lines: list[Line] = []

    def write(entry: e.Entry, *, seen: bool = False) -> None:
        floor.apply(entry)
        data = {**entry.as_data(), **({"seen": lines[-1].position} if seen else {})}
        lines.append(Line(f"{entry.at * 1000:.0f}-{len(lines)}", data))

    write(e.RulesPublished(at=began_at, release=1, configuration=as_data(rules)))
    for name in ("1001", "1003", "1004", "1006", "1007"):
        write(e.AgentLoggedIn(at=began_at, agent=name))
    write(e.AgentBreak(at=began_at, agent="1006", reason="lunch"))
    joined: dict[str, Any] = {"visit": "v", "queue": "support"}
    for number, ahead in enumerate(("a", "b", "c", "d")):
        write(e.CallJoined(at=began_at + number, call=ahead, masked="138****8021", first_joined_at=began_at, **joined))
    offered: dict[str, Any] = {**joined, "contact": "user/1", "ring_s": 20.0, "expires_at": began_at + 90.0}
    for name, ahead in (("1001", "a"), ("1003", "b"), ("1004", "c")):
        write(e.Offered(at=began_at + 5, offer=f"o-{ahead}", call=ahead, agent=name, **offered))
        write(e.TalkBegan(at=began_at + 8, offer=f"o-{ahead}"))
    write(e.CallJoined(at=began_at + 9, call=call, masked="139****1177", first_joined_at=began_at + 9, **joined))
    write(e.TalkEnded(at=began_at + 50, offer="o-a", by="agent"))
    write(e.AgentBack(at=began_at + 51, agent="1001"), seen=False)
    now = began_at + 52 if at is None else at
    found = account(floor, call, now)
    write(e.MessageGranted(at=now, call=call, visit="v"), seen=True)
    moments = moments_of([line for line in lines if line.data.get("call") == call])
    chosen = next((moment for moment in moments if moment.position == position), moments[-1])
    return Told(call, now, tuple(moments), chosen, found, chosen.data if chosen.decision else None)


class RehearsedTries:
    """``fails`` makes the next one end with that sentence; ``begun`` is what was asked."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, Mapping[str, Any], str]] = []
        self.fails = ""
        self.asked = 0

    def begin(self, queue: str, configuration: Mapping[str, Any], day: str) -> str:
        self.begun.append((queue, configuration, day))
        self.asked = 0
        return str(len(self.begun))

    def state(self, number: str) -> Tried | None:
        if not number.isdigit() or not 0 < int(number) <= len(self.begun):
            return None
        self.asked += 1
        if self.fails:
            return Tried(1.0, problem=self.fails)
        return Tried(0.4) if self.asked == 1 else Tried(1.0, _RESULT)


def _range(mean: float, wide: float) -> dict[str, float]:
    return {
        "mean": mean,
        "low80": mean - wide,
        "high80": mean + wide,
        "low95": mean - 2 * wide,
        "high95": mean + 2 * wide,
    }


def _row(name: str, was: float | None, before: float, after: float, wide: float) -> dict[str, Any]:
    return {
        "name": name,
        "was": was,
        "before": _range(before, wide),
        "after": _range(after, wide),
        "change": _range(after - before, wide),
    }


_RESULT: dict[str, Any] = {
    "queue": "support",
    "runs": 3,
    "began_at": 1_795_190_400.0,
    "ended_at": 1_795_276_800.0,
    "callers_of_the_day": 9812,
    "rows": [
        _row("callers", 7422, 7422, 7422, 0),
        _row("answered", 6503, 6511, 6809, 33),
        _row("lost", 638, 615, 376, 21),
        _row("service_level", 0.583, 0.591, 0.747, 0.006),
        _row("longest_wait_s", 458.3, 385.5, 268.1, 83.0),
        _row("mean_wait_s", 20.1, 19.6, 12.3, 0.5),
        _row("told", 1138, 1136, 577, 24),
        {**_row("load", None, 0.9, 0.84, 0.001)},
    ],
    "outcomes": [_row("abandoned_waiting", None, 283, 183, 12), _row("advised_offpeak", None, 345, 237, 16)],
    "agents": [],
    "erlang": {"mean_wait_s": [27.8, 18.4], "lost": [885.0, 585.0], "load": [0.91, 0.85]},
}
