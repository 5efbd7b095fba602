# ruff: noqa: ARG001  (every command has the same signature)
"""The API commands of the simulated switch, in the spelling of the real one's answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import orjson

from callcontrol.lab import life, originate
from callcontrol.lab.applications import APPLICATIONS, start_recording, stop_recording
from callcontrol.lab.causes import cause_named
from callcontrol.lab.wire import encode_headers

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
    function = switch.api_commands.get(name)
    if function is None:
        return f"-ERR {name} Command not found!\n"
    switch.ran_api(name, argument)
    return function(switch, argument) or "-ERR no reply\n"


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
    if not uuid:
        return "-USAGE: <uuid> [cause]\n"
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
    if len(words) > 2:
        return f"+OK hangup all channels matching [{words[1]}]=[{words[2]}] with cause: {cause}\n"
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
    if words[-1] == "inline" and (quoted := argument.split("'"))[2:]:
        channel.send_elsewhere(partial(life.inline, channel, quoted[1]))
        return "+OK\n"
    legs = [channel]
    if target[0] in ("-bleg", "-both"):
        other = channel.peer
        legs = [leg for leg in ([other] if target[0] == "-bleg" else [channel, other]) if leg is not None]
        target = target[1:]
    if not target:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    context = target[2] if len(target) > 2 else channel.context
    for leg in legs:
        leg.send_elsewhere(partial(life.route, leg, target[0], context))
    return "+OK\n"


@command("uuid_break")
def _uuid_break(switch: SimulatedSwitch, argument: str) -> str:
    words = argument.split()
    if not words:
        return "-USAGE: <uuid> [all]\n"
    channel = _live(switch, words[0])
    if channel is None:
        return _NO_SUCH_CHANNEL
    channel.stop_playing(everything="all" in words[1:])
    return "+OK\n"


@command("uuid_recv_dtmf")
def _uuid_recv_dtmf(switch: SimulatedSwitch, argument: str) -> str:
    uuid, _, keys = argument.partition(" ")
    channel = _live(switch, uuid)
    if channel is None:
        return "-ERR Cannot locate session!\n"
    channel.press(keys.partition("@")[0], source="APP", duration=2000)
    return f"+OK {uuid} received DTMF {keys}.\n"


@command("uuid_send_dtmf")
def _uuid_send_dtmf(switch: SimulatedSwitch, argument: str) -> str:
    return "+OK\n" if _live(switch, argument.split(" ")[0]) else "-ERR Cannot locate session!\n"


@command("uuid_answer")
def _uuid_answer(switch: SimulatedSwitch, argument: str) -> str:
    channel = _live(switch, argument)
    if channel is None:
        return "-ERROR\n"
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
    channel.set(parts[1], parts[2].strip() if len(parts) > 2 else None)
    return "+OK\n"


@command("uuid_setvar_multi")
def _uuid_setvar_multi(switch: SimulatedSwitch, argument: str) -> str:
    uuid, _, rest = argument.partition(" ")
    if not rest:
        return ""
    channel = _live(switch, uuid)
    if channel is None:
        return f"{_NO_SUCH_CHANNEL}-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
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
            limit_s = float(words[3]) if len(words) > 3 and words[3].isdigit() else None
            begun = start_recording(channel, path, limit_s)
            return "+OK Success\n" if begun else "-ERR Cannot record session!\n"
        case "stop":
            paths = list(channel.recordings) if path == "all" else [path]
            stopped = [stop_recording(channel, each) for each in paths]
            return "+OK Success\n" if all(stopped) else "-ERR Cannot stop record session!\n"
        case "mask" | "unmask":
            recording = channel.recordings.get(path)
            if recording is None:
                return f"-ERR Cannot {action} recording session!\n"
            (recording.mask if action == "mask" else recording.unmask)(now)
            return "+OK Success\n"
    return "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"
