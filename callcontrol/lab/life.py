"""What a leg does from its first moment to its last: it routes, executes, parks, is bridged, and ends. One greenlet a leg."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import gevent

from callcontrol.lab import applications
from callcontrol.lab.causes import Q850, cause_named
from callcontrol.lab.expansion import expand

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel, Message
    from callcontrol.lab.wire import Value


def begin(channel: Channel, first: Callable[[], None]) -> None:
    """Give the leg its life, beginning with ``first``; returns at once."""
    channel.run_message = partial(obey, channel)
    channel.switch.spawn(_live, channel, first)


def _live(channel: Channel, first: Callable[[], None]) -> None:
    step: Callable[[], None] | None = first
    while step is not None and channel.hangup_cause is None:
        step()
        step, channel.redirect = channel.redirect, None
    channel.hang_up("NORMAL_CLEARING")
    finish(channel)


# --- routing and executing -------------------------------------------------------------------------------------------
def route(channel: Channel, destination: str, context: str) -> None:
    """Go through the dialplan from a destination."""
    if channel.profile.get("Caller-Destination-Number") not in ("", destination):
        channel.profile["Caller-RDNIS"] = channel.destination
    channel.destination, channel.context = destination, context
    channel.profile["Caller-Destination-Number"] = destination
    channel.profile["Caller-Context"] = context
    channel.enter("CS_ROUTING", "RINGING")
    actions = channel.switch.dialplan.actions(destination, context)
    if actions is None:
        channel.hang_up("NO_ROUTE_DESTINATION")
        return
    channel.hit_dialplan = True
    channel.actions.clear()
    channel.actions.extend(actions)
    channel.enter("CS_EXECUTE", "ACTIVE" if channel.answered_at is not None else None)
    _proceed(channel)


def inline(channel: Channel, target: str) -> None:
    """A dialplan that is written out: ``app:data,app:data``, or ``m:^:app:data^app:data``."""
    separator = ","
    if target.startswith("m:") and target[3:4] == ":":
        separator, target = target[2], target[4:]
    channel.actions.clear()
    for action in target.split(separator):
        name, _, data = action.partition(":")
        channel.actions.append((name, data))
    channel.enter("CS_EXECUTE", "ACTIVE" if channel.answered_at is not None else None)
    _proceed(channel)


def go_on(channel: Channel) -> None:
    """After the controlling socket was cut: the next action of the dialplan."""
    channel.state = "CS_EXECUTE"
    _proceed(channel)


def _proceed(channel: Channel) -> None:
    while channel.actions and not channel.gone:
        application, data = channel.actions.popleft()
        execute(channel, application, data)


def execute(channel: Channel, application: str, data: str, *, event_uuid: str = "", lock: bool = False) -> None:
    """Run an application, nested inside whatever runs now, and tell of its beginning and its end."""
    run = channel.switch.applications.get(application)
    if run is None:
        channel.set("app_uuid", event_uuid)
        channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    identity = event_uuid or channel.switch.identities.new()
    data = expand(data, channel)
    channel.set("current_application_data", data)
    channel.set("current_application", application)
    channel.set("current_application_response", None)
    outer = channel.application, channel.application_data
    channel.application, channel.application_data = application, data
    named: dict[str, Value] = {"Application": application}
    if data:
        named["Application-Data"] = data
    channel.break_requested = False
    channel.lock_depth += lock
    try:
        channel.emit("CHANNEL_EXECUTE", {**named, "Application-UUID": identity})
        run(channel, data)
        response = channel.get("current_application_response") or "_none_"
        channel.emit(
            "CHANNEL_EXECUTE_COMPLETE",
            {**named, "Application-Response": response, "Application-UUID": identity},
        )
    finally:
        channel.lock_depth -= lock
        channel.last_application = application, data
        channel.application, channel.application_data = outer


def obey(channel: Channel, message: Message) -> None:
    """Do what a controller asked by ``sendmsg``."""
    match message.call_command:
        case "execute":
            channel.set("current_loop", "1")
            channel.set("total_loops", "1")  # the real switch runs it once whatever "loops" says
            execute(
                channel,
                message.application,
                message.data,
                event_uuid=message.event_uuid,
                lock=message.lock,
            )
            channel.set("current_loop", None)
            channel.set("total_loops", None)
        case "hangup":
            channel.hang_up(cause_named(message.cause))
        case "unicast" | "nomedia" | "xferext":
            channel.switch.log(f"{channel.uuid[:8]}: sendmsg {message.call_command} is not simulated and was ignored.")


# --- bridging --------------------------------------------------------------------------------------------------------
@dataclass(slots=True, eq=False)
class Bridge:
    """A tie of two legs: ``first`` is the one named first, whose greenlet tells of the bridge."""

    first: Channel
    second: Channel
    here: set[str] = field(default_factory=set)
    over: bool = False

    def broken(self) -> bool:
        return self.over or any(leg.hangup_cause is not None for leg in (self.first, self.second))


def tie(first: Channel, second: Channel) -> bool:
    """``uuid_bridge``: both leave what they do and talk. False, and nothing changed, if one is hung up."""
    if first.hangup_cause is not None or second.hangup_cause is not None:
        return False
    for leg, other in ((first, second), (second, first)):
        if not leg.inbound and leg.answered_at is None:
            # A phone that still rings can't be bridged: the real switch says +OK and then hangs both up.
            leg.hang_up("DESTINATION_OUT_OF_ORDER")
            other.hang_up("ORIGINATOR_CANCEL")
            return True
    bridge = Bridge(first, second)
    _introduce(first, second)
    first.send_elsewhere(partial(_lead, bridge, application=True))
    if second.originating:  # it goes where it was called for all the same, and the first waits until one of them ends
        second.peer = first
    else:
        second.send_elsewhere(partial(follow, bridge))
    return True


def _lead(bridge: Bridge, *, application: bool) -> None:
    leg = bridge.first
    for state in ("CS_HIBERNATE", "CS_RESET", "CS_SOFT_EXECUTE"):
        leg.enter(state)
    talk(bridge, application=application)
    if not leg.gone:
        _after_bridge(leg)


def talk(bridge: Bridge, *, application: bool) -> None:
    """The first leg's part of a bridge: wait for the other, tell, and wait for the end."""
    first, second = bridge.first, bridge.second
    bridge.here.add(first.uuid)
    first.peer = second
    second.wake()
    first.wait(None, takes_orders=False, until=lambda: second.uuid in bridge.here or bridge.broken())
    if first.gone or bridge.broken():
        _untie(bridge, told=False)
        if not first.gone and second.uuid not in bridge.here:
            first.hang_up("ORIGINATOR_CANCEL")
        return
    now = first.switch.clock.now()
    _introduce(first, second)
    for leg, other in ((first, second), (second, first)):
        leg.bridged_at = now
        for recording in leg.recordings.values():
            recording.bridged(now)
        leg.profile["Caller-Channel-Bridged-Time"] = first.switch.stamp(now)
        if leg.party is not None:
            leg.party.talks_to(other)
    second.set("call_uuid", first.uuid)
    second.profile["Caller-Caller-ID-Name"] = first.caller_name
    second.profile["Caller-Caller-ID-Number"] = first.caller_number
    if application:
        for leg, other in ((first, second), (second, first)):
            leg.application, leg.application_data = "uuid_bridge", other.uuid
            leg.emit("CHANNEL_EXECUTE", {"Application": "uuid_bridge", "Application-Data": other.uuid})
    ends: dict[str, Value] = {"Bridge-A-Unique-ID": first.uuid, "Bridge-B-Unique-ID": second.uuid}
    first.emit("CHANNEL_BRIDGE", first=ends)
    second.enter("CS_EXCHANGE_MEDIA")
    first.set("last_bridge_to", second.uuid)
    second.set("last_bridge_to", first.uuid)
    first.wait(None, until=bridge.broken)
    _untie(bridge, told=True)


