"""What can be done to a rehearsed call, as a few plain words: ``listen``, ``press 1``, ``silence``, ``hang up``, ``taken over``,
``late`` (an answer to a wait that is over), ``lost`` (the call's step is gone: what the rescue is for); in a queue ``offered``, ``fails``, ``answered``, ``talk ends``, ``granted``, ``news`` (how it stands in the line), ``wait SECONDS`` (time passes), ``released BRANCH``, ``overflows QUEUE``; while a callback is being booked ``booked``, ``not booked WHY``; while
an outside service is asked ``answers RESULT`` (ok, not_found, failed, timeout); while a message is recorded ``says SECONDS``,
``says nothing``, ``recording fails``; while a text is spoken ``speech fails``; while the caller is looked up ``caller known``, ``caller unknown``, ``caller failed``; while somebody is dialled ``party answers``, ``party BRANCH``
(busy, no_answer, rejected, unreachable, failed, timeout), and after it ``party hangs up``; in a conference ``conference BRANCH``
(left, ended, refused, failed); with a voice agent ``returns RESULT``, ``returns`` (it says nothing), ``returns (timeout)``."""

from __future__ import annotations

import math
from collections.abc import Callable

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.call import Call
from callcontrol.flow.digits import example
from callcontrol.flow.rehearsal import Rehearsal, RehearsalError
from callcontrol.flow.steps.ask_digits import AskDigits
from callcontrol.flow.steps.ask_pin import AskPin
from callcontrol.flow.steps.menu import Menu
from callcontrol.flow.steps.queue import BRANCHES, SPEAKING, Queue
from callcontrol.flow.steps.voice_agent import TOO_LONG, VoiceAgent
from callcontrol.flow.when import sound
from callcontrol.values.dial_results import BRANCHES as DIAL_BRANCHES

LOST = "lost"
PHONE_KEYS = "1234567890*#"


def act(call: Rehearsal, action: str) -> None:
    """Do that to the call. Raises ``RehearsalError`` with a sentence where it can't be done now or is no action."""
    word, _, rest = action.partition(" ")
    simple: dict[str, Callable[[], None]] = {
        "listen": call.listen,
        "silence": call.be_silent,
        "offered": call.offered,
        "answered": call.answered,
        "talk ends": call.talk_ended,
        "granted": call.message_granted,
        "news": call.news,
        "hang up": call.hung_up,
        "speech fails": call.speech_fails,
        "taken over": call.taken_over,
        "party answers": call.party_answers,
        "party hangs up": call.party_hangs_up,
        "late": lambda: late(call),
        LOST: lambda: lost(call),
    }
    if action in simple:
        simple[action]()
    elif word == "press" and rest:
        call.press(rest)
    elif word == "wait" and rest.replace(".", "", 1).isdecimal():
        call.waits(float(rest))
    elif word == "fails":
        call.offer_failed(rest or "NO_ANSWER")
    elif word == "released" and rest:
        call.released(rest)
    elif word == "returns":
        call.voice_agent_returns(rest)
    elif word == "conference" and rest in ("left", "ended", "refused", "failed"):
        call.conference(rest)
    elif word == "party" and rest in DIAL_BRANCHES:
        call.party_fails(rest)
    elif word == "overflows" and rest:
        call.overflows(rest)
    elif word == "answers" and rest:
        call.service_answers(rest)
    elif word == "says" and rest:
        call.speaks(5.0, "silence") if rest == "nothing" else call.speaks(_seconds(rest))
    elif word == "caller" and rest:
        call.looked_up(rest)
    elif action == "recording fails":
        call.speaks(0.0, "failed")
    elif action == "booked" or action.startswith("not booked "):
        call.callback_answered(action.removeprefix("not booked ") if word == "not" else "")
    else:
        more = [
            "press KEYS",
            "wait SECONDS",
            "fails CAUSE",
            "released BRANCH",
            "overflows QUEUE",
            "booked",
            "not booked WHY",
            "answers RESULT",
            "says SECONDS",
            "says nothing",
            "recording fails",
            "caller RESULT",
            "party BRANCH",
            "conference BRANCH",
            "returns RESULT",
        ]
        known = ", ".join([*simple, *more])
        raise RehearsalError(f"{action!r} is nothing that can happen to a call; what can: {known}.")


def _seconds(text: str) -> float:
    if not text.replace(".", "", 1).isdigit():
        raise RehearsalError(f"{text!r} are no seconds; write for example: says 10.")
    return float(text)


def late(call: Rehearsal) -> None:
    """Answers to waits that are over: nothing may come of them."""
    before = call.record
    for event in (
        ev.Played(before.wait - 1),
        ev.Keys(before.wait - 1, "1"),
        ev.Recorded(before.wait - 1, "key", 9.0),
        ev.Released("no such visit", "full"),
        ev.PartyEnded("no such leg"),
        ev.PartyFailed("no such leg", "busy"),
    ):
        call.tell(event)
    if call.record != before:
        raise RehearsalError(f"A late event changed the call at {before.step!r}.")


