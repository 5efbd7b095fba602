"""What the desk must write now. Pure: the floor is read, never changed; what is decided becomes true when it comes back
from the journal. Deciding again before that gives the same answer.

Only what changed or whose time has come is looked at (``agenda``); ``tests/floor/reference.py`` decides the slow way, and
must agree.
"""

from __future__ import annotations

from typing import Protocol

from callcontrol.floor import announcement, callbacks
from callcontrol.floor import entries as e
from callcontrol.floor.agenda import Timer
from callcontrol.floor.floor import Floor
from callcontrol.floor.group_changes import groups_change
from callcontrol.floor.match import MAX_BATCH, Match
from callcontrol.floor.on_offers import LEASE_MARGIN_S
from callcontrol.floor.pools import Case
from callcontrol.floor.release import overflow_to, released_branch
from callcontrol.floor.visits import Call

__all__ = ["MAX_BATCH", "Identities", "decide", "next_wake"]


class Identities(Protocol):
    def new(self) -> str:
        """A new identity for an offer, used nowhere before."""
        ...


def decide(floor: Floor, now: float, identities: Identities) -> list[e.Entry]:
    """Everything that holds at ``now``, in the order in which it is to be written, consistent in itself: no agent and no
    call twice. What changes who may be offered what comes alone, and the rest in the next batch: leases that ran out,
    agents who go on break or away, callbacks that enter or leave the line, the reserve, relaxation steps, overflows."""
    _look_at_clock(floor, now)
    term = floor.term
    agenda = floor.index.agenda
    batch: list[e.Entry] = []
    if agenda.offers or agenda.missed:
        batch += _leases_and_misses(floor, now)
    if agenda.callbacks:
        batch += _callbacks(floor, now)
    freed: list[str] = []
    if agenda.wrap_ups:
        wrapped = _wrapped_up(floor, now)
        batch += [e.WrapUpOver(at=now, term=term, agent=name) for name in wrapped]
        freed = [name for name in wrapped if floor.agents[name].will_be_free(now)]
    if len(batch) > len(freed):  # somebody will be away: what that means is decided when it is so
        return batch
    also_free = [floor.agents[name] for name in (*freed, *floor.index.back_offs_over(now))]
    if agenda.queues or agenda.reserve or agenda.relax or agenda.overflow:
        changes = groups_change(floor, now, MAX_BATCH, also_free)
        if changes:
            return changes
    match = Match(floor, now, also_free)
    for call, agent, why in match.run():
        contact = agent.contact or floor.rules.agents[agent.name].contact
        ring_s = floor.rules.queues[call.queue].ring_s
        batch.append(
            e.Offered(
                at=now,
                term=term,
                offer=identities.new(),
                call=call.call,
                visit=call.visit,
                queue=call.queue,
                agent=agent.name,
                contact=contact,
                ring_s=ring_s,
                expires_at=now + ring_s + LEASE_MARGIN_S,
                why=why,
            )
        )
    if agenda.calls and len(match.taken) < MAX_BATCH:
        batch += _releases(floor, now, match)
    if agenda.announce and len(batch) < MAX_BATCH:
        batch += _announcements(floor, now, match, MAX_BATCH - len(batch))
    return batch


def next_wake(floor: Floor, now: float) -> float | None:
    """When to decide again if no entry comes before: ``now`` if something is open already, None for never."""
    agenda, index = floor.index.agenda, floor.index
    if agenda.something():
        return now
    wake = agenda.next_at(index.timer_is_true)
    for until in index.backing_off.values():
        if until > now and (wake is None or until < wake):
            wake = until
    return wake if wake is None or wake > now else now


def _look_at_clock(floor: Floor, now: float) -> None:
    """Put what is due on the agenda. A clock that was set back means that what was looked at may be open again."""
    index = floor.index
    if now < index.agenda.seen:
        index.rebuild(now)
    agenda = index.agenda
    agenda.seen = now
    for _, kind, name, _mark in agenda.ripe(now, index.timer_is_true):
        if kind == Timer.CALL:
            agenda.calls[name] = None
        elif kind == Timer.PATIENCE:
            call = floor.calls[name]
            agenda.was_patient(call.queue, call.joined_at, name)
        elif kind == Timer.CALLBACK:
            agenda.callbacks[name] = None
        elif kind == Timer.OFFER:
            agenda.offers[name] = None
        elif kind == Timer.MOMENT:
            index.moment_came(floor.calls[name], now)
        elif kind == Timer.QUEUE:
            agenda.queues[name] = None
        elif kind == Timer.MORE:
            index.ring_more(name)
        else:
            agenda.wrap_ups[name] = None