def _untie(bridge: Bridge, *, told: bool) -> None:
    first, second = bridge.first, bridge.second
    bridge.over = True
    second.peer = None
    first.peer = None
    if second.hangup_cause is None and second.redirect is None and first.gone and not _stays(second):
        second.hang_up("NORMAL_CLEARING")
    second.wake()
    gevent.sleep(0)  # the other leg tells of its own end first, as its own thread does on the real switch
    if told:
        for leg in (first, second):
            if leg.party is not None:
                leg.party.talks_to(None)
        first.set("bridge_hangup_cause", second.hangup_cause or "NORMAL_CLEARING")
        first.emit("CHANNEL_UNBRIDGE", first={"Bridge-A-Unique-ID": first.uuid, "Bridge-B-Unique-ID": second.uuid})
    first.set("signal_bond", None)
    first.application = first.application_data = ""


def follow(bridge: Bridge) -> None:
    """The second leg's part of a bridge."""
    leg = bridge.second
    for state in ("CS_HIBERNATE", "CS_RESET", "CS_SOFT_EXECUTE"):
        leg.enter(state)
    leg.peer = bridge.first
    bridge.here.add(leg.uuid)
    bridge.first.wake()
    leg.wait(None, until=bridge.broken)
    bridge.over = True
    bridge.first.wake()
    leg.set("last_bridge_role", "originatee")
    if not leg.gone:
        _after_bridge(leg)


def _introduce(first: Channel, second: Channel) -> None:
    """Each of the two knows the other from the moment when they are to be brought together."""
    for leg, other in ((first, second), (second, first)):
        leg.set("bridge_channel", other.name)
        leg.set("bridge_uuid", other.uuid)
        leg.set("signal_bond", other.uuid)
    first.other, second.other = _other_leg(second, "originatee"), _other_leg(first, "originator")


