"""The desk on the floor that ships: what a caller of the hotline gets from journal, follower and rules together."""

from typing import Any

from callcontrol.desk.desk import Desk
from callcontrol.desk.follower import Follower
from callcontrol.desk.live import LiveFloor
from callcontrol.floor.entries import (
    AgentLoggedIn,
    CallJoined,
    CallLeft,
    MessageGranted,
    Offered,
    OfferFailed,
    RulesPublished,
    TalkBegan,
    TalkEnded,
)
from callcontrol.ports.clock import CountedIdentities, ManualClock
from callcontrol.values.configuration import Agent, Configuration, Queue, as_data
from tests.bus.engines import Opener, eventually
from tests.desk.helpers import entries, offers

RULES = Configuration(
    queues={"support": Queue("support", skills="support >= 1", patience_s=30.0, wrap_up_s=10.0)},
    agents={
        name: Agent(name, contact=f"user/{name}", skills={"support": level})
        for name, level in (("1001", 3), ("1002", 1), ("1003", 0))
    },
)


def joined(call: str, at: float) -> dict[str, Any]:
    return CallJoined(at=at, call=call, visit=f"v-{call}", queue="support", first_joined_at=at).as_data()


def test_a_day_in_short(opened: Opener) -> None:
    bus, clock = opened(), ManualClock()
    journal, now = bus.journal, clock.now()
    follower = Follower(journal, clock)
    desk = Desk(journal, follower, clock, CountedIdentities(), "a", snapshot_every=5)
    live = LiveFloor(follower, clock)
    follower.start()
    desk.start()

    def offered(call: str, times: int = 1) -> Offered:
        assert eventually(lambda: sum(o.call == call for o in offers(journal)) == times)
        return [o for o in offers(journal) if o.call == call][-1]

    try:
        journal.append(RulesPublished(at=now, release=1, configuration=as_data(RULES)).as_data())
        journal.append([AgentLoggedIn(at=now, agent=name).as_data() for name in ("1001", "1002", "1003")])
        journal.append([joined("c1", now), joined("c2", now), joined("c3", now)])
        first, second = offered("c1"), offered("c2")
        assert {first.agent, second.agent} == {"1001", "1002"}
        journal.append(TalkBegan(at=now, offer=first.offer).as_data())
        journal.append(TalkBegan(at=now, offer=second.offer).as_data())

        # Everybody skilled is busy: after one period the third is told to avoid the peak hours.
        assert follower.wait_until(lambda: follower.applied >= 10, 20.0)
        clock.advance(30.0)
        follower.poke()
        assert eventually(lambda: any(isinstance(e, MessageGranted) for e in entries(journal)))

        # An agent is free again after the wrap-up: the announcement is cut by an offer.
        journal.append(TalkEnded(at=clock.now(), offer=first.offer, by="caller").as_data())
        assert follower.wait_until(lambda: first.offer not in follower.floor.offers, 20.0)  # type: ignore[attr-defined]
        clock.advance(10.0)
        follower.poke()
        third = offered("c3")
        assert third.agent == first.agent
        journal.append(OfferFailed(at=clock.now(), offer=third.offer, cause="NO_ANSWER").as_data())
        journal.append(CallLeft(at=clock.now(), call="c3", visit="v-c3", reason="hangup").as_data())
        assert follower.wait_until(lambda: "c3" not in follower.floor.calls, 20.0)  # type: ignore[attr-defined]

        shown = live.snapshot()
        assert shown["desk"] == "a"
        assert shown["desk_alive"] is True
        assert [c["call"] for c in shown["calls"]] == ["c2"]
        assert eventually(lambda: journal.snapshot() is not None)
    finally:
        desk.stop()
        follower.stop()

    late = Follower(opened().journal, clock)
    late.start()
    assert late.wait_until(lambda: late.caught_up, 20.0)
    assert late.applied < follower.applied
    assert late.floor.as_data() == follower.floor.as_data()
    late.stop()
