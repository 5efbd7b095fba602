"""A call without a switch: the same engine with a simulated queue, clock and opening hours.

As a test reads it:

    call = Rehearsal(Hotline, queue="busy")
    call.begin()
    call.listen()               # the welcome
    call.press("1")             # Chinese
    call.press("2")             # billing
    assert call.record.step == "waiting"

or all in one: ``Rehearsal(Hotline, queue="free").run("1 2 5 4 5")``. The record is written to JSON and read back
between any two events, so that a takeover at any moment can't rot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.any_name import AnyName
from callcontrol.flow.call import Call
from callcontrol.flow.engine import Advance, advance, first_record
from callcontrol.flow.facts import EmergencyFacts, Facts, HouseFacts, ListedFacts
from callcontrol.flow.flow import Flow
from callcontrol.flow.record import CallRecord
from callcontrol.flow.rehearsed_agents import RehearsedAgents
from callcontrol.flow.rehearsed_parties import RehearsalError as RehearsalError
from callcontrol.flow.rehearsed_parties import WithParties
from callcontrol.flow.rehearsed_queue import SILENCE, WithQueue

MOST_EVENTS = 500  # of one run; a flow that needs more does not end
SPOKEN_S = 10.0  # of a message, unless it is said how long
NUMBER = "13800138000"  # of the rehearsed caller
_CHARACTERS_A_SECOND = {"zh": 4.0}

V = TypeVar("V")
Speak = Callable[[cmd.Prompt, str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript. ``kind``: hears, presses, speaks, silence, queue, party, survey, trouble, ends."""

    at: datetime
    kind: str
    text: str
    step: str


def is_always(open_: bool) -> Callable[[datetime], Mapping[str, bool]]:
    """Opening hours for a rehearsal: every name is open (or none is), at any time."""
    return lambda _now: AnyName(open_)


