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
    entries: Mapping[str, str] | None = None,
    apology: str = "",
    rounds: int = 5,
    pause_ms: int = 500,
    extra: Mapping[str, Sequence[Action]] | None = None,
    context: str = "callcontrol",
) -> Dialplan:
    """What the product's own template renders, in short: every call goes to a controller (``A:P|B:P`` are tried in turn), again
    if that one dies, after pauses if none is there, and to an apology in the end. ``entries`` are numbers with the language
    of their apology."""
    hand_over: list[Action] = []
    for turn in range(rounds):
        if turn:
            hand_over.append(("sleep", str(pause_ms)))
        hand_over += [("set", "socket_resume=true"), ("socket", f"{sockets} async full")] * 2
    hand_over += [
        ("pre_answer", ""),
        ("playback", apology or "tone_stream://%(330,15,950);%(330,15,1400);%(330,1000,1800);loops=2"),
        ("hangup", "NORMAL_TEMPORARY_FAILURE"),
    ]
    plan = Dialplan()
    for number, language in (entries or {"4001": "zh"}).items():
        marks = [("set", f"callcontrol_entry={number}"), ("set", f"callcontrol_language={language}")]
        plan.add(re.escape(number), [*marks, *hand_over], context=context)
    plan.add("callcontrol_resume", hand_over, context=context)
    for destination, actions in (extra or {}).items():
        plan.add(destination, actions, context=context)
    return plan
