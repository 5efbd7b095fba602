"""Calls that were, for rehearsing the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from callcontrol.admin.rehearsal_parts import SECRET
from callcontrol.admin.rehearsal_store import MemoryRecords
from callcontrol.ports.store import CallRow, RecordingRow, StoryRow
from callcontrol.values.numbers import number_key


def past_calls(records: MemoryRecords, now: float, recording: Path | None = None) -> None:
    """A day of calls, the newest with its whole story and a recording."""
    outcomes = ("answered", "answered", "answered", "abandoned_waiting", "advised_offpeak", "answered", "timeout")
    for i in range(120):
        outcome, began = outcomes[i % 7], now - 300 - i * 410
        talked = outcome == "answered"
        row = CallRow(
            call=f"{i:08x}-5a1c-4f00-8000-00000000{i:04x}",
            began_at=began,
            ended_at=began + 200,
            number=f"13{i % 10}****{1000 + i * 37 % 9000}",
            destination="4001",
            entry="4001",
            flow="hotline",
            flow_release=2 if i % 9 == 4 else 1,
            release=1 + (i < 60),
            trial=("share" if i % 2 else "caller") if i % 9 == 4 else "",
            language="en" if i % 5 == 4 else "zh",
            queue="billing" if i % 3 == 2 else "support",
            agent=str(1001 + i % 7) if talked else "",
            outcome=outcome,
            wait_s=float(4 + i * 7 % 60),
            talk_s=float(40 + i * 13 % 300) if talked else None,
            cause="NORMAL_CLEARING",
            ended_by="caller",
            survey={"attitude": 5, "speed": 4, "correctness": None} if talked else {},
            recordings=("rec-1",) if i == 0 else (),
            node="fs1",
            number_key=number_key(f"13{i % 10}0000{1000 + i * 37 % 9000}", SECRET),
        )
        records.rows.append(row)
    first = records.rows[0]
    records.stories[first.call] = _story(first)
    if recording is not None:
        size = recording.stat().st_size
        records.ledger["rec-1"] = RecordingRow(
            "rec-1",
            first.call,
            "support",
            first.agent,
            recording.name,
            first.began_at + 25,
            3.0,
            3.1,
            size,
            "0" * 64,
            "complete",
        )


def _story(row: CallRow) -> list[StoryRow]:
    told: list[tuple[float, str, dict[str, Any]]] = [
        (
            0,
            "began",
            {
                "number": row.number,
                "destination": "4001",
                "flow": "hotline",
                "flow_release": 1,
                "release": 2,
                "trial": "",
                "language": "zh",
            },
        ),
        (0.1, "step", {"step": "greeting", "to_hear": ["welcome"]}),
        (5, "step", {"step": "menu", "to_hear": ["main_menu"]}),
        (9, "keys", {"step": "menu", "keys": "1"}),
        (9, "joined", {"queue": "support", "visit": "v1"}),
        (39, "message", {"queue": "support"}),
        (
            52,
            "offered",
            {"offer": "o1", "agent": "1002", "why": {"strategy": "longest_idle", "idle_s": 95.0, "grade": 4.0}},
        ),
        (72, "offer_failed", {"offer": "o1", "agent": "1002", "cause": "NO_ANSWER"}),
        (
            72,
            "offered",
            {"offer": "o2", "agent": row.agent, "why": {"strategy": "longest_idle", "idle_s": 95.0, "grade": 4.0}},
        ),
        (76, "talk_began", {"offer": "o2", "agent": row.agent, "queue": "support"}),
        (76, "recording_began", {"recording": "rec-1"}),
        (76, "visit_ended", {"queue": "support", "outcome": "answered", "wait_s": 67.0}),
        (116, "taken_over", {"controller": "controller-b", "step": "support"}),
        (156, "talk_ended", {"offer": "o2", "agent": row.agent, "talk_s": 80.0, "by": "agent"}),
        (156, "recording_ended", {"recording": "rec-1", "seconds": 80.0}),
        (190, "survey", {"answers": {"attitude": 5, "speed": 4, "correctness": None}}),
        (200, "ended", {"cause": "NORMAL_CLEARING", "by": "caller", "duration_s": 200}),
    ]
    return [StoryRow(row.began_at + at, kind, data) for at, kind, data in told]
