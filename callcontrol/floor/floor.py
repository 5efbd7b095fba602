"""The floor: who waits, who is free, who talks to whom. A pure function of the journal: ``apply`` takes one entry after
another and nothing else, so that every reader of the same lines has the same floor, word for word.

Decisions are made elsewhere (``decide``) and come back as entries like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Self

from callcontrol.floor import entries as e
from callcontrol.floor import on_agents, on_callbacks, on_calls, on_found, on_offers, on_rules, phones
from callcontrol.floor.agents import AgentRecord, Happening
from callcontrol.floor.callbacks import CallbackEnded, Left
from callcontrol.floor.durations import Durations
from callcontrol.floor.forecast import Forecast, wait_estimated
from callcontrol.floor.grades import Grade
from callcontrol.floor.index import Index
from callcontrol.floor.quiet_times import Window, quiet_times_learned
from callcontrol.floor.rules import NO_RULES, Rules
from callcontrol.floor.tallies import Tally
from callcontrol.floor.visits import Call, Offer, VisitEnded

# Only the desk writes these; one of an older term is void.
DECISIONS = frozenset(
    {
        e.Offered,
        e.OfferExpired,
        e.MessageGranted,
        e.Released,
        e.WrapUpOver,
        e.PutOnBreak,
        e.Relaxed,
        e.ReserveCalled,
        e.CallbackDue,
        e.CallbackRests,
        e.CallbackGivenUp,
    }
)
# What the desk expects follows from no decision, but an old desk's is void too.
OF_THE_DESK = DECISIONS | {e.WaitEstimated}


class Floor:
    """``apply`` is total: an entry that does not fit changes nothing and gives False."""

    def __init__(self) -> None:
        self.since = 0.0  # ``at`` of the first entry that was not void: what came before, this floor does not know
        self.as_of = 0.0  # and of the last
        self.term = 0
        self.desk = ""
        self.release = 0
        self.configuration: Mapping[str, Any] = {}
        self.rules: Rules = NO_RULES
        self.calls: dict[str, Call] = {}  # everybody who waits, is offered, or talks
        self.agents: dict[str, AgentRecord] = {}
        self.offers: dict[str, Offer] = {}  # in flight or talking
        self.expired: dict[str, Offer] = {}  # lease ran out; a late talk may still prove one true
        self.over: dict[str, float] = {}  # offers whose talk ended lately; nobody finds it again
        self.tallies: dict[str, Tally] = {}  # queue -> counts
        self.heard: dict[str, float] = {}  # caller -> when the announcement was begun, within a day
        self.reserve: dict[str, float] = {}  # queues whose reserve is called -> since when
        self.last_agents: dict[str, tuple[str, float]] = {}  # caller -> (agent, when they talked), see ``sticky``
        self.left: dict[str, Left] = {}  # visits that ended a moment ago and may become callbacks
        self.last_visit_ended: VisitEnded | None = None  # by the last entry, if it ended one; not part of a snapshot
        self.durations = Durations()
        self.forecasts: dict[str, Forecast] = {}  # queue -> what one who would join could be told
        self.quiet_times: dict[str, tuple[Window, ...]] = {}  # queue -> windows of the week, as they were learned
        self.grades: dict[str, Grade] = {}  # queue -> how true it was
        self.last_callback: CallbackEnded | None = None  # what it made of a callback, in the same way
        self.index = Index(self)

    def apply(self, entry: e.Entry) -> bool:
        """Take one line of the journal; False when it is void."""
        self.last_visit_ended = None
        self.last_callback = None
        kind = type(entry)
        handler = _HANDLERS.get(kind)
        if handler is None or not isfinite(entry.at) or (entry.term < self.term and kind in OF_THE_DESK):
            return False
        if not handler(self, entry):
            return False
        if not self.since:
            self.since = entry.at
        self.as_of = entry.at
        if kind in OF_THE_DESK and entry.term > self.term:
            self.term, self.desk = entry.term, ""  # its election must have been in a line that is lost
        while self.index.backing_off and (agent := self.index.take_back_off(entry.at)) is not None:
            agent.back_off_until = 0.0
            agent.forget_phone()
            agent.move(Happening.TRY_AGAIN, entry.at)
            self.index.agent_changed(agent)
        return True

    def as_data(self) -> dict[str, Any]:
        """The whole state as plain JSON."""
        from callcontrol.floor.snapshot import floor_as_data

        return floor_as_data(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """A floor that goes on exactly as the one that ``as_data`` was taken of. Raises ``ValueError`` with a sentence
        when the data is of another make."""
        from callcontrol.floor.snapshot import fill_floor

        floor = cls()
        fill_floor(floor, data)
        return floor

    def tally(self, queue: str) -> Tally:
        found = self.tallies.get(queue)
        if found is None:
            found = self.tallies[queue] = Tally()
        return found


_HANDLERS: Mapping[type[e.Entry], Callable[[Floor, Any], bool]] = {
    e.RulesPublished: on_rules.rules_published,
    e.TermBegan: on_rules.term_began,
    e.CallJoined: on_calls.call_joined,
    e.CallLeft: on_calls.call_left,
    e.MessageFinished: on_calls.message_finished,
    e.CallStays: on_calls.call_stays,
    e.MessageGranted: on_calls.message_granted,
    e.Released: on_calls.released,
    e.Relaxed: on_calls.relaxed,
    e.ReserveCalled: on_rules.reserve_called,
    e.Offered: on_offers.offered,
    e.OfferRinging: on_offers.offer_ringing,
    e.OfferFailed: on_offers.offer_failed,
    e.OfferExpired: on_offers.offer_expired,
    e.TalkBegan: on_offers.talk_began,
    e.TalkEnded: on_offers.talk_ended,
    e.CallbackBooked: on_callbacks.booked,
    e.CallbackTaken: on_callbacks.taken,
    e.CallbackConfirming: on_callbacks.confirming,
    e.CallbackDialled: on_callbacks.dialled,
    e.CallbackTried: on_callbacks.tried,
    e.CallbackDue: on_callbacks.due,
    e.CallbackRests: on_callbacks.rests,
    e.CallbackGivenUp: on_callbacks.given_up,
    e.CallbackCancelled: on_callbacks.cancelled,
    e.CallbackMoved: on_callbacks.moved,
    e.CallbackRenumbered: on_callbacks.renumbered,
    e.AgentLoggedIn: on_agents.agent_logged_in,
    e.AgentLoggedOut: on_agents.agent_logged_out,
    e.AgentBreak: on_agents.agent_break,
    e.AgentBack: on_agents.agent_back,
    e.WrapUpOver: on_agents.wrap_up_over,
    e.WrapUpExtended: on_agents.wrap_up_extended,
    e.PhoneSeen: phones.phone_seen,
    e.TalkHeld: on_offers.talk_held,
    e.TalkFound: on_found.talk_found,
    e.PutOnBreak: on_agents.put_on_break,
    e.WaitEstimated: wait_estimated,
    e.QuietTimesLearned: quiet_times_learned,
}
