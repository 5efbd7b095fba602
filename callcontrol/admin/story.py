"""The story of a call in sentences: one line of the record, one thing that a person can follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from callcontrol.admin.languages import in_language, span
from callcontrol.admin.words import (
    call_language,
    conference_end,
    emergency_result,
    ended_by,
    outcome,
    request_result,
    request_word,
    strategy,
)
from callcontrol.ports.store import StoryRow


@dataclass(frozen=True, slots=True)
class Told:
    at: float
    icon: str
    tone: str
    sentence: str
    aside: str = ""
    call: str = ""  # another call that belongs to it


def told(line: StoryRow, titles: Mapping[str, Mapping[str, str]]) -> Told:
    """``titles``: what the queues are called. A kind that is not known yet (a newer controller) is shown with its data
    as it is."""
    d = dict(line.data)
    if "queue" in d:
        d["queue"] = in_language(titles.get(str(d["queue"])), str(d["queue"]))
    icon, tone, sentence, aside = _said(line.kind, d)
    return Told(line.at, icon, tone, sentence, aside, _of(d, "callback_of") or _of(d, "talk"))


def _said(kind: str, d: Mapping[str, Any]) -> tuple[str, str, str, str]:
    match kind:
        case "began" if d.get("callback_of"):
            return "history", "call", gettext("%(number)s was called back.", number=_of(d, "number")), _of(d, "queue")
        case "callback" if d.get("talk"):
            return "history", "good", gettext("The callback came about."), _of(d, "queue")
        case "callback":
            return "history", "away", gettext("The callback did not reach the caller."), _of(d, "cause")
        case "began":
            sentence = gettext("%(number)s called %(to)s.", number=_of(d, "number"), to=_of(d, "destination"))
            release = gettext("flow %(flow)s, release %(release)s", flow=_of(d, "flow"), release=_of(d, "flow_release"))
            rules = gettext("rules %(release)s", release=_of(d, "release")) if d.get("release") else ""
            parts = (release, rules, _trial(d), call_language(_of(d, "language")))
            return "phone-incoming", "call", sentence, " · ".join(part for part in parts if part)
        case "step":
            heard = ", ".join(str(key) for key in d.get("to_hear") or ())
            return "arrow-right", "off", gettext("Step %(step)s", step=_of(d, "step")), heard
        case "keys":
            sentence = gettext("The caller pressed %(keys)s.", keys=_of(d, "keys") or "–")
            return "list-details", "off", sentence, _of(d, "step")
        case "joined":
            return "clock", "soon", gettext("Waits in the queue %(queue)s.", queue=_of(d, "queue")), ""
        case "offered":
            return "bell", "call", gettext("Agent %(agent)s rings.", agent=_of(d, "agent")), _why(d.get("why"))
        case "offer_failed" if d.get("cause") == "LOSE_RACE":
            return "circle-x", "soon", gettext("Somebody was faster than agent %(agent)s.", agent=_of(d, "agent")), ""
        case "offer_failed":
            return (
                "circle-x",
                "away",
                gettext("Agent %(agent)s did not take it.", agent=_of(d, "agent")),
                _of(d, "cause"),
            )
        case "talk_began":
            return "phone-call", "talk", gettext("Talks with agent %(agent)s.", agent=_of(d, "agent")), _of(d, "queue")
        case "talk_ended":
            sentence = gettext("The talk ended after %(time)s.", time=span(_number(d, "talk_s")))
            return "phone-call", "off", sentence, ended_by(_of(d, "by"))
        case "party_rung":
            return "bell", "call", gettext("%(who)s is rung.", who=_of(d, "to")), ""
        case "party_failed":
            sentence = gettext("%(who)s was not connected.", who=_of(d, "to"))
            return "circle-x", "away", sentence, _of(d, "why") or _of(d, "cause")
        case "party_began" if d.get("final"):
            return "phone-call", "talk", gettext("Was handed over to %(who)s.", who=_of(d, "to")), ""
        case "party_began":
            return "phone-call", "talk", gettext("Talks with %(who)s.", who=_of(d, "to")), ""
        case "party_ended":
            sentence = gettext("The talk ended after %(time)s.", time=span(_number(d, "talk_s")))
            return "phone-call", "off", sentence, ended_by(_of(d, "by"))
        case "conference_joined":
            return "user", "talk", gettext("Joined the conference %(room)s.", room=_of(d, "room")), ""
        case "conference_left":
            sentence = gettext("Out of the conference %(room)s.", room=_of(d, "room"))
            return "logout", "off", sentence, conference_end(_of(d, "how"))
        case "visit_ended":
            result = outcome(_of(d, "outcome"))
            sentence = gettext("The queue's result: %(outcome)s.", outcome=result.word)
            return result.icon, result.tone, sentence, gettext("waited %(time)s", time=span(_number(d, "wait_s")))
        case "message":
            return "speakerphone", "soon", gettext("Heard the off-peak announcement."), _of(d, "queue")
        case "recording_began":
            return "player-play", "off", gettext("Recording began."), ""
        case "recording_ended":
            length = span(_number(d, "seconds")) if d.get("seconds") is not None else ""
            return "player-play", "off", gettext("Recording ended."), length
        case "looked_up":
            return "user", *_looked_up(d)
        case "said" if d.get("why"):
            return "speakerphone", "bad", gettext("A text could not be said."), _of(d, "why")
        case "said":
            return "speakerphone", "off", gettext("A text was said: %(text)s", text=_of(d, "text")), _of(d, "step")
        case "voicemail_began":
            return "speakerphone", "call", gettext("The caller records a message."), _of(d, "box")
        case "voicemail_ended":
            return "speakerphone", *_message_ended(d)
        case "service":
            sentence = gettext(
                "The service %(service)s answered: %(result)s.", service=_of(d, "service"), result=_of(d, "result")
            )
            return "arrow-right", "off" if d.get("result") == "ok" else "soon", sentence, _of(d, "why")
        case "survey":
            return "user", "good", gettext("Answered the survey: %(answers)s.", answers=survey(d.get("answers"))), ""
        case "agent_action":
            sentence = gettext("Asked by telephone: %(what)s.", what=request_word(_of(d, "action")))
            return "headset", "off", sentence, request_result(_of(d, "result"))
        case "emergency_switched":
            name = _of(d, "emergency")
            on = gettext(
                "By telephone: emergency message %(name)s on for %(hours)s h", name=name, hours=_of(d, "hours")
            )
            off = gettext("By telephone: emergency message %(name)s off", name=name)
            tone = "good" if d.get("result") == "done" else "soon"
            return "headset", tone, on if d.get("hours") else off, emergency_result(_of(d, "result"))
        case "taken_over":
            sentence = gettext("Another controller went on with the call.")
            return "history", "soon", sentence, _of(d, "controller")
        case "trouble":
            return "alert-triangle", "bad", gettext("Trouble: %(what)s", what=_of(d, "what")), ""
        case "ended":
            sentence = gettext("The call ended, by %(who)s.", who=ended_by(_of(d, "by")))
            return "logout", "off", sentence, _of(d, "cause")
    return "info-circle", "off", kind, " · ".join(f"{key}: {value}" for key, value in d.items())


def _looked_up(d: Mapping[str, Any]) -> tuple[str, str, str]:
    label = _of(d, "label")
    match d.get("result"):
        case "known":
            said = gettext("The caller is known: %(number)s earlier calls.", number=_of(d, "calls") or "0")
            return "off", said, label
        case "unknown":
            return "off", gettext("The caller is not known."), label
        case "blocked":
            return "off", gettext("The caller's number is blocked."), label
    return "bad", gettext("The caller could not be looked up."), _of(d, "why")


def _message_ended(d: Mapping[str, Any]) -> tuple[str, str, str]:
    length = span(_number(d, "seconds")) if d.get("seconds") is not None else ""
    match d.get("how"):
        case "kept":
            return "good", gettext("The message was kept."), length
        case "discarded":
            return "off", gettext("The caller says the message again."), ""
        case "silence":
            return "off", gettext("Nothing was said after the beep."), ""
        case "too_short":
            return "off", gettext("The message was too short to be kept."), ""
    return "bad", gettext("The message could not be recorded."), ""


def survey(answers: Mapping[str, int | None] | None) -> str:
    """``attitude 5, speed 4``; a skipped question is said to be skipped."""
    names = {
        "attitude": gettext("attitude"),
        "speed": gettext("speed"),
        "correctness": gettext("correctness"),
    }
    skipped = gettext("skipped")
    said = [f"{names.get(k, k)} {skipped if v is None else v}" for k, v in (answers or {}).items()]
    return ", ".join(said) or skipped


def _why(why: Any) -> str:
    """Why this agent: ``longest idle · idle for 3:12``; what is not known here is left to the journal."""
    if not isinstance(why, Mapping):
        return str(why or "")
    said = [strategy(str(why["strategy"]))] if why.get("strategy") else []
    if why.get("late"):
        said.append(gettext("waited past the bound: served first"))
    if why.get("vip"):
        said.append(gettext("important caller"))
    if isinstance(why.get("idle_s"), int | float):
        said.append(gettext("idle for %(time)s", time=span(why["idle_s"])))
    if isinstance(why.get("grade"), int | float) and why["grade"]:  # 0: the queue asks for nothing
        said.append(gettext("skill %(grade)s", grade=f"{why['grade']:g}"))
    return " · ".join(said)


def _of(d: Mapping[str, Any], key: str) -> str:
    value = d.get(key)
    return "" if value is None else str(value)


def _trial(d: Mapping[str, Any]) -> str:
    match d.get("trial"):
        case "caller":
            return str(gettext("trial: the number is listed"))
        case "share":
            lot, share = f"{_number(d, 'lot') or 0:.1%}", f"{_number(d, 'share') or 0:.1%}"
            return str(gettext("trial: by lot, %(lot)s is below the share of %(share)s", lot=lot, share=share))
        case _:
            return ""


def _number(d: Mapping[str, Any], key: str) -> float | None:
    value = d.get(key)
    return float(value) if isinstance(value, int | float) else None
