"""The pure engine: what a flow makes of one event of one call.

Promises: a hang-up ends a call anywhere; an event of an earlier wait or visit changes nothing (the very same record
comes back); ``MOST_STEPS`` steps without waiting is an error; an error or a vanished step leads to the flow's rescue
step, and if that fails too, to an apology and a hang-up. A caller is never dropped without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow import sensitive
from callcontrol.flow.call import Call
from callcontrol.flow.facts import Facts
from callcontrol.flow.flow import APOLOGY, LAST_WORD, Flow
from callcontrol.flow.move import AGAIN, OTHER_LANGUAGE, FlowTrouble, Go, Move, StoryBit, go
from callcontrol.flow.record import CallRecord
from callcontrol.flow.steps.emergency import EMERGENCY, START, going_to
from callcontrol.flow.steps.queue import LEFT
from callcontrol.flow.steps.step import Step
from callcontrol.values.configuration import LANGUAGES

MOST_STEPS = 50  # without waiting; a flow that needs more goes in circles
MOST_RESCUES = 3  # in one call; then the flow is beyond help and the caller gets an apology and the end

_NEED_ANSWER = (cmd.Play, cmd.Ask, cmd.JoinQueue, cmd.Hold, cmd.Speak, cmd.Record, cmd.RingParty, cmd.JoinConference)
_STAYS = (cmd.JoinQueue, cmd.Record, cmd.BookCallback)  # from here on what is sensitive is not needed
_RESCUES = "_rescues"


@dataclass(frozen=True, slots=True)
class Advance:
    """What is to be done now: write ``record``, carry out ``commands`` in order, tell ``story``. ``record`` is the very
    same object where the event changed nothing."""

    record: CallRecord
    commands: tuple[cmd.Command, ...] = ()
    story: tuple[StoryBit, ...] = ()


def first_record(
    flow: type[Flow], call: str, language: str, parameters: Mapping[str, Any], now: float, release: int | None = None
) -> CallRecord:
    """The record of a call that has just come (first event: ``Began``). ``parameters`` are those of the entry; a wrong
    one counts as not given (``Flow.parameter_problems`` tells them beforehand). ``now`` in seconds since the epoch."""
    return CallRecord(
        call=call,
        flow=flow.name,
        flow_release=flow.release if release is None else release,
        language=language,
        parameters=flow.parameter_values(parameters),
        code=flow.code,
        began_at=now,
        step_at=now,
    )


def advance(flow: type[Flow], record: CallRecord, event: ev.Event, facts: Facts) -> Advance:
    """What ``flow`` makes of ``event``. Never raises."""
    if record.ended:
        return Advance(record)
    if isinstance(event, ev.HungUp):
        return Advance(record.with_(ended=True))
    if _is_late(record, event):
        return Advance(record)
    try:
        return _Run(flow, record, event, facts).result()
    except Exception as error:  # a record that is not sane; what follows needs nothing of it
        return _last_word(record, f"The call can't be led on: {type(error).__name__}: {error}")


def _is_late(record: CallRecord, event: ev.Event) -> bool:
    match event:
        case ev.Began():
            return bool(record.step)
        case (
            ev.Played()
            | ev.Keys()
            | ev.PinChecked()
            | ev.AgentAnswered()
            | ev.EmergencySwitched()
            | ev.ServiceAnswered()
            | ev.NotSpoken()
            | ev.LookedUp()
            | ev.Recorded()
        ):
            return event.wait != record.wait
        case ev.CallbackAnswer():
            return bool(event.visit != record.context.get(LEFT, {}).get("visit"))
        case ev.PartyJoined() | ev.PartyFailed() | ev.PartyEnded():
            return record.party is None or event.leg != record.party.leg
        case ev.Resumed() | ev.Key() | ev.HungUp():
            return False
        case _:
            return record.visit is None or event.visit != record.visit.visit


class _Run:
    """One event carried through: collects commands and story until a step waits."""

    def __init__(self, flow: type[Flow], record: CallRecord, event: ev.Event, facts: Facts) -> None:
        self.flow = flow
        self.record = record
        self.event = event
        self.facts = facts
        self.commands: list[cmd.Command] = []
        self.story: list[StoryBit] = []
        self.led_here = type(event).__name__  # what led to the step that is entered next
        self.branch = ""

    def result(self) -> Advance:
        if isinstance(self.event, ev.Played) and self.event.missing:
            sounds = ", ".join(self.event.missing)
            self._trouble(f"The switch did not find {sounds}; build the prompts ('callcontrol prompts build').")
        go_on = self._guarded(self._first)
        for _ in range(MOST_STEPS):
            if go_on is None:
                return self._done()
            go_on = self._guarded(partial(self._enter, go_on))
        self._trouble(
            f"{MOST_STEPS} steps without waiting for anything: the flow goes in circles at {self.record.step!r}."
        )
        go_on = self._rescue()
        # The rescue step may lead into the same circle: it gets one try to reach a place that waits.
        for _ in range(MOST_STEPS):
            if go_on is None:
                return self._done()
            go_on = self._guarded(partial(self._enter, go_on))
        self._guarded(lambda: self._enter(Go(LAST_WORD)))
        return self._done()

    # --- one move -----------------------------------------------------------------------------------------------------
    def _first(self) -> Go | None:
        """What the event does in the step where the call stands."""
        if isinstance(self.event, ev.Began) or (isinstance(self.event, ev.Resumed) and not self.record.step):
            return Go(START) if self.facts.emergency is None else going_to(self.facts.emergency, at_first=True)
        step = self.flow.step(self.record.step)
        if step is None:
            raise FlowTrouble(f"The flow {self.flow.name!r} has no step {self.record.step!r} any more.")
        call = Call(self.record, self.facts)
        if isinstance(self.event, ev.Resumed):
            return self._apply(step.again(call))
        key = self._key_everywhere(step)
        if key:
            return self._everywhere(step, key)
        move = step.take(call, self.event)
        return None if move is None else self._apply(move)

    def _key_everywhere(self, step: Step) -> str:
        """The key that was pressed, if it is one that the step does not know and the flow knows everywhere."""
        if self.record.visit is not None or self.record.step == EMERGENCY:
            return ""
        match self.event:
            case ev.Key(key=key):
                pressed = key
            case ev.Keys(keys=keys, terminator=terminator):
                pressed = keys or terminator
            case _:
                return ""
        return pressed if pressed in self.flow.everywhere and not step.knows(pressed) else ""

    def _everywhere(self, step: Step, key: str) -> Go | None:
        self.story.append(("keys", {"step": self.record.step, "keys": key}))
        there = go(self.flow.everywhere[key])
        if there.step not in (AGAIN, OTHER_LANGUAGE):
            self.led_here, self.branch = "Key", f"key {key}"
            return there
        if there.step == OTHER_LANGUAGE:
            place = LANGUAGES.index(self.record.language) if self.record.language in LANGUAGES else -1
            self.record = self.record.with_(language=LANGUAGES[(place + 1) % len(LANGUAGES)])
        return self._apply(step.again(Call(self.record, self.facts)))

    def _enter(self, there: Go) -> Go | None:
        if there.step == START:
            there = replace(there, step=self.flow.start)
        step = self.flow.step(there.step)
        if step is None:
            raise FlowTrouble(f"The flow {self.flow.name!r} has no step {there.step!r}.")
        if (
            self.record.party is not None
        ):  # a key, or trouble, leads away from somebody who rings: nobody rings for nothing
            self.commands.append(cmd.EndParty(self.record.party.leg))
        self.record = self.record.with_(
            party=None,
            step=there.step,
            tries=0,
            step_at=self.facts.at,
            language=there.language or self.record.language,
            context={**self.record.context, **there.remember} if there.remember else self.record.context,
        )
        move = step.enter(Call(self.record, self.facts))
        entered = {"step": there.step, "event": self.led_here, "to_hear": _to_hear(move), "branch": self.branch}
        self.story.append(("step", entered))
        self.led_here = there.step
        return self._apply(move)

    def _apply(self, move: Move) -> Go | None:
        changed = self.record.with_(**move.changes)  # the only thing here that can fail, so it comes first
        for command in move.commands:
            if isinstance(command, cmd.Ask) and command.terminators in self.flow.everywhere:
                command = replace(command, terminators="")  # it ends nothing: it means something
            if isinstance(command, _NEED_ANSWER) and not self.record.answered:
                self.commands.append(cmd.Answer())
                self.record = self.record.with_(answered=True)
                changed = changed.with_(answered=True)
            self.commands.append(command)
        if move.changes:
            self.record = changed
        if sensitive.NAMES in self.record.context and any(isinstance(each, _STAYS) for each in move.commands):
            self.record = self.record.with_(context=sensitive.forgotten(self.record.context))
        self.story.extend(move.story)
        self.branch = move.branch
        return move.to

    # --- when something is wrong ----------------------------------------------------------------------------------------
    def _guarded(self, work: Any) -> Go | None:
        """``work``, or the way to the rescue where it fails."""
        try:
            return work()  # type: ignore[no-any-return]
        except Exception as error:  # a flow is somebody's code: whatever it raises, the caller goes on
            what = str(error) if isinstance(error, FlowTrouble) else f"{type(error).__name__}: {error}"
            what = sensitive.hidden(what, self.record.context)
            self._trouble(f"At {self.record.step or self.flow.start!r} of the flow {self.flow.name!r}: {what}")
            return self._rescue()

    def _rescue(self) -> Go:
        self.branch = "rescue"
        self.led_here = "trouble"
        visit = self.record.visit
        if visit is not None:
            if visit.phase != "talking":
                self.commands.append(cmd.LeaveQueue(visit.visit, "requeued"))
            self.record = self.record.with_(visit=None)
        rescues = self.record.context.get(_RESCUES, 0) + 1
        if rescues > MOST_RESCUES:
            return Go(LAST_WORD)
        # Remembered at once: a rescue step that fails must count too.
        self.record = self.record.with_(context={**self.record.context, _RESCUES: rescues})
        return Go(self.flow.rescue)

    def _trouble(self, what: str) -> None:
        self.story.append(("trouble", {"what": what}))

    def _done(self) -> Advance:
        return Advance(self.record, tuple(self.commands), tuple(self.story))


def _last_word(record: CallRecord, what: str) -> Advance:
    wait = record.wait + 1
    said = cmd.Play(wait, (cmd.Prompt(APOLOGY),), record.language)
    leave: tuple[cmd.Command, ...] = (cmd.LeaveQueue(record.visit.visit, "requeued"),) if record.visit else ()
    if record.party:
        leave = (*leave, cmd.EndParty(record.party.leg))
    answer = () if record.answered else (cmd.Answer(),)
    after = record.with_(step=LAST_WORD, wait=wait, visit=None, party=None, answered=True, context={}, tries=0)
    return Advance(after, (*leave, *answer, said), (("trouble", {"what": what}),))


def _to_hear(move: Move) -> list[str]:
    return [p.key for c in move.commands if isinstance(c, cmd.Play | cmd.Ask) for p in c.prompts]
