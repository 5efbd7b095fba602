"""AskService: ask an HTTP service of the configuration, and go on with what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import AskService as AskServiceNow
from callcontrol.flow.commands import Play as PlayNow
from callcontrol.flow.commands import Prompt
from callcontrol.flow.events import Event, ServiceAnswered
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, prompts_of

_KEYS = "_asked"  # in the context: step -> key of the question, the same when it is asked again


@dataclass(frozen=True)
class AskService(Step):
    """Asks ``service`` (its address, deadline and tries stand in the configuration) and remembers the facts that it answers,
    under their names. ``send``: name -> a value, something remembered, ``CALLER``. ``meanwhile`` is said while it is asked.
    ``optional``: a house may do without the service; its callers go on at ``failed``, and publishing is not refused.

    Then: ``then``; ``not_found`` (the service knows of no such thing); ``failed``; ``timeout`` (default: as ``failed``)."""

    kind: ClassVar[str] = "ask_service"
    names: ClassVar[Mapping[str, str]] = {"service": "service"}
    service: str
    then: Target
    not_found: Target
    failed: Target
    timeout: Target | None = None
    send: Mapping[str, Any] = field(default_factory=dict)
    meanwhile: Say = ()
    optional: bool = False

    def enter(self, call: Call) -> Move:
        wait = call.record.wait + 1
        return self._ask(call, f"{call.record.call}:{wait}")

    def again(self, call: Call) -> Move:
        """The same question with the same key: a service that acts on it can tell that it did."""
        return self._ask(call, call.context.get(_KEYS, {}).get(self.name) or f"{call.record.call}:{call.record.wait}")

    def _ask(self, call: Call, key: str) -> Move:
        wait = call.record.wait + 1
        values = {name: _text(call.value(value)) for name, value in self.send.items()}
        said = prompts_of(self.meanwhile)
        saying = (PlayNow(wait, said, call.language),) if said else ()
        keys = {**call.context.get(_KEYS, {}), self.name: key}
        changes = {"wait": wait, "context": call.remembering(**{_KEYS: keys})}
        return Move(commands=(*saying, AskServiceNow(wait, self.service, values, key)), changes=changes)

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, ServiceAnswered):
            return None
        story = (("service", {"step": self.name, "service": self.service, "result": event.result, "why": event.why}),)
        keys = {name: key for name, key in call.context.get(_KEYS, {}).items() if name != self.name}
        if event.result == "ok":
            there = go(self.then)
            remember = {**there.remember, **event.facts, _KEYS: keys}
            return Move(Go(there.step, there.language, remember), "answered", story=story)
        forgotten = {"context": call.remembering(**{_KEYS: keys})}
        if event.result == "not_found":
            return Move(go(self.not_found), "not found", changes=forgotten, story=story)
        late = self.timeout is not None and event.result == "timeout"
        target = self.timeout if late and self.timeout is not None else self.failed
        return Move(go(target), event.result, changes=forgotten, story=story)

    def ways(self) -> tuple[Way, ...]:
        ways = [Way("answered", go(self.then).step), Way("not found", go(self.not_found).step)]
        ways.append(Way("failed", go(self.failed).step))
        if self.timeout is not None:
            ways.append(Way("timeout", go(self.timeout).step))
        return tuple(ways)

    def prompts(self) -> tuple[Prompt, ...]:
        return prompts_of(self.meanwhile)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
