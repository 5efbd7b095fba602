"""Queue: wait for an agent, with the busy-aware off-peak announcement, and talk.

Who gets whom, and whether the announcement is earned, the desk decides; it tells by events. Here stands what the caller
hears in each phase, what a key does, and where each end of the waiting leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from callcontrol.flow.call import HEARD, JOINED, Call
from callcontrol.flow.commands import (
    Command,
    Hold,
    JoinQueue,
    LeaveQueue,
    MessageHeard,
    Prompt,
    StayInQueue,
)
from callcontrol.flow.commands import Play as PlayNow
from callcontrol.flow.events import (
    EmergencyNews,
    Event,
    Key,
    MessageGranted,
    Offered,
    OfferFailed,
    Played,
    Released,
    TalkBegan,
    TalkEnded,
    WaitNews,
)
from callcontrol.flow.facts import EmergencyFacts
from callcontrol.flow.move import FlowTrouble, Move, Target, Way, go
from callcontrol.flow.record import QueueVisit
from callcontrol.flow.steps.emergency import HEARD as HEARD_EMERGENCIES
from callcontrol.flow.steps.emergency import going_to, hearing, said, was_heard
from callcontrol.flow.steps.step import Step, Value
from callcontrol.flow.when import ZONE, problems_of, still_hold, window
from callcontrol.values.waits import BUCKETS, next_said, prompt_of

BRANCHES = ("still_busy", "away", "nobody", "timeout", "full", "closed")

OFFPEAK = "offpeak"
FAULT = "fault"  # as a branch of ``Released``: nobody decides about those who wait
# Phases in which the caller hears words: an offer brings the music back.
SPEAKING = ("message", "news")
# What the desk's news may be said with, whatever the flow is.
NEWS = ("wait.next", "wait.one_ahead", "queue.position", *(f"wait.{name}" for _, name in BUCKETS))

# Names in the call's context that this step keeps.
STAYED = "_stayed"  # the visit in which the caller chose to stay
LEFT = "_left"  # the visit that ended last without a talk: its place may become a callback
REFUSED = "callback_refused"  # why the last booking of a callback was refused, for a choice of the flow's
TALK = "talk"  # the last talk: queue, agent, offer, talk_s


@dataclass(frozen=True)
class Queue(Step):
    """Waits in ``queue``. Every end of the waiting is named: the branches that the desk may decide (``still_busy`` is
    after the announcement), the ``exit_keys``, and ``after_talk``.

    ``message`` is the key of the announcement; a queue with a text of its own says ``queue.NAME.KEY`` instead (the
    catalogue falls back to ``KEY``). ``stay_key``, in the announcement or after it, goes on waiting. ``prefer`` names an
    agent to wait for, as long as the queue's rules say (``sticky_s``). A call that the queue's rules send on to another
    queue (overflow) stays in this step: same exits, same music, the waiting time kept.

    ``message_when``: conditions (``flow.when``) that must hold besides what the desk asks for, before the announcement is
    said; they can only make it rarer. Times of day are those of ``zone``. A caller whose number is blocked (``callers`` of the
    configuration) goes to ``blocked`` (default: as ``closed``), and is counted so."""

    kind: ClassVar[str] = "queue"
    names: ClassVar[Mapping[str, str]] = {"queue": "queue", "prefer": "agent", "needs": "skills", "music": "music"}
    queue: Value[str]
    after_talk: Target
    still_busy: Target
    away: Target
    nobody: Target
    timeout: Target
    full: Target
    closed: Target
    message: str = OFFPEAK
    stay_key: str = "1"
    exit_keys: Mapping[str, Target] = field(default_factory=dict)
    music: Value[str] = ""
    needs: Value[str] = ""
    vip: Value[int] = 0
    prefer: Value[str] = ""
    message_when: tuple[str, ...] = ()
    zone: str = ZONE
    blocked: Target | None = None

    # --- coming in ----------------------------------------------------------------------------------------------------
    def enter(self, call: Call) -> Move:
        queue = str(call.value(self.queue))
        if not queue or (call.facts.queue_hours and queue not in call.facts.queue_hours):
            raise FlowTrouble(f"The flow leads to the queue {queue!r}, which the configuration does not have.")
        wait = call.record.wait + 1
        joined = {**call.context.get(JOINED, {})}
        first_joined_at = joined.setdefault(queue, call.facts.at)
        visit = QueueVisit(queue, f"{call.record.call}:{wait}", first_joined_at)
        kept = {name: value for name, value in call.context.items() if name != REFUSED}  # of before this waiting
        move = self._join(call, visit, {**kept, JOINED: joined})
        if call.facts.listed.blocked:
            return _blocked(self, move, visit)
        emergency = call.emergency_of(queue)
        if emergency is None:
            return move
        return _sent_away(emergency, move, visit) if emergency.hang_up else _told(call, emergency, move)

    def again(self, call: Call) -> Move:
        visit = call.record.visit
        if visit is None:
            return self.enter(call)
        if visit.phase == "talking":  # it ended while nobody watched
            return self._after_talk(call, visit, 0.0)
        return self._join(call, _rings(visit, {}), call.context)

    def _join(self, call: Call, visit: QueueVisit, context: Mapping[str, Any]) -> Move:
        wait = call.record.wait + 1
        after_s, until = window(self.message_when, call, visit.queue, self.zone) if self.message_when else (0.0, 0.0)
        join = JoinQueue(
            wait,
            visit.queue,
            visit.visit,
            visit.first_joined_at,
            needs=str(call.value(self.needs)),
            vip=int(call.value(self.vip)),
            prefer=str(call.value(self.prefer)),
            came_from=visit.came_from,
            message_after_s=after_s,
            message_until=until,
        )
        hold = Hold(wait, str(call.value(self.music)))
        return Move(commands=(join, hold), changes={"wait": wait, "visit": visit, "context": context})

    # --- while waiting ------------------------------------------------------------------------------------------------
    def take(self, call: Call, event: Event) -> Move | None:
        visit = call.record.visit
        if visit is None:
            return None
        if isinstance(event, TalkEnded):
            return self._after_talk(call, visit, event.talk_s)
        if visit.phase == "talking":
            return None
        match event:
            case TalkBegan():
                talking = _rings(visit, {event.offer: event.agent})
                return _phase(replace(talking, phase="talking", talk_at=call.facts.at))
            case Offered():
                offered = _rings(visit, {**_ringing(visit), event.offer: event.agent})
                return self._hold(call, offered) if visit.phase in SPEAKING else _phase(offered)
            case OfferFailed() if event.offer in _ringing(visit):
                return _phase(_rings(visit, {o: agent for o, agent in _ringing(visit).items() if o != event.offer}))
            case MessageGranted():
                return self._message(call, visit)
            case WaitNews() if visit.phase == "waiting":
                return self._news(call, visit, event)
            case EmergencyNews():
                return self._emergency(call, visit)
            case Played() if visit.phase == "news":
                return self._hold(call, replace(visit, phase="waiting"))
            case Played() if visit.phase == "message":
                heard = replace(visit, phase="waiting", message_heard=True)
                hold = self._hold(call, heard, MessageHeard(visit.visit))
                return Move(commands=hold.commands, changes={**hold.changes, "context": _heard(call, visit.queue)})
            case Released():
                if event.branch == "overflow":
                    return self._overflow(call, visit, event.to)
                return self._released(call, visit, event.branch)
            case Key():
                return self._key(call, visit, event.key)
        return None

    def _message(self, call: Call, visit: QueueVisit) -> Move | None:
        if visit.phase == "message":
            return None
        if call.context.get(STAYED) == visit.visit:  # the grant and the caller's key crossed
            return Move(commands=(StayInQueue(visit.visit),))
        if visit.message_heard:
            return Move(commands=(MessageHeard(visit.visit),))
        if visit.queue in call.context.get(HEARD, []):  # came back all the same: that is an answer
            context = call.remembering(**{STAYED: visit.visit})
            return Move(commands=(StayInQueue(visit.visit),), changes={"context": context})
        if not still_hold(self.message_when, call, visit.queue, self.zone):  # the line closed meanwhile
            return Move(
                commands=(StayInQueue(visit.visit),), changes={"context": call.remembering(**{STAYED: visit.visit})}
            )
        wait = call.record.wait + 1
        said = self._announcement(call, visit.queue)
        playing = replace(_rings(visit, {}), phase="message")
        return Move(commands=(PlayNow(wait, said, call.language),), changes={"wait": wait, "visit": playing})

    def _announcement(self, call: Call, queue: str) -> tuple[Prompt, ...]:
        """The text that a supervisor fixed; else the quiet times of this queue, where they are known; else the shipped one."""
        quiet = call.facts.quiet.get(queue, "")
        if not quiet or self.message != OFFPEAK:
            return (visit_message(queue, self.message),)
        return Prompt("offpeak.busy"), Prompt("quiet_time", {"when": quiet}), Prompt("offpeak.stay")

    def _news(self, call: Call, visit: QueueVisit, news: WaitNews) -> Move | None:
        """Said between the music; an offer or the announcement cuts it."""
        said: list[Prompt] = []
        after = replace(visit, phase="news", said_serving=news.serving)
        if news.ahead is not None:
            said.append(position_prompt(news.ahead))
            after = replace(after, said_ahead=news.ahead)
        if news.bucket is not None:
            overtaken = news.ahead is not None and visit.said_ahead >= 0 and news.ahead > visit.said_ahead
            bucket = next_said(news.bucket, visit.said_bucket, overtaken or news.serving < visit.said_serving)
            said.append(Prompt(prompt_of(bucket)))
            after = replace(after, said_bucket=bucket)
        if not said:
            return None
        wait = call.record.wait + 1
        return Move(commands=(PlayNow(wait, tuple(said), call.language),), changes={"wait": wait, "visit": after})

    def _emergency(self, call: Call, visit: QueueVisit) -> Move | None:
        """Said between the music, once; a phone that rings for the caller, or words that are being said, come before it. Where it
        closes the line, the caller leaves first: nobody is offered who hears that nobody can help."""
        emergency = call.emergency_of(visit.queue)
        if emergency is None or not emergency.waiting or visit.phase != "waiting":
            return None
        if emergency.hang_up:
            leave = LeaveQueue(visit.visit, "emergency")
            return Move(going_to(emergency), "emergency", (leave,), {"visit": None})
        if was_heard(call, emergency):
            return None
        wait = call.record.wait + 1
        changes = {"wait": wait, "visit": replace(visit, phase="news"), "context": hearing(call, emergency)}
        return Move(commands=(PlayNow(wait, (said(emergency),), call.language),), changes=changes)

    def _key(self, call: Call, visit: QueueVisit, key: str) -> Move | None:
        story = (("keys", {"step": self.name, "keys": key}),)
        if key in self.exit_keys:
            leave = LeaveQueue(visit.visit, "exit_key")
            return Move(
                go(self.exit_keys[key]), f"key {key}", (leave,), {"visit": None, "context": _left(call, visit)}, story
            )
        in_message = visit.phase == "message"
        stayed = call.context.get(STAYED) == visit.visit
        if key != self.stay_key or stayed or not (in_message or visit.message_heard):
            return None
        context = call.remembering(**{STAYED: visit.visit})
        stay = StayInQueue(visit.visit)
        if not in_message:  # music plays already, or an agent's phone rings
            return Move(commands=(stay,), changes={"context": context}, story=story)
        hold = self._hold(call, replace(visit, phase="waiting", message_heard=True), stay)
        return Move(commands=hold.commands, changes={**hold.changes, "context": context}, story=story)

    def _hold(self, call: Call, visit: QueueVisit, *first: Command) -> Move:
        wait = call.record.wait + 1
        hold = Hold(wait, str(call.value(self.music)))
        return Move(commands=(*first, hold), changes={"wait": wait, "visit": visit})

    # --- ends of the waiting ------------------------------------------------------------------------------------------
    def _released(self, call: Call, visit: QueueVisit, branch: str) -> Move | None:
        if branch == FAULT:
            if visit.phase == "offered":  # that phone rings all the same
                return None
            raise FlowTrouble(f"Nobody decides about the queue {visit.queue!r} now; see callcontrol status.")
        if branch not in BRANCHES:
            raise FlowTrouble(f"The queue {visit.queue!r} gave the call back for {branch!r}, which no flow knows.")
        if branch == "still_busy" and call.context.get(STAYED) == visit.visit:
            # The caller's key and the desk's decision crossed: the caller chose to stay, and keeps the place.
            fresh = QueueVisit(visit.queue, f"{call.record.call}:{call.record.wait + 1}", visit.first_joined_at)
            return self._join(call, fresh, call.context)
        return Move(go(getattr(self, branch)), branch, changes={"visit": None, "context": _left(call, visit)})

    def _overflow(self, call: Call, visit: QueueVisit, to: str) -> Move:
        """The call goes on waiting in another queue, in its own step, with its waiting time. Who chose to stay stays."""
        if not to:
            raise FlowTrouble(f"The queue {visit.queue!r} sent the call to another queue and did not say to which.")
        name = f"{call.record.call}:{call.record.wait + 1}"
        there = QueueVisit(to, name, visit.first_joined_at, came_from=visit.queue)
        joined = {**call.context.get(JOINED, {})}
        joined[to] = min(joined.get(to, there.first_joined_at), there.first_joined_at)
        stays = call.context.get(STAYED) == visit.visit
        context = call.remembering(**{JOINED: joined, **({STAYED: name} if stays else {})})
        move = self._join(call, there, context)
        if not stays:
            return move
        join, *rest = move.commands
        return Move(commands=(join, StayInQueue(name), *rest), changes=move.changes)

    def _after_talk(self, call: Call, visit: QueueVisit, talk_s: float) -> Move:
        over = (visit.queue, visit.came_from)
        joined = {q: at for q, at in call.context.get(JOINED, {}).items() if q not in over}
        talk = {"queue": visit.queue, "agent": visit.agent, "offer": visit.offer, "talk_s": talk_s}
        context = call.remembering(**{JOINED: joined, TALK: talk})
        return Move(go(self.after_talk), "after the talk", changes={"visit": None, "context": context})

    # --- declaration --------------------------------------------------------------------------------------------------
    def ways(self) -> tuple[Way, ...]:
        ways = [Way("after the talk", go(self.after_talk).step, bounded=True)]
        ways += [Way(branch.replace("_", " "), go(getattr(self, branch)).step) for branch in BRANCHES]
        ways += [Way(f"key {key}", go(target).step, bounded=True) for key, target in self.exit_keys.items()]
        ways += [Way("blocked", go(self.blocked).step)] if self.blocked is not None else []
        return tuple(ways)

    def prompts(self) -> tuple[Prompt, ...]:
        learned = ("offpeak.busy", "quiet_time", "offpeak.stay") if self.message == OFFPEAK else ()
        values: dict[str, str | int] = {"ahead": 2, "when": "mon 09:30-10:30"}
        return (Prompt(self.message), *(Prompt(key, values) for key in (*NEWS, *learned)))

    def problems(self) -> list[str]:
        found = problems_of(self.message_when, in_queue=True)
        if self.stay_key in self.exit_keys:
            found.append(f"Key {self.stay_key} both stays in the queue and leaves it; choose another.")
        return found

    def conditions(self) -> tuple[str, ...]:
        return self.message_when


def position_prompt(ahead: int) -> Prompt:
    """How many callers are in front."""
    if ahead <= 1:
        return Prompt("wait.one_ahead" if ahead else "wait.next")
    return Prompt("queue.position", {"ahead": ahead})


def visit_message(queue: str, key: str) -> Prompt:
    """The announcement of that queue; the catalogue falls back to the shipped text of ``key``."""
    return Prompt(f"queue.{queue}.{key}")


def _left(call: Call, visit: QueueVisit) -> dict[str, Any]:
    return call.remembering(**{LEFT: {"queue": visit.queue, "visit": visit.visit, "step": call.record.step}})


def _heard(call: Call, queue: str) -> dict[str, Any]:
    heard = [q for q in call.context.get(HEARD, []) if q != queue]
    return call.remembering(**{HEARD: [*heard, queue]})


def _ringing(visit: QueueVisit) -> dict[str, str]:
    """The phones that ring: offer -> agent."""
    return {visit.offer: visit.agent, **visit.others} if visit.phase == "offered" else {}


def _rings(visit: QueueVisit, phones: Mapping[str, str]) -> QueueVisit:
    """The visit while these phones ring; with none of them it waits."""
    if not phones:
        return replace(visit, phase="waiting", offer="", agent="", others={})
    offer, *others = phones
    return replace(
        visit, phase="offered", offer=offer, agent=phones[offer], others={name: phones[name] for name in others}
    )


def _phase(visit: QueueVisit) -> Move:
    return Move(changes={"visit": visit})


def _blocked(step: Queue, joining: Move, visit: QueueVisit) -> Move:
    target, branch = (step.closed, "closed") if step.blocked is None else (step.blocked, "blocked")
    changes = {**joining.changes, "visit": None}
    return Move(go(target), branch, (joining.commands[0], LeaveQueue(visit.visit, "blocked")), changes)


def _sent_away(emergency: EmergencyFacts, joining: Move, visit: QueueVisit) -> Move:
    """Counted as one who came and was sent away: into the queue and out of it in the same moment."""
    leave = LeaveQueue(visit.visit, "emergency")
    changes = {**joining.changes, "visit": None}
    return Move(going_to(emergency), "emergency", (joining.commands[0], leave), changes)


def _told(call: Call, emergency: EmergencyFacts, joining: Move) -> Move:
    """In line already while it is said: an agent who is free cuts it."""
    if was_heard(call, emergency):
        return joining
    wait, visit, context = (joining.changes[name] for name in ("wait", "visit", "context"))
    said_first = PlayNow(wait, (said(emergency),), call.language)
    heard = {**context, HEARD_EMERGENCIES: hearing(call, emergency)[HEARD_EMERGENCIES]}
    changes = {**joining.changes, "visit": replace(visit, phase="news"), "context": heard}
    return Move(commands=(joining.commands[0], said_first), changes=changes)
