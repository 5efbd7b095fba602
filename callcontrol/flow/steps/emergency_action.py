"""EmergencyAction: switches a prepared emergency message on for some hours, or off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import SwitchEmergency
from callcontrol.flow.events import EmergencySwitched, Event
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.step import Step, Value

BRANCHES = ("done", "not_allowed", "gone", "refused", "unavailable")
MOST_HOURS = 48.0


@dataclass(frozen=True)
class EmergencyAction(Step):
    """``emergency`` acts for ``hours`` from now; 0 switches it off. It is published at once, in the name of ``agent``, who has to be a
    lead in the configuration (else ``not_allowed``). ``gone``: there is no such message any more; ``refused``: what acts does not pass
    today's checks; ``unavailable``: after some seconds it is not known whether it was done. Only what is asked after an ``AskPin`` is
    known to come from the agent."""

    kind: ClassVar[str] = "emergency_action"
    names: ClassVar[Mapping[str, str]] = {"agent": "agent", "emergency": "emergency"}
    agent: Value[str]
    emergency: Value[str]
    hours: Value[int]
    done: Target
    not_allowed: Target
    gone: Target
    refused: Target
    unavailable: Target

    def enter(self, call: Call) -> Move:
        wait = call.record.wait + 1
        agent, name = str(call.value(self.agent)), str(call.value(self.emergency))
        hours = min(max(float(call.value(self.hours)), 0.0), MOST_HOURS)
        return Move(commands=(SwitchEmergency(wait, agent, name, hours),), changes={"wait": wait})

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, EmergencySwitched):
            return None
        result = event.result if event.result in BRANCHES else "unavailable"
        name = str(call.value(self.emergency))
        told = (("emergency_switched", {"emergency": name, "hours": call.value(self.hours), "result": result}),)
        return Move(go(getattr(self, result)), result.replace("_", " "), story=told)

    def ways(self) -> tuple[Way, ...]:
        return tuple(Way(name.replace("_", " "), go(getattr(self, name)).step) for name in BRANCHES)
