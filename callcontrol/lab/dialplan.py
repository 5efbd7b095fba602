"""What the simulated switch does with a call: per context, destinations and their lists of actions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

Action = tuple[str, str]  # application, data


class Dialplan:
    """Extensions of contexts. A destination is matched as a whole against each expression in turn; the first one wins."""

    def __init__(self) -> None:
        self._contexts: dict[str, list[tuple[re.Pattern[str], tuple[Action, ...]]]] = {}

    def add(self, destination: str, actions: Iterable[Action], *, context: str = "callcontrol") -> Dialplan:
        """``destination`` is a regular expression. Returns itself, so that calls can be chained."""
        self._contexts.setdefault(context, []).append((re.compile(destination), tuple(actions)))
        return self

    def actions(self, destination: str, context: str) -> tuple[Action, ...] | None:
        """The actions for a destination, or None where the switch finds no route."""
        for expression, actions in self._contexts.get(context, ()):
            if expression.fullmatch(destination):
                return actions
        return None


def hotline_dialplan(
    sockets: str = "127.0.0.1:8084",
    *,
    numbers: Sequence[str] = ("4001",),
    apology: str = "",
    extra: Mapping[str, Sequence[Action]] | None = None,
    context: str = "callcontrol",
) -> Dialplan:
    """What the product's own template renders: every call goes to a controller, again if the first one dies, and to an
    apology when none is left."""
    hand_over: list[Action] = [
        ("set", "socket_resume=true"),
        ("socket", f"{sockets} async full"),
        ("set", "socket_resume=true"),
        ("socket", f"{sockets} async full"),
        ("answer", ""),
        ("playback", apology or "silence_stream://1000"),
        ("hangup", "NORMAL_TEMPORARY_FAILURE"),
    ]
    plan = Dialplan()
    for number in numbers:
        plan.add(re.escape(number), hand_over, context=context)
    plan.add("callcontrol_resume", hand_over, context=context)
    for destination, actions in (extra or {}).items():
        plan.add(destination, actions, context=context)
    return plan
