"""What the steps of composed flows, their fields, conditions, and what happens in a rehearsal are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

KIND_HINTS: Mapping[str, Any] = {
    "play": _("Says a text and goes on."),
    "say_text": _("Speaks a text with what only this call knows, such as an answer of a service, by the machine's voice."),
    "menu": _("Says what there is to choose and takes a key."),
    "open_hours": _("Goes one way while the hours are open, another while they are closed."),
    "rule": _("Goes one way where all conditions hold, another where one does not. Nothing is heard."),
    "queue": _("Waits for an agent, and they talk. When the announcement is said the desk decides: everybody skilled is busy, and still busy after one waiting period. Conditions can only make it rarer."),
    "callback": _("The caller hangs up and keeps the place. Lead here from a queue."),
    "ask_digits": _("Takes a number by keys and remembers it."),
    "ask_service": _("Asks a service of the configuration and remembers what it answers."),
    "look_up_caller": _("Remembers what is known of the caller: label, VIP points and language of the list; the last agent and queue, how many calls."),
    "sub": _("Goes through a part that ships, and on by how it ends."),
    "survey": _("Asks questions, 1 to 5 each; skipping is an answer."),
    "count": _("Lets a call through so often; it ends circles."),
    "remember": _("Keeps something in the call, for rules and texts."),
    "record_message": _("Says a text, beeps and records what the caller says, for a mailbox."),
    "dial": _("Rings a number or an agent and connects the caller."),
    "transfer": _("Hands the caller over to a number or an agent for good."),
    "hang_up": _("The call ends."),
}  # fmt: skip

FIELDS: Mapping[str, Any] = {
    "say": _("Says"),
    "then": _("Then"),
    "missing": _("If the sound is missing"),
    "keys": _("Keys"),
    "silence": _("No key"),
    "wrong": _("Wrong key"),
    "tries": _("How often it is said"),
    "timeout_s": _("Waits for a key"),
    "on_silence": _("Says after no key"),
    "on_wrong": _("Says after a wrong key"),
    "hours": _("Opening hours"),
    "open": _("While open"),
    "closed": _("While closed"),
    "when": _("All of these hold"),
    "otherwise": _("Otherwise"),
    "zone": _("Time zone of the times"),
    "queue": _("Queue"),
    "after_talk": _("After the talk"),
    "still_busy": _("After the announcement, still busy"),
    "away": _("All are on break"),
    "nobody": _("Nobody is logged in"),
    "timeout": _("After the longest wait"),
    "full": _("The line is full"),
    "message": _("Announcement"),
    "message_when": _("Said only if"),
    "stay_key": _("Key to stay"),
    "exit_keys": _("Keys while waiting"),
    "music": _("Music"),
    "needs": _("Skills asked for besides"),
    "vip": _("VIP points"),
    "prefer": _("Waits for the agent"),
    "booked": _("Booked"),
    "refused": _("None can be had"),
    "min_digits": _("Digits, at least"),
    "max_digits": _("Digits, at most"),
    "confirm": _("Text that reads the number"),
    "ask_number": _("Text that asks for a number"),
    "moment": _("Text while it is booked"),
    "remember": _("Remembered as"),
    "check": _("Check"),
    "sensitive": _("Show it nowhere"),
    "service": _("Service"),
    "not_found": _("Not found"),
    "failed": _("Failed"),
    "send": _("Sends"),
    "meanwhile": _("Says meanwhile"),
    "questions": _("Questions"),
    "intro": _("Says before"),
    "skip_key": _("Key to skip"),
    "times": _("Times"),
    "over": _("When it is over"),
    "things": _("What is remembered"),
    "title": _("Title"),
    "order": _("Order of the steps"),
    "kind": _("Kind"),
    "start": _("Begins with"),
    "rescue": _("If anything fails"),
    "everywhere": _("Keys everywhere"),
    "to": _("Whom"),
    "busy": _("Busy"),
    "no_answer": _("No answer"),
    "rejected": _("Rejected"),
    "unreachable": _("Can't be reached"),
    "ring_s": _("Rings for"),
    "box": _("Mailbox"),
    "too_short": _("Too short"),
    "review": _("Says after it, to choose: keep, again, hear"),
    "min_s": _("Shortest message"),
    "max_s": _("Longest message"),
    "silence_s": _("A pause ends it after"),
    "end_keys": _("Keys that end it"),
    "whisper": _("Said to the other side first"),
    "record": _("Record the talk"),
    "text": _("Text"),
    "longest": _("Longest text, in characters"),
    "known": _("Listed, or called before"),
    "unknown": _("Not known"),
    "blocked": _("The number is blocked"),
    "days": _("Looks back, in days"),
    "flow": _("Part"),
    "returns": _("When it ends"),
}
# The same name of a field says something else in another kind of step.
_OF_KIND: Mapping[tuple[str, str], Any] = {
    ("queue", "closed"): _("The queue is closed"),
    ("say_text", "failed"): _("It can't be spoken"),
    ("look_up_caller", "failed"): _("No answer of the database"),
    ("ask_service", "timeout"): _("No answer in time"),
    ("ask_digits", "wrong"): _("Wrong digits"),
    ("ask_digits", "silence"): _("No digits"),
    ("dial", "timeout"): _("It never rang"),
    ("dial", "confirm"): _("Taken by key 1"),
    ("transfer", "timeout"): _("It never rang"),
    ("transfer", "confirm"): _("Taken by key 1"),
    ("record_message", "silence"): _("Nothing was said"),
    ("record_message", "on_silence"): _("Says when nothing was said"),
}

# kind of a condition -> (what it says, what the value is; "" for none)
CONDITIONS: Mapping[str, tuple[Any, Any]] = {
    "busy": (_("everybody skilled is busy"), ""),
    "waited": (_("the caller has waited at least"), _("seconds, such as 60")),
    "before": (_("it is before"), _("a time, such as 16:00")),
    "after": (_("it is this time or later"), _("a time, such as 09:30")),
    "days": (_("it is one of the days"), _("such as mon,tue,wed")),
    "open": (_("these hours are open"), ""),
    "closed": (_("these hours are closed"), ""),
    "language": (_("the caller's language is"), _("zh or en")),
    "remembered": (_("the call remembers"), _("a name, or name=value")),
    "heard": (_("the announcement was heard"), ""),
    "callback": (_("a callback can be had"), ""),
    "passed": (_("the call comes here for this time or more"), _("a number, such as 3")),
}

QUEUE_CASES: Mapping[str, Any] = {
    "free": _("somebody is free"),
    "busy": _("everybody is busy"),
    "away": _("all are on break"),
    "nobody": _("nobody is logged in"),
}

ACTIONS: Mapping[str, Any] = {
    "listen": _("Listen to the end"),
    "silence": _("Press nothing"),
    "hang up": _("The caller hangs up"),
    "offered": _("An agent's phone rings"),
    "answered": _("The agent answers"),
    "talk ends": _("The agent hangs up"),
    "granted": _("The desk grants the announcement"),
    "news": _("How it stands in the line is told"),
    "booked": _("The callback is booked"),
    "late": _("A late event"),
    "lost": _("The step is gone"),
    "taken over": _("Another controller takes over"),
    "party answers": _("The other side answers"),
    "party hangs up": _("The other side hangs up"),
}
_BRANCHES: Mapping[str, Any] = {
    "still_busy": _("still busy"),
    "away": _("all are on break"),
    "nobody": _("nobody is logged in"),
    "timeout": _("the longest wait is over"),
    "full": _("the line is full"),
    "closed": _("the queue is closed"),
}


def field_word(kind: str, name: str) -> str:
    return str(_OF_KIND.get((kind, name)) or FIELDS.get(name) or name.replace("_", " "))


def action_word(action: str) -> str:
    """What an action of ``flow.testing.actions`` is called."""
    if action in ACTIONS:
        return str(ACTIONS[action])
    word, _space, rest = action.partition(" ")
    match word:
        case "press":
            return str(gettext("Press %(keys)s", keys=rest))
        case "wait":
            return str(gettext("%(seconds)s seconds pass", seconds=rest))
        case "fails":
            return str(gettext("The agent does not answer"))
        case "released":
            return str(gettext("The queue gives the call back: %(why)s", why=str(_BRANCHES.get(rest, rest))))
        case "not":
            return str(gettext("No callback: %(why)s", why=rest.removeprefix("booked ")))
        case "answers":
            return str(gettext("The service answers: %(what)s", what=rest))
        case "party":
            return str(gettext("The other side: %(what)s", what=rest))
    return action


def place_in_flow(path: str) -> str:
    """``steps.waiting.message_when`` -> ``waiting · Said only if``."""
    section, _dot, rest = path.partition(".")
    if section != "steps":
        return " · ".join(part for part in (field_word("", section), rest) if part)
    step, _dot, field = rest.partition(".")
    field, _dot, more = field.partition(".")
    return " · ".join(part for part in (step, field_word("", field) if field else "", more) if part)
