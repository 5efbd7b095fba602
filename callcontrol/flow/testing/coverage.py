"""Which steps and ways of a flow some calls went through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from callcontrol.flow.flow import Flow
from callcontrol.flow.rehearsal import Rehearsal

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Edges are (step, target); several ways between the same two count as one."""

    steps: frozenset[str]
    edges: frozenset[Edge]
    all_steps: frozenset[str]
    all_edges: frozenset[Edge]

    def missing_steps(self) -> list[str]:
        return sorted(self.all_steps - self.steps)

    def missing_edges(self) -> list[Edge]:
        return sorted(self.all_edges - self.edges)

    def __str__(self) -> str:
        return (
            f"{len(self.steps & self.all_steps)} of {len(self.all_steps)} steps, "
            f"{len(self.edges & self.all_edges)} of {len(self.all_edges)} ways"
        )


def coverage(flow: type[Flow], calls: Iterable[Rehearsal]) -> Coverage:
    """What ``calls`` (played already) went through."""
    steps: set[str] = set()
    edges: set[Edge] = set()
    for call in calls:
        steps.update(call.steps)
        edges.update(zip(call.steps, call.steps[1:], strict=False))
    return Coverage(frozenset(steps), frozenset(edges), frozenset(flow.steps), all_edges(flow))


def all_edges(flow: type[Flow]) -> frozenset[Edge]:
    return frozenset((name, way.target) for name, step in flow.steps.items() for way in step.ways())
