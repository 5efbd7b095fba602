"""Conducts one call: feeds the flow's engine with what happens, carries its commands out, keeps the record in the call.

One greenlet a call, one line of events: the caller's channel, the agent's leg and the floor's decisions all arrive in
``session.next_event``. The order is always: engine, record into the call, commands. So whoever takes the call up after
us stands where we stood.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from callcontrol.calls import booking, messages
from callcontrol.calls.after_talk import after_talk
from callcontrol.calls.agent_calls import AgentCalls
from callcontrol.calls.directory import Directory, LookAgain, OpenVisit
from callcontrol.calls.entrance import begin, facts_for, flow_of, moved_on
from callcontrol.calls.errands import SpokenNow, begin_errand, hold_music, in_flow_s_words
from callcontrol.calls.offer import Offer, Ringing, end_legs
from callcontrol.calls.parties import Parties
from callcontrol.calls.record_text import VARIABLE, from_text, to_text
from callcontrol.calls.services import CallServices
from callcontrol.calls.talks import Talk, Talks, recording_path
from callcontrol.floor import entries
from callcontrol.floor.callbacks import name_of
from callcontrol.flow import commands, events
from callcontrol.flow.engine import advance
from callcontrol.flow.record import CallRecord
from callcontrol.ports import switch
from callcontrol.ports.journal import StoryLine
from callcontrol.ports.switch import CallSession, ConnectionLost, SwitchError
from callcontrol.values.numbers import masked, number_key

log = structlog.get_logger()

# A conductor that fails on this many events of one call is not fit for it: the dialplan hands it to another, then apologises.
MAX_TROUBLES = 5


class Conductor:
    def __init__(self, services: CallServices, session: CallSession, directory: Directory, talks: Talks) -> None:
        self._services = services
        self._session = session
        self._directory = directory
        self._talks = talks
        self._control = services.control(session.node)
        self._caller = number_key(session.caller_number, services.number_secret)
        self._agents = AgentCalls(services, session, self._caller)
        self._record: CallRecord | None = None
        self._written = ""
        self._ringing = Ringing(self._control)
        self._parties = Parties(services, session, talks.parties, self._feed, self._keep)
        self._joined: entries.CallJoined | None = None  # as the floor was told it
        self._hangup_asked = False
        self._over = False

    def run(self) -> None:
        """Conduct the call to its end, or until it goes on without us (a talk, another controller)."""
        self._directory.add(self._session.uuid, self._session)
        troubles = 0
        try:
            event: object = self._begin()
            if record := self._record:
                self._directory.led_by(record.call, record.flow, record.flow_release, record.code)
            while True:
                try:
                    self._on(event)
                except ConnectionLost as error:
                    # If it was the call's own socket, the line of events ends with HungUp or SessionClosed.
                    log.info("a command did not reach the switch", call=self._session.uuid, error=str(error))
                except Exception as error:
                    troubles += 1
                    self._trouble(error)
                    if troubles >= MAX_TROUBLES:
                        self._session.leave()
                        return
                if self._over:
                    return
                received = self._session.next_event()
                if received is None:
                    return  # the session is over
                event = received
        finally:
            self._directory.remove(self._session.uuid, self._session)

    # --- beginning -------------------------------------------------------------------------------------------------
    def _begin(self) -> events.Event:
        session = self._session
        text = session.variable(VARIABLE)
        if text:
            try:
                return self._take_up(from_text(text, self._services.number_secret))
            except ValueError as error:
                self._services.story(session.uuid, "trouble", what=f"{error} The call begins anew.")
        self._record = begin(self._services, session, self._caller)
        return events.Began()

    def _take_up(self, record: CallRecord) -> events.Event:
        """The call was conducted before: by a controller that is gone, or until its talk began."""
        services, visit = self._services, record.visit
        self._record = record
        if moved := moved_on(services, record):
            services.story(record.call, "trouble", what=moved)
        if visit is None:
            event: events.Event = events.Resumed()
            if record.party is not None:
                self._record, event = self._parties.taken_up(record, record.party)
            if isinstance(event, events.Resumed):
                services.story(record.call, "taken_over", controller=services.name, step=record.step)
            return event
        if visit.phase == "talking" and self._session.variable("last_bridge_to") == visit.offer:
            return after_talk(services, self._talks, self._control, record)
        self._directory.joined(visit.visit, OpenVisit(record.call, visit.queue, visit.first_joined_at))
        services.story(record.call, "taken_over", controller=services.name, step=record.step)
        # The leg of an offer outlives the controller that made it: nobody must be left ringing, or in an empty room.
        end_legs(self._control, visit.legs())
        if visit.phase == "talking":  # it was about to begin
            self._record = record.with_(visit=replace(visit, phase="waiting", offer="", agent="", others={}))
        return events.Resumed()

    # --- events --------------------------------------------------------------------------------------------------------
    def _on(self, event: object) -> None:
        match event:
            case switch.Played() | switch.KeysEntered() | switch.KeyPressed() | switch.Recorded():
                self._feed(in_flow_s_words(event))
            case switch.HungUp(cause=cause):
                self._hung_up(cause)
            case switch.SessionClosed():
                self._closed()
            case SpokenNow(wait=wait, file=file):
                if self._record is not None and self._record.wait == wait:
                    self._session.play(wait, [file])
            case entries.Offered():
                self._offered(event)
            case entries.MessageGranted(visit=visit, dry_run=dry_run):
                if not dry_run:
                    self._feed(events.MessageGranted(visit))
            case entries.Released(visit=visit, branch=branch, to=to):
                self._feed(events.Released(visit, branch, to))
            case LookAgain():
                self._look_again()
            case entries.OfferFailed(offer=leg):  # mostly our own word coming back; perhaps the reconciler's
                if offer := self._ringing.get(leg):
                    self._offer_failed(offer, "CONTROLLER_LOST", told=True)
            case entries.OfferExpired(offer=leg):
                if offer := self._ringing.get(leg):
                    self._offer_failed(offer, "LEASE_EXPIRED", told=True)
            case _ if self._parties.takes(event):
                self._over = self._parties.on_leg(event, self._record)
            case switch.LegRinging(leg=leg):
                if self._ringing.get(leg):
                    self._services.tell(entries.OfferRinging(at=self._services.clock.now(), offer=leg))
            case switch.LegAnswered(leg=leg):
                if offer := self._ringing.get(leg):
                    self._bridge(offer)
                else:
                    self._control.cancel(leg)  # answered in the moment in which it was given up
            case switch.LegFailed(leg=leg, cause=cause) | switch.LegHungUp(leg=leg, cause=cause):
                if offer := self._ringing.get(leg):
                    self._offer_failed(offer, cause)
            case events.CallbackAnswer(visit=visit, refused=refused):
                if refused and name_of(visit) not in self._services.floor().calls:
                    booking.forget(self._services, name_of(visit))
                self._feed(event)
            case _:
                self._feed(event)  # an event of the engine

    def _feed(self, event: object) -> None:
        """Engine, record into the call, commands."""
        assert self._record is not None
        services, record = self._services, self._record
        flow = flow_of(services, record)
        facts = facts_for(services, self._session, self._caller, self._agents.calling(flow), record.call)
        step = advance(flow, record, event, facts)  # type: ignore[arg-type]
        if step.record is not record:
            self._keep(step.record)
        for kind, data in step.story:
            services.story(record.call, kind, **data)
        for command in step.commands:
            self._carry_out(command)

    def _keep(self, record: CallRecord) -> None:
        self._record = record
        text = to_text(record, self._services.number_secret)
        if text != self._written and not record.ended:
            self._written = text
            self._session.remember(VARIABLE, text)

    # --- commands --------------------------------------------------------------------------------------------------------
    def _carry_out(self, command: commands.Command) -> None:
        session, services = self._session, self._services
        assert self._record is not None
        now = services.clock.now()
        match command:
            case commands.Answer():
                session.answer()
            case commands.Play(wait=wait, prompts=prompts, language=language):
                if files := self._files(prompts, language):
                    session.play(wait, files)
                else:
                    session.post(switch.Played(wait, tuple(prompt.key for prompt in prompts)))
            case commands.Ask():
                session.ask(
                    command.wait,
                    self._files(command.prompts, command.language),
                    min_keys=command.min_keys,
                    max_keys=command.max_keys,
                    timeout_s=command.timeout_s,
                    inter_digit_s=command.inter_digit_s,
                    terminators=command.terminators,
                    sensitive=command.sensitive,
                )
            case commands.Hold(wait=wait):
                session.hold(wait, hold_music(services, self._record, command))
            case commands.JoinQueue(queue=queue, visit=visit, first_joined_at=first_joined_at):
                self._directory.joined(visit, OpenVisit(session.uuid, queue, first_joined_at))
                self._joined = entries.CallJoined(
                    at=now,
                    call=session.uuid,
                    queue=queue,
                    visit=visit,
                    first_joined_at=first_joined_at,
                    caller=self._caller,
                    masked=masked(session.caller_number),
                    language=self._record.language,
                    needs=command.needs,
                    vip=command.vip,
                    prefer=command.prefer,
                    came_from=command.came_from,
                    message_after_s=command.message_after_s,
                    message_until=command.message_until,
                    node=session.node,
                )
                services.tell(self._joined)
                told = {"queue": queue, "visit": visit, "first_joined_at": first_joined_at}
                # At the very moment of the entry, so that both count it in the same half-hour.
                services.outbox.story(StoryLine(call=session.uuid, at=now, kind="joined", data=told))
            case commands.MessageHeard(visit=visit):
                services.tell(entries.MessageFinished(at=now, call=session.uuid, visit=visit))
            case commands.StayInQueue(visit=visit):
                services.tell(entries.CallStays(at=now, call=session.uuid, visit=visit))
            case commands.LeaveQueue(visit=visit, reason=reason):
                self._ringing.end_all()
                services.tell(entries.CallLeft(at=now, call=session.uuid, visit=visit, reason=reason))
            case commands.BookCallback():
                entry = session.variable("callcontrol_entry") or session.destination
                if refused := booking.book(services, command, self._record, self._caller, entry):
                    session.post(events.CallbackAnswer(command.visit, refused))
            case commands.KeepSurvey(answers=answers):
                services.story(session.uuid, "survey", answers=dict(answers))
            case commands.CheckPin() | commands.AgentDo():
                session.post(self._agents.answer(command))
            case commands.AskService() | commands.LookUp() | commands.Speak() | commands.SwitchEmergency():
                begin_errand(services, session, command, self._caller)
            case commands.Record() | commands.HearMessage() | commands.DropMessage():
                messages.carry_out(services, session, command)
            case commands.RingParty():
                self._parties.ring(command)
            case commands.JoinConference():
                self._over = self._parties.join(command, self._record)
            case commands.EndParty(leg=leg):
                self._parties.end(leg)
            case commands.HangUp(cause=cause):
                self._hangup_asked = True
                session.hang_up(cause)

    def _files(self, prompts: tuple[commands.Prompt, ...], language: str) -> list[str]:
        configuration = self._services.configuration()[1]
        return [f for prompt in prompts for f in self._services.sounds.files_for(prompt, language, configuration)]

    # --- an agent ----------------------------------------------------------------------------------------------------------
    def _offered(self, entry: entries.Offered) -> None:
        assert self._record is not None
        services, now = self._services, self._services.clock.now()
        for unknown in [o for o in self._ringing.all() if o.offer not in services.floor().offers]:
            self._offer_failed(unknown, "CONTROLLER_LOST", told=True)  # its line was lost, and the desk decided anew
        visit = self._record.visit
        if visit is None or visit.visit != entry.visit:
            services.tell(entries.OfferFailed(at=now, offer=entry.offer, cause="CONTROLLER_LOST"))
            # Over for us: mostly the caller left in this moment; if the line of the end was lost, this is it.
            services.tell(entries.CallLeft(at=now, call=entry.call, visit=entry.visit, reason="system_lost"))
            return
        queue = services.configuration()[1].queues.get(entry.queue)
        recording = ""
        if queue is None or queue.record:
            recording = recording_path(services.recordings_dir, entry.offer)
        offer = Offer(entry.offer, entry.agent, entry.queue, entry.visit, recording)
        self._ringing.add(offer)
        services.story(self._session.uuid, "offered", offer=entry.offer, agent=entry.agent, why=dict(entry.why))
        self._feed(events.Offered(entry.visit, entry.offer, entry.agent))
        try:
            offer.ring(self._control, self._session, entry.contact, entry.ring_s)
        except SwitchError as error:
            log.warning(
                "the agent's phone could not be rung", call=self._session.uuid, agent=entry.agent, error=str(error)
            )
            self._offer_failed(offer, "NORMAL_TEMPORARY_FAILURE")

    def _look_again(self) -> None:
        """The floor does not know that this caller waits: lines were lost. Said again as it was, it keeps the place."""
        services, visit = self._services, self._record.visit if self._record else None
        known = services.floor().calls.get(self._session.uuid)
        if visit is None or self._joined is None or self._joined.visit != visit.visit:
            return
        if known is not None and known.visit == visit.visit:
            return
        for offer in self._ringing.all():
            self._offer_failed(offer, "CONTROLLER_LOST", told=True)
        services.repaired("call_told_again", self._session.uuid)
        services.tell(self._joined)

    def _offer_failed(self, offer: Offer, cause: str, *, told: bool = False) -> None:
        services = self._services
        self._ringing.end(offer)
        if not told:
            services.tell(entries.OfferFailed(at=services.clock.now(), offer=offer.offer, cause=cause))
        self._failed_in_story(offer, cause)
        self._feed(events.OfferFailed(offer.visit, offer.offer, cause))

    def _failed_in_story(self, offer: Offer, cause: str) -> None:
        self._services.story(self._session.uuid, "offer_failed", offer=offer.offer, agent=offer.agent, cause=cause)

    def _bridge(self, offer: Offer) -> None:
        """The agent is there: the first, for no other phone rings from here on. The talk needs no controller: it is
        prepared, bridged, and left alone."""
        session, services, before = self._session, self._services, self._record
        others = self._ringing.end_others(offer.offer)
        assert before is not None
        talk = Talk(
            session.uuid,
            offer.offer,
            offer.agent,
            offer.queue,
            offer.visit,
            services.clock.now(),
            before.began_at,
            offer.recording,
            joined=self._joined,
        )
        self._talks.watch(talk, self._control)
        session.prepare_talk(services.resume_extension)
        self._feed(events.TalkBegan(offer.visit, offer.offer, offer.agent))
        try:
            self._control.bridge(session.uuid, offer.offer)
        except SwitchError as error:
            log.info("agent and caller could not be brought together", call=self._session.uuid, error=str(error))
            self._talks.failed(talk, self._control)
            session.remember("socket_resume", "true")
            self._keep(before)
            for other in others:  # the floor would have them ringing: it is the talk that frees them
                self._offer_failed(other, "LOSE_RACE")
            self._offer_failed(offer, "BRIDGE_FAILED")
            self._feed(events.Resumed())  # music again, and the same place in the queue
            return
        self._ringing.won(offer)
        self._talks.begin(talk, self._control)
        for other in others:
            self._failed_in_story(other, "LOSE_RACE")
        session.leave()
        self._over = True

    # --- the end -------------------------------------------------------------------------------------------------------------
    def _hung_up(self, cause: str) -> None:
        assert self._record is not None
        services, record = self._services, self._record
        now = services.clock.now()
        self._ringing.end_all()
        if record.party is not None:
            self._parties.end(record.party.leg)
        if record.visit is not None and not record.ended:
            services.tell(entries.CallLeft(at=now, call=record.call, visit=record.visit.visit, reason="hangup"))
        self._feed(events.HungUp(cause))
        by = "flow" if self._hangup_asked else "caller"
        duration = round(max(now - record.began_at, 0.0), 3)
        services.story(record.call, "ended", cause=cause, by=by, duration_s=duration)
        self._over = True

    def _closed(self) -> None:
        """The socket is gone, though we did not leave. If the call lives, its dialplan gives it to another controller; if
        not, the news of its end was lost with the socket."""
        assert self._record is not None
        try:
            gone = not self._control.exists(self._record.call)
        except SwitchError:
            gone = False  # the reconciler will know
        if gone:
            self._hung_up("NORMAL_UNSPECIFIED")
        self._over = True

    def _trouble(self, error: Exception) -> None:
        log.exception("the conductor failed on an event; the call goes on", call=self._session.uuid)
        self._services.story(self._session.uuid, "trouble", what=f"{type(error).__name__}: {error}")
