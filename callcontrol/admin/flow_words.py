"""What the kinds of steps and the ways between them are called in drawings and tables of flows, in both languages.

The words are marked for the catalogue of the pages; the terminal, which has no page, reads the same catalogue. A word that is not
here is the author's own (a result of a part or of a voice agent) and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path

from babel.support import NullTranslations, Translations
from flask_babel import gettext

from callcontrol.flow.drawing import Words


def _(text: str) -> str:
    """Marks it for the catalogue."""
    return text


KINDS: Mapping[str, str] = {
    "play": _("Say something"),
    "say_text": _("Speak a text"),
    "menu": _("Menu"),
    "open_hours": _("Open or closed?"),
    "rule": _("Rule"),
    "choice": _("Decision"),
    "queue": _("Queue"),
    "callback": _("Book a callback"),
    "ask_digits": _("Ask for digits"),
    "ask_pin": _("Ask for the PIN"),
    "ask_service": _("Ask a service"),
    "look_up_caller": _("Look up the caller"),
    "survey": _("Survey"),
    "count": _("Count"),
    "remember": _("Remember"),
    "record_message": _("Take a message"),
    "dial": _("Ring somebody else"),
    "transfer": _("Hand over"),
    "conference": _("Conference"),
    "voice_agent": _("Voice agent"),
    "agent_menu": _("Agent's menu"),
    "agent_action": _("Agent's request"),
    "choose_break": _("Choose a break"),
    "choose_emergency": _("Choose an emergency message"),
    "emergency_action": _("Switch an emergency message"),
    "emergency": _("Emergency message"),
    "sub": _("Part"),
    "return": _("End of the part"),
    "hang_up": _("Hang up"),
}

WAYS: Mapping[str, str] = {
    "then": _("then"),
    "otherwise": _("otherwise"),
    "missing": _("sound missing"),
    "silence": _("no key"),
    "wrong": _("wrong"),
    "wrong key": _("wrong key"),
    "wrong digits": _("wrong digits"),
    "digits": _("digits typed"),
    "yes": _("yes"),
    "no": _("no"),
    "open": _("open"),
    "closed": _("closed"),
    "booked": _("booked"),
    "refused": _("refused"),
    "after the talk": _("after the talk"),
    "after talk": _("after the talk"),
    "still busy": _("still busy"),
    "away": _("all on break"),
    "nobody": _("nobody logged in"),
    "timeout": _("too long"),
    "full": _("line full"),
    "blocked": _("number blocked"),
    "busy": _("busy"),
    "no answer": _("no answer"),
    "rejected": _("rejected"),
    "unreachable": _("can't be reached"),
    "failed": _("failed"),
    "answered": _("the service answered"),
    "not found": _("not found"),
    "too short": _("too short"),
    "known": _("known"),
    "unknown": _("not known"),
    "right": _("right"),
    "unavailable": _("not available"),
    "done": _("done"),
    "later": _("later"),
    "already": _("already so"),
    "logged out": _("logged out"),
    "fixed wrap up": _("fixed wrap-up"),
    "not registered": _("phone not registered"),
    "reason": _("reason chosen"),
    "is on": _("is on"),
    "is off": _("is off"),
    "none": _("none there"),
    "not allowed": _("not allowed"),
    "gone": _("gone"),
    "left": _("left"),
    "ended": _("ended"),
    "silent": _("without a result"),
    "again": _("again"),
    "over": _("often enough"),
}
# The same way says something else from another kind of step.
_OF_KIND: Mapping[tuple[str, str], str] = {
    ("queue", "closed"): _("queue closed"),
    ("queue", "timeout"): _("waited too long"),
    ("ask_pin", "closed"): _("locked"),
    ("ask_pin", "wrong"): _("wrong PIN"),
    ("ask_pin", "right"): _("right PIN"),
    ("ask_digits", "silence"): _("no digits"),
    ("ask_digits", "wrong"): _("wrong digits"),
    ("menu", "wrong"): _("wrong key"),
    ("callback", "wrong"): _("wrong key"),
    ("record_message", "silence"): _("nothing said"),
    ("ask_service", "timeout"): _("no answer in time"),
    ("dial", "timeout"): _("never rang"),
    ("transfer", "timeout"): _("never rang"),
    ("callback", "refused"): _("none can be had"),
    # how the parts that ship end
    ("return", "told"): _("marks were given"),
    ("return", "skipped"): _("no mark"),
    ("return", "known"): _("identity is right"),
    ("return", "unknown"): _("identity not shown"),
    ("return", "down"): _("service is down"),
    ("return", "person"): _("to a person"),
    ("return", "over"): _("all was done"),
}
# Steps whose ways are named by whoever wrote the flow.
OWN_WAYS = frozenset({"return"})


def kind_word(kind: str, say: Callable[[str], str] = gettext) -> str:
    return say(KINDS[kind]) if kind in KINDS else kind.replace("_", " ")


def way_word(kind: str, label: str, say: Callable[[str], str] = gettext) -> str:
    """``label``: of a ``Way``, or the name of a field that leads on."""
    word, _space, key = label.partition(" ")
    if word == "key" and key != "":
        return say(_("key %(key)s")) % {"key": key}
    known = _OF_KIND.get((kind, label)) or ("" if kind in OWN_WAYS else WAYS.get(label, ""))
    return say(known) if known else label


def words(say: Callable[[str], str] = gettext) -> Words:
    """For drawings in the language of ``say``: by itself that of the page."""
    return Words(
        kind=partial(kind_word, say=say),
        way=partial(way_word, say=say),
        call=say(_("call")),
        trouble=say(_("trouble")),
        anywhere=say(_("anywhere")),
        between=say(_(", ")),
    )


def words_in(language: str) -> Words:
    """For the terminal, which is in no page."""
    return words(_catalogue(language).gettext)


@lru_cache(maxsize=4)
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(Path(__file__).with_name("translations"), [language])
