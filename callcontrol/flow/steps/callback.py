"""Callback: hang up, keep the place in the queue, and be called when it is one's turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import BookCallback, Prompt
from callcontrol.flow.events import CallbackAnswer, Event, Keys
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.queue import LEFT, REFUSED
from callcontrol.flow.steps.step import Step, Value

_SO_FAR = "_callback"  # name in the call's context: the stage of the talk, and the number while it is not booked
YES, OTHER = "1", "2"
# How long the journal may take to say whether it is booked; it is milliseconds unless something is away.
ANSWER_S = 6.0
NO_ANSWER = "unavailable"


@dataclass(frozen=True)
class Callback(Step):
    """Books a callback for the caller's place in ``queue``, which the caller has just left (by an exit key, or because the
    queue gave the call back). Says the caller's number digit by digit: 1 is right, 2 gives another one by keys, which is
    read back the same way. ``refused`` is where no callback can be had: disabled, closed, full, already (one is booked for
    this number), number (none to call), no_place, unavailable; the flow finds the reason remembered as
    ``callback_refused``. Silence or a wrong key is asked again, ``tries`` times in all."""

    kind: ClassVar[str] = "callback"
    names: ClassVar[Mapping[str, str]] = {"queue": "queue"}
    shape: ClassVar[str] = "diamond"
    queue: Value[str]
    booked: Target
    refused: Target
    silence: Target
    wrong: Target | None = None
    tries: Value[int] = 3
    timeout_s: Value[float] = 6.0
    min_digits: int = 5
    max_digits: int = 15
    confirm: str = "callback.confirm"
    ask_number: str = "callback.number"
    on_wrong: str = "menu.wrong"
    moment: str = "callback.moment"

    def enter(self, call: Call) -> Move:
        queue = str(call.value(self.queue))
        left = call.context.get(LEFT, {})
        reason = call.callback_refusal(queue) or ("" if left.get("queue") == queue else "no_place")
        return self._refused(call, reason) if reason else self._confirm(call, call.facts.number, 1)

    def again(self, call: Call) -> Move:
        so_far, tries = self._so_far(call), max(call.record.tries, 1)
        match so_far.get("stage"):
            case "confirm":
                return self._confirm(call, str(so_far["number"]), tries)
            case "number":
                return self._number(call, tries)
            case "booking":
                return self._book(call, str(so_far["number"]))  # booked twice is booked once
            case _:
                return self.enter(call)

    def take(self, call: Call, event: Event) -> Move | None:
        so_far = self._so_far(call)
        stage = so_far.get("stage")
        if isinstance(event, CallbackAnswer):
            if event.refused:
                return self._refused(call, event.refused)
            return Move(go(self.booked), "booked", changes={"context": call.remembering(**{_SO_FAR: {}, LEFT: {}})})
        if not isinstance(event, Keys):
            return None
        if stage == "booking":
            return self._wait(call) if event.keys or event.terminator else self._refused(call, NO_ANSWER)
        pressed = event.keys or event.terminator
        story = (("keys", {"step": self.name, "keys": pressed if stage == "confirm" else "***"}),) if pressed else ()
        if stage == "number" and self._fits(event.keys):
            return _telling(self._confirm(call, event.keys, 1), story)
        if stage == "confirm" and pressed == YES:
            return _telling(self._book(call, str(so_far["number"])), story)
        if stage == "confirm" and pressed == OTHER:
            return _telling(self._number(call, 1), story)
        if call.record.tries < call.value(self.tries):
            first = (Prompt(self.on_wrong),) if pressed else ()
            tries = call.record.tries + 1
            asked = (
                self._number(call, tries, first)
                if stage == "number"
                else self._confirm(call, str(so_far.get("number", call.facts.number)), tries, first)
            )
            return _telling(asked, story)
        forgotten = {"context": call.remembering(**{_SO_FAR: {}})}
        if pressed and self.wrong is not None:
            return Move(go(self.wrong), "wrong key", changes=forgotten, story=story)
        return Move(go(self.silence), "wrong key" if pressed else "silence", changes=forgotten, story=story)

    # --- the stages -----------------------------------------------------------------------------------------------------
    def _confirm(self, call: Call, number: str, tries: int, first: tuple[Prompt, ...] = ()) -> Move:
        so_far = {"stage": "confirm", "number": number}
        return call.ask(
            (*first, Prompt(self.confirm, {"number": number})),
            {"tries": tries, "context": call.remembering(**{_SO_FAR: so_far})},
            timeout_s=call.value(self.timeout_s),
        )

    def _number(self, call: Call, tries: int, first: tuple[Prompt, ...] = ()) -> Move:
        return call.ask(
            (*first, Prompt(self.ask_number)),
            {"tries": tries, "context": call.remembering(**{_SO_FAR: {"stage": "number"}})},
            min_keys=self.min_digits,
            max_keys=self.max_digits,
            timeout_s=call.value(self.timeout_s),
            sensitive=True,
        )

    def _book(self, call: Call, number: str) -> Move:
        left = call.context[LEFT]
        book = BookCallback(left["queue"], left["visit"], number)
        wait = self._wait(call, (Prompt(self.moment),), number)
        return Move(commands=(book, *wait.commands), changes=wait.changes)

    def _wait(self, call: Call, prompts: tuple[Prompt, ...] = (), number: str = "") -> Move:
        so_far = {"stage": "booking", "number": number or self._so_far(call).get("number", "")}
        return call.ask(prompts, {"context": call.remembering(**{_SO_FAR: so_far})}, timeout_s=ANSWER_S)

    def _refused(self, call: Call, reason: str) -> Move:
        context = call.remembering(**{_SO_FAR: {}, REFUSED: reason})
        return Move(go(self.refused), f"refused: {reason}", changes={"context": context})

    def _so_far(self, call: Call) -> Mapping[str, Any]:
        kept = call.context.get(_SO_FAR)
        return kept if isinstance(kept, Mapping) else {}

    def stage(self, call: Call) -> str:
        return str(self._so_far(call).get("stage", ""))

    def _fits(self, keys: str) -> bool:
        return self.min_digits <= len(keys) <= self.max_digits and set(keys) <= set("0123456789")

    # --- declaration --------------------------------------------------------------------------------------------------
    def ways(self) -> tuple[Way, ...]:
        ways = [
            Way("booked", go(self.booked).step, bounded=True),
            Way("refused", go(self.refused).step, bounded=True),
            Way("silence", go(self.silence).step),
        ]
        if self.wrong is not None:
            ways.append(Way("wrong key", go(self.wrong).step))
        return tuple(ways)

    def prompts(self) -> tuple[Prompt, ...]:
        return tuple(Prompt(key) for key in (self.confirm, self.ask_number, self.on_wrong, self.moment))

    def problems(self) -> list[str]:
        if not 1 <= self.min_digits <= self.max_digits:
            return [f"It takes numbers of {self.min_digits} to {self.max_digits} digits; make it 1 <= min <= max."]
        return []


def _telling(move: Move, story: tuple[Any, ...]) -> Move:
    return Move(move.to, move.branch, move.commands, move.changes, (*story, *move.story))
