"""PINs and tokens of a rehearsal, in memory and as they are; and what is asked for an agent there."""

from __future__ import annotations

from typing import Any

from callcontrol.floor.entries import AgentBack, AgentBreak, AgentLoggedIn, AgentLoggedOut, Entry, WrapUpExtended
from callcontrol.floor.requests import Action, Request
from callcontrol.ports.store import PinCheck, User, Users
from callcontrol.values.pins import pin_problem


class MemoryPins:
    def __init__(self) -> None:
        self._pins: dict[str, str] = {}

    def set(self, agent: str, pin: str, *, who: str = "") -> None:
        if problem := pin_problem(pin, agent):
            raise ValueError(problem)
        self._pins[agent] = pin

    def clear(self, agent: str, *, who: str = "") -> bool:
        return self._pins.pop(agent, None) is not None

    def agents(self) -> frozenset[str]:
        return frozenset(self._pins)

    def check(self, agent: str, pin: str) -> PinCheck:
        return PinCheck.RIGHT if pin and self._pins.get(agent) == pin else PinCheck.WRONG


class MemoryTokens:
    def __init__(self, users: Users) -> None:
        self._users = users
        self._tokens: dict[str, str] = {}

    def make(self, user: str, *, who: str = "") -> str:
        if self._users.get(user) is None:
            raise LookupError(f"There is no user {user!r}; create it first.")
        token = f"token-{len(self._tokens) + 1}"
        self._tokens[token] = user
        return token

    def user_of(self, token: str) -> User | None:
        user = self._users.get(self._tokens.get(token, ""))
        return user if user is not None and user.active else None

    def revoke(self, user: str, *, who: str = "") -> int:
        gone = [token for token, owner in self._tokens.items() if owner == user]
        for token in gone:
            del self._tokens[token]
        return len(gone)


def rehearsed_entry(asked: Request, at: float) -> Entry:
    """As on a floor where everything can be done at once."""
    who: dict[str, Any] = {"at": at, "agent": asked.agent, "by": asked.by}
    match asked.action:
        case Action.LOG_IN:
            return AgentLoggedIn(**who, contact=asked.contact)
        case Action.LOG_OUT:
            return AgentLoggedOut(**who, own=asked.own)
        case Action.BREAK:
            return AgentBreak(**who, reason=asked.reason, own=asked.own)
        case Action.EXTEND:
            return WrapUpExtended(**who, seconds=asked.seconds)
        case _:
            return AgentBack(**who, own=asked.own)
