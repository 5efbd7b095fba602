"""The words of the pages: what a state, an outcome, an action is called, and the sign beside it. Never colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class Sign:
    """A word with its icon and its tone (a class of the style sheet)."""

    word: Any
    icon: str
    tone: str


AGENT_STATES = {
    "available": Sign(_("Available"), "circle-check", "good"),
    "reserved": Sign(_("Reserved"), "phone-incoming", "call"),
    "ringing": Sign(_("Ringing"), "bell", "call"),
    "talking": Sign(_("Talking"), "phone-call", "talk"),
    "hold": Sign(_("On hold"), "clock", "talk"),
    "wrap_up": Sign(_("Wrap-up"), "pencil", "soon"),
    "break": Sign(_("Break"), "coffee", "away"),
    "unreachable": Sign(_("Unreachable"), "plug-connected-x", "bad"),
    "logged_out": Sign(_("Logged out"), "logout", "off"),
}

CALL_STATES = {
    "waiting": Sign(_("Waiting"), "clock", "off"),
    "message": Sign(_("In the message"), "speakerphone", "soon"),
    "offered": Sign(_("Offered"), "bell", "call"),
    "talking": Sign(_("Talking"), "phone-call", "talk"),
}

CALLBACK_STATES = {
    "resting": Sign(_("Resting"), "clock", "off"),
    "waiting": Sign(_("In line"), "history", "call"),
    "offered": Sign(_("The agent's phone rings"), "bell", "call"),
    "confirming": Sign(_("The agent hears of it"), "headset", "call"),
    "dialled": Sign(_("The caller's phone rings"), "bell", "call"),
    "talking": Sign(_("Talking"), "phone-call", "talk"),
}

CALLBACK_RESTS = {
    "booked": _("just booked"),
    "quarantine": _("not reached"),
    "retry": _("not reached again"),
    "interrupted": _("the try was interrupted"),
    "closed": _("the queue is closed"),
}

CASES = {
    "free": Sign(_("Somebody is free"), "circle-check", "good"),
    "busy": Sign(_("All are busy"), "phone-call", "soon"),
    "away": Sign(_("All are on break"), "coffee", "away"),
    "nobody": Sign(_("Nobody is logged in"), "alert-triangle", "bad"),
}

OUTCOMES = {
    "answered": Sign(_("Answered"), "circle-check", "good"),
    "abandoned_short": Sign(_("Hung up at once"), "circle-x", "off"),
    "abandoned_waiting": Sign(_("Hung up while waiting"), "circle-x", "bad"),
    "abandoned_ringing": Sign(_("Hung up while it rang"), "circle-x", "bad"),
    "abandoned_in_message": Sign(_("Hung up in the announcement"), "circle-x", "away"),
    "advised_offpeak": Sign(_("Advised to call off-peak"), "speakerphone", "soon"),
    "callback_booked": Sign(_("Callback booked"), "history", "call"),
    "callback_done": Sign(_("Callback done"), "history", "good"),
    "callback_failed": Sign(_("Callback failed"), "history", "bad"),
    "callback_cancelled": Sign(_("Callback cancelled"), "history", "off"),
    "callback_superseded": Sign(_("Called again before the callback"), "history", "off"),
    "exit_key": Sign(_("Left by key"), "logout", "off"),
    "timeout": Sign(_("Waited too long"), "clock", "bad"),
    "full": Sign(_("Queue was full"), "alert-triangle", "bad"),
    "closed": Sign(_("Closed"), "lock", "off"),
    "emergency": Sign(_("Closed by emergency"), "alert-triangle", "away"),
    "blocked": Sign(_("Blocked"), "lock", "off"),
    "requeued": Sign(_("Sent to another queue"), "arrow-right", "off"),
    "system_lost": Sign(_("Lost by the system"), "alert-triangle", "bad"),
    "waiting": Sign(_("Still waiting"), "clock", "call"),
    "": Sign(_("No queue"), "circle-dashed", "off"),
}

BREAK_REASONS = {
    "rest": _("Rest"),
    "lunch": _("Lunch"),
    "training": _("Training"),
    "meeting": _("Meeting"),
    # put there by the desk
    "no_answer": _("did not answer"),
    "busy": _("phone busy"),
    "rejected": _("rejected the call"),
    "unreachable": _("phone not reachable"),
    "trouble": _("technical trouble"),
    "not_registered": _("phone not registered"),
    "own_call": _("in a call of their own"),
    "missed": _("missed too many calls"),
    "removed": _("taken out of the rules"),
}

STRATEGIES = {
    "longest_idle": _("Longest idle"),
    "best_skill_first": _("Best skill first"),
    "least_skilled": _("Least skilled who suffices"),
    "fewest_calls": _("Fewest calls of the shift"),
    "least_talk_time": _("Least talk time of the shift"),
    "round_robin": _("Each in turn"),
    "top_down": _("First of the list"),
    "random": _("By chance"),
    "weighted": _("In proportion to weights"),
    "ring_all": _("All phones ring at once"),
    "progressive": _("One more phone every few seconds"),
}

WRAP_UP_MODES = {
    "none": _("none: free at once"),
    "optional": _("only when the agent asks for it"),
    "fixed": _("fixed: always so long"),
    "up_to": _("up to so long: the agent may end it"),
}

# What a condition on a queue's state may ask for (values.conditions).
STATE_WORDS = {
    "waiting": _("callers in line"),
    "longest_wait_s": _("seconds that the longest waits"),
    "free": _("free agents"),
    "busy": _("busy agents"),
    "on_break": _("agents on break"),
    "logged_in": _("agents logged in"),
    "load": _("callers for each agent who serves"),
    "estimate_s": _("estimated wait in seconds"),
}

ROLES = {"agent": _("Agent"), "lead": _("Team leader"), "manager": _("Manager")}

CALL_LANGUAGES = {"zh": "中文", "en": "English"}
SHORT_LANGUAGES = {"zh": "中", "en": "EN"}

RECORDING_STATES = {
    "recording": _("still recording"),
    "complete": _("complete"),
    "missing": _("the file is missing"),
    "short": _("shorter than the talk"),
}

ENDED_BY = {
    "caller": _("the caller"),
    "agent": _("the agent"),
    "party": _("the other side"),
    "flow": _("the flow"),
    "system": _("the system"),
}
CONFERENCE_ENDS = {
    "left": _("left by a key"),
    "ended": _("the conference was ended"),
    "hung_up": _("hung up"),
    "locked": _("it is locked"),
    "full": _("it is full"),
    "failed": _("the switch has no conferences"),
}

# What may be asked for an agent, and what comes of it (``floor.requests``).
REQUESTS = {
    "login": _("log in"),
    "logout": _("log out"),
    "break": _("break"),
    "back": _("back to work"),
    "wrap-up-end": _("end the wrap-up"),
    "extend": _("more wrap-up time"),
}

REQUEST_RESULTS = {
    "done": _("Done."),
    "later": _("It is done as soon as the call, and a fixed wrap-up, are over."),
    "already": _("It is so already."),
    "unknown_agent": _("There is no such agent on the floor; add the agent and publish."),
    "logged_out": _("The agent is logged out; log in first."),
    "in_call": _("A phone rings for this agent just now; try again in a moment."),
    "fixed_wrap_up": _("This wrap-up ends by itself; a team leader can end it before."),
    "no_wrap_up": _("There is no wrap-up to end or to extend now."),
    "wrap_up_at_cap": _("This wrap-up can't be longer; the queue sets a limit."),
    "not_registered": _("The phone is not registered: connect it, and calls come again by themselves."),
    "wrong_reason": _("A reason is one line of at most 100 characters; shorten it."),
    "wrong_seconds": _("Give the time in seconds, from 1 to 3600."),
}

# ``values.pins``
PIN_PROBLEMS = {
    "A PIN has 4 to 10 digits and nothing else; choose another.": _(
        "A PIN has 4 to 10 digits and nothing else; choose another."
    ),
    "That PIN is the first that anybody tries; choose one that is no row of the same or following digits.": _(
        "That PIN is the first that anybody tries; choose one that is no row of the same or following digits."
    ),
    "That PIN is the agent's own number; choose another.": _("That PIN is the agent's own number; choose another."),
}

TROUBLES = {
    "journal": _("Redis can't be reached: talks go on, callers who wait hear music, nothing can be changed."),
    "database": _("The database can't be reached: calls are handled and recorded later, edits must wait."),
    "switch": _("FreeSWITCH can't be reached: no new calls come in. Look at the switch."),
}

ACTIONS = {
    "user.signed_in": _("signed in"),
    "user.signed_in_by_link": _("signed in by link"),
    "user.password_set": _("set a password"),
    "user.created": _("created a user"),
    "user.activated": _("switched a user on"),
    "user.deactivated": _("switched a user off"),
    "user.role_set": _("changed a user's role"),
    "user.link_made": _("made a sign-in link"),
    "prompt.recorded": _("uploaded the recording of a prompt"),
    "prompt.removed": _("removed the recording of a prompt"),
    "music.added": _("uploaded hold music"),
    "music.removed": _("removed hold music"),
    "recording.heard": _("listened to a recording"),
    "draft.saved": _("saved the draft"),
    "draft.discarded": _("threw the draft away"),
    "release.published": _("published a release"),
    "release.rolled_back": _("rolled back to an earlier release"),
    "agent_logged_in": _("logged an agent in"),
    "agent_logged_out": _("logged an agent out"),
    "agent_break": _("put an agent on break"),
    "agent_back": _("ended an agent's break"),
    "wrap_up_extended": _("extended an agent's wrap-up"),
    "agent.pin_set": _("set an agent's PIN"),
    "agent.pin_removed": _("removed an agent's PIN"),
    "user.token_made": _("made a token for the API"),
    "user.tokens_revoked": _("revoked a user's tokens"),
    "callback_cancelled": _("cancelled a callback"),
    "callback_moved": _("moved a callback"),
    "message.heard": _("listened to a message"),
    "message.fetched": _("fetched a message"),
    "message.done": _("marked a message done"),
    "message.new": _("marked a message not done"),
    "message.number": _("asked for the number of a message"),
    "callback_renumbered": _("gave a callback another number"),
}


MESSAGE_STATES = {
    "new": Sign(_("New"), "bell", "soon"),
    "heard": Sign(_("Heard"), "player-play", "call"),
    "done": Sign(_("Done"), "circle-check", "good"),
}


def sign(table: dict[str, Sign], key: str) -> Sign:
    """The sign of ``key``; an unknown one is shown as it is, so that nothing is hidden."""
    return table.get(key) or Sign(key, "info-circle", "off")


def callback_state(key: str) -> Sign:
    return sign(CALLBACK_STATES, key)


def message_state(key: str) -> Sign:
    return sign(MESSAGE_STATES, key)


def callback_rest(key: str) -> Any:
    return CALLBACK_RESTS.get(key, key)


def agent_state(key: str) -> Sign:
    return sign(AGENT_STATES, key)


def call_state(key: str) -> Sign:
    return sign(CALL_STATES, key)


def case(key: str) -> Sign:
    return sign(CASES, key)


def outcome(key: str) -> Sign:
    return sign(OUTCOMES, key or "")


def named(table: dict[str, Any], key: str) -> str:
    return str(table.get(key, key))


def break_reason(key: str) -> str:
    return named(BREAK_REASONS, key)


def strategy(key: str) -> str:
    return named(STRATEGIES, key)


def phones(agents: Sequence[str]) -> str:
    """The agents whose phones ring, or who talks: ``1001 +2``."""
    return f"{agents[0]} +{len(agents) - 1}" if len(agents) > 1 else "".join(agents)


def role(key: str) -> str:
    return named(ROLES, key)


def call_language(key: str) -> str:
    return CALL_LANGUAGES.get(key, key)


def short_language(key: str) -> str:
    return SHORT_LANGUAGES.get(key, key)


PREVIEW_KINDS: dict[str, Any] = {
    "hears": _("hears"),
    "presses": _("presses"),
    "silence": _("says nothing"),
    "queue": _("queue"),
    "survey": _("survey"),
    "trouble": _("trouble"),
    "ends": _("the end"),
}
QUEUE_STATES: dict[str, Any] = {
    "free": _("somebody is free"),
    "busy": _("all stay busy"),
    "nobody": _("nobody is logged in"),
    "away": _("all are on break"),
    "full": _("the queue is full"),
    "closed": _("the queue is closed"),
    "timeout": _("the longest wait passes"),
}
TRIALS: dict[str, Any] = {"caller": _("the number is listed"), "share": _("by lot")}


def preview_kind(key: str) -> str:
    return named(PREVIEW_KINDS, key)


def queue_state(key: str) -> str:
    return named(QUEUE_STATES, key)


def trial_why(key: str) -> str:
    return named(TRIALS, key)


def recording_state(key: str) -> str:
    return named(RECORDING_STATES, key)


def ended_by(key: str) -> str:
    return named(ENDED_BY, key)


def conference_end(key: str) -> str:
    return named(CONFERENCE_ENDS, key)


def request_word(key: str) -> str:
    return named(REQUESTS, key)


_EMERGENCY_RESULTS = {
    "done": _("Done."),
    "not_allowed": _("Not allowed."),
    "gone": _("There is no such message any more."),
    "refused": _("Nothing was published: what acts now does not pass today's checks; mend the draft first."),
    "unavailable": _("There was no answer in time."),
}


def emergency_result(key: str) -> str:
    return str(_EMERGENCY_RESULTS.get(key, key))


def request_result(key: str) -> str:
    return named(REQUEST_RESULTS, key)


def pin_problem(sentence: str) -> str:
    return named(PIN_PROBLEMS, sentence)


def trouble(key: str) -> str:
    return named(TROUBLES, key)


def action(key: str) -> str:
    return named(ACTIONS, key)
