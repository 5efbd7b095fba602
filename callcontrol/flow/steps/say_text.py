"""SayText: say a text that is known only in the call, by the machine's voice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from callcontrol.flow import sensitive
from callcontrol.flow.call import Call
from callcontrol.flow.commands import Speak
from callcontrol.flow.events import Event, NotSpoken, Played
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.step import Step, Value

LONGEST = 500  # characters; nobody listens to more, and a service that answers megabytes must not fill a disk
IN_STORY = 200  # characters of it that the call's story keeps
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class SayText(Step):
    """Says ``text``: one, or one for each language; ``{name}`` in it is what the call remembers under that name. It is spoken by
    the machine's voice (``tts_command``), so rather use prompts for what is known before. A ``sensitive`` text is in no
    story.

    Then: ``then``; ``failed`` (longer than ``longest`` characters, no voice, or it took too long)."""

    kind: ClassVar[str] = "say_text"
    text: Value[str] | Mapping[str, str]
    then: Target
    failed: Target
    sensitive: bool = False
    longest: int = LONGEST

    def enter(self, call: Call) -> Move:
        text = self._text(call)
        private = self.sensitive or sensitive.holds(call.context, text)
        told = sensitive.HIDDEN if private else text[:IN_STORY]
        story = (("said", {"step": self.name, "text": told, "characters": len(text)}),)
        if len(text) > self.longest:
            return Move(go(self.failed), "failed", story=story)
        if not text.strip():
            return Move(go(self.then), "then", story=story)
        wait = call.record.wait + 1
        return Move(commands=(Speak(wait, text, call.language, private),), changes={"wait": wait}, story=story)

    def take(self, call: Call, event: Event) -> Move | None:
        match event:
            case Played(missing=missing):
                return Move(go(self.failed), "failed") if missing else Move(go(self.then), "then")
            case NotSpoken(why=why):
                return Move(go(self.failed), "failed", story=(("said", {"step": self.name, "why": why}),))
        return None

    def _text(self, call: Call) -> str:
        written: Any = self.text
        if isinstance(written, Mapping):
            written = written.get(call.language) or next(iter(written.values()), "")
        text = str(call.value(written))
        if written is not self.text or isinstance(self.text, str):  # fields stand in what the flow's author wrote alone
            text = _FIELD.sub(lambda field: str(call.context.get(field[1], "")), text)
        return text

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", go(self.then).step), Way("failed", go(self.failed).step))

    def problems(self) -> list[str]:
        found = []
        if not 1 <= self.longest <= 2000:
            found.append(f"A text of {self.longest} characters can't be said; choose 1 to 2000.")
        if not self.text:
            found.append("There is no text to say; write one, or name what is remembered.")
        return found
