# ruff: noqa: ARG001  (every command has the same signature)
"""The API commands of the simulated switch, in the spelling of the real one's answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import orjson

from callcontrol.lab import life, originate, templates
from callcontrol.lab.applications import APPLICATIONS, start_recording, stop_recording
from callcontrol.lab.causes import cause_named
from callcontrol.lab.wire import encode_headers, flat

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.simulated_switch import SimulatedSwitch

Command = Callable[["SimulatedSwitch", str], str]
COMMANDS: dict[str, Command] = {}

_NO_SUCH_CHANNEL = "-ERR No such channel!\n"


def command(name: str) -> Callable[[Command], Command]:
    def keep(function: Command) -> Command:
        COMMANDS[name] = function
        return function

    return keep


def run(switch: SimulatedSwitch, name: str, argument: str) -> str:
    """The answer of one command. May block, as the real one does (``originate``)."""
    function = COMMANDS.get(name)
    if function is None:
        return f"-ERR {name} Command not found!\n"
    switch.ran_api(name, argument)
    return function(switch, argument)


def run_in_background(switch: SimulatedSwitch, job: str, name: str, argument: str) -> None:
    """``bgapi``: the answer comes as an event, to whoever listens; it outlives the connection that asked."""
    answer = run(switch, name, argument)
    event: dict[str, str] = {"Job-UUID": job, "Job-Command": name}
    if argument:
        event["Job-Command-Arg"] = argument
    event["Content-Length"] = str(len(answer.encode()))
    event["_body"] = answer
    switch.tell("BACKGROUND_JOB", event)


def _live(switch: SimulatedSwitch, uuid: str) -> Channel | None:
    """A leg that is not hung up: the others are not found any more."""
    channel = switch.channels.get(uuid)
    return channel if channel is not None and channel.hangup_cause is None else None


# --- legs ------------------------------------------------------------------------------------------------------------
@command("originate")
def _originate(switch: SimulatedSwitch, argument: str) -> str:
    return originate.originate(switch, argument)


@command("create_uuid")
def _create_uuid(switch: SimulatedSwitch, argument: str) -> str:
    return switch.identities.new()


@command("uuid_exists")
def _uuid_exists(switch: SimulatedSwitch, argument: str) -> str:
    return "true" if _live(switch, argument) is not None else "false"


@command("uuid_kill")
def _uuid_kill(switch: SimulatedSwitch, argument: str) -> str:
    uuid, _, cause = argument.partition(" ")
    channel = _live(switch, uuid)
    if channel is None:
        return _NO_SUCH_CHANNEL
    channel.hang_up(cause_named(cause))
    return "+OK\n"


@command("hupall")
def _hupall(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    cause = cause_named(words[0] if words else "", "MANAGER_REQUEST")
    for channel in list(switch.channels.values()):
        if len(words) < 3 or channel.get(words[1]) == words[2]:
            channel.hang_up(cause)
    return f"+OK hangup all channels with cause {cause}\n"


@command("uuid_bridge")
def _uuid_bridge(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: <uuid> <other_uuid>\n"
    first, second = (_live(switch, word) for word in words[:2])
    if first is None or second is None or first is second or not life.tie(first, second):
        return "-ERR Invalid uuid\n"
    return f"+OK {second.uuid}\n"


@command("uuid_transfer")
def _uuid_transfer(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    channel = _live(switch, words[0])
    if channel is None:
        return _NO_SUCH_CHANNEL
    target = words[1:]
    legs = [channel]
    if target[0] in ("-bleg", "-both"):
        other = channel.peer
        legs = [leg for leg in ([other] if target[0] == "-bleg" else [channel, other]) if leg is not None]
        target = target[1:]
    if not target:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    if len(target) > 1 and target[1] == "inline":
        return "-ERR inline transfers are not simulated\n"
    context = target[2] if len(target) > 2 else channel.context
    for leg in legs:
        leg.send_elsewhere(partial(life.route, leg, target[0], context))
    return "+OK\n"


@command("uuid_break")
def _uuid_break(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    channel = _live(switch, words[0]) if words else None
    if channel is None:
        return _NO_SUCH_CHANNEL
    channel.stop_playing(everything="all" in words[1:])
    return "+OK\n"


@command("uuid_recv_dtmf")
def _uuid_recv_dtmf(switch: SimulatedSwitch, argument: str) -> str:
    uuid, _, keys = argument.partition(" ")
    channel = _live(switch, uuid)
    if channel is None:
        return _NO_SUCH_CHANNEL
    channel.press(keys.partition("@")[0], source="APP", duration=2000)
    return f"+OK {uuid} received DTMF {keys}.\n"


@command("uuid_send_dtmf")
def _uuid_send_dtmf(switch: SimulatedSwitch, argument: str) -> str:
    return "+OK\n" if _live(switch, argument.split(" ")[0]) else _NO_SUCH_CHANNEL


@command("uuid_answer")
def _uuid_answer(switch: SimulatedSwitch, argument: str) -> str:
    channel = _live(switch, argument)
    if channel is None:
        return _NO_SUCH_CHANNEL
    channel.mark_answered()
    return "+OK\n"


@command("uuid_park")
def _uuid_park(switch: SimulatedSwitch, argument: str) -> str:
    channel = _live(switch, argument)
    if channel is None:
        return _NO_SUCH_CHANNEL
    channel.send_elsewhere(partial(APPLICATIONS["park"], channel, ""))
    return "+OK\n"


# --- variables -------------------------------------------------------------------------------------------------------
@command("uuid_setvar")
def _uuid_setvar(switch: SimulatedSwitch, argument: str) -> str:
    parts = argument.split(" ", 2)
    if len(parts) < 2:
        return "-USAGE: <uuid> <var> [value]\n"
    channel = _live(switch, parts[0])
    if channel is None:
        return _NO_SUCH_CHANNEL
    channel.set(parts[1], parts[2] if len(parts) > 2 else None)
    return "+OK\n"


@command("uuid_setvar_multi")
def _uuid_setvar_multi(switch: SimulatedSwitch, argument: str) -> str:
    uuid, _, rest = argument.partition(" ")
    if not rest:
        return "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
    channel = _live(switch, uuid)
    if channel is None:
        return _NO_SUCH_CHANNEL
    for part in rest.split(";"):
        name, _, value = part.partition("=")
        channel.set(name, value)
    return "+OK\n"


@command("uuid_getvar")
def _uuid_getvar(switch: SimulatedSwitch, argument: str) -> str:
    uuid, _, name = argument.partition(" ")
    if not name:
        return "-USAGE: <uuid> <var>\n"
    channel = _live(switch, uuid)
    if channel is None:
        return _NO_SUCH_CHANNEL
    return channel.get(name) or "_undef_"


@command("uuid_dump")
def _uuid_dump(switch: SimulatedSwitch, argument: str) -> str:
    uuid, _, form = argument.partition(" ")
    channel = _live(switch, uuid)
    if channel is None:
        return _NO_SUCH_CHANNEL
    event = {**switch.event_head("CHANNEL_DATA"), **channel.state_headers(), **channel.vars}
    if form == "json":
        return orjson.dumps(event).decode()
    return encode_headers(event).decode()


@command("uuid_record")
def _uuid_record(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    if len(words) < 3:
        return "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"
    uuid, action, path = words[:3]
    channel = _live(switch, uuid)
    if channel is None:
        return "-ERR Cannot locate session!\n"
    now = switch.clock.now()
    match action:
        case "start":
            done = start_recording(channel, path)
        case "stop":
            if path == "all":
                done = bool(channel.recordings)
                for each in list(channel.recordings):
                    stop_recording(channel, each)
            else:
                done = stop_recording(channel, path)
        case "mask" | "unmask":
            recording = channel.recordings.get(path)
            done = recording is not None
            if recording is not None:
                (recording.mask if action == "mask" else recording.unmask)(now)
        case _:
            return "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"
    return (
        "+OK Success\n"
        if done
        else "-ERR Cannot record session!\n"
        if action == "start"
        else "-ERR Cannot stop record session!\n"
    )


# --- the switch ------------------------------------------------------------------------------------------------------
@command("status")
def _status(switch: SimulatedSwitch, argument: str) -> str:
    seconds = int(switch.clock.now() - switch.started_at)
    minutes, seconds = divmod(seconds, 60)
    return (
        f"UP 0 years, 0 days, {minutes // 60} hours, {minutes % 60} minutes, {seconds} seconds, 0 milliseconds, 0 microseconds\n"
        f"FreeSWITCH (Version {templates.VERSION.partition('-')[0]}  64bit) is ready\n"
        f"{switch.sessions_since_start} session(s) since startup\n"
        f"{len(switch.channels)} session(s) - peak {switch.peak_sessions}, last 5min {switch.peak_sessions} \n"
        "0 session(s) per Sec out of max 998, peak 62, last 5min 62 \n"
        "5000 session(s) max\nmin idle cpu 0.00/98.96\nCurrent Stack Size/Max 240K/8192K\n"
    )


@command("version")
def _version(switch: SimulatedSwitch, argument: str) -> str:
    if argument == "short":
        return "1.10.12\n"
    return f"FreeSWITCH Version {templates.VERSION} (git a88d069 2024-08-02 21:02:27Z 64bit)\n"


@command("uptime")
def _uptime(switch: SimulatedSwitch, argument: str) -> str:
    seconds = switch.clock.now() - switch.started_at
    return str(int(seconds * {"ms": 1e3, "us": 1e6}.get(argument, 1)))


@command("strepoch")
def _strepoch(switch: SimulatedSwitch, argument: str) -> str:
    return str(int(switch.clock.now()))


@command("strftime")
def _strftime(switch: SimulatedSwitch, argument: str) -> str:
    return time.strftime(argument or "%Y-%m-%d %T", time.gmtime(switch.clock.now()))


@command("module_exists")
def _module_exists(switch: SimulatedSwitch, argument: str) -> str:
    return "true" if argument in switch.modules else "false"


@command("global_getvar")
def _global_getvar(switch: SimulatedSwitch, argument: str) -> str:
    if not argument:
        return "".join(f"{name}={value}\n" for name, value in switch.globals.items())
    return switch.globals.get(argument, "")


@command("reloadxml")
def _reloadxml(switch: SimulatedSwitch, argument: str) -> str:
    return "+OK [Success]\n"


@command("expand")
def _expand(switch: SimulatedSwitch, argument: str) -> str:
    switch.note_executed("expand", argument)
    return argument


@command("system")
def _system(switch: SimulatedSwitch, argument: str) -> str:
    switch.note_executed("system", argument)
    return "+OK\n"


@command("sofia")
def _sofia(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    line = "=" * 97
    if words[:1] == ["status"] and len(words) == 1:
        return (
            f"{'Name':>25}\t   Type\t{'Data':>42}\tState\n{line}\n"
            f"{'internal':>25}\tprofile\t{'sip:mod_sofia@127.0.0.1:5060':>42}\tRUNNING ({len(switch.channels)})\n"
            f"{line}\n1 profile 0 aliases\n"
        )
    if words[:3] == ["status", "profile", "internal"] and len(words) > 3 and words[3] == "reg":
        return _registrations(switch, line)
    if words[:2] == ["status", "profile"] and len(words) > 2 and words[2] != "internal":
        return "Invalid Profile!\n"
    return "-ERR not simulated\n"


def _registrations(switch: SimulatedSwitch, line: str) -> str:
    rows = [phone for phone in switch.phones.values() if phone.registered]
    text = "".join(
        f"Call-ID:    \t{phone.name}\nUser:       \t{phone.name}@127.0.0.1\n"
        f'Contact:    \t"{phone.name}" <sip:{phone.name}@127.0.0.1:6000>\nStatus:     \tRegistered(UDP)(unknown)\n\n'
        for phone in rows
    )
    return f"\nRegistrations:\n{line}\n{text}Total items returned: {len(rows)}\n{line}\n"


@command("sofia_contact")
def _sofia_contact(switch: SimulatedSwitch, argument: str) -> str:
    user = argument.rpartition("/")[2].partition("@")[0]
    phone = switch.phone_for(user)
    if phone is None or not phone.registered:
        return "error/user_not_registered"
    return f"sofia/internal/sip:{user}@127.0.0.1:6000"


@command("user_exists")
def _user_exists(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    return "true" if len(words) > 1 and switch.phone_for(words[1]) is not None else "false"


@command("show")
def _show(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    if words[:1] == ["bridged_calls"]:
        pairs = [
            {**_row(switch, channel), "b_uuid": channel.peer.uuid}
            for channel in switch.channels.values()
            if channel.peer is not None and channel.inbound
        ]
        return orjson.dumps({"row_count": len(pairs), **({"rows": pairs} if pairs else {})}).decode()
    if words[:1] in (["channels"], ["calls"]):
        channels = list(switch.channels.values())
        if words[0] == "calls":
            channels = [channel for channel in channels if channel.inbound or channel.peer is None]
        if words[1:2] == ["count"]:
            return f"\n{len(channels)} total.\n"
        rows = [_row(switch, channel) for channel in channels]
        if words[1:] == ["as", "json"]:
            body: dict[str, object] = {"row_count": len(rows)}
            if rows:
                body["rows"] = rows
            return orjson.dumps(body).decode()
        lines = [",".join(row.values()) for row in rows]
        head = [",".join(rows[0])] if rows else []
        return "\n".join([*head, *lines, "", f"{len(rows)} total.", ""])
    return "-USAGE: codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels [count|like <match string>]\n"


def _row(switch: SimulatedSwitch, channel: Channel) -> dict[str, str]:
    first = channel if channel.inbound or channel.peer is None else channel.peer
    return {
        "uuid": channel.uuid,
        "direction": "inbound" if channel.inbound else "outbound",
        "created": switch.local_time(channel.created_at),
        "created_epoch": str(int(channel.created_at)),
        "name": channel.name,
        "state": channel.state,
        "cid_name": channel.caller_name,
        "cid_num": channel.caller_number,
        "ip_addr": "127.0.0.1",
        "dest": channel.destination,
        "application": channel.application,
        "application_data": channel.application_data,
        "dialplan": "XML",
        "context": channel.context,
        "read_codec": "PCMU",
        "read_rate": "8000",
        "read_bit_rate": "64000",
        "write_codec": "PCMU",
        "write_rate": "8000",
        "write_bit_rate": "64000",
        "secure": "",
        "hostname": switch.hostname,
        "presence_id": flat(channel.vars.get("variable_presence_id", "")),
        "presence_data": "",
        "accountcode": flat(channel.vars.get("variable_accountcode", "")),
        "callstate": channel.call_state,
        "callee_name": "",
        "callee_num": "",
        "callee_direction": "",
        "call_uuid": first.uuid,
        "sent_callee_name": "",
        "sent_callee_num": "",
        "initial_cid_name": channel.caller_name,
        "initial_cid_num": channel.caller_number,
        "initial_ip_addr": "127.0.0.1",
        "initial_dest": channel.destination,
        "initial_dialplan": "XML",
        "initial_context": channel.context,
    }
