"""The call as steps and choices see it: its record, the facts of this moment, the parameters of its flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callcontrol.flow import commands as cmd
from callcontrol.flow.facts import EmergencyFacts, Facts
from callcontrol.flow.move import FlowTrouble, Move
from callcontrol.flow.parameters import Caller, resolve
from callcontrol.flow.record import CallRecord

# Names in the call's context that the step of a queue keeps.
JOINED = "_joined"  # queue -> when the caller first joined it: who comes back keeps the place
HEARD = "_heard"  # queues whose announcement the caller has heard in this call: nobody is told twice


@dataclass(frozen=True, slots=True)
class Call:
    record: CallRecord
    facts: Facts

    @property
    def language(self) -> str:
        return self.record.language

    @property
    def caller(self) -> str:
        return self.facts.caller

    @property
    def now(self) -> datetime:
        return self.facts.now

    @property
    def context(self) -> Mapping[str, Any]:
        """What was remembered so far, by name."""
        return self.record.context

    def is_open(self, hours: str) -> bool:
        """Whether these opening hours are open now; "" is always open. Raises ``FlowTrouble`` for an unknown name."""
        if not hours:
            return True
        if hours not in self.facts.open:
            raise FlowTrouble(f"The flow asks for the opening hours {hours!r}, which the configuration does not have.")
        return self.facts.open[hours]

    def opens_at(self, hours: str) -> datetime | None:
        """When these opening hours open next, in their own time zone; None while they are open, or where it is not known."""
        return self.facts.opens.get(hours)

    def queue_is_open(self, queue: str) -> bool:
        """Raises ``FlowTrouble`` for a queue that the configuration does not have."""
        if queue not in self.facts.queue_hours:
            raise FlowTrouble(f"The flow asks for the queue {queue!r}, which the configuration does not have.")
        return self.is_open(self.facts.queue_hours[queue])

    def callback_refusal(self, queue: str) -> str:
        """Why the caller can't be called back for that queue now (disabled, closed, number, already, full), or ""."""
        return self.facts.callbacks.get(queue, "disabled")

    def has_callback(self, queue: str) -> bool:
        """Whether a callback of this caller waits in that queue: who joins it now is brought back to the same place."""
        return bool(queue) and self.facts.callback_queue == queue

    @property
    def emergency(self) -> EmergencyFacts | None:
        """The emergency message that is switched on for callers of this number. It is said by itself before the flow begins."""
        return self.facts.emergency

    def emergency_of(self, queue: str) -> EmergencyFacts | None:
        """The one that is switched on for callers of that queue."""
        return self.facts.queue_emergencies.get(queue)

    def may_switch_emergencies(self, agent: str) -> bool:
        """Whether the configuration says that this agent is a lead. Who it is, an ``AskPin`` before has to show."""
        return agent in self.facts.leads

    @property
    def emergencies(self) -> Mapping[str, bool]:
        """Each emergency message that is prepared -> whether it is switched on now."""
        return self.facts.emergencies

    @property
    def system_ok(self) -> bool:
        """Whether the house is itself: somebody decides who gets whom, agents can be rung."""
        return not self.facts.house.troubles

    def load(self, queue: str) -> float:
        """Callers in that queue for each agent of it who serves: 1.2 is 120 %. Infinite where somebody is there and nobody serves."""
        return self.facts.house.loads.get(queue, 0.0)

    def is_surging(self, queue: str) -> bool:
        """Whether more call than that queue can serve, by the two loads of its reserve (1.2 and 1.0 unless it says otherwise)."""
        return self.facts.house.surging.get(queue, False)

    def estimate(self, queue: str) -> str:
        """How long one who joined that queue now would wait, to be said by ``Prompt("wait", {"value": ...})``; "": not known."""
        return self.facts.house.estimates.get(queue, "")

    def waited_s(self, queue: str) -> float:
        """How long ago the call joined that queue first; 0 where it never did, or has talked there since."""
        visit = self.record.visit
        joined = self.record.context.get(JOINED, {}).get(queue)
        if visit is not None and visit.queue == queue:
            joined = visit.first_joined_at
        return 0.0 if joined is None else max(0.0, self.facts.at - joined)

    def has_heard(self, queue: str) -> bool:
        """Whether the caller heard the off-peak announcement of that queue to its end in this call."""
        return queue in self.record.context.get(HEARD, [])

    def value(self, written: Any) -> Any:
        """The plain value of what stands in the flow: a parameter's value, something remembered, or itself."""
        if isinstance(written, Caller):
            return self.facts.number
        return resolve(written, self.record.parameters, self.record.context)

    def remembering(self, **things: Any) -> dict[str, Any]:
        """The context with these things in it."""
        return {**self.record.context, **things}

    # --- the ways of waiting: each has its own number, so that a late answer is known -------------------------------
    def play(self, prompts: tuple[cmd.Prompt, ...], **changes: Any) -> Move:
        wait = self.record.wait + 1
        return Move(commands=(cmd.Play(wait, self.filled(prompts), self.language),), changes={"wait": wait, **changes})

    def ask(self, prompts: tuple[cmd.Prompt, ...], changes: Mapping[str, Any], **how: Any) -> Move:
        wait = self.record.wait + 1
        return Move(
            commands=(cmd.Ask(wait, self.filled(prompts), self.language, **how),), changes={"wait": wait, **changes}
        )

    def filled(self, prompts: tuple[cmd.Prompt, ...]) -> tuple[cmd.Prompt, ...]:
        """With plain values: what a prompt says of a parameter or of something remembered is known only now."""
        return tuple(
            cmd.Prompt(prompt.key, {name: self._plain(value) for name, value in prompt.values.items()})
            if prompt.values
            else prompt
            for prompt in prompts
        )

    def _plain(self, written: Any) -> str | int:
        value = self.value(written)
        return value if isinstance(value, str | int) and not isinstance(value, bool) else str(value)