def _leases_and_misses(floor: Floor, now: float) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[e.Entry] = []
    for name in sorted(agenda.offers):
        offer = floor.offers.get(name)
        if offer is None or offer.state == "talking" or offer.expires_at > now:
            del agenda.offers[name]
        else:
            batch.append(e.OfferExpired(at=now, term=floor.term, offer=name))
    for name in sorted(agenda.missed):
        agent = floor.agents.get(name)
        if agent is None or not agent.missed_too_often():
            del agenda.missed[name]
        else:
            batch.append(e.PutOnBreak(at=now, term=floor.term, agent=name, reason=agent.reason or "missed"))
    return batch


def _callbacks(floor: Floor, now: float) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[e.Entry] = []
    for name in sorted(agenda.callbacks):
        call = floor.calls.get(name)
        step = None if call is None else callbacks.next_step(floor, call, now)
        if step is not None:
            batch.append(step)
            continue
        del agenda.callbacks[name]
        if call is not None and (at := callbacks.next_look(floor, call, now)) is not None:
            agenda.at(at, Timer.CALLBACK, name, call.visit)
    return batch


def _wrapped_up(floor: Floor, now: float) -> list[str]:
    agenda = floor.index.agenda
    over = []
    for name in sorted(agenda.wrap_ups):
        agent = floor.agents.get(name)
        if agent is None or agent.state != "wrap_up" or agent.wrap_up_until > now:
            del agenda.wrap_ups[name]
        else:
            over.append(name)
    return over


def _releases(floor: Floor, now: float, match: Match) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[tuple[tuple[float, str], e.Entry]] = []
    room = MAX_BATCH - len(match.taken)
    names = list(agenda.calls)
    if len(names) > room:  # which of them go first must not hang on how this floor came about
        names.sort(key=lambda name: (call.joined_at, name) if (call := floor.calls.get(name)) else (0.0, name))
    for name in names:
        if len(batch) >= room:
            break
        call = floor.calls.get(name)
        if call is None or not call.in_line():
            del agenda.calls[name]
            continue
        if name in match.calls:
            continue
        case = match.case(floor.index.group_of(call))
        if case is not Case.FREE and overflow_to(floor, call, now):  # in the next batch: somebody was free until now
            agenda.overflow[name] = None
            continue
        branch = released_branch(floor, call, case, now)
        if branch is None:
            del agenda.calls[name]
            continue
        given = e.Released(
            at=now, term=floor.term, call=name, visit=call.visit, branch=branch[0], outcome=branch[1].value
        )
        batch.append(((call.joined_at, name), given))
        match.calls[name] = None
    return [entry for _, entry in sorted(batch, key=lambda pair: pair[0])]


def _announcements(floor: Floor, now: float, match: Match, room: int) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[e.Entry] = []
    told: set[str] = set()  # callers of this batch: the same number may wait twice
    for queue in sorted(agenda.announce):
        if len(batch) >= room:
            break
        rule = floor.rules.queues.get(queue)
        patient = agenda.patient.get(queue)
        still_open = False
        if rule is not None and patient:
            dry_run = rule.announcement.dry_run
            for number in sorted(patient):
                calls, passed_over = _grants(floor, now, match, queue, patient[number], told, room - len(batch))
                still_open = still_open or passed_over or bool(calls)
                batch += [
                    e.MessageGranted(at=now, term=floor.term, call=call.call, visit=call.visit, dry_run=dry_run)
                    for call in calls
                ]
                if not patient[number]:
                    del patient[number]
        if not still_open:
            del agenda.announce[queue]
    return batch


def _grants(
    floor: Floor,
    now: float,
    match: Match,
    queue: str,
    patient: list[tuple[float, str]],
    told: set[str],
    room: int,
) -> tuple[list[Call], bool]:
    """Who of those patient callers hears it now: the first to have joined first, as far as the share goes. And whether
    somebody was passed over only for what this batch decides: if that turns out void, it is to be looked at again."""
    granted: list[Call] = []
    left: int | None = None
    gone: list[tuple[float, str]] = []
    seen: set[str] = set()
    passed_over = False
    for place in patient:
        call = floor.calls.get(place[1])
        if call is None or (call.queue, call.joined_at) != (queue, place[0]) or call.heard:
            gone.append(place)
            continue
        if left is None:
            left = min(room, announcement.budget(floor, call))
        if left <= len(granted):
            break
        if call.call in seen or not announcement.may_hear(floor, call, now):
            continue
        if call.call in match.calls or (call.caller and call.caller in told):
            passed_over = True
            continue
        if match.case(floor.index.group_of(call)) is not Case.BUSY:
            continue
        if overflow_to(floor, call, now):
            passed_over = True
            continue
        seen.add(call.call)
        told.add(call.caller)
        granted.append(call)
    for place in gone:
        patient.remove(place)
    return granted, passed_over
