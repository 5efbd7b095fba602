"""RecordMessage: what the caller has to say, recorded, for somebody to hear later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import DropMessage, HearMessage, Prompt, Record
from callcontrol.flow.events import Event, Keys, Played, Recorded
from callcontrol.flow.move import Go, Move, StoryBit, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of

MESSAGE = "message"  # remembered in the call: the message that was kept
_STAGE = "_message"  # in the context: stage of this step, and the message in hand
KEEP, AGAIN, HEAR = "1", "2", "3"
REVIEWS = 3  # how often the choice is said; then the message is kept as it is
BOX = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


@dataclass(frozen=True)
class RecordMessage(Step):
    """Says ``say``, beeps and records. A pause of ``silence_s``, ``end_keys`` or ``max_s`` ends it. With ``review`` the caller
    then chooses: 1 keeps it, 2 records it again, 3 hears it. It goes to ``box``: a mailbox, mostly the name of a queue.

    Then: ``then`` (kept; remembered as ``message``); ``silence`` (nothing was said); ``too_short`` (less than ``min_s``;
    default: as ``silence``), both after ``tries``; ``failed`` (it can't be written). Who hangs up after speaking has left
    the message."""

    kind: ClassVar[str] = "record_message"
    say: Say
    box: Value[str]
    then: Target
    silence: Target
    failed: Target
    too_short: Target | None = None
    review: Say = ()
    on_silence: Say = ()
    min_s: Value[float] = 2.0
    max_s: Value[float] = 120.0
    silence_s: Value[float] = 4.0
    tries: Value[int] = 2
    end_keys: str = "#"

    def enter(self, call: Call) -> Move:
        return self._say(call, prompts_of(self.say), 1)

    def again(self, call: Call) -> Move:
        """A recording goes on by itself; the next controller only listens for its end."""
        match self.stage(call):
            case "recording":
                return self._record(call, self._message(call), goes_on=True)
            case "review" | "hearing":
                return self._review(call, call.record.tries)
            case _:
                return self._say(call, prompts_of(self.say), max(call.record.tries, 1))

    def take(self, call: Call, event: Event) -> Move | None:
        match event, self.stage(call):
            case Played(), "prompt":
                return self._record(call, f"{call.record.call}-{call.record.wait + 1}")
            case Played(), "hearing":
                return self._review(call, 1)
            case Recorded(), "recording":
                return self._recorded(call, event)
            case Keys(), "review":
                return self._chosen(call, event.keys or event.terminator)
        return None

    # --- what came of it ----------------------------------------------------------------------------------------------
    def _recorded(self, call: Call, event: Recorded) -> Move:
        if event.ended_by == "failed":
            return self._gone(call, "failed", go(self.failed), "failed")
        pause_s = float(call.value(self.silence_s)) if event.ended_by == "pause" else 0.0
        short = event.seconds is not None and event.seconds - pause_s < call.value(self.min_s)
        if event.ended_by == "silence" or short:
            why = "silence" if event.ended_by == "silence" else "too_short"
            if call.record.tries < call.value(self.tries):
                told = self._ended(call, why)
                move = self._say(call, prompts_of(self.on_silence) or prompts_of(self.say), call.record.tries + 1)
                return _with(move, self._dropped(call), told)
            target = self.too_short if why == "too_short" and self.too_short is not None else self.silence
            return self._gone(call, why, go(target), why.replace("_", " "))
        if self.review:
            return self._review(call, 1, seconds=event.seconds)
        return self._kept(call, event.seconds)

    def _chosen(self, call: Call, key: str) -> Move:
        match key:
            case "1":
                return self._kept(call, self._at(call).get("seconds"))
            case "2":
                return _with(
                    self._say(call, prompts_of(self.say), 1), self._dropped(call), self._ended(call, "discarded")
                )
            case "3":
                wait = call.record.wait + 1
                return self._wait(call, "hearing", (HearMessage(wait, self._message(call)),))
        if call.record.tries < REVIEWS:
            return self._review(call, call.record.tries + 1)
        return self._kept(call, self._at(call).get("seconds"))

    def _kept(self, call: Call, seconds: float | None) -> Move:
        there = go(self.then)
        remember = {**there.remember, MESSAGE: self._message(call), _STAGE: {}}
        told = self._ended(call, "kept", seconds)
        return Move(Go(there.step, there.language, remember), "then", story=(told,))

    def _gone(self, call: Call, why: str, there: Go, branch: str) -> Move:
        there = replace(there, remember={**there.remember, _STAGE: {}})
        return Move(there, branch, commands=self._dropped(call), story=(self._ended(call, why),))

    # --- its stages ----------------------------------------------------------------------------------------------------
    def _say(self, call: Call, prompts: tuple[Prompt, ...], tries: int) -> Move:
        move = call.play(prompts)
        return self._wait(call, "prompt", move.commands, message="", seconds=None, tries=tries)

    def _record(self, call: Call, message: str, *, goes_on: bool = False) -> Move:
        record = Record(
            call.record.wait + 1,
            message,
            str(call.value(self.box)),
            max_s=float(call.value(self.max_s)),
            silence_s=float(call.value(self.silence_s)),
            min_s=float(call.value(self.min_s)),
            end_keys=self.end_keys,
            goes_on=goes_on,
        )
        return self._wait(call, "recording", (record,), message=message)

    def _review(self, call: Call, tries: int, **more: Any) -> Move:
        ask = call.ask(prompts_of(self.review), {}, max_keys=1)
        return self._wait(call, "review", ask.commands, tries=tries, **more)

    def _wait(self, call: Call, stage: str, commands: Any, *, tries: int | None = None, **more: Any) -> Move:
        at = {**self._at(call), **more, "stage": stage}
        changes: dict[str, Any] = {"wait": call.record.wait + 1, "context": call.remembering(**{_STAGE: at})}
        if tries is not None:
            changes["tries"] = tries
        return Move(commands=commands, changes=changes)

    def _at(self, call: Call) -> Mapping[str, Any]:
        at: Mapping[str, Any] = call.context.get(_STAGE, {})
        return at

    def _message(self, call: Call) -> str:
        return str(self._at(call).get("message", ""))

    def _dropped(self, call: Call) -> tuple[DropMessage, ...]:
        return (DropMessage(self._message(call)),)

    def _ended(self, call: Call, how: str, seconds: float | None = None) -> StoryBit:
        return ("voicemail_ended", {"message": self._message(call), "how": how, "seconds": seconds})

    def stage(self, call: Call) -> str:
        return str(self._at(call).get("stage", "")) if call.record.step == self.name else ""

    def knows(self, keys: str) -> bool:
        return keys in (KEEP, AGAIN, HEAR) if self.review else False

    def ways(self) -> tuple[Way, ...]:
        ways = [Way("then", go(self.then).step), Way("silence", go(self.silence).step)]
        if self.too_short is not None:
            ways.append(Way("too short", go(self.too_short).step))
        return (*ways, Way("failed", go(self.failed).step))

    def prompts(self) -> tuple[Prompt, ...]:
        return (*prompts_of(self.say), *prompts_of(self.on_silence), *prompts_of(self.review))

    def problems(self) -> list[str]:
        found = []
        if isinstance(self.box, str) and (not self.box or not set(self.box) <= BOX):
            found.append(f"{self.box!r} is no name of a mailbox; write it with letters, digits and _ - .")
        if not prompts_of(self.say):
            found.append("Nothing is said before the beep; tell the caller what to do.")
        if not set(self.end_keys) <= set("0123456789*#"):
            found.append(f"{self.end_keys!r} are no keys that end a recording; use 0-9, * and #.")
        return found


def _with(move: Move, dropped: tuple[DropMessage, ...], told: StoryBit) -> Move:
    return replace(move, commands=(*dropped, *move.commands), story=(told,))
