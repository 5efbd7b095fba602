"""Calls of a flow by release, so that a trial can be compared with what everybody gets. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from callcontrol.ports.store import ReleaseCount


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """Calls that are over. ``release``: of the rules (0: unknown); ``outcomes``: (outcome, calls, share of the calls), the most
    frequent first, "" for calls that joined no queue; ``wait_s``: mean of those that joined one."""

    release: int
    flow_release: int
    trial: bool
    calls: int
    outcomes: tuple[tuple[str, int, float], ...]
    wait_s: float | None


def release_rows(counts: Sequence[ReleaseCount]) -> list[ReleaseRow]:
    """One row for each release of rules and flow, on trial or not; the newest first, the trial before the others."""
    alike: dict[tuple[int, int, bool], list[ReleaseCount]] = {}
    for count in counts:
        alike.setdefault((count.release, count.flow_release, bool(count.trial)), []).append(count)
    rows = []
    for (release, flow_release, trial), found in sorted(alike.items(), reverse=True):
        outcomes: Counter[str] = Counter()
        for count in found:
            outcomes[count.outcome] += count.calls
        calls, waited = outcomes.total(), sum(count.waited for count in found)
        wait_s = sum(count.wait_s or 0.0 for count in found) / waited if waited else None
        shares = tuple((outcome, number, number / calls) for outcome, number in outcomes.most_common())
        rows.append(ReleaseRow(release, flow_release, trial, calls, shares, wait_s))
    return rows
