"""What somebody asks for an agent (log in, break, ...), answered by the rules of the floor before it is written: the entry
to write, and what will become of it. The keypad, the pages, the API and the command line all ask here.

The answer is of this moment; what stands in the journal before the entry decides, as always.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcontrol.floor.agents import ENGAGED, IN_TALK, AgentRecord, AgentState
from callcontrol.floor.entries import AgentBack, AgentBreak, AgentLoggedIn, AgentLoggedOut, Entry, WrapUpExtended
from callcontrol.floor.floor import Floor
from callcontrol.floor.wrap_up import cap_s, mode_of

LONGEST_REASON = 100  # characters; what a page and a wallboard have room for
LONGEST_EXTENSION_S = 3600.0


class Action(StrEnum):
    LOG_IN = "login"
    LOG_OUT = "logout"
    BREAK = "break"
    BACK = "back"
    END_WRAP_UP = "wrap-up-end"
    EXTEND = "extend"


class Result(StrEnum):
    """The first three are no refusals."""

    DONE = "done"
    LATER = "later"  # after the call, or the fixed wrap-up
    ALREADY = "already"  # nothing to do
    UNKNOWN = "unknown_agent"
    LOGGED_OUT = "logged_out"
    IN_CALL = "in_call"
    FIXED = "fixed_wrap_up"
    NO_WRAP_UP = "no_wrap_up"
    AT_CAP = "wrap_up_at_cap"
    NOT_REGISTERED = "not_registered"
    WRONG_REASON = "wrong_reason"
    WRONG_SECONDS = "wrong_seconds"


SENTENCES: dict[Result, str] = {
    Result.DONE: "Done.",
    Result.LATER: "It is done as soon as the call, and a fixed wrap-up, are over.",
    Result.ALREADY: "It is so already.",
    Result.UNKNOWN: "There is no such agent on the floor; add the agent and publish.",
    Result.LOGGED_OUT: "The agent is logged out; log in first.",
    Result.IN_CALL: "A phone rings for this agent just now; try again in a moment.",
    Result.FIXED: "This wrap-up ends by itself; a team leader can end it before.",
    Result.NO_WRAP_UP: "There is no wrap-up to end or to extend now.",
    Result.AT_CAP: "This wrap-up can't be longer; the queue sets a limit.",
    Result.NOT_REGISTERED: "The phone is not registered: connect it, and calls come again by themselves.",
    Result.WRONG_REASON: "A reason is one line of at most 100 characters; shorten it.",
    Result.WRONG_SECONDS: "Give the time in seconds, from 1 to 3600.",
}

GRANTED = frozenset({Result.DONE, Result.LATER, Result.ALREADY})


@dataclass(frozen=True, slots=True)
class Request:
    """``own``: asked by the agent, not by a supervisor. ``by``: who, for the journal. ``reason`` of a break, ``seconds`` of
    an extension, ``contact`` of a log-in (empty: the configured phone)."""

    action: Action
    agent: str
    by: str = ""
    own: bool = False
    reason: str = ""
    seconds: float = 0.0
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """``entry`` is to be written; None where there is nothing to write (already so, or refused)."""

    result: Result
    entry: Entry | None = None

    @property
    def granted(self) -> bool:
        return self.result in GRANTED


def answer(floor: Floor, asked: Request, now: float) -> Answer:
    agent = floor.agents.get(asked.agent)
    if agent is None or asked.agent not in floor.rules.agents:
        return Answer(Result.UNKNOWN)
    match asked.action:
        case Action.LOG_IN:
            return _log_in(agent, asked, now)
        case Action.LOG_OUT:
            return _log_out(agent, asked, now)
        case Action.BREAK:
            return _break(agent, asked, now)
        case Action.BACK:
            return _back(agent, asked, now)
        case Action.END_WRAP_UP:
            return _end_wrap_up(agent, asked, now)
        case Action.EXTEND:
            return _extend(floor, agent, asked, now)


def _log_in(agent: AgentRecord, asked: Request, now: float) -> Answer:
    entry = AgentLoggedIn(at=now, agent=agent.name, contact=asked.contact, by=asked.by)
    stays = agent.next_state == AgentState.LOGGED_OUT
    moves = bool(asked.contact) and asked.contact != agent.contact
    tries = agent.state is AgentState.UNREACHABLE and not agent.is_unregistered(now)
    if agent.state is not AgentState.LOGGED_OUT and not (stays or moves or tries):
        return Answer(Result.ALREADY)
    return Answer(Result.DONE, entry)


def _log_out(agent: AgentRecord, asked: Request, now: float) -> Answer:
    at_once = _free_to_go(agent, asked, now)
    if AgentState.LOGGED_OUT in (agent.state, "" if at_once else agent.next_state):
        return Answer(Result.ALREADY)
    entry = AgentLoggedOut(at=now, agent=agent.name, by=asked.by, own=asked.own)
    return Answer(Result.DONE if at_once else Result.LATER, entry)


def _break(agent: AgentRecord, asked: Request, now: float) -> Answer:
    if len(asked.reason) > LONGEST_REASON or not asked.reason.isprintable():
        return Answer(Result.WRONG_REASON)
    at_once = _free_to_go(agent, asked, now)
    wished = "" if at_once else agent.next_state
    if AgentState.LOGGED_OUT in (agent.state, wished):
        return Answer(Result.LOGGED_OUT)
    if (wished or agent.state, agent.next_reason if wished else agent.reason) == (AgentState.BREAK, asked.reason):
        return Answer(Result.ALREADY)
    entry = AgentBreak(at=now, agent=agent.name, reason=asked.reason, by=asked.by, own=asked.own)
    return Answer(Result.DONE if at_once else Result.LATER, entry)


def _free_to_go(agent: AgentRecord, asked: Request, now: float) -> bool:
    return agent.state not in ENGAGED and not (asked.own and agent.must_wrap_up(now))


def _back(agent: AgentRecord, asked: Request, now: float) -> Answer:
    entry = AgentBack(at=now, agent=agent.name, by=asked.by, own=asked.own)
    if agent.state is AgentState.LOGGED_OUT:
        return Answer(Result.LOGGED_OUT)
    if agent.next_state == AgentState.BREAK and not _free_to_go(agent, asked, now):
        return Answer(Result.DONE, entry)
    if agent.state in ENGAGED:
        return Answer(Result.ALREADY)
    if asked.own and agent.must_wrap_up(now):
        return Answer(Result.FIXED)
    if agent.state is AgentState.UNREACHABLE and agent.is_unregistered(now):
        return Answer(Result.NOT_REGISTERED)
    if agent.state is AgentState.AVAILABLE and not agent.back_off_until:
        return Answer(Result.ALREADY)
    return Answer(Result.DONE, entry)


def _end_wrap_up(agent: AgentRecord, asked: Request, now: float) -> Answer:
    if agent.state is AgentState.LOGGED_OUT:
        return Answer(Result.LOGGED_OUT)
    if agent.state is not AgentState.WRAP_UP:
        return Answer(Result.NO_WRAP_UP)
    if asked.own and agent.must_wrap_up(now):
        return Answer(Result.FIXED)
    return Answer(Result.DONE, AgentBack(at=now, agent=agent.name, by=asked.by, own=asked.own))


def _extend(floor: Floor, agent: AgentRecord, asked: Request, now: float) -> Answer:
    if not 0 < asked.seconds <= LONGEST_EXTENSION_S:
        return Answer(Result.WRONG_SECONDS)
    entry = WrapUpExtended(at=now, agent=agent.name, seconds=asked.seconds, by=asked.by)
    if agent.state is AgentState.LOGGED_OUT:
        return Answer(Result.LOGGED_OUT)
    if agent.state in IN_TALK:
        offer = floor.offers.get(agent.offer)
        rule = floor.rules.queues.get(offer.queue) if offer else None
        if rule is None or mode_of(rule) == "none":
            return Answer(Result.NO_WRAP_UP)
        room_s = cap_s(rule) - (0.0 if mode_of(rule) == "optional" else rule.wrap_up_s)
        return Answer(Result.LATER, entry) if agent.wrap_up_asked_s < room_s else Answer(Result.AT_CAP)
    if agent.state in ENGAGED:
        return Answer(Result.IN_CALL)
    if agent.state is AgentState.AVAILABLE and now <= agent.wrap_up_ask_until:
        return Answer(Result.DONE, entry) if now < agent.wrap_up_latest else Answer(Result.AT_CAP)
    if agent.state is not AgentState.WRAP_UP:
        return Answer(Result.NO_WRAP_UP)
    if agent.wrap_up_until >= agent.wrap_up_latest:
        return Answer(Result.AT_CAP)
    return Answer(Result.DONE, entry)
