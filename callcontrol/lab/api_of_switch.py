# ruff: noqa: ARG001  (every command has the same signature)
"""API commands about the switch as a whole: its status, its channels, its registrations. Those about one leg are in ``api``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import orjson

from callcontrol.lab import templates
from callcontrol.lab.api import COMMANDS, command
from callcontrol.lab.wire import flat

__all__ = ["COMMANDS"]

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.simulated_switch import SimulatedSwitch


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
        return "1.10.12-release\n"
    return f"FreeSWITCH Version {templates.VERSION} (git a88d069 2024-08-02 21:02:27Z 64bit)\n"


@command("uptime")
def _uptime(switch: SimulatedSwitch, argument: str) -> str:
    seconds = switch.clock.now() - switch.started_at
    return f"{int(seconds * {'ms': 1e3, 'us': 1e6}.get(argument, 1))}\n"


@command("strepoch")
def _strepoch(switch: SimulatedSwitch, argument: str) -> str:
    return str(int(switch.clock.now()))


@command("strftime")
def _strftime(switch: SimulatedSwitch, argument: str) -> str:
    return time.strftime(argument or "%Y-%m-%d %T", time.gmtime(switch.clock.now()))


@command("module_exists")
def _module_exists(switch: SimulatedSwitch, argument: str) -> str:
    return ("true" if argument in switch.modules else "false") if argument else ""


@command("global_getvar")
def _global_getvar(switch: SimulatedSwitch, argument: str) -> str:
    if not argument:
        return "".join(f"{name}={value}\n" for name, value in switch.globals.items())
    return switch.globals.get(argument, "")


@command("reloadxml")
def _reloadxml(switch: SimulatedSwitch, argument: str) -> str:
    switch.reloads += 1
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
        "state": channel.shown[0],
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
        "callstate": channel.shown[1],
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