def lost(call: Rehearsal) -> None:
    """A step that a newer release does not have any more, or that fails: the flow's rescue leads on."""
    call.record = call.record.with_(step="(lost)")
    call.taken_over()


def possible(call: Rehearsal) -> list[str]:
    """Everything that can happen to the call where it stands, but for an overflow: it goes on in the same step, so that
    every story would only be told twice."""
    if call.over:
        return []
    keys: dict[str, None]
    always = ["hang up", "taken over", "late"]
    if call.record.visit is None and not call.rescued():
        always.append(LOST)
    if call.is_asking():
        listening = ["listen"] if isinstance(call.doing, cmd.Play) and call.doing.wait == call.record.wait else []
        return [*listening, *(f"answers {result}" for result in ("ok", "not_found", "failed", "timeout")), *always]
    if call.is_booking():
        return ["booked", *(f"not booked {why}" for why in ("already", "full", "closed")), *always]
    party = call.record.party
    if party is not None and party.phase == "conference":
        hows = ("left", "ended", "refused", "failed")
        return [*(f"conference {how}" for how in hows), "hang up", "taken over", "late"]
    if party is not None and party.phase == "talking" and party.voice:
        step = call.flow.step(call.record.step)
        results = [*step.returns, TOO_LONG] if isinstance(step, VoiceAgent) else []
        return ["returns", *(f"returns {result}" for result in results), "hang up", "taken over", "late"]
    if party is not None and party.phase == "talking":
        return ["party hangs up", "hang up", "taken over", "late"]
    if party is not None:
        keys = dict.fromkeys(["9", *call.flow.everywhere])
        failing = [f"party {branch}" for branch in DIAL_BRANCHES]
        return ["party answers", *failing, *(f"press {key}" for key in keys), *always]
    visit = call.record.visit
    if visit is None:
        match call.doing:
            case cmd.Ask():
                keys = dict.fromkeys([*_keys(call, call.doing), *call.flow.everywhere])
                return [*(f"press {key}" for key in keys), "silence", *always]
            case cmd.LookUp():
                return ["caller known", "caller unknown", "caller failed", *always]
            case cmd.HearMessage() | cmd.Speak():
                fails = ["speech fails"] if isinstance(call.doing, cmd.Speak) else []
                return ["listen", *fails, *(f"press {key}" for key in call.flow.everywhere), *always]
            case cmd.Record():
                pressed = [f"press {key}" for key in call.flow.everywhere if key not in call.doing.end_keys]
                return ["says 10", "says 1", "says nothing", "recording fails", *pressed, *always]
            case cmd.Play():
                keys = dict.fromkeys(["9", *call.flow.everywhere])
                return ["listen", *(f"press {key}" for key in keys), *always]
            case _:
                return []
    if visit.phase == "talking":
        return ["talk ends", *always]
    if visit.phase == "offered":
        return ["answered", "fails NO_ANSWER", *always]
    step = call.flow.step(call.record.step)
    keys = dict.fromkeys([*step.exit_keys, step.stay_key, "9"] if isinstance(step, Queue) else ["9"])
    pressed = [f"press {key}" for key in keys]
    if visit.phase in SPEAKING:
        return [
            "listen",
            "offered",
            *(["granted"] if visit.phase == "news" and call.may_be_told() else []),
            *pressed,
            *always,
        ]
    ends = [f"released {branch}" for branch in BRANCHES]
    granted = ["granted"] if not visit.message_heard and call.may_be_told() else []
    return ["offered", *granted, "news", *_waits(call), *pressed, *ends, *always]


def _waits(call: Rehearsal) -> list[str]:
    """As long as a rule of the flow asks a caller to have waited, where that is not so yet."""
    asked = {
        float(c.value) for step in call.flow.steps.values() for c in sound(step.conditions()) if c.kind == "waited"
    }
    visit = call.record.visit
    waited_s = call.as_call().waited_s(visit.queue) if visit else 0.0
    left = sorted(seconds - waited_s for seconds in asked if seconds > waited_s)
    return [f"wait {math.ceil(left[0])}"] if left else []


def _keys(call: Rehearsal, asked: cmd.Ask) -> list[str]:
    """Keys to try: all that mean something, one that does not, one too few and one too many."""
    step = call.flow.step(call.record.step)
    if isinstance(step, Menu):
        wrong = next((key for key in PHONE_KEYS if key not in step.keys), "##")
        return [*step.keys, wrong]
    if isinstance(step, AskPin):
        agent = str(Call(call.record, call.facts()).value(step.agent))
        return [pin for pin in (call.agents.pins.get(agent), "0000") if pin]
    if asked.max_keys == 1:
        return list(PHONE_KEYS)
    fitting = (
        example(step.check, step.min_digits, step.max_digits) if isinstance(step, AskDigits) and step.check else None
    )
    lengths = {max(1, asked.min_keys - 1), asked.min_keys, asked.max_keys}
    tried = ["1234567890123456789012345678901234567890"[:length] for length in sorted(lengths)]
    return [fitting, *tried] if fitting else tried
