"""The emergency message before a flow begins, or as the end of a call: a step that every flow has and none declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.events import Event, Played
from callcontrol.flow.facts import EmergencyFacts
from callcontrol.flow.move import Go, Move
from callcontrol.flow.steps.step import Step
from callcontrol.values.configuration import LANGUAGES

EMERGENCY = "(emergency)"
START = "(start)"  # where the flow begins, whatever its first step is called
ENDED = "(end)"

_SAYING = "_emergency"  # in the call's context: the message that is being said
HEARD = "_emergencies"  # those that were said in this call: nobody hears one twice


def said(emergency: EmergencyFacts) -> Prompt:
    return Prompt(f"emergency.{emergency.name}")


def going_to(emergency: EmergencyFacts, *, at_first: bool = False) -> Go:
    """To the message, said by itself. ``at_first``: before the flow began."""
    saying = {"name": emergency.name, "hang_up": emergency.hang_up, "at_first": at_first}
    return Go(EMERGENCY, remember={_SAYING: saying, **({HEARD: [emergency.mark]} if at_first else {})})


def was_heard(call: Call, emergency: EmergencyFacts) -> bool:
    return emergency.mark in call.context.get(HEARD, [])


def hearing(call: Call, emergency: EmergencyFacts) -> dict[str, Any]:
    """The call's context with the message counted as heard."""
    heard = [mark for mark in call.context.get(HEARD, []) if mark != emergency.mark]
    return call.remembering(**{HEARD: [*heard, emergency.mark]})


@dataclass(frozen=True)
class SayEmergency(Step):
    """Says it: before the flow in every language, the entry's first, for none was chosen yet; to a caller who came from a queue in
    the language of the call. Then the flow begins, or the call ends."""

    kind: ClassVar[str] = "emergency"

    def enter(self, call: Call) -> Move:
        saying = self._saying(call)
        key = f"emergency.{saying.get('name', '')}"
        others = [language for language in LANGUAGES if language != call.language] if saying.get("at_first") else []
        return call.play((Prompt(key), *(Prompt(f"{key}@{language}") for language in others)))

    def again(self, call: Call) -> Move:
        return self.enter(call)

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, Played):
            return None
        return Move(Go(ENDED if self._saying(call).get("hang_up") else START), "then")

    def _saying(self, call: Call) -> Mapping[str, Any]:
        saying = call.context.get(_SAYING)
        return saying if isinstance(saying, Mapping) else {}
