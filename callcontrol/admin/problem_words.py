"""What the checks say, in the reader's language. The checks belong to ``values`` and speak English; a sentence that is
not known here is shown as it is, and a test holds both together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from callcontrol.admin.composed_words import place_in_flow
from callcontrol.values.listed_callers import ListedCaller

# (how the sentence is recognised, what is said); a group named in the pattern is put in as it stands
SENTENCES: tuple[tuple[str, Any], ...] = (
    # skills
    (r"The character (?P<a>.+) has no meaning in a (?:skill expression|condition).*", _("The character %(a)s has no meaning here. Use names, numbers, >= > <= < == !=, and, or, not, ( and ).")),
    (r"This \) closes nothing.*", _("This ) closes nothing; take it away or open it with ( before.")),
    (r"Before (?P<a>.+) an 'and' or an 'or' is missing\.", _("Before %(a)s an “and” or an “or” is missing.")),
    (r"This \( is never closed.*", _("This ( is never closed; add a ) after it.")),
    (r"Before (?P<a>.+) an 'and', an 'or' or a \) is missing\.", _("Before %(a)s an “and”, an “or” or a ) is missing.")),
    (r"(?P<a>.+) is no name of music.*", _("%(a)s is no name of music; write it with letters, digits, - and _.")),
    (r"There is no music (?P<a>.+); add it.*", _("There is no music %(a)s; add it among the sounds, or callers hear what ships.")),
    (r"The skill expression stops where a skill is expected.*", _("It stops where a skill is expected; add a skill's name.")),
    (r"A level is a whole number.*", _("A level is a whole number such as 3.")),
    (r"A skill's name is expected here, not (?P<a>.+)\.", _("A skill's name is expected here, not %(a)s.")),
    (r"After (?P<a>.+) a level is expected.*", _("After %(a)s a level is expected: a number such as 3.")),
    (r"A level is at most (?P<a>\d+)\.", _("A level is at most %(a)s.")),
    (r"The (?:skill expression|condition) is nested deeper than (?P<a>\d+).*", _("It is nested deeper than %(a)s; write it flatter.")),
    (r"The (?:skill expression|condition) has (?P<a>\d+) characters; make it (?P<b>\d+) at most\.", _("It has %(a)s characters; make it %(b)s at most.")),
    # conditions on a queue's state
    (r"The condition stops where a value is expected.*", _("It stops where a value of the queue is expected, such as waiting.")),
    (r"A value's name is expected here, not (?P<a>.+)\.", _("A value of the queue is expected here, such as waiting, not %(a)s.")),
    (r"A queue has no value (?P<a>.+); there are (?P<b>.+)\.", _("A queue has no value %(a)s; there are %(b)s.")),
    (r"After (?P<a>\S+) a comparison is expected.*", _("After %(a)s a comparison is expected, such as > 3.")),
    (r"After (?P<a>.+) a number is expected.*", _("After %(a)s a number is expected, such as 3 or 1.2.")),
    (r"A number is at most (?P<a>\d+)\.", _("A number is at most %(a)s.")),
    (r"A number has at most (?P<a>\d+) decimals\.", _("A number has at most %(a)s decimals.")),
    # configuration
    (r"no agent has the skill (?P<a>.+); give it.*", _("No agent has the skill %(a)s; give it to one, or correct it.")),
    (r"no agent has the skills it asks for.*", _("No agent has the skills it asks for: nobody could ever answer it.")),
    (r"no agent has these skills: this step.*", _("No agent has these skills: this step could never bring anybody. Lower a level, or give them to one.")),
    (r"no agent has these skills: this reserve.*", _("No agent has these skills: this reserve is nobody. Lower a level, or give them to one.")),
    (r"comes before the step above it.*", _("This step comes before the one above it; put the steps in the order of their times.")),
    (r"there is no queue (?P<a>.+) to go to; add.*", _("There is no queue %(a)s to go to; add it, choose another, or clear the row.")),
    (r"the overflows go round in a circle: (?P<a>.+); take.*", _("The overflows go round in a circle: %(a)s; take one of them away.")),
    (r"the reserve would leave at a higher load \((?P<a>.+)\) than it comes at \((?P<b>.+)\); make.*", _("The reserve would leave at a higher load (%(a)s) than it comes at (%(b)s); make it lower.")),
    (r"(?P<a>.+) is no mode of wrap-up; choose.*", _("%(a)s is no mode of wrap-up; choose one of the list.")),
    (r"(?P<a>.+) is no formula of the service level; choose.*", _("%(a)s is no formula of the service level; choose one of the list.")),
    (r"there are no opening hours named (?P<a>.+); add.*", _("There are no opening hours named %(a)s; add them or clear it.")),
    (r"is shorter than patience_s.*", _("The longest wait is shorter than the patience: the announcement could never be heard; raise it.")),
    (r"(?P<a>\S+) is out of range; from (?P<b>\S+) to (?P<c>\S+) .*", _("%(a)s is out of range; from %(b)s to %(c)s.")),
    (r"(?P<a>.+) is no strategy; choose.*", _("%(a)s is no strategy; choose one of the list.")),
    (r"is a share from 0 to 1.*", _("A share is from 0 to 100 %%.")),
    (r"(?P<a>.+) is no language; use (?P<b>.+)\.", _("%(a)s is no language; use %(b)s.")),
    (r"a queue's name is small letters.*", _("A queue's name is small letters, digits, - and _, at most 40; rename it.")),
    (r"an agent's name is small letters.*", _("An agent's name is small letters, digits, - and _, at most 40; rename it.")),
    (r"(?P<a>\S+) is no level; from (?P<b>\d+) to (?P<c>\d+)\.", _("%(a)s is no level; from %(b)s to %(c)s.")),
    (r"a skill's name is small letters.*", _("A skill's name is small letters, digits and _; rename it.")),
    (r"is empty: nothing can ring; write (?P<a>.+)\.", _("The phone is empty: nothing can ring; write %(a)s.")),
    (r"(?P<a>.+) is no phone; write.*", _("%(a)s is no phone; write user/1001 or sofia/internal/1001@host:port.")),
    (r"an entry is the number that is dialled.*", _("An entry is the number that is dialled: digits, perhaps a + before them.")),
    # entries
    (r"is the number of a release; 0 stands for the newest\.", _("The release is a number; 0 stands for the newest.")),
    (r"is the number of a release; 0 stands for that of the entry\.", _("The release on trial is a number; 0 stands for that of the entry.")),
    (r"lists (?P<a>\d+) numbers; at most (?P<b>\d+).*", _("%(a)s test callers are listed; at most %(b)s, use the share.")),
    (r"holds (?P<a>\d+) callers; at most (?P<b>\d+).*", _("%(a)s callers are listed; at most %(b)s, ask a service for more.")),
    (r"is a number in full; add it.*", _("A number is listed in full; add it by callcontrol callers add, which keeps only a key of it.")),
    (r"has (?P<a>\d+) characters; at most (?P<b>\d+) fit\.", _("It has %(a)s characters; at most %(b)s fit.")),
    (r"lists a number in full.*", _("A number is listed in full; enter it on the page of the number, which keeps only a key of it.")),
    (r"(?P<a>.+) is no number; write digits.*", _("%(a)s is no number; write digits, perhaps a + before them.")),
    (r"is for nobody; list.*", _("The trial is for nobody; list test callers or set a share, or end it.")),
    (r"an emergency's name is small letters.*", _("An emergency message's name is small letters, digits, - and _, at most 40; rename it.")),
    (r"there is no entry (?P<a>.+) to say it to; add.*", _("There is no number %(a)s to say it to; add it or take it out.")),
    (r"there is no queue (?P<a>.+) to say it in; add.*", _("There is no queue %(a)s to say it in; add it or take it out.")),
    (r"(?P<a>.+) is no instant; write.*", _("%(a)s is no moment; write it as 2026-10-01T18:00+08:00.")),
    # outside parties, voice agents, services, callers
    (r"a target's name is small letters.*", _("An outside party's name is small letters, digits, - and _, at most 40; rename it.")),
    (r"has a contact or a number, one of the two.*", _("Give a telephone number or a phone, one of the two: what rings must be clear.")),
    (r"is digits, perhaps a \+ before them\.", _("A number is digits, perhaps a + before them.")),
    (r"is also the name of an agent, who could not be dialled; rename (?P<a>.+)\.", _("%(a)s is also the name of an agent, who could not be dialled; rename it.")),
    (r"a voice agent's name is small letters.*", _("A voice agent's name is small letters, digits, - and _, at most 40; rename it.")),
    (r"(?P<a>.+) is no address; write sofia/gateway.*", _("%(a)s is no address; write sofia/gateway/NAME/agent or sofia/PROFILE/x@host:port.")),
    (r"is out of range; from (?P<a>\S+) to (?P<b>\S+) seconds\.", _("It is out of range; from %(a)s to %(b)s seconds.")),
    (r"(?P<a>.+) is no name; small letters.*", _("%(a)s is no name; small letters, digits and _.")),
    (r"a service's name is small letters.*", _("A service's name is small letters, digits, - and _, at most 40; rename it.")),
    (r"(?P<a>.+) is no method; use (?P<b>.+)\.", _("%(a)s is no method; use %(b)s.")),
    (r"is out of range; from (?P<a>\S+) to (?P<b>\S+)\.", _("It is out of range; from %(a)s to %(b)s.")),
    (r"(?P<a>.+) can't be a header; letters.*", _("%(a)s can't be a header; letters, digits and -, and a plain value.")),
    (r"is empty: a flow learns only whether it worked; name facts\.", _("A flow learns only whether it worked; name facts that are remembered.")),
    (r"(?P<a>.+) is no address; write https.*", _("%(a)s is no address; write https://host/path/{account}.")),
    (r"has a \{value\} in its host.*", _("There is a {value} in its host: a caller could choose whom we ask; write the host out.")),
    (r"holds a password; put it in a header.*", _("The address holds a password; put it in a header as env:NAME.")),
    (r"is not encrypted: what callers type.*", _("It is not encrypted: what callers type can be read on the way; use https.")),
    # composed flows
    (r"is missing; fill it in\.", _("This is missing; fill it in.")),
    (r"is missing; choose a step\.", _("This is missing; choose a step.")),
    (r"leads to (?P<a>.+), which is no step of this flow; choose another\.", _("It leads to %(a)s, which is no step of this flow; choose another.")),
    (r"The flow has no step; add one\.", _("The flow has no step; add one.")),
    (r"a step's name is small letters.*", _("A step's name is small letters, digits and _, at most 40; rename it.")),
    (r"a flow's name is small letters.*", _("A flow's name is small letters, digits, - and _, at most 40; rename it.")),
    (r"the engineers have a flow (?P<a>.+) already; take another name\.", _("The engineers have a flow %(a)s already; take another name.")),
    (r"(?P<a>.+) is no kind of step; choose one of the list\.", _("%(a)s is no kind of step; choose one of the list.")),
    (r"(?P<a>.+) is out of range; a number from (?P<b>\S+) to (?P<c>\S+)\.", _("%(a)s is out of range; a number from %(b)s to %(c)s.")),
    (r"(?P<a>.+) is no time zone; write one such as Asia/Shanghai\.", _("%(a)s is no time zone; write one such as Asia/Shanghai.")),
    (r"(?P<a>.+) is no key; keys are 0-9, \* and #\.", _("%(a)s is no key; keys are 0-9, * and #.")),
    (r"(?P<a>.+) can't be remembered: a name is letters, digits and _\.", _("%(a)s can't be remembered: a name is letters, digits and _.")),
    (r"says nothing; choose a text or write one\.", _("It says nothing; choose a text or write one.")),
    (r"has no text in (?P<a>\w+); callers of that language hear the other\.", _("There is no text in %(a)s; callers of that language hear the other.")),
    (r"(?P<a>\{.*\}) can't be said; write (?P<b>\{name\}) or (?P<c>\{name:kind\}) of (?P<d>.+)\.", _("%(a)s can't be said; write %(b)s or %(c)s of %(d)s.")),
    (r"Only a queue says (?P<a>.+), when the desk finds everybody busy; take another text here\.", _("Only a queue says %(a)s, when the desk finds everybody busy; take another text here.")),
    (r"there is no (?P<kind>[a-z ]+?) (?P<a>'.*'); add it, or choose another\.", _("The configuration has no %(kind)s %(a)s; add it, or choose another.")),
    (r"The rehearsal “(?P<a>.+)” ends in trouble: (?P<b>.+)", _("The rehearsal “%(a)s” ends in trouble: %(b)s")),
    (r"no rehearsed call came here\.", _("No rehearsed call came here.")),
    (r"no rehearsed call went from here to (?P<a>.+)\.", _("No rehearsed call went from here to %(a)s.")),
    (r"(?P<a>\d+) calls were rehearsed without trouble; there was no time.*", _("%(a)s calls were rehearsed without trouble; there was no time for all that there could be.")),
    (r"Step (?P<a>\S+) can't be reached.*", _("The step %(a)s can't be reached; lead a way to it or take it out.")),
    (r"From step (?P<a>\S+) no way leads to an end.*", _("From the step %(a)s no way leads to an end; give it one.")),
    (r"(?P<a>.+ -> .+) goes round for ever with a silent caller.*", _("%(a)s goes round for ever with a silent caller; put a Count into the circle or lead it elsewhere.")),
    (r"Step (?P<a>\S+) says (?P<b>\S+), which has no text in (?P<c>.+); add it to the texts\.(?P<d>.*)", _("The step %(a)s says %(b)s, which has no text in %(c)s; choose another text.%(d)s")),
    (r"Step \S+: The menu has no key.*", _("The menu has no key; give it one.")),
    (r"Step \S+: It asks for (?P<a>\d+) to (?P<b>\d+) digits.*", _("It asks for %(a)s to %(b)s digits; the first must not be greater.")),
    (r"Step \S+: The digits can't be remembered as (?P<a>.+); give.*", _("The digits can't be remembered as %(a)s; give a name that begins with a letter.")),
    (r"Step \S+: (?P<a>.+) is no check of digits.*", _("%(a)s is no check of digits; choose one of the list.")),
    (r"Step \S+: The survey has no question.*", _("The survey has no question; give it one.")),
    (r"Step \S+: Key (?P<a>\S+) both stays in the queue and leaves it.*", _("The key %(a)s both stays in the queue and leaves it; choose another.")),
    (r"Step \S+: It takes numbers of (?P<a>\d+) to (?P<b>\d+) digits.*", _("It takes numbers of %(a)s to %(b)s digits; the first must not be greater.")),
    (r"Step \S+: (?P<a>.+) can't be remembered: names with _ in front.*", _("%(a)s can't be remembered: names with _ in front are the steps' own; rename it.")),
    (r"Step \S+: The rule has no condition.*", _("The rule has no condition; give it one.")),
    (r"Step \S+: (?P<a>.+) is no condition; there are.*", _("%(a)s is no condition; choose one of the list.")),
    (r"Step \S+: (?P<a>\S+) asks for a time of day such as 16:00, not (?P<b>.+)\.", _("%(a)s asks for a time of day such as 16:00, not %(b)s.")),
    (r"Step \S+: (?P<a>\S+) asks for a number of seconds such as 60, not (?P<b>.+)\.", _("%(a)s asks for a number of seconds such as 60, not %(b)s.")),
    (r"Step \S+: (?P<a>\S+) asks for weekdays such as mon,fri, not (?P<b>.+)\.", _("%(a)s asks for weekdays such as mon,fri, not %(b)s.")),
    (r"Step \S+: (?P<a>\S+) asks for one of zh, en, not (?P<b>.+)\.", _("%(a)s asks for zh or en, not %(b)s.")),
    (r"Step \S+: (?P<a>\S+) asks for a name, or NAME=VALUE, not (?P<b>.+)\.", _("%(a)s asks for a name, or name=value, not %(b)s.")),
    (r"Step \S+: (?P<a>\S+) asks for a number such as 3, not (?P<b>.+)\.", _("%(a)s asks for a number such as 3, not %(b)s.")),
    (r"Step \S+: (?P<a>\S+) asks for the name of opening hours\.", _("%(a)s asks for opening hours; choose them.")),
    (r"Step \S+: (?P<a>.+) is no name\.", _("%(a)s is no name.")),
    (r"Step \S+: (?P<a>\S+) asks for the name of a queue\.", _("%(a)s asks for a queue; choose one.")),
    (r"Step \S+: 'passed' counts how often.*", _("How often the call came here is for rules; a queue's announcement can't ask for it.")),
    (r"Step \S+: (?P<a>.+) is no name of a mailbox.*", _("%(a)s is no name of a mailbox; write it with letters, digits and _ - .")),
    (r"Step \S+: (?P<a>.+) are no keys that end a recording.*", _("%(a)s are no keys that end a recording; use 0-9, * and #.")),
    (r"Step (?P<a>.+) books callbacks for the queue (?P<b>.+), which calls nobody back; enable.*", _("The step %(a)s books callbacks for the queue %(b)s, which calls nobody back; switch them on there.")),
    (r"(?P<a>.+) is no part; choose one of the list\.", _("%(a)s is no part; choose one of the list.")),
    (r"is no way in which this part ends; clear it\.", _("The part does not end so; clear it.")),
    # flows
    (r"The flow (?P<a>.+) has no release (?P<b>\d+); there is (?P<c>.+)\. Put.*", _("The flow %(a)s has no release %(b)s; there is %(c)s. Put its file into the folder of flows, or choose another.")),
    (r"The file changed, and the release of (?P<a>.+) is still (?P<b>\d+): .* Write release = (?P<c>\d+) .*", _("The file changed, and the release of %(a)s is still %(b)s: new calls get the new code, calls under way keep the old. Write release = %(c)s in the class, so that records tell them apart.")),
    (r"There is no flow (?P<a>.+); the flows are: (?P<b>.+)\.", _("There is no flow named %(a)s; there are %(b)s.")),
    (r"The configuration has no (?P<kind>[a-z ]+?) (?P<a>'.*'); add it, or name another in (?P<b>.+)\.", _("The configuration has no %(kind)s %(a)s; add it, or name another in %(b)s.")),
    (r"Step (?P<a>.+) names the (?P<kind>[a-z ]+?) (?P<b>'.*'), which the configuration does not have; add it, or change the flow\.", _("The step %(a)s names the %(kind)s %(b)s, which there is not; add it, or have the flow changed.")),
    (r"Step (?P<a>.+) asks for (?P<b>.+), which is no skill expression; correct it in the flow\.", _("The step %(a)s asks for the skills %(b)s, which can't be read; have the flow changed.")),
    (r"The flow (?P<a>.+) has no such parameter; it has: (?P<b>.+)\.", _("The flow %(a)s has no such parameter; it has: %(b)s.")),
)  # fmt: skip

_COMPILED = tuple((re.compile(pattern, re.DOTALL), said) for pattern, said in SENTENCES)


def translated(sentence: str) -> str:
    first = sentence.partition("\n")[0]
    for pattern, said in _COMPILED:
        match = pattern.fullmatch(first)
        if match is not None:
            groups = match.groupdict()
            return str(said) % {**groups, "kind": NAMED.get(groups.get("kind", ""), "")}
    return sentence


# What a flow can name, as ``flow.uses`` calls it.
NAMED: dict[str, Any] = {
    "queue": _("queue"),
    "opening hours": _("opening hours"),
    "agent": _("agent"),
    "target or agent": _("target or agent"),
    "service": _("service"),
    "voice agent": _("voice agent"),
    "emergency message": _("emergency message"),
    "break reason": _("break reason"),
    "music": _("music"),
    "skills such as": _("skills such as"),
}


SECTIONS: dict[str, Any] = {
    "queue": _("Queue"),
    "agent": _("Agent"),
    "user": _("User"),
    "release": _("Release"),
    "call": _("Call"),
    "queues": _("Queue"),
    "agents": _("Agent"),
    "entries": _("Number dialled"),
    "hours": _("Opening hours"),
    "texts": _("Text"),
    "break_reasons": _("Reason for a break"),
    "composed": _("Flow"),
    "emergencies": _("Emergency message"),
    "targets": _("Outside party"),
    "voice_agents": _("Voice agent"),
    "services": _("Service"),
    "callers": _("Caller"),
    "music": _("Hold music"),
}

FIELDS: dict[str, Any] = {
    "title": _("title"),
    "title.zh": _("title, Chinese"),
    "title.en": _("title, English"),
    "skills": _("skills"),
    "strategy": _("who is rung first"),
    "hours": _("opening hours"),
    "patience_s": _("patience"),
    "max_wait_s": _("longest wait"),
    "max_length": _("most callers"),
    "ring_s": _("ring an agent"),
    "wrap_up_s": _("wrap-up"),
    "target_s": _("service level within"),
    "short_abandon_s": _("hang-up “at once” within"),
    "record": _("record the talks"),
    "announcement": _("announcement"),
    "announcement.enabled": _("announcement"),
    "announcement.dry_run": _("announcement, dry run"),
    "announcement.max_share": _("announcement, greatest share"),
    "announcement.text": _("announcement, text"),
    "announcement.text.zh": _("announcement, Chinese"),
    "announcement.text.en": _("announcement, English"),
    "after_s": _("after a wait of"),
    "when": _("only if"),
    "to": _("to the queue"),
    "zone": _("time zone"),
    "week": _("week"),
    "exceptions": _("special day"),
    "closed_until": _("closed by hand until"),
    "contact": _("phone"),
    "max_misses": _("misses before a break"),
    "team": _("team"),
    "lead": _("may switch emergency messages by telephone"),
    "order": _("place in the list"),
    "weight": _("weight"),
    "zh": _("Chinese"),
    "en": _("English"),
    "entries": _("numbers dialled"),
    "queues": _("queues"),
    "until": _("on until"),
    "hang_up": _("hangs up after it"),
    "waiting": _("said to those who wait"),
    "relaxation": _("relaxation"),
    "overflow": _("overflow"),
    "reserve.skills": _("reserve agents"),
    "reserve.load_on": _("reserve, joins above"),
    "reserve.load_off": _("reserve, leaves below"),
    "spoken.position": _("position is told"),
    "spoken.estimate": _("estimate is told"),
    "spoken.every_s": _("told every"),
    "sticky_s": _("waits for the agent of before"),
    "hard_bound": _("first of all after"),
    "progressive_s": _("one more phone every"),
    "wrap_up_mode": _("wrap-up mode"),
    "wrap_up_cap_s": _("wrap-up at most"),
    "service_level": _("formula of the service level"),
    "goal": _("goal"),
    "music": _("music"),
    "music_shuffled": _("music, shuffled"),
    "announcement.short_estimate_s": _("announcement, not below an estimate of"),
    "announcement.windows": _("announcement, quiet times named"),
    "announcement.weeks": _("announcement, weeks learned from"),
    "callback.enabled": _("callback"),
    "callback.tries": _("callback, tries"),
    "callback.quarantine_s": _("callback, first rest"),
    "callback.retry_s": _("callback, further rests"),
    "number": _("number"),
    "flow": _("flow"),
    "language": _("language"),
    "release": _("release of the flow"),
    "trial": _("trial"),
    "trial.release": _("trial, release"),
    "trial.share": _("trial, share"),
    "trial.callers": _("trial, test caller"),
    "parameters": _("parameter"),
    "trial.parameters": _("trial, parameter"),
    "callback.confirm_s": _("callback, time to press 1"),
    "callback.ring_s": _("callback, ring the caller"),
    "callback.valid_s": _("callback, failed after"),
    "key": _("key of the number"),
    "name": _("name"),
    "shown": _("number"),
    "label": _("name"),
    "vip": _("VIP points"),
    "blocked": _("blocked"),
    "most_s": _("may talk"),
    "context": _("what it may be sent"),
    "facts": _("what it may tell"),
    "url": _("address"),
    "method": _("method"),
    "headers": _("header"),
    "send": _("field that is sent"),
    "answers": _("fact that is remembered"),
    "deadline_s": _("answer within"),
    "tries": _("tries"),
    "circuit_failures": _("left alone after failures"),
    "circuit_s": _("left alone for"),
    "pieces": _("pieces"),
}


TABLES = ("skills", "week", "exceptions", "headers", "send", "answers")  # fields that hold names of their own
NOBODY: Mapping[str, ListedCaller] = {}


def place(path: str, callers: Mapping[str, ListedCaller] = NOBODY) -> str:
    """``queues.support.patience_s`` -> ``Queue support: patience``. ``callers``: whose numbers stand in the place of their keys."""
    section, _dot, rest = path.partition(".")
    name, _dot, inside = rest.partition(".")
    if section not in SECTIONS:
        return field_word(path)
    if section == "callers" and name in callers:
        name = " ".join(filter(None, (callers[name].shown, callers[name].label)))
    said = f"{SECTIONS[section]} {name}"
    field = place_in_flow(inside) if section == "composed" else field_word(inside)
    return gettext("%(object)s: %(field)s", object=said, field=field) if inside else said


def field_word(path: str) -> str:
    if path in FIELDS:
        return str(FIELDS[path])
    for group in ("parameters", "trial.parameters", "trial.callers"):
        if path.startswith(f"{group}."):
            rest = path.removeprefix(f"{group}.")
            return str(FIELDS[group]) if group == "trial.callers" else f"{FIELDS[group]} {rest}"
    first, _dot, rest = path.partition(".")
    if first in ("relaxation", "overflow"):  # relaxation.2.when: the row of a list
        number, _dot, inside = rest.partition(".")
        return f"{FIELDS[first]} {number}, {field_word(inside)}" if inside else f"{FIELDS[first]} {number}".strip()
    return f"{FIELDS[first]} {rest}" if rest and first in TABLES else path
