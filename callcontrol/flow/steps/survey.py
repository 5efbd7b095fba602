"""Survey: a few questions, each answered with one key or skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import KeepSurvey, Prompt
from callcontrol.flow.events import Event, Keys
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of

REMEMBERED = "survey"  # name in the call's context: the answers so far, question by question
MARKS = "12345"


@dataclass(frozen=True)
class Survey(Step):
    """Asks ``questions`` (name -> what is said) one after another and takes 1 to 5. Silence or another key is told once
    (``on_wrong``) and asked again, ``tries`` times in all; then the question counts as skipped. ``skip_key`` skips at
    once. Skipping is an answer."""

    kind: ClassVar[str] = "survey"
    questions: Mapping[str, Say]
    then: Target
    intro: Say = ()
    on_wrong: Say = ()
    skip_key: str = "0"
    tries: Value[int] = 2
    timeout_s: Value[float] = 6.0

    def enter(self, call: Call) -> Move:
        return self._ask(call, {}, 1, prompts_of(self.intro))

    def again(self, call: Call) -> Move:
        return self._ask(call, self._so_far(call), max(call.record.tries, 1))

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, Keys):
            return None
        answers = self._so_far(call)
        question = self._next(answers)
        key = event.keys or event.terminator
        is_mark = len(key) == 1 and key in MARKS
        story: list[tuple[str, Mapping[str, object]]] = [("keys", {"step": self.name, "keys": key})] if key else []
        if not is_mark and key != self.skip_key and call.record.tries < call.value(self.tries):
            ask = self._ask(call, answers, call.record.tries + 1, prompts_of(self.on_wrong) if key else ())
            return Move(commands=ask.commands, changes=ask.changes, story=tuple(story))
        answers = {**answers, question: int(key) if is_mark else None}
        if len(answers) < len(self.questions):
            ask = self._ask(call, answers, 1)
            return Move(commands=ask.commands, changes=ask.changes, story=tuple(story))
        context = call.remembering(**{REMEMBERED: answers})
        return Move(go(self.then), "done", (KeepSurvey(answers),), {"context": context}, tuple(story))

    def _so_far(self, call: Call) -> dict[str, int | None]:
        kept = call.context.get(REMEMBERED, {})
        return {q: kept[q] for q in self.questions if q in kept}

    def _next(self, answers: Mapping[str, int | None]) -> str:
        return next(q for q in self.questions if q not in answers)

    def _ask(self, call: Call, answers: Mapping[str, int | None], tries: int, first: tuple[Prompt, ...] = ()) -> Move:
        return call.ask(
            (*first, *prompts_of(self.questions[self._next(answers)])),
            {"tries": tries, "context": call.remembering(**{REMEMBERED: dict(answers)})},
            timeout_s=call.value(self.timeout_s),
        )

    def stage(self, call: Call) -> str:
        answers = self._so_far(call)
        return ",".join(answers) + ("" if any(answers.values()) else " no mark")

    def knows(self, keys: str) -> bool:
        return keys == self.skip_key or (len(keys) == 1 and keys in MARKS)

    def ways(self) -> tuple[Way, ...]:
        return (Way("done", go(self.then).step),)

    def prompts(self) -> tuple[Prompt, ...]:
        asked = tuple(p for say in self.questions.values() for p in prompts_of(say))
        return (*prompts_of(self.intro), *asked, *prompts_of(self.on_wrong))

    def problems(self) -> list[str]:
        return [] if self.questions else ["The survey has no question; give it at least one."]