def _stays(leg: Channel) -> bool:
    return leg.is_true("park_after_bridge") or bool(leg.get("transfer_after_bridge"))


def _after_bridge(leg: Channel) -> None:
    """Where a leg goes when the other has left."""
    target = leg.get("transfer_after_bridge")
    if target:
        destination, _, rest = target.partition(":")
        context = rest.partition(":")[2] or leg.context
        leg.set("transfer_after_bridge", None)
        leg.other = {}
        leg.send_elsewhere(partial(route, leg, destination, context))
    elif leg.is_true("hangup_after_bridge"):
        leg.hang_up("NORMAL_CLEARING")
    elif leg.is_true("park_after_bridge"):
        leg.other = {}
        leg.send_elsewhere(partial(_park_after_bridge, leg))
    elif leg.actions:
        # The caller's dialplan goes on behind the action that was running when the bridge began.
        leg.other = {}
        leg.send_elsewhere(partial(_go_on_after_bridge, leg))
    else:
        leg.hang_up("NORMAL_CLEARING")


def _park_after_bridge(leg: Channel) -> None:
    leg.enter("CS_PARK")
    applications.park(leg, "")


def _go_on_after_bridge(leg: Channel) -> None:
    leg.enter("CS_EXECUTE")
    _proceed(leg)


def _other_leg(other: Channel, kind: str) -> dict[str, str]:
    headers = {"Other-Type": kind}
    for name, value in other.profile.items():
        if name != "Caller-Profile-Index":
            headers[f"Other-Leg-{name[7:]}"] = value
    return headers


# --- the end ---------------------------------------------------------------------------------------------------------
def finish(channel: Channel) -> None:
    """The last events of a leg that is hung up. It stays known until the last lingering connection has left it."""
    cause = channel.hangup_cause or "NORMAL_CLEARING"
    if channel.state != "CS_NONE":
        channel.enter("CS_HANGUP")
    for path in list(channel.recordings):
        applications.stop_recording(channel, path)
    if channel.party is not None:
        channel.party.hung_up(channel, cause)
    channel.enter("CS_REPORTING", "HANGUP")
    _account(channel, cause)
    channel.emit("CHANNEL_HANGUP_COMPLETE")
    channel.switch.ending(channel)
    for connection in list(channel.controllers):
        connection.session_over()
    # The result of the job that made the leg comes before its last event.
    channel.switch.spawn(destroy_if_left, channel)


def destroy_if_left(channel: Channel) -> None:
    """Destroy a leg that is over and that no connection holds any more."""
    if channel.controllers or channel.ended.is_set() or channel.state != "CS_REPORTING":
        return
    channel.emit("CHANNEL_DESTROY")
    channel.state = "CS_DESTROY"
    channel.emit("CHANNEL_STATE", variables=False)
    channel.switch.forget(channel)
    channel.ended.set()


def _account(channel: Channel, cause: str) -> None:
    """The times of the call as variables, as in a call detail record."""
    values: dict[str, str] = {}

    def put(name: str, value: str) -> None:
        values[name] = value

    ended = channel.ended_at or channel.switch.clock.now()
    answered = channel.answered_at
    put("hangup_cause", cause)
    number = Q850.get(cause, 16)
    put("hangup_cause_q850", str(number if number < 128 else 16))  # the higher ones are the switch's own
    put("digits_dialed", channel.digits_dialed or "none")
    moments = {
        "start": channel.created_at,
        "profile_start": channel.created_at,
        "answer": answered,
        "bridge": channel.bridged_at,
        "progress": channel.progress_at,
        "end": ended,
    }
    for name, moment in moments.items():
        if moment is not None:
            put(f"{name}_stamp", channel.switch.local_time(moment))
        put(f"{name}_epoch", str(int(moment or 0)))
        put(f"{name}_uepoch", channel.switch.stamp(moment) if moment else "0")
    application, data = channel.last_application
    put("last_app", application)
    put("last_arg", data)
    put("caller_id", f'"{channel.caller_name}" <{channel.caller_number}>')
    spans = {
        ("duration", "mduration", "uduration"): ended - channel.created_at,
        ("billsec", "billmsec", "billusec"): ended - answered if answered is not None else 0.0,
        ("answersec", "answermsec", "answerusec"): answered - channel.created_at if answered is not None else 0.0,
        ("waitsec", "waitmsec", "waitusec"): (channel.bridged_at or channel.created_at) - channel.created_at,
    }
    for (seconds, milliseconds, microseconds), span in spans.items():
        put(seconds, str(int(span)))
        put(milliseconds, str(int(span * 1e3)))
        put(microseconds, str(int(span * 1e6)))
    channel.set_all(values)
