"""What agents do and what their phones are: facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.floor.entries.base import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn(Entry):
    """``contact`` overrides the configured one when not empty."""

    kind: ClassVar[str] = "agent_logged_in"
    agent: str
    contact: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOut(Entry):
    """Takes effect at once, or after the talk when the agent is in one. ``own``: the agent's own wish, to which a fixed
    wrap-up does not yield; it waits for its end too."""

    kind: ClassVar[str] = "agent_logged_out"
    agent: str
    by: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBreak(Entry):
    """Takes effect at once, or after the talk when the agent is in one. ``reason`` is a name of the configuration's
    ``break_reasons``, or any text. ``own`` as of ``AgentLoggedOut``."""

    kind: ClassVar[str] = "agent_break"
    agent: str
    reason: str = ""
    by: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBack(Entry):
    """Ends a break, an unreachable state, or the wrap-up; with ``own`` (the agent's own wish) not a fixed one."""

    kind: ClassVar[str] = "agent_back"
    agent: str
    by: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended(Entry):
    """The agent, or a supervisor, needs ``seconds`` more of wrap-up; the queue's cap stays. In the talk it is for after
    it; where wrap-up is optional it begins one, within ``wrap_up_s`` of the talk's end."""

    kind: ClassVar[str] = "wrap_up_extended"
    agent: str
    seconds: float
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSeen(Entry):
    """What the switch says of an agent's phone: ``registered`` (None: not known, as of a gateway), ``busy`` with a call
    that is none of ours. Written when it changes; what keeps the agent from calls is said again now and then, and
    forgotten when it is not (``floor.phones``)."""

    kind: ClassVar[str] = "phone_seen"
    agent: str
    registered: bool | None = None
    busy: bool = False
