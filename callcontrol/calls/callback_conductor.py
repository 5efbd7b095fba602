"""Conducts one try of a callback on the agent's leg: tells the agent who it is, takes the 1, calls the caller, brings the two
together. What it needs to go on stands in the floor and in the names of the legs, so any controller can take it up.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from callcontrol.calls.booking import forget
from callcontrol.calls.callbacks import Callbacks, Void, agents_language
from callcontrol.calls.dial_out import callers_leg
from callcontrol.calls.offer import PARK_S, RING_CUT_S
from callcontrol.calls.record_text import VARIABLE as RECORD
from callcontrol.calls.record_text import to_text
from callcontrol.calls.services import CallServices
from callcontrol.calls.talks import Talk, Talks, recording_path
from callcontrol.floor import entries
from callcontrol.floor.visits import Booking, Call, Offer
from callcontrol.flow.commands import Prompt
from callcontrol.flow.record import CallRecord, QueueVisit
from callcontrol.flow.steps.queue import LEFT
from callcontrol.ports import switch
from callcontrol.ports.callbacks import CallbackSecret
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.switch import CallSession, SwitchError
from callcontrol.values.configuration import Queue
from callcontrol.values.numbers import masked, number_key

log = structlog.get_logger()

KNOWN_WITHIN_S = 2.0  # the journal's line about a leg that reached us may be a moment behind it
WRONG_KEYS = 3
_ASK, _HOLD, _GONE = 1, 2, 3  # waits on the agent's leg


class CallbackConductor:
    def __init__(self, services: CallServices, session: CallSession, callbacks: Callbacks, talks: Talks) -> None:
        self._services = services
        self._session = session
        self._callbacks = callbacks
        self._talks = talks
        self._control = services.control(session.node)
        self._offer = session.uuid
        self._leg = callers_leg(session.uuid)
        self._asked = 0
        self._secret: CallbackSecret | None = None
        self._dialling = False
        self._tried = ""  # cause of a try that failed, while the agent is told
        self._over = False

    def run(self) -> None:
        self._callbacks.conducts(self._offer, self._session)
        try:
            if self._in_flight() is None and not self._known_soon():
                self._session.hang_up()  # the talk is over, or the try was given up before the phone was picked up
                return
            self._take_up()
            while not self._over:
                event = self._session.next_event()
                if event is None:
                    return
                self._on(event)
        except SwitchError as error:
            log.warning("a callback could not be conducted", offer=self._offer, error=str(error))
        finally:
            self._callbacks.leaves(self._offer, self._session)
            self._control.unwatch(self._leg)

    def _known_soon(self) -> bool:
        waited_s = 0.0
        while waited_s < KNOWN_WITHIN_S:
            if isinstance(self._session.next_event(0.1), switch.HungUp | switch.SessionClosed):
                return False
            if self._in_flight() is not None:
                return True
            waited_s += 0.1
        return False

    def _in_flight(self) -> tuple[Offer, Call, Booking] | None:
        floor = self._services.floor()
        offer = floor.offers.get(self._offer)
        call = None if offer is None or offer.state == "talking" else floor.calls.get(offer.call)
        if offer is None or call is None or call.booking is None:
            return None
        return offer, call, call.booking

    def _take_up(self) -> None:
        """The agent picked up, or another controller was here before."""
        found = self._in_flight()
        assert found is not None
        _, _, booking = found
        now = self._services.clock.now()
        if booking.phase == "dialled":
            self._go_on_dialling()
            return
        if not booking.phase:
            self._services.tell(
                entries.CallbackTaken(at=now, offer=self._offer, by=self._services.name, node=self._session.node)
            )
        if booking.phase != "confirming":
            self._services.tell(entries.CallbackConfirming(at=now, offer=self._offer))
        self._session.answer()
        self._ask()

    # --- events -----------------------------------------------------------------------------------------------------------
    def _on(self, event: object) -> None:
        match event:
            case switch.KeysEntered(wait=wait, keys=keys) if wait == _ASK:
                self._key(keys)
            case (entries.CallbackDialled(), bool() as valid):
                self._dial() if valid else self._end("MANAGER_REQUEST")
            case switch.LegAnswered(leg=leg) if leg == self._leg:
                self._bridge()
            case switch.LegFailed(leg=leg, cause=cause) | switch.LegHungUp(leg=leg, cause=cause) if leg == self._leg:
                self._not_reached(cause)
            case switch.Played(wait=wait) if wait == _GONE:
                self._count_try()
            case switch.HungUp():
                self._agent_gone()
            case switch.SessionClosed():
                self._over = True
            case Void():
                self._end_callers_leg()
                self._session.hang_up()
                self._over = True
            case _:
                pass

    def _key(self, keys: str) -> None:
        if keys == "1":
            self._services.tell(entries.CallbackDialled(at=self._services.clock.now(), offer=self._offer))
            self._session.play(_HOLD, self._files(Prompt("callback.agent_wait")))
        elif keys and self._asked < WRONG_KEYS:
            self._ask()
        else:
            self._end("NOT_CONFIRMED")

    def _ask(self) -> None:
        found = self._in_flight()
        if found is None:
            return
        _, call, _ = found
        self._asked += 1
        rule = self._rule(call)
        tail = "".join(c for c in call.masked if c.isdigit())[-4:]
        said = (
            Prompt("callback.agent"),
            Prompt(f"queue.{call.queue}.title"),
            Prompt("callback.agent_number", {"tail": tail}),
            Prompt("callback.agent_press"),
        )
        self._session.ask(
            _ASK,
            self._files(*said),
            min_keys=1,
            max_keys=1,
            timeout_s=rule.callback.confirm_s,
            inter_digit_s=1.0,
            terminators="#",
        )

    # --- the caller -------------------------------------------------------------------------------------------------------
    def _dial(self) -> None:
        """Only after the journal has taken ``CallbackDialled``: from two controllers at once no phone can ring."""
        found = self._in_flight()
        if found is None or self._dialling:
            return
        _, call, _ = found
        self._dialling = True
        secret = self._known_secret(call.call)
        contact = "" if secret is None else self._services.dial_out.contact(secret.number)
        if secret is None or not contact:
            self._not_reached("NO_NUMBER")
            return
        self._session.hold(_HOLD, self._services.sounds.music(""))
        self._control.watch(self._leg, self._session.post)
        shown = secret.entry or next(iter(self._services.configuration()[1].entries), "")
        try:
            self._control.ring(
                self._leg,
                contact,
                ring_s=self._rule(call).callback.ring_s + RING_CUT_S,
                park_s=PARK_S,
                caller_name="",
                caller_number=shown,
                variables={
                    "callcontrol_entry": shown,
                    "callcontrol_language": call.language,
                    # When the agent hangs up first, the caller goes on with the flow, as after every talk.
                    "transfer_after_bridge": self._services.resume_extension,
                    RECORD: to_text(self._record(call, secret)),
                },
            )
        except SwitchError as error:
            log.warning("the caller of a callback could not be rung", offer=self._offer, error=str(error))
            self._not_reached("NORMAL_TEMPORARY_FAILURE")

    def _go_on_dialling(self) -> None:
        """The controller before us had the caller's phone ring: it rings still, was answered, or is silent again."""
        found = self._in_flight()
        assert found is not None
        self._dialling = True
        self._secret = self._known_secret(found[1].call)
        self._session.hold(_HOLD, self._services.sounds.music(""))
        self._control.watch(self._leg, self._session.post)
        row = next((row for row in self._control.channels() if row.uuid == self._leg), None)
        if row is None and not self._control.exists(self._leg):
            self._not_reached("CONTROLLER_LOST")
        elif row is not None and row.state in ("ACTIVE", "HELD"):
            self._bridge()

    def _bridge(self) -> None:
        found = self._in_flight()
        if found is None:
            self._end_callers_leg()
            return
        _, call, booking = found
        offer, services = found[0], self._services
        now = services.clock.now()
        recording = recording_path(services.recordings_dir, self._offer) if self._rule(call).record else ""
        talk = Talk(self._leg, self._offer, offer.agent, call.queue, call.visit, now, now, recording, callback=True)
        self._talks.watch(talk, self._control)
        self._session.prepare_talk("")
        try:
            self._control.bridge(self._leg, self._offer)
        except SwitchError as error:
            log.info("agent and caller of a callback could not be brought together", leg=self._leg, error=str(error))
            self._talks.failed(talk, self._control)
            self._not_reached("BRIDGE_FAILED")
            return
        self._over = True
        self._tell_of_the_call(call, booking)
        self._talks.begin(talk, self._control)
        self._session.leave()
        forget(services, call.call)

    def _tell_of_the_call(self, call: Call, booking: Booking) -> None:
        """The talk is a call of its own, with a link to the one in which it was booked, and back."""
        services, secret = self._services, self._secret
        record = CallRecord.from_data(secret.record) if secret else None
        services.story(
            self._leg,
            "began",
            number=masked(secret.number) if secret else call.masked,
            number_key=number_key(secret.number, services.number_secret) if secret else booking.number,
            destination=secret.entry if secret else "",
            entry=secret.entry if secret else "",
            flow=record.flow if record else "",
            flow_release=record.flow_release if record else 0,
            release=record.release if record else 0,
            trial=record.trial if record else "",
            language=call.language,
            node=self._session.node,
            callback_of=booking.call,
            queue=call.queue,
        )
        services.story(booking.call, "callback", talk=self._leg, offer=self._offer, queue=call.queue)

    def _not_reached(self, cause: str) -> None:
        """The agent is told, then the try is counted: until the agent has hung up, no other call may come."""
        if self._tried:
            return
        self._tried = cause
        self._end_callers_leg()
        if files := self._files(Prompt("callback.agent_gone")):
            self._session.play(_GONE, files)
        else:
            self._count_try()

    def _count_try(self) -> None:
        services, found = self._services, self._in_flight()
        services.tell(entries.CallbackTried(at=services.clock.now(), offer=self._offer, cause=self._tried))
        if found is not None:
            services.story(found[2].call, "callback", offer=self._offer, queue=found[1].queue, cause=self._tried)
        self._session.hang_up()
        self._over = True

    # --- the agent --------------------------------------------------------------------------------------------------------
    def _agent_gone(self) -> None:
        if self._tried:
            self._count_try()
        else:
            self._end("NORMAL_CLEARING")

    def _end(self, cause: str) -> None:
        """The agent is not there for it: no try of the caller's."""
        services, found = self._services, self._in_flight()
        self._end_callers_leg()
        services.tell(entries.OfferFailed(at=services.clock.now(), offer=self._offer, cause=cause))
        if found is not None:
            offer, _, booking = found
            services.story(booking.call, "offer_failed", offer=self._offer, agent=offer.agent, cause=cause)
        self._session.hang_up()
        self._over = True

    def _end_callers_leg(self) -> None:
        if not self._dialling:
            return
        self._control.unwatch(self._leg)
        try:
            self._control.cancel(self._leg)
        except SwitchError as error:
            log.info("the caller's leg of a callback could not be ended", leg=self._leg, error=str(error))

    # --- what is known ------------------------------------------------------------------------------------------------------
    def _rule(self, call: Call) -> Queue:
        return self._services.floor().rules.queues.get(call.queue) or Queue(call.queue)

    def _known_secret(self, callback: str) -> CallbackSecret | None:
        try:
            self._secret = self._services.callbacks.get(callback)
        except JournalUnavailable as error:
            log.warning("the number of a callback can't be read", callback=callback, error=str(error))
        return self._secret

    def _record(self, call: Call, secret: CallbackSecret) -> CallRecord:
        """The record with which the caller's flow goes on after the talk: at the queue step, the talk begun."""
        record = CallRecord.from_data(secret.record)
        offer = self._services.floor().offers[self._offer]
        visit = QueueVisit(
            call.queue, call.visit, call.first_joined_at, phase="talking", offer=self._offer, agent=offer.agent
        )
        now = self._services.clock.now()
        step = str(record.context.get(LEFT, {}).get("step") or record.step)
        context = {name: value for name, value in record.context.items() if name not in (LEFT, "_callback")}
        return replace(
            record, call=self._leg, step=step, visit=visit, context=context, began_at=now, step_at=now, answered=True
        )

    def _files(self, *prompts: Prompt) -> list[str]:
        configuration = self._services.configuration()[1]
        found = self._in_flight()
        language = agents_language(self._services, found[0].agent, found[1].language) if found else "zh"
        return [f for prompt in prompts for f in self._services.sounds.files_for(prompt, language, configuration)]