class Rehearsal(WithQueue, WithParties):
    """``queue`` is the state of the simulated queue (``QUEUE_STATES``) and may be changed between events. ``opening``
    tells which opening hours are open at an instant; ``queue_hours`` which hours each queue has;
    ``callbacks`` why a callback can't be booked in a queue ("": it can); without it none can.
    ``emergency`` is switched on for the caller's number; ``queue_emergency``, an attribute, for every queue.
    ``services`` is what outside services answer: name -> facts."""

    def __init__(
        self,
        flow: type[Flow],
        *,
        queue: str = "free",
        parameters: Mapping[str, Any] | None = None,
        language: str = "zh",
        at: datetime | None = None,
        opening: Callable[[datetime], Mapping[str, bool]] | None = None,
        queue_hours: Mapping[str, str] | None = None,
        callbacks: Mapping[str, str] | None = None,
        quiet: Mapping[str, str] | None = None,
        listed: ListedFacts | None = None,
        callback_queue: str = "",
        speak: Speak | None = None,
        watch: Callable[[Line], None] | None = None,
        services: Mapping[str, Mapping[str, str | int | float | bool | None]] | None = None,
        agents: RehearsedAgents | None = None,
        emergency: EmergencyFacts | None = None,
        house: HouseFacts | None = None,
        opens: Callable[[datetime], Mapping[str, datetime | None]] | None = None,
    ) -> None:
        self.flow = flow
        self.queue = queue
        self.now = at or datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
        self.transcript: list[Line] = []
        self.story: list[tuple[str, Mapping[str, Any]]] = []
        self.steps: list[str] = []
        self.survey: dict[str, int | None] = {}
        self.done: list[cmd.Command] = []  # all commands of the call so far
        self.actions: list[str] = []  # what was done to the call, in the words of ``testing.actions``
        self.doing: cmd.Command | None = None  # Play, Ask or Hold that goes on now; HangUp at the end
        self._opening = opening or is_always(True)
        self._queue_hours = AnyName("") if queue_hours is None else queue_hours
        self._quiet = quiet or {}
        self._callbacks: Mapping[str, str] = AnyName("disabled") if callbacks is None else callbacks
        self._callback_queue = callback_queue
        self._listed = listed or ListedFacts()
        self.booked: list[cmd.BookCallback] = []
        self._speak = speak or (lambda prompt, _language: prompt.key)
        self._watch = watch
        self.agents = agents or RehearsedAgents()
        self.services = services or {}
        self.asked: cmd.AskService | None = None  # of an outside service, not answered yet
        self._answers: list[ev.Event] = []  # of commands that are answered at once
        self.first_language = language
        self.events = 0
        self.emergency = emergency
        self.queue_emergency: EmergencyFacts | None = None
        self.house = house or HouseFacts()
        self._opens = opens or (lambda _now: AnyName(None))
        self._unanswered: cmd.BookCallback | None = None
        self._visits_at: dict[str, float] = {}  # when each visit began
        self._offers = 0
        self.record: CallRecord = first_record(flow, "rehearsal", language, parameters or {}, self.now.timestamp())

    def copy(self) -> Rehearsal:
        """The same call at the same place; what happens to one does not happen to the other."""
        made = copy(self)
        for name in ("transcript", "story", "steps", "done", "actions", "booked", "_answers"):
            setattr(made, name, list(getattr(self, name)))
        made.agents = self.agents.copy()
        made._watch = None
        return made

    # --- what happens to the call: each is one event ------------------------------------------------------------------
    def begin(self) -> None:
        self.tell(ev.Began())

    def listen(self, *missing: str) -> None:
        """The prompt that plays is heard to its end."""
        if not isinstance(self.doing, cmd.Play | cmd.HearMessage | cmd.Speak):
            raise RehearsalError(f"Nothing plays now; the call is at {self.record.step!r}.")
        self.actions.append("listen")
        self._pass(self._length_s(self.doing.prompts) if isinstance(self.doing, cmd.Play) else SPOKEN_S)
        self.tell(ev.Played(self.doing.wait, missing))

    def press(self, keys: str) -> None:
        self.actions.append(f"press {keys}")
        self._add("presses", keys)
        if isinstance(self.doing, cmd.Ask):
            self._pass(2.0)
            self.tell(ev.Keys(self.doing.wait, keys))
        else:
            for key in keys:
                self.tell(ev.Key(key))

    def be_silent(self) -> None:
        if not isinstance(self.doing, cmd.Ask):
            raise RehearsalError(f"No key is asked for now; the call is at {self.record.step!r}.")
        self.actions.append("silence")
        self._pass(self._length_s(self.doing.prompts) + self.doing.timeout_s)
        self._add("silence", "")
        self.tell(ev.Keys(self.doing.wait, ""))

    def speaks(self, seconds: float = SPOKEN_S, ended_by: str = "key") -> None:
        """The caller says something after the beep; ``ended_by`` as of ``events.Recorded``."""
        if not isinstance(self.doing, cmd.Record):
            raise RehearsalError(f"Nothing is recorded now; the call is at {self.record.step!r}.")
        said = {"silence": "says nothing", "failed": "recording fails"}.get(ended_by, f"says {seconds:g}")
        self.actions.append(said)
        self._pass(seconds)
        self._add(
            "silence" if ended_by == "silence" else "speaks", f"{seconds:g} s" if said.startswith("says ") else said
        )
        self.tell(ev.Recorded(self.doing.wait, ended_by, None if ended_by == "failed" else seconds))

    def looked_up(self, result: str = "known", **facts: str | int | float) -> None:
        """Our records know the caller (of one call before, or ``facts``), or not, or the database failed."""
        if not isinstance(self.doing, cmd.LookUp) or result not in ("known", "unknown", "failed"):
            raise RehearsalError(f"No caller is looked up now; the call is at {self.record.step!r}.")
        self.actions.append(f"caller {result}")
        before = {"caller_last_agent": "1001", "caller_last_queue": "support", "caller_last_outcome": "answered"}
        found = {"caller_calls": 1, **before, **facts} if result == "known" else {"caller_calls": 0}
        why = "" if result != "failed" else "The database did not answer."
        self.tell(ev.LookedUp(self.doing.wait, result != "failed", found if not why else {}, why))

    def speech_fails(self, why: str = "There is no voice.") -> None:
        if not isinstance(self.doing, cmd.Speak):
            raise RehearsalError(f"No text is spoken now; the call is at {self.record.step!r}.")
        self.actions.append("speech fails")
        self.tell(ev.NotSpoken(self.doing.wait, why))

    def waits(self, seconds: float) -> None:
        """Time passes, and nothing else happens."""
        self.actions.append(f"wait {seconds:g}")
        self._pass(seconds)
        self._add("queue", f"{seconds:g} s pass")

    def service_answers(self, result: str = "ok", **facts: str | int | float | bool | None) -> None:
        """The outside service that is asked answers: ok (with ``facts`` over those of ``services``), not_found, failed, timeout."""
        asked = self.asked
        if asked is None or not self.is_asking():
            raise RehearsalError(f"No outside service is asked now; the call is at {self.record.step!r}.")
        self.actions.append(f"answers {result}")
        self._pass(0.5)
        told = {**self.services.get(asked.service, {}), **facts} if result == "ok" else {}
        self._add("queue", f"the service {asked.service} answers: {result}")
        self.tell(ev.ServiceAnswered(asked.wait, result, told))

    def taken_over(self) -> None:
        """Another controller takes the call up, with nothing but the record."""
        self.actions.append("taken over")
        self.tell(ev.Resumed())

    def hung_up(self) -> None:
        self.actions.append("hang up")
        self._add("ends", "the caller hangs up")
        self.tell(ev.HungUp())

    def tell(self, event: ev.Event) -> Advance:
        """Any event at all; what follows of it."""
        self.events += 1
        before = CallRecord.from_data(json.loads(json.dumps(self.record.as_data())))
        step = advance(self.flow, before, event, self.facts())
        self.record = step.record
        self.story += step.story
        self.steps += [data["step"] for kind, data in step.story if kind == "step"]
        for kind, data in step.story:
            if kind == "trouble":
                self._add("trouble", data["what"])
        for command in step.commands:
            self._carry_out(command)
        while self._answers:
            self.tell(self._answers.pop(0))
        return step

    # --- the whole call at once ---------------------------------------------------------------------------------------
    def run(self, keys: str | Sequence[str] = ()) -> Rehearsal:
        """From the first event to the end with these keys (``"1 2 -"``; ``-`` is silence, and so is what follows the
        last). Between menus a key is pressed only where it means something: in the announcement or in the queue."""
        left = list(keys.split() if isinstance(keys, str) else keys)

        def next_key(_asked: cmd.Command) -> str:
            return left.pop(0) if left else SILENCE

        def in_queue() -> str:
            if left and (left[0] == SILENCE or self.means_something(left[0])):
                return left.pop(0)
            return SILENCE

        self.begin()
        for _ in range(MOST_EVENTS):
            if self.over:
                return self
            self.step_on(next_key, in_queue)
        raise RehearsalError(f"The call did not end after {MOST_EVENTS} events; it is at {self.record.step!r}.")

    def step_on(self, next_key: Callable[[cmd.Command], str], in_queue: Callable[[], str]) -> None:
        """The next thing that happens by itself. ``next_key`` is asked where the flow asks for keys, ``in_queue`` in the
        announcement and in the music; both answer ``-`` for nothing."""
        match self.doing:
            case _ if self.is_asking():
                self.service_answers()
            case _ if (party := self.record.party) is not None and not self.over:
                if party.phase == "conference":
                    self.conference()
                else:
                    self.party_hangs_up() if party.phase == "talking" else self.party_answers()
            case cmd.Ask() if self._unanswered is not None:
                self.callback_answered()
            case cmd.Ask():
                key = next_key(self.doing)
                self.be_silent() if key in ("", SILENCE) else self.press(key)
            case cmd.HangUp():
                self._add("ends", "we hang up")
                self.actions.append("hang up")
                self.tell(ev.HungUp())
            case cmd.Play() if self.record.visit is not None:
                key = in_queue()
                self.listen() if key in ("", SILENCE) else self.press(key)
            case cmd.LookUp():
                self.looked_up()
            case cmd.Play() | cmd.HearMessage() | cmd.Speak():
                self.listen()
            case cmd.Record():
                self.speaks()
            case _:
                self._queue_goes_on(in_queue)

    # --- what can be seen ---------------------------------------------------------------------------------------------
    @property
    def over(self) -> bool:
        return self.record.ended

    def is_asking(self) -> bool:
        """Whether an outside service is asked and has not answered yet."""
        return self.asked is not None and self.asked.wait == self.record.wait and not self.over

    def rescued(self) -> bool:
        """Whether something went wrong in the flow so far."""
        return any(line.kind == "trouble" for line in self.transcript)

    def heard(self) -> list[str]:
        """Keys of all prompts so far, in order."""
        return [p.key for c in self.done if isinstance(c, cmd.Play | cmd.Ask) for p in c.prompts]

    def as_call(self) -> Call:
        """The call as steps see it."""
        return Call(self.record, self.facts())

    def facts(self) -> Facts:
        return Facts(
            now=self.now,
            open=self._opening(self.now),
            queue_hours=self._queue_hours,
            caller="rehearsal",
            agents=self.agents.states,
            calling=self.agents.calling,
            break_reasons=self.agents.break_reasons,
            leads=self.agents.leads,
            emergencies=self.agents.emergencies,
            number=NUMBER,
            callbacks=self._callbacks,
            quiet=self._quiet,
            callback_queue=self._callback_queue,
            listed=self._listed,
            emergency=self.emergency,
            queue_emergencies=AnyName(self.queue_emergency),
            house=self.house,
            opens=self._opens(self.now),
            cases=AnyName(self.queue if self.queue in ("free", "away", "nobody") else "busy"),
        )

    # --- inside -------------------------------------------------------------------------------------------------------
    def _carry_out(self, command: cmd.Command) -> None:
        self.done.append(command)
        match command:
            case cmd.Play() | cmd.Ask():
                self.doing = command
                for prompt in command.prompts:
                    self._add("hears", self._speak(prompt, command.language))
            case cmd.JoinQueue():
                self._visits_at = {**self._visits_at, command.visit: self.facts().at}
                self._add("queue", f"joins {command.queue}; music")
            case cmd.Hold() | cmd.HangUp():
                self.doing = command
            case cmd.Record():
                self.doing = command
                self._add("hears", "(beep)")
            case cmd.LookUp():
                self.doing = command
                self._add("queue", "looks up the caller")
            case cmd.Speak(text=text):
                self.doing = command
                self._add("hears", "(a text that is not shown)" if command.private else text)
            case cmd.HearMessage():
                self.doing = command
                self._add("hears", "(the message)")
            case cmd.StayInQueue():
                self._add("queue", "the caller stays")
            case cmd.LeaveQueue():
                self._add("queue", f"leaves ({command.reason})")
            case cmd.AskService():
                self.asked = command
                self._add("queue", f"asks the service {command.service}")
            case cmd.RingParty(to=to):
                self._add("party", f"{to} is rung")
            case cmd.JoinConference(room=room):
                self._add("party", f"joins the room {room}")
            case cmd.EndParty():
                self._add("party", "rings no more")
            case cmd.CheckPin(wait=wait, agent=agent, pin=pin):
                self._answers.append(ev.PinChecked(wait, self.agents.check(agent, pin)))
            case cmd.AgentDo(wait=wait, agent=agent, action=action, reason=reason):
                result = self.agents.do(agent, action, reason)
                self._add("queue", f"agent {agent}: {action} {reason}".rstrip() + f": {result}")
                self._answers.append(ev.AgentAnswered(wait, result))
            case cmd.SwitchEmergency(wait=wait, agent=agent, emergency=name, hours=hours):
                result = self.agents.switch_emergency(agent, name, hours)
                self._add("queue", f"emergency message {name} {'on' if hours else 'off'}: {result}")
                self._answers.append(ev.EmergencySwitched(wait, result))
            case cmd.BookCallback():
                self._unanswered = command
            case cmd.KeepSurvey():
                self.survey = dict(command.answers)
                marks = ", ".join(f"{q} {'skipped' if a is None else a}" for q, a in command.answers.items())
                self._add("survey", marks)

    def _add(self, kind: str, text: str) -> None:
        line = Line(self.now, kind, text, self.record.step)
        self.transcript.append(line)
        if self._watch:
            self._watch(line)

    def _pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _length_s(self, prompts: Sequence[cmd.Prompt]) -> float:
        rate = _CHARACTERS_A_SECOND.get(self.record.language, 14.0)
        return sum(len(self._speak(p, self.record.language)) for p in prompts) / rate
