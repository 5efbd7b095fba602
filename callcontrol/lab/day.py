"""A day as it was, read from the journal's lines: who called and when, how long agents talked and rang, when they were there.
What the floor decided that day is left out, except as far as it says how people behave: that is decided anew
(``lab.whatif``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.agents import AgentState
from callcontrol.floor.failures import Failure, failure_of
from callcontrol.floor.floor import Floor
from callcontrol.ports.journal import Line

# How a visit ended that neither was answered nor left by the caller: the wait that was seen is a lower bound of patience.
RELEASED, OPEN, ANSWERED, HANGUP = "released", "open", "answered", "hangup"

# The lines that say how people behave; all others follow from them.
KINDS = (
    "agent_back",
    "agent_break",
    "agent_logged_in",
    "agent_logged_out",
    "call_joined",
    "call_left",
    "call_stays",
    "message_finished",
    "message_granted",
    "offer_failed",
    "offered",
    "phone_seen",
    "put_on_break",
    "released",
    "rules_published",
    "talk_began",
    "talk_ended",
)


@dataclass(slots=True)
class Arrival:
    """``before_s``: how long the caller had waited when this visit began. ``waited_s`` until the talk, the hang-up or
    another end, as ``ended`` says: answered, released, open (when the day ended), or the reason of ``CallLeft``."""

    at: float
    call: str
    queue: str
    before_s: float = 0.0
    needs: str = ""
    vip: int = 0
    number: str = ""
    prefer: str = ""
    message_after_s: float = 0.0  # the flow's own rule for the announcement, see ``entries.CallJoined``
    message_until: float = 0.0
    waited_s: float = 0.0
    ended: str = OPEN
    talk_s: float | None = None


@dataclass(slots=True)
class Day:
    """``facts``: the rules, and agents' log-ins, breaks and phones, in the order of time. ``rings``: agent -> (seconds,
    cause; "" when answered). ``messages``: (seconds, whether the caller stayed). ``wrap_ups``: agent -> seconds until the
    agent ended the wrap-up, None where it ran out. ``returns``: seconds until agents came back whom the desk had put on
    break. ``told``: queue -> announcements that were played."""

    began_at: float
    ended_at: float
    configuration: Mapping[str, Any]
    facts: list[e.Entry] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    rings: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    messages: list[tuple[float, bool]] = field(default_factory=list)
    wrap_ups: dict[str, list[float | None]] = field(default_factory=dict)
    returns: list[float] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)


def read_day(floor: Floor, lines: Iterable[Line], began_at: float, ended_at: float) -> Day:
    """``floor`` as it was at ``began_at``, and the lines of the day. Who waited or talked already then is left out; the
    agents begin as they were, but with no call."""
    day = Day(began_at, ended_at, floor.configuration)
    day.facts.append(e.RulesPublished(at=began_at, release=max(1, floor.release), configuration=floor.configuration))
    reader = _Reader(day)
    for name, agent in sorted(floor.agents.items()):
        if agent.state is not AgentState.LOGGED_OUT:
            day.facts.append(e.AgentLoggedIn(at=began_at, agent=name, contact=agent.contact))
        if agent.state is AgentState.BREAK:
            day.facts.append(e.AgentBreak(at=began_at, agent=name, reason=agent.reason))
            reader.paused[name] = began_at
    for line in lines:
        reader.take(line.data)
    reader.end()
    return day


@dataclass(slots=True)
class _Reader:
    day: Day
    paused: dict[str, float] = field(default_factory=dict)  # on break of their own
    missed: dict[str, float] = field(default_factory=dict)  # put on break by the desk
    wrapping: dict[str, float] = field(default_factory=dict)
    calls: dict[str, Arrival] = field(default_factory=dict)
    messages: dict[str, float] = field(default_factory=dict)
    heard_by: dict[str, int] = field(default_factory=dict)  # call -> its place in the day's messages
    offers: dict[str, tuple[str, str, float]] = field(default_factory=dict)  # offer -> call, agent, when
    talks: dict[str, tuple[Arrival, str, float]] = field(default_factory=dict)

    def take(self, data: Mapping[str, Any]) -> None:
        kind = str(data.get("kind"))
        handler = _HANDLERS.get(kind)
        if handler is not None:
            handler(self, data, float(data["at"]))

    def end(self) -> None:
        for arrival in self.calls.values():
            arrival.waited_s = max(0.0, self.day.ended_at - arrival.at)

    # --- callers ------------------------------------------------------------------------------------------------------
    def joined(self, data: Mapping[str, Any], at: float) -> None:
        call = data["call"]
        if call in self.calls:  # goes on in another queue, or with another controller
            return
        arrival = Arrival(
            at=at,
            call=call,
            queue=data["queue"],
            before_s=max(0.0, at - data.get("first_joined_at", at)),
            needs=data.get("needs", ""),
            vip=data.get("vip", 0),
            number=data.get("caller", ""),
            prefer=data.get("prefer", ""),
            message_after_s=data.get("message_after_s", 0.0),
            message_until=data.get("message_until", 0.0),
        )
        self.calls[call] = arrival
        self.day.arrivals.append(arrival)

    def _over(self, call: str, ended: str, at: float) -> Arrival | None:
        arrival = self.calls.pop(call, None)
        if arrival is not None:
            arrival.ended, arrival.waited_s = ended, max(0.0, at - arrival.at)
        self.messages.pop(call, None)
        return arrival

    def left(self, data: Mapping[str, Any], at: float) -> None:
        self._over(data["call"], str(data["reason"]), at)

    def released(self, data: Mapping[str, Any], at: float) -> None:
        if not data.get("to"):
            self._over(data["call"], RELEASED, at)

    def granted(self, data: Mapping[str, Any], at: float) -> None:
        call = data["call"]
        if not data.get("dry_run") and call in self.calls:
            self.messages[call] = at
            queue = self.calls[call].queue
            self.day.told[queue] = self.day.told.get(queue, 0) + 1

    def heard(self, data: Mapping[str, Any], at: float) -> None:
        call, stays = data["call"], data["kind"] == "call_stays"
        began = self.messages.pop(call, None)
        if began is not None:
            self.heard_by[call] = len(self.day.messages)
            self.day.messages.append((max(0.0, at - began), stays))
        elif stays and call in self.heard_by:  # heard it to the end, and then chose
            place = self.heard_by.pop(call)
            self.day.messages[place] = self.day.messages[place][0], True

    # --- offers and talks ---------------------------------------------------------------------------------------------
    def offered(self, data: Mapping[str, Any], at: float) -> None:
        agent = data["agent"]
        self.offers[data["offer"]] = data["call"], agent, at
        self.messages.pop(data["call"], None)  # cut: it says nothing about how long it is
        if self.wrapping.pop(agent, None) is not None:
            self.day.wrap_ups.setdefault(agent, []).append(None)

    def failed(self, data: Mapping[str, Any], at: float) -> None:
        offer = self.offers.pop(data["offer"], None)
        if offer is not None and failure_of(data["cause"]) is not Failure.NO_FAULT:
            self.day.rings.setdefault(offer[1], []).append((max(0.0, at - offer[2]), data["cause"]))

    def talk_began(self, data: Mapping[str, Any], at: float) -> None:
        offer = self.offers.pop(data["offer"], None)
        if offer is None:
            return
        call, agent, offered_at = offer
        self.day.rings.setdefault(agent, []).append((max(0.0, at - offered_at), ""))
        arrival = self._over(call, ANSWERED, at)
        if arrival is not None:
            self.talks[data["offer"]] = arrival, agent, at

    def talk_ended(self, data: Mapping[str, Any], at: float) -> None:
        talk = self.talks.pop(data["offer"], None)
        if talk is not None:
            arrival, agent, began = talk
            arrival.talk_s = max(0.0, at - began)
            self.wrapping[agent] = at

    # --- agents -------------------------------------------------------------------------------------------------------
    def agent_fact(self, data: Mapping[str, Any], at: float) -> None:
        agent, kind = data["agent"], data["kind"]
        missed = self.missed.pop(agent, None)
        if kind == "agent_back":
            wrapping = self.wrapping.pop(agent, None)
            if missed is not None:
                self.day.returns.append(at - missed)
                return
            if self.paused.pop(agent, None) is None:  # ends a wrap-up: how long it was, not when, is the agent's way
                if wrapping is not None:
                    self.day.wrap_ups.setdefault(agent, []).append(at - wrapping)
                return
        elif kind == "agent_break":
            self.paused[agent] = at
        elif kind == "agent_logged_in":
            if missed is not None:
                self.day.returns.append(at - missed)
            self.paused.pop(agent, None)
        elif kind == "agent_logged_out":
            self.paused.pop(agent, None)
        self._fact(data, at)

    def put_on_break(self, data: Mapping[str, Any], at: float) -> None:
        self.missed[data["agent"]] = at

    def _fact(self, data: Mapping[str, Any], at: float) -> None:
        try:
            self.day.facts.append(e.entry_from_data(data))
        except ValueError:
            return


_HANDLERS: Mapping[str, Callable[[_Reader, Mapping[str, Any], float], None]] = {
    "call_joined": _Reader.joined,
    "call_left": _Reader.left,
    "released": _Reader.released,
    "message_granted": _Reader.granted,
    "message_finished": _Reader.heard,
    "call_stays": _Reader.heard,
    "offered": _Reader.offered,
    "offer_failed": _Reader.failed,
    "talk_began": _Reader.talk_began,
    "talk_ended": _Reader.talk_ended,
    "agent_logged_in": _Reader.agent_fact,
    "agent_logged_out": _Reader.agent_fact,
    "agent_break": _Reader.agent_fact,
    "agent_back": _Reader.agent_fact,
    "put_on_break": _Reader.put_on_break,
    "phone_seen": _Reader._fact,
    "rules_published": _Reader._fact,
}
