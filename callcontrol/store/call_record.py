"""The call record as a pure function of the call's story: the same lines, in whatever order and however often they were
read, give the same record. It reads the lines of ``ports.journal.STORY_KINDS`` and knows no database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from callcontrol.ports.journal import StoryLine
from callcontrol.store.story_data import number_of, release_of, text_of
from callcontrol.store.texts import harmless
from callcontrol.values.numbers import masked
from callcontrol.values.outcomes import Outcome

SURVEY_KEYS = range(1, 6)
# What the record is made of. The other kinds, and those of a newer release, stay in the story alone.
HEARD = frozenset(
    {
        "began",
        "joined",
        "message",
        "talk_began",
        "talk_ended",
        "party_began",
        "party_ended",
        "visit_ended",
        "recording_began",
        "recording_ended",
        "voicemail_began",
        "voicemail_ended",
        "survey",
        "ended",
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """A story line as it is kept: harmless to every database, with the digest that makes a repeated one the same line and
    a position that sorts as text."""

    position: str
    digest: str
    line: StoryLine


@dataclass(slots=True)
class Visit:
    call: str
    visit: str
    queue: str
    joined_at: float
    first_joined_at: float
    agent: str = ""
    ended_at: float | None = None
    outcome: str = Outcome.WAITING.value
    wait_s: float | None = None
    talk_s: float | None = None
    message: bool = False
    detail: str = ""


@dataclass(slots=True)
class Recording:
    """``ended_at`` is that of its call where nobody saw the recording itself end. ``settled``: nothing more that its check
    needs can come."""

    recording: str
    call: str
    queue: str
    agent: str
    path: str
    began_at: float
    ended_at: float | None = None
    seconds: float | None = None
    talk_s: float | None = None
    settled: bool = False


@dataclass(slots=True)
class Voicemail:
    """``how`` it ended: kept, discarded, silence, too_short, failed; "" where the caller hung up meanwhile."""

    message: str
    call: str
    box: str
    path: str
    began_at: float
    min_s: float = 0.0
    ended_at: float | None = None
    how: str = ""
    seconds: float | None = None


@dataclass(slots=True)
class Call:
    call: str
    began_at: float
    ended_at: float | None = None
    number: str = ""
    number_key: str = ""
    destination: str = ""
    entry: str = ""
    flow: str = ""
    flow_release: int = 0
    release: int = 0  # of the configuration
    trial: str = ""
    language: str = ""
    node: str = ""
    queue: str = ""
    agent: str = ""
    outcome: str = ""
    wait_s: float | None = None
    talk_s: float | None = None
    cause: str = ""
    ended_by: str = ""
    survey: dict[str, int | None] = field(default_factory=dict)


END_OF_TIME = 253_000_000_000.0  # in the year 9987: what lies beyond is no time that could be shown


@dataclass(frozen=True, slots=True)
class CallRecord:
    call: Call
    visits: tuple[Visit, ...]
    recordings: tuple[Recording, ...]
    voicemails: tuple[Voicemail, ...] = ()


@dataclass(slots=True)
class _Talk:
    offer: str
    agent: str
    visit: Visit | None
    began_at: float
    ended_at: float | None = None
    talk_s: float | None = None


def told(position: str, line: StoryLine) -> Told:
    """The line as it is kept. A number that came unmasked by mistake is masked here: it must not reach a disk."""
    data = harmless(dict(line.data))
    number = data.get("number")
    if isinstance(number, str) and sum(character.isdigit() for character in number) > 6 and "*" not in number:
        data["number"] = masked(number)
    at = float(line.at) if isinstance(line.at, int | float) and 0 <= line.at < END_OF_TIME else 0.0
    kept = StoryLine(harmless(str(line.call)), at, harmless(str(line.kind)), data)
    text = orjson.dumps([kept.call, kept.at, kept.kind, kept.data], option=orjson.OPT_SORT_KEYS)
    return Told(sortable(position), hashlib.sha256(text).hexdigest()[:32], kept)


def sortable(position: str) -> str:
    """Redis positions (``1700000000000-12``) as texts that sort like the numbers."""
    milliseconds, _, number = position.partition("-")
    if milliseconds.isdigit() and (number.isdigit() or not number):
        return f"{int(milliseconds):020d}-{int(number or 0):010d}"
    return str(harmless(position))


def record_of(lines: Iterable[Told]) -> CallRecord:
    """The record of one call; ``lines`` are all of it that are of ``HEARD`` kinds (others change nothing but the time when
    a call without ``began`` is taken to have begun), at least one, in any order, repeated or not."""
    distinct: dict[str, Told] = {}
    for one in lines:
        known = distinct.get(one.digest)
        if known is None or one.position < known.position:
            distinct[one.digest] = one
    ordered = sorted(distinct.values(), key=lambda one: (one.line.at, one.position, one.digest))
    telling = _Telling(ordered[0].line)
    for one in ordered:
        telling.hear(one.line)
    return telling.record()


class _Telling:
    """Hears the lines of one call in order of time. Of what can happen once, the first telling counts: a controller that
    was paused may tell the end of a call a second time."""

    def __init__(self, first: StoryLine) -> None:
        self._call = Call(first.call, first.at)
        self._began = False
        self._visits: dict[str, Visit] = {}
        self._talks: dict[str, _Talk] = {}
        self._parties: dict[str, _Talk] = {}  # talks with others than agents: no agent's work, but perhaps recorded
        self._recordings: dict[str, Recording] = {}
        self._voicemails: dict[str, Voicemail] = {}
        self._talk_of: dict[str, _Talk | None] = {}

    def hear(self, line: StoryLine) -> None:
        if line.kind in HEARD:
            getattr(self, f"_on_{line.kind}")(line.at, line.data)

    def record(self) -> CallRecord:
        call = self._call
        visits = sorted(self._visits.values(), key=lambda visit: (visit.joined_at, visit.visit))
        if call.ended_at is not None:
            for visit in visits:
                self._close(visit, call.ended_at)
        if visits:
            last = visits[-1]
            call.queue, call.outcome, call.wait_s = last.queue, last.outcome, last.wait_s
        talked = [talk for talk in self._talks.values() if talk.talk_s is not None]
        if talked:
            call.talk_s = sum(talk.talk_s or 0.0 for talk in talked)
        for voicemail in self._voicemails.values():
            if voicemail.ended_at is None:
                voicemail.ended_at = call.ended_at
        recordings = tuple(self._finished(one) for one in self._recordings.values())
        return CallRecord(call, tuple(visits), recordings, tuple(self._voicemails.values()))

    def _on_began(self, at: float, data: Mapping[str, Any]) -> None:
        if self._began:
            return
        self._began = True
        call = self._call
        call.began_at = at
        call.number = text_of(data, "number")
        call.number_key = text_of(data, "number_key")
        call.destination = text_of(data, "destination")
        call.entry = text_of(data, "entry")
        call.flow = text_of(data, "flow")
        call.flow_release, call.release = release_of(data, "flow_release"), release_of(data, "release")
        call.trial = text_of(data, "trial")
        call.language = text_of(data, "language")
        call.node = text_of(data, "node")
        if text_of(data, "callback_of"):  # told when the two talk; the visit is counted with the call that booked it
            call.queue, call.outcome = text_of(data, "queue"), Outcome.CALLBACK_DONE.value

    def _on_joined(self, at: float, data: Mapping[str, Any]) -> None:
        visit = self._visit(at, data)
        first = number_of(data, "first_joined_at")
        if first is not None:
            visit.first_joined_at = min(visit.first_joined_at, first)

    def _on_message(self, _at: float, data: Mapping[str, Any]) -> None:
        queue = text_of(data, "queue")
        for visit in reversed(self._visits.values()):
            if not queue or visit.queue == queue:
                visit.message = True
                return

    def _on_talk_began(self, at: float, data: Mapping[str, Any]) -> None:
        offer = text_of(data, "offer")
        if offer in self._talks:
            return
        visit = self._visit(at, data) if text_of(data, "visit") or text_of(data, "queue") else None
        talk = self._talks[offer] = _Talk(offer, text_of(data, "agent"), visit, at)
        self._call.agent = talk.agent
        if visit is not None:
            visit.agent = talk.agent
            if visit.outcome == Outcome.WAITING.value:
                # The talk is the answer; ``visit_ended`` says the same a moment later, or never if its teller died.
                visit.outcome = Outcome.ANSWERED.value
                visit.wait_s = max(0.0, at - visit.joined_at)

    def _on_talk_ended(self, at: float, data: Mapping[str, Any]) -> None:
        offer = text_of(data, "offer")
        talk = self._talks.get(offer)
        if talk is None:
            talk = self._talks[offer] = _Talk(offer, text_of(data, "agent"), None, at)
            self._call.agent = self._call.agent or talk.agent
        if talk.ended_at is not None:
            return
        talk.ended_at = at
        told_s = number_of(data, "talk_s")
        if told_s is None and data.get("by") != "system":
            told_s = max(0.0, at - talk.began_at)
        talk.talk_s = told_s  # None: nobody saw how long it lasted
        if talk.visit is not None:
            talk.visit.talk_s = (talk.visit.talk_s or 0.0) + (talk.talk_s or 0.0)

    def _on_party_began(self, at: float, data: Mapping[str, Any]) -> None:
        leg = text_of(data, "leg")
        self._parties.setdefault(leg, _Talk(leg, "", None, at))

    def _on_party_ended(self, at: float, data: Mapping[str, Any]) -> None:
        self._on_party_began(at, data)
        talk = self._parties[text_of(data, "leg")]
        if talk.ended_at is None:
            talk.ended_at = at
            talk.talk_s = number_of(data, "talk_s") if data.get("by") != "system" else None

    def _on_visit_ended(self, at: float, data: Mapping[str, Any]) -> None:
        visit = self._visit(at, data)
        outcome = text_of(data, "outcome") or Outcome.SYSTEM_LOST.value
        callback = outcome.startswith("callback_")
        # A visit that the queue had ended can still be booked, and what is booked ends once.
        booked = Outcome.CALLBACK_BOOKED.value
        follows = callback and (
            visit.outcome == booked or (outcome == booked and not visit.outcome.startswith("callback_"))
        )
        if visit.ended_at is not None and not follows:
            return
        visit.ended_at = at
        visit.outcome = outcome
        waited = number_of(data, "wait_s")
        if waited is not None:
            visit.wait_s = waited
        elif visit.wait_s is None:
            visit.wait_s = max(0.0, at - visit.joined_at)
        visit.detail = text_of(data, "detail")

    def _on_recording_began(self, at: float, data: Mapping[str, Any]) -> None:
        recording = text_of(data, "recording")
        if recording and recording not in self._recordings:
            self._recordings[recording] = Recording(
                recording, self._call.call, text_of(data, "queue"), text_of(data, "agent"), text_of(data, "path"), at
            )

    def _on_recording_ended(self, at: float, data: Mapping[str, Any]) -> None:
        self._on_recording_began(at, data)
        known = self._recordings.get(text_of(data, "recording"))
        if known is None or known.ended_at is not None:
            return
        known.ended_at = at
        known.seconds = number_of(data, "seconds")
        known.path = text_of(data, "path") or known.path

    def _on_voicemail_began(self, at: float, data: Mapping[str, Any]) -> None:
        message = text_of(data, "message")
        if message and message not in self._voicemails:
            call, box, path = self._call.call, text_of(data, "box"), text_of(data, "path")
            self._voicemails[message] = Voicemail(message, call, box, path, at, number_of(data, "min_s") or 0.0)

    def _on_voicemail_ended(self, at: float, data: Mapping[str, Any]) -> None:
        known = self._voicemails.get(text_of(data, "message"))
        if known is not None and known.ended_at is None:
            known.ended_at, known.how, known.seconds = at, text_of(data, "how"), number_of(data, "seconds")

    def _on_survey(self, _at: float, data: Mapping[str, Any]) -> None:
        answers = data.get("answers")
        if isinstance(answers, Mapping):
            for question, answer in answers.items():
                valid = isinstance(answer, int) and not isinstance(answer, bool) and answer in SURVEY_KEYS
                self._call.survey[question] = answer if valid else None

    def _on_ended(self, at: float, data: Mapping[str, Any]) -> None:
        if self._call.ended_at is None:
            self._call.ended_at = at
            self._call.cause = text_of(data, "cause")
            self._call.ended_by = text_of(data, "by")

    def _visit(self, at: float, data: Mapping[str, Any]) -> Visit:
        """The visit that ``data`` names. One of which nobody told that it began, began when we first heard of it."""
        queue = text_of(data, "queue")
        identity = text_of(data, "visit") or f"{self._call.call}:{queue}"
        visit = self._visits.get(identity)
        if visit is None:
            joined_at = at - (number_of(data, "wait_s") or 0.0)
            visit = self._visits[identity] = Visit(self._call.call, identity, queue, joined_at, joined_at)
        visit.queue = visit.queue or queue
        return visit

    def _close(self, visit: Visit, ended_at: float) -> None:
        """No visit outlives its call: one that nobody ended was answered if there was a talk, and is ours to answer for
        otherwise."""
        if visit.ended_at is not None:
            return
        visit.ended_at = ended_at
        if visit.outcome == Outcome.WAITING.value:
            visit.outcome = Outcome.SYSTEM_LOST.value
            visit.wait_s = max(0.0, ended_at - visit.joined_at)

    def _finished(self, recording: Recording) -> Recording:
        talk = self._talk_recorded(recording)
        call_ended_at = self._call.ended_at
        if talk is not None:
            recording.talk_s = talk.talk_s
        recording.settled = call_ended_at is not None or (
            recording.ended_at is not None and talk is not None and talk.ended_at is not None
        )
        if recording.ended_at is None:
            recording.ended_at = call_ended_at
        return recording

    def _talk_recorded(self, recording: Recording) -> _Talk | None:
        """The talk of the same agent that began nearest to the recording: one starts right after the other."""
        if recording.recording in self._parties:
            return self._parties[recording.recording]
        same = [talk for talk in self._talks.values() if not recording.agent or talk.agent == recording.agent]
        return min(same, key=lambda talk: abs(talk.began_at - recording.began_at), default=None)
