"""Which flow greets a call, and the facts that a flow may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from callcontrol.calls.agent_calls import agent_facts
from callcontrol.calls.booking import queue_of_callback, why_no_callback
from callcontrol.calls.queue_facts import estimate_of, load_of
from callcontrol.calls.services import CallServices
from callcontrol.floor.floor import Floor
from callcontrol.floor.quiet_times import told_to
from callcontrol.flow.catalogue import FlowNotFound
from callcontrol.flow.engine import first_record as flow_first_record
from callcontrol.flow.facts import EmergencyFacts, Facts, HouseFacts, ListedFacts
from callcontrol.flow.flow import Flow
from callcontrol.flow.record import CallRecord
from callcontrol.ports.switch import CallSession
from callcontrol.values.configuration import Configuration, Entry, break_reasons_of
from callcontrol.values.emergencies import Emergency, of_entry, of_queue
from callcontrol.values.numbers import masked
from callcontrol.values.trials import SHARE, choose, present

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A call that just came in: its first record, what the story says of it, and what is wrong (sentences)."""

    record: CallRecord
    story: Mapping[str, Any]
    troubles: Sequence[str] = ()


def beginning(services: CallServices, session: CallSession, caller: str) -> Beginning:
    """``caller``: the key of the caller's number. A number without an entry of its own, or whose flow is not here, is greeted
    by the default flow: whoever reached us must not hear silence."""
    release, configuration = services.configuration()
    entry = configuration.entries.get(entry_of(session))
    entry = entry or Entry("", services.default_flow)
    troubles = []
    chosen = choose(entry, caller, session.uuid)
    known = services.flows.releases(entry.flow)
    if chosen.trial and chosen.release and chosen.release not in known:
        what = f"Release {chosen.release} of the flow {entry.flow!r}, which is on trial, is not loaded here; the call gets what everybody gets."
        troubles.append(what)
        chosen = present(entry, chosen.lot)
    try:
        flow = services.flows.get(entry.flow, chosen.release or None)
    except FlowNotFound as error:
        flow = services.flows.get(services.default_flow)
        troubles.append(f"{error} The call gets the flow {flow.name!r}.")
    else:
        if chosen.release not in (0, flow.release):
            what = f"Release {chosen.release} of the flow {entry.flow!r} is not loaded here; the call gets release {flow.release}."
            troubles.append(what)
    record = flow_first_record(
        flow,
        call=session.uuid,
        language=entry.language,
        parameters=dict(chosen.parameters),
        now=services.clock.now(),
    )
    record = record.with_(release=release, trial=chosen.trial)
    drawn = {"lot": chosen.lot, "share": entry.trial.share} if chosen.trial == SHARE else {}
    story = {
        "number": masked(session.caller_number),
        "number_key": caller,
        "destination": session.destination,
        "entry": entry.number,
        "flow": flow.name,
        "flow_release": flow.release,
        "code": flow.code,
        "release": release,
        "trial": chosen.trial,
        **drawn,
        "language": record.language,
        "node": session.node,
    }
    return Beginning(record, story, troubles)


def begin(services: CallServices, session: CallSession, caller: str) -> CallRecord:
    """The first record of a call that just came in; its story is told."""
    began = beginning(services, session, caller)
    services.story(session.uuid, "began", **began.story)
    for what in began.troubles:
        services.story(session.uuid, "trouble", what=what)
    return began.record


def flow_of(services: CallServices, record: CallRecord) -> type[Flow]:
    """The flow as the call began with it; where that is gone, the newest; where the flow is gone, the default flow, in which
    the call finds its step no more and goes to the rescue."""
    try:
        return services.flows.get(record.flow, record.flow_release, record.code)
    except FlowNotFound:
        return services.flows.get(services.default_flow)


def moved_on(services: CallServices, record: CallRecord) -> str:
    """A sentence where a call can't go on in the very flow that it began with; "" where it does."""
    flow = flow_of(services, record)
    began = f"Release {record.flow_release} of the flow {record.flow!r}, with which the call began,"
    if (flow.name, flow.release) != (record.flow, record.flow_release):
        return f"{began} is gone; it goes on in release {flow.release} of {flow.name!r}."
    if record.code and record.code != flow.code:
        return f"{began} was changed in its file; it goes on in what is loaded now."
    return ""


def case_of(floor: Floor, queue: str, at: float) -> str:
    """How the agents of a queue stand: free, busy, away, nobody."""
    return floor.index.case_at(floor.index.groups.group(queue), at).value


class _Asked(Mapping[str, V]):
    """What a table says, found out when a flow asks: most events of a call ask nothing, and there may be many hours."""

    def __init__(self, table: Mapping[str, T], say: Callable[[T], V]) -> None:
        self._table, self._say = table, say

    def __getitem__(self, name: str) -> V:
        return self._say(self._table[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def entry_of(session: CallSession) -> str:
    """The number that was dialled. The dialplan says by which entry the call came, also when it comes again by the resume
    extension."""
    return session.variable("callcontrol_entry") or session.destination


def emergency_facts(emergency: Emergency | None) -> EmergencyFacts | None:
    if emergency is None:
        return None
    mark = f"{emergency.name} {emergency.until}"
    return EmergencyFacts(emergency.name, mark, emergency.hang_up, emergency.waiting)


def _house(services: CallServices, configuration: Configuration) -> HouseFacts:
    floor, house = services.floor, services.house
    return HouseFacts(
        troubles=house.troubles(),
        loads=_Asked(configuration.queues, lambda queue: load_of(floor(), queue.name)),
        surging=_Asked(configuration.queues, lambda queue: house.surging(queue.name)),
        estimates=_Asked(configuration.queues, lambda queue: estimate_of(floor(), queue.name)),
    )


def facts_for(services: CallServices, session: CallSession, caller: str, calling: str, call: str) -> Facts:
    """``caller``: the key of the caller's number; ``calling``: the agent whose phone it is."""
    number = session.caller_number
    _, configuration = services.configuration()
    now = datetime.fromtimestamp(services.clock.now(), UTC)
    emergencies = configuration.emergencies
    listed = configuration.callers.get(caller) if caller else None
    return Facts(
        now=now,
        listed=ListedFacts(True, listed.label, listed.vip, listed.blocked, listed.language)
        if listed
        else ListedFacts(),
        open=_Asked(configuration.hours, lambda hours: hours.is_open(now)),
        queue_hours=_Asked(configuration.queues, lambda queue: queue.hours),
        caller=caller,
        agents=_Asked(services.floor().agents, agent_facts),
        calling=calling,
        break_reasons=tuple(break_reasons_of(configuration)),
        leads=frozenset(agent.name for agent in configuration.agents.values() if agent.lead),
        emergencies={name: each.acts(now) for name, each in emergencies.items()},
        number=number,
        callback_queue=queue_of_callback(services, caller),
        quiet=_Asked(configuration.queues, lambda queue: told_to(services.floor(), queue.name, call)),
        emergency=emergency_facts(of_entry(emergencies, entry_of(session), now)) if emergencies else None,
        queue_emergencies=_Asked(
            configuration.queues, lambda queue: emergency_facts(of_queue(emergencies, queue.name, now))
        )
        if emergencies
        else {},
        cases=_Asked(configuration.queues, lambda queue: case_of(services.floor(), queue.name, now.timestamp())),
        opens=_Asked(configuration.hours, lambda hours: hours.opens_at(now)),
        house=_house(services, configuration),
        callbacks=_Asked(configuration.queues, lambda queue: why_no_callback(services, queue.name, caller, number)),
    )
