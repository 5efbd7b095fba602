"""Rooms of the simulated switch: who is in one, how one leaves. Nobody is heard in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import orjson

from callcontrol.lab import life
from callcontrol.lab.api import command
from callcontrol.lab.applications import application

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.simulated_switch import SimulatedSwitch

LEAVE_KEYS = "#*"  # as the rendered configuration has them


@dataclass(slots=True)
class Conference:
    locked: bool = False
    members: dict[str, bool] = field(default_factory=dict)  # leg -> whether it is still wanted


def _rooms(switch: SimulatedSwitch) -> dict[str, Conference]:
    return switch.conferences


@application("conference")
def conference(channel: Channel, data: str) -> None:
    """``ROOM@PROFILE+flags{mute}``, until a key, a kick or the end of the call."""
    name = data.partition("@")[0]
    room = _rooms(channel.switch).setdefault(name, Conference())
    if room.locked:
        return
    room.members[channel.uuid] = True
    pressed: list[str] = []

    def leaves(key: str) -> bool:
        pressed.extend(key if key in LEAVE_KEYS else "")
        return bool(pressed)

    channel.wait(None, on_key=leaves, until=lambda: not room.members[channel.uuid])
    room.members.pop(channel.uuid, None)
    if not room.members:
        _rooms(channel.switch).pop(name, None)
    if pressed and channel.hangup_cause is None:
        channel.send_elsewhere(partial(life.route, channel, "callcontrol_resume", "callcontrol"))


@command("conference")
def _conference(switch: SimulatedSwitch, argument: str) -> str:
    """``json_list``, ``ROOM kick all``, ``ROOM lock``, ``ROOM unlock``."""
    words = argument.split()
    if words == ["json_list"]:
        rows = [
            {"conference_name": name, "member_count": len(room.members), "locked": room.locked}
            for name, room in _rooms(switch).items()
        ]
        return orjson.dumps(rows).decode()
    room = _rooms(switch).get(words[0]) if words else None
    if room is None:
        return f"-ERR Conference {words[0] if words else ''} not found\n"
    if words[1:] == ["kick", "all"]:
        for uuid in room.members:
            room.members[uuid] = False
            if (member := switch.channels.get(uuid)) is not None:
                member.wake()
    elif words[1:] in (["lock"], ["unlock"]):
        room.locked = words[1] == "lock"
    return "+OK\n"
