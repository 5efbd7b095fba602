"""Wrap-up: the agent's time after a talk, in the mode of the talk's queue (``values.configuration.WRAP_UP_MODES``).

none      there is none.
optional  the agent is available at once; asked for in the talk, or within ``wrap_up_s`` after it, it lasts as long as asked.
fixed     ``wrap_up_s``; the agent can't end it, a supervisor can.
up_to     ``wrap_up_s`` at most; the agent ends it when done.

Asking for more lengthens it in each mode but none, in all never beyond ``wrap_up_cap_s`` after the talk.
"""

from __future__ import annotations

from math import isfinite

from callcontrol.floor.agents import IN_TALK, AgentRecord, AgentState, Happening
from callcontrol.values.configuration import WRAP_UP_MODES, Queue


def mode_of(rule: Queue | None) -> str:
    """A mode that is not known is the default one: a journal line must mean the same to every reader, for ever."""
    if rule is None:
        return "none"
    return rule.wrap_up_mode if rule.wrap_up_mode in WRAP_UP_MODES else "fixed"


def cap_s(rule: Queue) -> float:
    return max(rule.wrap_up_cap_s, rule.wrap_up_s)


def begin(agent: AgentRecord, rule: Queue | None, at: float) -> None:
    """The talk ended at ``at`` and the agent stands in wrap-up: how long it lasts, which may be not at all."""
    mode, asked_s = mode_of(rule), agent.wrap_up_asked_s
    agent.wrap_up_mode, agent.wrap_up_asked_s = mode, 0.0
    length_s = 0.0
    agent.wrap_up_latest = at
    if rule is not None and mode != "none":
        length_s = asked_s if mode == "optional" else rule.wrap_up_s + asked_s
        agent.wrap_up_latest = at + cap_s(rule)
    agent.wrap_up_until = min(at + length_s, agent.wrap_up_latest)
    if agent.wrap_up_until <= at:
        agent.move(Happening.WRAP_UP_OVER, at)
    if rule is not None and mode == "optional":
        agent.wrap_up_ask_until = at + rule.wrap_up_s


def extend(agent: AgentRecord, rule: Queue | None, seconds: float, at: float) -> bool:
    """``seconds`` more; False, and nothing changed, where there is none to be had. ``rule`` is the queue of the talk that
    goes on, None outside of one."""
    if not isfinite(seconds) or seconds <= 0:
        return False
    if agent.state in IN_TALK:
        if rule is None or mode_of(rule) == "none":
            return False
        room_s = cap_s(rule) - (0.0 if mode_of(rule) == "optional" else rule.wrap_up_s)
        asked_s = min(agent.wrap_up_asked_s + seconds, room_s)
        if asked_s <= agent.wrap_up_asked_s:
            return False
        agent.wrap_up_asked_s = asked_s
        return True
    if agent.state is AgentState.AVAILABLE and at <= agent.wrap_up_ask_until:
        until = min(at + seconds, agent.wrap_up_latest)
        if until <= at:
            return False
        agent.move(Happening.WRAP_UP_ASKED, at)
        agent.wrap_up_until = until
        return True
    if agent.state is not AgentState.WRAP_UP:
        return False
    until = min(max(agent.wrap_up_until, at) + seconds, agent.wrap_up_latest)
    if until <= agent.wrap_up_until:
        return False
    agent.wrap_up_until = until
    return True
