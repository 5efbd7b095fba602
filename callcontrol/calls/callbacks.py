"""Callbacks as this controller sees them in the journal: tells their story, takes its part in conducting them, ends legs of
tries that are void.

Which controller conducts a try? Each that could says so (``CallbackTaken``); the first in the journal does, and rings the agent.
From the agent's answer on, whoever gets the agent's leg by the dialplan goes on with it (``callback_conductor``), so that a
killed controller is replaced as in every other call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from callcontrol.calls.booking import forget
from callcontrol.calls.dial_out import callers_leg
from callcontrol.calls.offer import RING_CUT_S, recording_variables
from callcontrol.calls.talks import recording_path
from callcontrol.floor import entries
from callcontrol.floor.callbacks import CallbackEnded
from callcontrol.floor.entries import Entry
from callcontrol.floor.visits import Call
from callcontrol.ports.journal import StoryLine
from callcontrol.ports.switch import LegEvent, LegFailed, LegRinging, SwitchControl, SwitchError
from callcontrol.values.configuration import LANGUAGES
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.calls.directory import Line
    from callcontrol.calls.services import CallServices

log = structlog.get_logger()

# On the agent's leg: it is for a callback. Told by the leg itself, since the floor may have given the try up meanwhile.
VARIABLE = "callcontrol_callback"
# An agent's leg whom no controller takes over ends by itself.
AGENT_PARK_S = 10.0


class Callbacks:
    """``spawn`` runs something that may wait for the switch or for Redis, apart from the follower that tells us of lines."""

    def __init__(
        self, services: CallServices, control: SwitchControl, spawn: Callable[[Callable[[], None]], object]
    ) -> None:
        self._services = services
        self._control = control
        self._spawn = spawn
        self._lines: dict[str, Line] = {}  # offer -> the agent's leg that is conducted here

    def conducts(self, offer: str, line: Line) -> None:
        self._lines[offer] = line

    def leaves(self, offer: str, line: Line) -> None:
        if self._lines.get(offer) is line:
            del self._lines[offer]

    def on_entry(self, entry: Entry, valid: bool) -> None:
        """Called by the follower for each line, right after the floor took it; never waits."""
        offer = getattr(entry, "offer", "")
        if isinstance(entry, entries.CallbackDialled) and (line := self._lines.get(offer)):
            line.post((entry, valid))
        if not valid:
            return
        floor = self._services.floor()
        if floor.last_callback is not None:
            self._tell(floor.last_callback, entry)
        match entry:
            case entries.Offered():
                call = floor.calls.get(entry.call)
                if call is not None and call.booking is not None:
                    self._offer_to_conduct(entry)
            case entries.CallbackTaken() if entry.by == self._services.name:
                self._spawn(lambda: self._ring(entry.offer))
            case entries.OfferExpired():
                expired = floor.expired.get(offer)
                call = None if expired is None else floor.calls.get(expired.call)
                if call is not None and call.booking is not None:
                    self._spawn(lambda: self._end_legs(offer))
            case _:
                pass
        for name in [name for name in self._lines if name not in floor.offers]:
            self._lines.pop(name).post(Void())

    # --- a try ----------------------------------------------------------------------------------------------------------
    def _offer_to_conduct(self, entry: entries.Offered) -> None:
        services = self._services
        if services.dial_out.template and self._control.connected():
            services.tell(
                entries.CallbackTaken(
                    at=services.clock.now(), offer=entry.offer, by=services.name, node=self._control.node
                )
            )

    def _ring(self, offer: str) -> None:
        """Ring the agent's phone; the answered leg comes back by the dialplan to any controller."""
        services = self._services
        floor = services.floor()
        held = floor.offers.get(offer)
        call = None if held is None else floor.calls.get(held.call)
        if held is None or call is None or call.booking is None:
            return
        agent, rule = floor.agents[held.agent], floor.rules.agents.get(held.agent)
        queue = floor.rules.queues.get(held.queue)
        path = recording_path(services.recordings_dir, offer) if queue is None or queue.record else ""
        entry = next(iter(services.configuration()[1].entries), "")
        services.story(call.booking.call, "offered", offer=offer, agent=held.agent, why={"callback": call.call})
        self._control.watch(offer, lambda event: self._on_agents_leg(call, held.agent, event))
        try:
            self._control.ring(
                offer,
                agent.contact or (rule.contact if rule else ""),
                ring_s=held.ring_s + RING_CUT_S,
                park_s=AGENT_PARK_S,
                caller_name="callback",
                caller_number=call.masked.replace("*", ""),
                variables={
                    VARIABLE: "1",
                    "callcontrol_entry": entry,
                    "callcontrol_language": agents_language(services, held.agent, call.language),
                    **recording_variables(path),
                },
                extension=services.resume_extension,
            )
        except SwitchError as error:
            log.warning("the agent's phone could not be rung for a callback", agent=held.agent, error=str(error))
            self._failed(call, held.agent, offer, "NORMAL_TEMPORARY_FAILURE")

    def _on_agents_leg(self, call: Call, agent: str, event: LegEvent) -> None:
        match event:
            case LegRinging(leg=leg):
                self._services.tell(entries.OfferRinging(at=self._services.clock.now(), offer=leg))
            case LegFailed(leg=leg, cause=cause):
                self._control.unwatch(leg)
                self._failed(call, agent, leg, cause)
            case _:
                pass  # from its answer on the leg itself tells

    def _failed(self, call: Call, agent: str, offer: str, cause: str) -> None:
        services = self._services
        services.tell(entries.OfferFailed(at=services.clock.now(), offer=offer, cause=cause))
        if call.booking is not None:
            services.story(call.booking.call, "offer_failed", offer=offer, agent=agent, cause=cause)

    def _end_legs(self, offer: str) -> None:
        """Whoever conducted it is gone: nobody stays in an empty room, and no phone rings for nothing."""
        for leg in (offer, callers_leg(offer)):
            try:
                self._control.cancel(leg)
            except SwitchError as error:
                log.info("a leg of a void callback could not be ended", leg=leg, error=str(error))

    # --- its story ------------------------------------------------------------------------------------------------------
    def _tell(self, ended: CallbackEnded, entry: Entry) -> None:
        """In the story of the call that booked it. Every controller tells it, in the same words: so it is told even if one
        dies, and kept once."""
        data = {
            "queue": ended.queue,
            "visit": ended.visit,
            "outcome": str(ended.outcome),
            "wait_s": round(max(entry.at - ended.first_joined_at, 0.0), 3),
            "detail": getattr(entry, "reason", "") or getattr(entry, "cause", "") or getattr(entry, "by", ""),
        }
        self._services.outbox.story(StoryLine(call=ended.call, at=entry.at, kind="visit_ended", data=data))
        if ended.outcome is not Outcome.CALLBACK_BOOKED and ended.outcome is not Outcome.CALLBACK_DONE:
            self._spawn(lambda: forget(self._services, ended.callback))


class Void:
    """The floor has given up the try: cancelled, superseded, expired."""


def agents_language(services: CallServices, agent: str, call_language: str) -> str:
    """In which language an agent is spoken to: the one the agent speaks better, as the skills say, else the caller's."""
    rule = services.floor().rules.agents.get(agent)
    skills = rule.skills if rule else {}
    levels = {language: skills.get(language, 0) for language in LANGUAGES}
    best = max(levels.values())
    if best and list(levels.values()).count(best) == 1:
        return max(levels, key=lambda language: levels[language])
    return call_language if call_language in LANGUAGES else LANGUAGES[0]
