"""Calls and agents compete on a small floor, two desks decide over one journal, lines come late and in any order."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from callcontrol.floor import entries as e
from callcontrol.values.strategies import STRATEGIES
from tests.floor.day import CAUSES, REASONS, Day, more_rules

AGENTS = ["1001", "1002", "1003"]
QUEUES = ["billing", "support", "vip"]
levels = st.fixed_dictionaries({"support": st.sampled_from([3, 2, 1, 0])}, optional={"billing": st.integers(1, 3)})
rarely = st.sampled_from([False, False, False, False, True])


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    queues = draw(st.sampled_from([QUEUES, QUEUES, ["support"], ["billing", "support"], ["billing"]]))
    more = draw(st.booleans())
    agents = draw(st.sampled_from([AGENTS, AGENTS, ["1001"], ["1001"], ["1002"]]))
    return {
        "queues": {
            name: {
                "skills": draw(st.sampled_from(["", "", "support", "billing >= 2", "support or billing >= 3"])),
                "strategy": draw(st.sampled_from(STRATEGIES)),
                "patience_s": draw(st.sampled_from([30, 10, 0])),
                "max_wait_s": draw(st.sampled_from([300, 300, 40])),
                "max_length": draw(st.sampled_from([50, 50, 50, 50, 3, 1, 0])),
                "ring_s": 20,
                "wrap_up_s": draw(st.sampled_from([0, 5, 20])),
                "wrap_up_mode": draw(st.sampled_from(["fixed", "up_to", "optional", "none"])),
                "wrap_up_cap_s": draw(st.sampled_from([300, 10])),
                "target_s": draw(st.sampled_from([2, 15, 60])),
                "announcement": {
                    "enabled": draw(st.sampled_from([True, True, False])),
                    "max_share": draw(st.sampled_from([1.0, 1.0, 0.5, 0.3, 0.0])),
                    "dry_run": draw(st.sampled_from([False, False, True])),
                },
                **(more_rules(lambda choice: draw(st.sampled_from(choice)), name) if more else {}),
            }
            for name in queues
        },
        "agents": {
            name: {
                "skills": draw(levels),
                "max_misses": draw(st.sampled_from([0, 1, 2])),
                "order": draw(st.integers(0, 2)),
                "weight": draw(st.sampled_from([1, 1, 3, 0])),
            }
            for name in agents
        },
    }


class Rivalry(Day, RuleBasedStateMachine):
    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        Day.__init__(self)

    @initialize(configuration=configurations(), agents=st.sampled_from([2, 1, 3, 1, 0]), prompt=st.booleans())
    def opens(self, configuration: dict[str, Any], agents: int, prompt: bool) -> None:
        """``prompt``: the desk decides after every line, so that scenes get deep; else it is late and interleaved."""
        self.prompt = prompt
        self.publish(True, configuration)
        for agent in AGENTS[:agents]:
            self.fact(e.AgentLoggedIn, agent=agent)

    # --- time --------------------------------------------------------------------------------------------------------
    @rule(seconds=st.sampled_from([0.5, 1, 5, 10, 10, 30, 30, 60, 400]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        if self.prompt:
            self.all_is_decided_at_once()

    @rule(sure=rarely, days=st.sampled_from([0.02, 0.5, 1.1, 2.5]))
    def much_time_passes(self, sure: bool, days: float) -> None:
        self.now += days * 86_400 * sure

    @rule(scene=st.lists(st.sampled_from("jjjtttrreewwppmxfs"), min_size=8, max_size=40), data=st.data())
    def the_day_goes_on(self, scene: list[str], data: st.DataObject) -> None:
        """What mostly happens, in a row, so that a run gets into the depth where rivals meet."""
        for letter in scene:
            states = {
                state: sorted(o.offer for o in self.floor.offers.values() if o.state == state)
                for state in ("reserved", "ringing", "talking")
            }
            match letter:
                case "j" if len(self.floor.calls) < 8:
                    self.visits += 1
                    self.join(f"n{self.visits}", "support", caller=data.draw(st.sampled_from(["", "", "x", "y"])))
                case "r" if states["reserved"]:
                    self.fact(e.OfferRinging, offer=data.draw(st.sampled_from(states["reserved"])))
                case "t" if states["reserved"] or states["ringing"]:
                    ready = states["ringing"] or states["reserved"]
                    assert self.fact(e.TalkBegan, offer=data.draw(st.sampled_from(ready)))
                case "e" if states["talking"]:
                    assert self.fact(e.TalkEnded, offer=data.draw(st.sampled_from(states["talking"])))
                case "f" if states["ringing"]:
                    self.fact(e.OfferFailed, offer=states["ringing"][0], cause=data.draw(st.sampled_from(CAUSES)))
                case "w":
                    self.time_passes(data.draw(st.sampled_from([1, 5, 10])))
                case "p":
                    self.time_passes(30)
                case "m":
                    self.message_finishes(data)
                case "x" if self.floor.calls:
                    self.leaves(data, "hangup")
                case "s":
                    self.a_newcomer_reads_the_snapshot()

    @rule(
        queue=st.sampled_from(["support", "support", "billing"]),
        joiner=st.sampled_from([[], [0, 4], [40, 90]]),
        given=st.sampled_from([[], [0, 4], [5, 20], [40, 90]]),
    )
    def waits_are_estimated(self, queue: str, joiner: list[float], given: list[float]) -> None:
        self.fact(e.WaitEstimated, queue=queue, joiner=joiner, calls=dict.fromkeys(self.floor.calls, given))

    # --- callers ---------------------------------------------------------------------------------------------------
    @rule(
        call=st.sampled_from("abcdefgh"),
        queue=st.sampled_from(["support", "support", "support", "billing", "vip"]),
        earlier=st.sampled_from([0, 0, 0, 100]),
        vip=st.sampled_from([0, 0, 0, 0, 0, 0, 1, 5]),
        needs=st.sampled_from(["", "", "", "", "support >= 2", "((("]),
        caller=st.sampled_from(["", "", "x", "y", "z"]),
        prefer=st.sampled_from(["", "", "1001"]),
        told_after=st.sampled_from([0.0, 0.0, 40.0]),
    )
    def joins(
        self, call: str, queue: str, earlier: float, vip: int, needs: str, caller: str, prefer: str, told_after: float
    ) -> None:
        self.visits += 1
        more = {"prefer": prefer, "message_after_s": told_after}
        self.join(call, queue, earlier=earlier, vip=vip, needs=needs, caller=caller, **more)

    @precondition(lambda self: self.overflowed)
    @rule()
    def overflows(self) -> None:
        self.overflow_arrives()

    def join(self, call: str, queue: str, *, earlier: float = 0, **more: Any) -> None:
        visit = f"{call}.{self.visits}"
        assert self.fact(e.CallJoined, call=call, visit=visit, queue=queue, first_joined_at=self.now - earlier, **more)

    @precondition(lambda self: self.floor.calls)
    @rule(data=st.data())
    def is_taken_over(self, data: st.DataObject) -> None:
        self.take_over(self.any_call(data).call)

    @precondition(lambda self: self.floor.calls)
    @rule(data=st.data(), reason=st.sampled_from(REASONS))
    def leaves(self, data: st.DataObject, reason: str) -> None:
        call = self.any_call(data)
        assert self.fact(e.CallLeft, call=call.call, visit=call.visit, reason=reason)

    @rule(data=st.data())
    def message_finishes(self, data: st.DataObject) -> None:
        hearing = [c for c in self.floor.calls.values() if c.state == "message"]
        if hearing:
            call = data.draw(st.sampled_from(hearing))
            assert self.fact(e.MessageFinished, call=call.call, visit=call.visit)

    @precondition(lambda self: self.floor.calls)
    @rule(data=st.data())
    def stays(self, data: st.DataObject) -> None:
        call = self.any_call(data)
        self.fact(e.CallStays, call=call.call, visit=call.visit)

    @rule(call=st.sampled_from("abcdefgh"), kind=st.sampled_from([e.CallLeft, e.MessageFinished, e.CallStays]))
    def a_line_of_an_old_visit_comes(self, call: str, kind: type[e.Entry]) -> None:
        more = {"reason": "hangup"} if kind is e.CallLeft else {}
        assert not self.fact(kind, call=call, visit="long ago", **more)

    # --- offers ----------------------------------------------------------------------------------------------------
    @precondition(lambda self: self.offers)
    @rule(data=st.data(), kind=st.sampled_from([e.OfferRinging, e.TalkBegan, e.TalkBegan, e.TalkEnded]))
    def offer_goes_on(self, data: st.DataObject, kind: type[e.Entry]) -> None:
        self.fact(kind, offer=self.any_offer(data))

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), cause=st.sampled_from(CAUSES))
    def offer_fails(self, data: st.DataObject, cause: str) -> None:
        self.fact(e.OfferFailed, offer=self.any_offer(data), cause=cause)

    @rule(call=st.sampled_from("abcdefgh"), agent=st.sampled_from(AGENTS), data=st.data(), known=st.booleans())
    def a_talk_is_found(self, call: str, agent: str, data: st.DataObject, known: bool) -> None:
        self.find_a_talk(self.any_offer(data) if known and self.offers else f"found.{self.now}", call, agent)

    # --- agents ----------------------------------------------------------------------------------------------------
    @rule(
        agent=st.sampled_from(AGENTS),
        kind=st.sampled_from([e.AgentLoggedIn, e.AgentBack, e.AgentLoggedIn, e.AgentLoggedOut, e.AgentBreak]),
    )
    def agent_comes_or_goes(self, agent: str, kind: type[e.Entry]) -> None:
        self.fact(kind, agent=agent)

    @rule(agent=st.sampled_from(AGENTS), kind=st.sampled_from([e.AgentBack, e.AgentLoggedOut, e.AgentBreak]))
    def agent_does_it_by_oneself(self, agent: str, kind: type[e.Entry]) -> None:
        self.fact(kind, agent=agent, own=True)

    @rule(agent=st.sampled_from(AGENTS), seconds=st.sampled_from([10, 1000, 0]))
    def agent_needs_more_wrap_up(self, agent: str, seconds: float) -> None:
        self.fact(e.WrapUpExtended, agent=agent, seconds=seconds)

    @rule(agent=st.sampled_from(AGENTS), registered=st.sampled_from([True, False, None]), busy=st.booleans())
    def phone_is_seen(self, agent: str, registered: bool | None, busy: bool) -> None:
        self.fact(e.PhoneSeen, agent=agent, registered=registered, busy=busy)

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), held=st.booleans())
    def talk_is_held(self, data: st.DataObject, held: bool) -> None:
        self.fact(e.TalkHeld, offer=self.any_offer(data), held=held)

    @rule(sure=rarely, configuration=configurations())
    def publish(self, sure: bool, configuration: dict[str, Any]) -> None:
        self.release += sure
        assert not sure or self.fact(e.RulesPublished, release=self.release, configuration=configuration)

    # --- desks -----------------------------------------------------------------------------------------------------
    @rule(sure=rarely)
    def desk_is_elected(self, sure: bool) -> None:
        assert not sure or self.fact(e.TermBegan, term=self.floor.term + 1, desk="another")

    @rule()
    def desk_decides(self) -> None:
        """The lines are on their way; facts may come before them."""
        batch = self.decided()
        if batch:
            self.in_flight.append(batch)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def decisions_arrive(self, data: st.DataObject) -> None:
        batch = self.in_flight.pop(data.draw(st.integers(0, len(self.in_flight) - 1)))
        self.arrive(batch)

    @rule()
    def all_is_decided(self) -> None:
        self.all_is_decided_at_once()

    @rule()
    def clock_is_set_back_a_little(self) -> None:
        self.now -= 3
        self.decided()

    # --- always ------------------------------------------------------------------------------------------------------
    @rule()
    def a_newcomer_comes(self) -> None:
        self.a_newcomer_reads_the_snapshot()

    @invariant()
    def all_is_well(self) -> None:
        self.check()

    def any_call(self, data: st.DataObject) -> Any:
        return self.floor.calls[data.draw(st.sampled_from(sorted(self.floor.calls)))]

    def any_offer(self, data: st.DataObject) -> str:
        """Mostly one in flight, sometimes one of long ago."""
        known = sorted(self.floor.offers) or self.offers
        if data.draw(st.integers(0, 5)) == 0:
            known = self.offers
        return data.draw(st.sampled_from(known))


TestRivalry = Rivalry.TestCase
TestRivalry.settings = settings(stateful_step_count=30, deadline=None)
