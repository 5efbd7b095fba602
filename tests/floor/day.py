"""One day on a floor, every line of it watched: what may change, what must not, what has to be decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.callbacks import is_open
from callcontrol.floor.decide import decide, next_wake
from callcontrol.floor.floor import Floor
from callcontrol.ports.clock import CountedIdentities
from tests.floor import checks
from tests.floor.reference import eligible, is_free, reference
from tests.floor.scenes import START

CAUSES = [
    "NO_ANSWER",
    "USER_BUSY",
    "CALL_REJECTED",
    "USER_NOT_REGISTERED",
    "NORMAL_TEMPORARY_FAILURE",
    "CONTROLLER_LOST",
    "ORIGINATOR_CANCEL",
    "A_NEW_ONE",
]
REASONS = ["hangup", "hangup", "hangup", "exit_key", "callback_booked", "requeued", "system_lost", "a_new_one"]


# Rules of who is eligible, by chance or by search: each a list to draw from, the plain case first and often.
EXPRESSIONS = ["", "support", "billing", "support or billing >= 3", "zh >= 2 and support", "nobody_has_it", "((("]
CONDITIONS = [
    "",
    "",
    "",
    "load > 1",
    "waiting >= 2",
    "longest_wait_s > 20",
    "longest_wait_s >= 33.5 or busy > 1",
    "free == 0",
    "not logged_in > 1",
    "on_break > 0",
    "estimate_s > 5",
    "estimate_s > 5",
    "((",
]
TIMES_S = [0, 5, 10, 30, 60]
OVERFLOWS = {"billing": "support", "support": "vip", "vip": "gone"}  # no circle: a caller would go round and round


def more_rules(pick: Callable[[Sequence[Any]], Any], queue: str) -> dict[str, Any]:
    """Relaxation, overflow, reserve, sticky agents and the hard bound of a queue; ``pick`` draws one of several."""
    return {
        "relaxation": [
            {
                "skills": pick(EXPRESSIONS),
                "after_s": pick(TIMES_S),
                "when": pick(CONDITIONS),
                "exclusive": pick([False, False, False, True]),
            }
            for _ in range(pick([0, 0, 1, 2, 3]))
        ],
        "overflow": [
            {
                "to": pick([OVERFLOWS[queue], OVERFLOWS[queue], queue]),
                "after_s": pick(TIMES_S),
                "when": pick(CONDITIONS),
            }
            for _ in range(pick([0, 0, 0, 1, 2]))
        ],
        "reserve": {
            "skills": pick(["", "", "support", "billing", "zh"]),
            "load_on": pick([1.2, 1.0, 0.5, 2]),
            "load_off": pick([1.0, 0.5, 0, 1.5]),
        },
        "sticky_s": pick([0, 0, 20, 60]),
        "hard_bound": pick([10.0, 10.0, 2.0, 0.0]),
    }


class Day:
    def __init__(self) -> None:
        self.floor = Floor()
        self.now = START
        self.identities = CountedIdentities()
        self.in_flight: list[list[e.Entry]] = []  # decided, not yet in the journal
        self.prompt = False
        self.release = 0
        self.visits = 0
        self.offers: list[str] = []  # every identity ever seen
        self.overflowed: list[tuple[e.Released, float, str]] = []  # with the first joining and the queue of before
        self.lines = 0  # written, void ones too
        self.told: dict[str, float] = {}  # caller -> when the announcement was begun and not taken back

    def write(self, entry: e.Entry) -> bool:
        self.lines += 1
        before = checks.frozen(self.floor)
        state = self.seen(entry)
        called = entry.call if isinstance(entry, e.Offered) and entry.call.startswith("~") else ""
        if called in self.floor.calls and self.prompt:
            checks.nobody_is_overtaken_by_an_equal_callback(self.floor, called, entry.at)
        done = self.floor.apply(entry)
        if not done:
            assert checks.frozen(self.floor) == before, f"a void entry changed the floor: {entry}"
        elif isinstance(entry, e.MessageGranted):
            self.granted(entry, state)
        elif isinstance(entry, e.Released) and entry.branch == "overflow":
            self.overflowed = [*self.overflowed[-20:], (entry, state["first_joined_at"], state["from"])]
        elif called:
            self.called_in_time(entry)
        return done

    def seen(self, entry: e.Entry) -> dict[str, Any]:
        """What held just before the entry, as far as a grant is judged by it."""
        if isinstance(entry, e.Released) and entry.call in self.floor.calls:
            call = self.floor.calls[entry.call]
            return {"first_joined_at": call.first_joined_at, "from": call.queue}
        if not isinstance(entry, e.MessageGranted) or entry.call not in self.floor.calls:
            return {}
        call = self.floor.calls[entry.call]
        able = [a for a in self.floor.agents.values() if eligible(self.floor, call, a)]
        return {"free": [a.name for a in able if is_free(a, entry.at)], "call": call, "able": able}

    def granted(self, entry: e.MessageGranted, state: dict[str, Any]) -> None:
        call = state["call"]
        assert not state["free"], "the announcement was granted while an eligible agent was free"
        assert any(a.state in checks.HOLDING | {"wrap_up", "available"} for a in state["able"])
        assert call.vip <= 0
        assert not call.stays
        queue = self.floor.rules.queues[call.queue]
        assert queue.announcement.enabled
        assert entry.at >= call.joined_at + max(queue.patience_s, call.message_after_s), "before the flow's own wait"
        assert call.message_until == 0 or entry.at < call.message_until, "after the flow's own end"
        for cell in self.floor.tallies[call.queue].cells.values():
            assert cell.granted <= cell.joined
        if not entry.dry_run and call.caller:
            began = self.told.get(call.caller)
            assert began is None or began <= call.joined_at - 86_400, "the same number was told twice in a day"
            self.told[call.caller] = entry.at

    def called_in_time(self, entry: e.Entry) -> None:
        """An offer or a dialling of a callback that was taken: its queue is open and it has not expired."""
        assert isinstance(entry, e.Offered)
        call, rule = self.floor.calls[entry.call], self.floor.rules.queues[entry.queue]
        assert is_open(self.floor, rule, entry.at)
        assert call.booking is not None
        assert entry.at < call.booking.booked_at + rule.callback.valid_s

    def fact(self, kind: type[e.Entry], **fields: Any) -> bool:
        done = self.write(kind(at=self.now, **fields))
        if self.prompt:
            self.all_is_decided_at_once()
        return done

    def all_is_decided_at_once(self) -> None:
        for _ in range(50):
            batch = self.decided()
            if not batch:
                break
            for entry in batch:
                if isinstance(entry, e.Offered):
                    self.offers.append(entry.offer)
                done = self.write(entry)
                assert done or overtaken(entry, batch), f"a decision was void at once: {entry}"
        else:
            raise AssertionError("deciding never ends")
        checks.nobody_waits_while_someone_able_is_idle(self.floor, self.now)
        wake = next_wake(self.floor, self.now)
        assert wake is None or wake > self.now
        # Nothing becomes right before the time that was named.
        for moment in (self.now + 5, self.now + 1000):
            quiet = min(moment, wake - 0.001) if wake is not None else moment
            assert reference(self.floor, quiet) == []

    def decided(self) -> list[e.Entry]:
        before = checks.frozen(self.floor)
        batch = decide(self.floor, self.now, self.identities)
        assert checks.frozen(self.floor) == before, "deciding changed the floor"
        assert [checks.key(entry) for entry in batch] == reference(self.floor, self.now)
        return batch

    def arrive(self, batch: list[e.Entry]) -> None:
        """Decisions come into the journal, perhaps late, perhaps of a desk that is none any more."""
        old = batch[0].term < self.floor.term
        for entry in batch:
            if isinstance(entry, e.Offered):
                self.offers.append(entry.offer)
            done = self.write(entry)
            assert not (done and old), "a decision of a deposed desk was taken"

    def overflow_arrives(self) -> None:
        """As the flow does it: the caller joins the other queue and keeps the waiting time."""
        if not self.overflowed:
            return
        released, first_joined_at, came_from = self.overflowed.pop()
        if released.call not in self.floor.calls:
            self.visits += 1
            assert self.fact(
                e.CallJoined,
                call=released.call,
                visit=f"{released.call}.{self.visits}",
                queue=released.to,
                first_joined_at=first_joined_at,
                came_from=came_from,
            )

    # --- callbacks ---------------------------------------------------------------------------------------------------
    def booked(self) -> list[str]:
        return sorted(c.call for c in self.floor.calls.values() if c.booking is not None)

    def callbacks_in_flight(self, *phases: str) -> list[str]:
        """Their offers, in one of these phases."""
        found = [c for c in self.floor.calls.values() if c.booking is not None and c.state == "offered"]
        return sorted(c.offer for c in found if c.booking is not None and c.booking.phase in phases)

    def book(self, call: str, visit: str, caller: str, number: str) -> bool:
        """What is booked keeps its place, and its visit is counted once."""
        held = self.floor.calls.get(call)
        seen = held if held is not None and held.visit == visit else None
        first = seen.first_joined_at if seen is not None else None
        joined = sum(tally.total.joined for tally in self.floor.tallies.values())
        done = self.fact(e.CallbackBooked, call=call, visit=visit, caller=caller, number=number, masked="138****0000")
        assert joined == sum(tally.total.joined for tally in self.floor.tallies.values())
        if done and first is not None:
            assert self.floor.calls[f"~{visit}"].first_joined_at == first
        return done

    def come_again(self, caller: str, queue: str) -> None:
        """Whoever calls again has the place of the callback, which is over."""
        name = self.floor.index.booked.get(caller, "")
        held = self.floor.calls.get(name)
        same = held is not None and held.queue == queue
        self.visits += 1
        call = f"again{self.visits}"
        self.fact(
            e.CallJoined, call=call, visit=f"va{self.visits}", queue=queue, first_joined_at=self.now, caller=caller
        )
        if held is not None and same:
            assert name not in self.floor.calls
            if call in self.floor.calls:
                assert self.floor.calls[call].first_joined_at == min(held.first_joined_at, self.now)

    def try_step(self, pick: Callable[[list[str]], str], what: str) -> None:
        """The next thing that a controller tells of a callback in flight."""
        match what:
            case "take" if offers := self.callbacks_in_flight(""):
                assert self.fact(e.CallbackTaken, offer=pick(offers), by="one", node="a")
            case "confirm" if offers := self.callbacks_in_flight("taken"):
                assert self.fact(e.CallbackConfirming, offer=pick(offers))
            case "dial" if offers := self.callbacks_in_flight("confirming"):
                self.fact(e.CallbackDialled, offer=pick(offers))
            case "try" if offers := self.callbacks_in_flight("dialled"):
                offer = self.floor.offers[pick(offers)]
                before = self.floor.calls[offer.call].booking
                assert before is not None
                tries, name = before.tries, offer.call
                assert self.fact(e.CallbackTried, offer=offer.offer, cause="NO_ANSWER")
                if name in self.floor.calls:
                    assert before.tries == tries + 1
            case "talk" if offers := self.callbacks_in_flight("dialled"):
                assert self.fact(e.TalkBegan, offer=pick(offers))
            case "miss" if offers := self.callbacks_in_flight("", "taken", "confirming", "dialled"):
                self.fact(e.OfferFailed, offer=pick(offers), cause="NO_ANSWER")

    def take_over(self, name: str) -> None:
        call = self.floor.calls[name]
        was, same = call.state, {"visit": call.visit, "queue": call.queue, "first_joined_at": call.first_joined_at}
        if was == "message":
            self.told.pop(call.caller, None)
        assert self.write(e.CallJoined(at=self.now, call=name, **same))
        assert not (was == "message" and call.heard)
        assert call.state == ("talking" if was == "talking" else "waiting")

    def find_a_talk(self, offer: str, call: str, agent: str, visit: str = "") -> None:
        """Somebody sees a talk on the switch that the lines do not have."""
        known, holder = self.floor.calls.get(call), self.floor.agents.get(agent)
        talked = offer in self.floor.offers and self.floor.offers[offer].state == "talking"
        holds = self.floor.offers.get(holder.offer) if holder else None
        others = holds is not None and holds.offer != offer and holds.call != call
        done = self.write(
            e.TalkFound(
                at=self.now, offer=offer, call=call, visit=visit or (known.visit if known else f"{call}.found"),
                queue=known.queue if known else "support", agent=agent, began_at=self.now - 3, joined_at=self.now - 9,
                first_joined_at=self.now - 20,
            )
        )  # fmt: skip
        if offer not in self.offers:
            self.offers.append(offer)
        assert not (talked and done), "a talk was found that was known"
        assert not (others and offer not in self.floor.offers and done), "an agent was torn from another call"
        if done and holder and holder.name in self.floor.agents:
            assert self.floor.offers[offer].state == "talking"
        if self.prompt:
            self.all_is_decided_at_once()

    def check(self) -> None:
        checks.one_winner(self.floor)
        checks.outcomes_sum_to_arrivals(self.floor)
        checks.steps_are_true(self.floor)
        checks.callbacks_are_sound(self.floor)
        checks.index_is_true(self.floor)
        checks.nobody_is_held_for_ever(self.floor, self.now)

    def a_newcomer_reads_the_snapshot(self) -> None:
        newcomer = checks.reborn(self.floor)
        assert checks.frozen(newcomer) == checks.frozen(self.floor)
        ours = [checks.key(d) for d in decide(self.floor, self.now, CountedIdentities())]
        assert ours == [checks.key(d) for d in decide(newcomer, self.now, CountedIdentities())]
        self.floor = newcomer


def overtaken(entry: e.Entry, batch: Sequence[e.Entry]) -> bool:
    """Of callers who are relaxed together, the step of one may let somebody in for whom the condition of the next does not
    hold any more; and who is released after others got agents or went may have a step or an overflow due by that. Such a line
    is void, and decided anew."""
    before = batch[: batch.index(entry)]
    if isinstance(entry, e.Released):
        return bool(before) and entry.branch != "overflow"
    return isinstance(entry, e.Relaxed) and any(isinstance(other, e.Relaxed) for other in before)
