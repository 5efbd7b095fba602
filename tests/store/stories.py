"""Stories of calls for the tests of the record: one that hangs together, and lines that do not."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from callcontrol.ports.journal import StoryLine
from callcontrol.values.outcomes import Outcome

Read = list[tuple[str, StoryLine]]


class Teller:
    """Tells of one call, at the times it is given."""

    def __init__(self, call: str = "call-1", began_at: float = 1000.0) -> None:
        self.call = call
        self.began_at = began_at
        self.lines: list[StoryLine] = []

    def tell(self, after_s: float, kind: str, **data: Any) -> Teller:
        self.lines.append(StoryLine(self.call, self.began_at + after_s, kind, data))
        return self

    def begin(self, **data: Any) -> Teller:
        told = {
            "number": "138****5678",
            "number_key": "a1b2",
            "destination": "4001",
            "entry": "4001",
            "flow": "hotline",
            "flow_release": 1,
            "language": "zh",
            "node": "switch",
        }
        return self.tell(0.0, "began", **(told | data))

    def end(self, after_s: float, by: str = "caller") -> Teller:
        return self.tell(after_s, "ended", cause="NORMAL_CLEARING", by=by, duration_s=after_s)

    def talk(self, after_s: float, seconds: float, *, offer: str = "o1", agent: str = "1001", queue: str = "support",
             visit: str = "v1") -> Teller:  # fmt: skip
        self.tell(after_s, "talk_began", offer=offer, agent=agent, queue=queue, visit=visit)
        return self.tell(after_s + seconds, "talk_ended", offer=offer, agent=agent, talk_s=seconds, by="caller")

    def read(self, first: int = 1) -> Read:
        return numbered(self.lines, first)


def numbered(lines: list[StoryLine], first: int = 1) -> Read:
    return [(f"1700000000000-{number}", line) for number, line in enumerate(lines, first)]


def answered_call(call: str = "call-1", began_at: float = 1000.0, queue: str = "support") -> Teller:
    """Greeted, waited 10 s, talked 30 s with 1001, recorded, asked, gone."""
    teller = Teller(call, began_at).begin()
    teller.tell(1, "step", step="menu", event="started", to_hear=["greeting"], branch="")
    teller.tell(4, "keys", step="menu", keys="1")
    teller.tell(5, "joined", queue=queue, visit=f"{call}-v1", first_joined_at=began_at + 5)
    teller.tell(14, "offered", offer=f"{call}-o1", agent="1001", why={"rank": 1})
    teller.tell(15, "talk_began", offer=f"{call}-o1", agent="1001", queue=queue, visit=f"{call}-v1")
    teller.tell(15, "visit_ended", queue=queue, visit=f"{call}-v1", outcome="answered", wait_s=10.0, detail="")
    teller.tell(15.1, "recording_began", recording=f"{call}-r1", path=f"{call}.wav", agent="1001", queue=queue)
    teller.tell(45, "talk_ended", offer=f"{call}-o1", agent="1001", talk_s=30.0, by="agent")
    teller.tell(45.1, "recording_ended", recording=f"{call}-r1", path=f"{call}.wav", seconds=29.9)
    teller.tell(55, "survey", answers={"attitude": 5, "speed": None, "correctness": 4})
    return teller.end(56)


# --- lines that need not hang together: small pools, so that they meet -------------------------------------------
_calls = st.sampled_from(["a", "a", "b"])
_times = st.sampled_from([0.0, 1.0, 2.0, 10.0])
_queues = st.sampled_from(["support", "billing", ""])
_visits = st.sampled_from(["v1", "v2", ""])
_offers = st.sampled_from(["o1", "o1", "o2"])
_agents = st.sampled_from(["1001", "1002", ""])
_seconds = st.sampled_from([None, 0.0, 2.5, 30.0, "long", -1.0])
_outcomes = st.sampled_from([str(outcome) for outcome in Outcome if outcome != Outcome.WAITING])
_recordings = st.sampled_from(["r1", "r2"])

_data = {
    "began": st.fixed_dictionaries({"number": st.sampled_from(["138****1", "?"]), "flow_release": st.integers(0, 3)}),
    "joined": st.fixed_dictionaries({"queue": _queues, "visit": _visits, "first_joined_at": _seconds}),
    "message": st.fixed_dictionaries({"queue": _queues}),
    "talk_began": st.fixed_dictionaries({"offer": _offers, "agent": _agents, "queue": _queues, "visit": _visits}),
    "talk_ended": st.fixed_dictionaries({"offer": _offers, "agent": _agents, "talk_s": _seconds}),
    "visit_ended": st.fixed_dictionaries(
        {"queue": _queues, "visit": _visits, "outcome": _outcomes, "wait_s": _seconds}
    ),
    "recording_began": st.fixed_dictionaries({"recording": _recordings, "path": _queues, "agent": _agents}),
    "recording_ended": st.fixed_dictionaries({"recording": _recordings, "seconds": _seconds}),
    "survey": st.fixed_dictionaries(
        {"answers": st.dictionaries(st.sampled_from(["speed", "attitude"]), st.integers(0, 6))}
    ),
    "step": st.fixed_dictionaries({"step": _queues}),
    "of_a_newer_release": st.just({}),
    "ended": st.fixed_dictionaries({"cause": _queues, "by": st.sampled_from(["caller", "flow"])}),
}


# Those that can contradict each other come most often.
_KINDS = [
    *sorted(_data),
    "joined",
    "joined",
    "talk_began",
    "talk_began",
    "talk_began",
    "visit_ended",
    "recording_ended",
]


@st.composite
def _line(draw: st.DrawFn) -> StoryLine:
    kind = draw(st.sampled_from(_KINDS))
    return StoryLine(draw(_calls), draw(_times), kind, draw(_data[kind]))


any_lines = st.lists(_line(), min_size=1, max_size=30)


@st.composite
def story_and_another_way_to_read_it(draw: st.DrawFn) -> tuple[Read, list[Read]]:
    """A stream as it was told, and batches of it in any order, each line in at least one of them."""
    told = numbered(draw(any_lines))
    shuffled = draw(st.permutations(told))
    again = draw(st.lists(st.sampled_from(told), max_size=10))
    every = draw(st.permutations([*shuffled, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(every)), max_size=4)))
    bounds = [0, *cuts, len(every)]
    return told, [list(every[a:b]) for a, b in itertools.pairwise(bounds)]
