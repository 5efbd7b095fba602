"""Calling out: dial strings, and the leg that rings until it is answered, refused or given up."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from callcontrol.lab import life, templates
from callcontrol.lab.applications import application
from callcontrol.lab.causes import cause_named

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.simulated_switch import SimulatedSwitch

_RING_S = 60.0


class DialStringError(Exception):
    """The words after ``originate`` make no call. The message is what the switch answers."""


@dataclass(slots=True)
class Dial:
    """``contact`` is one or more endpoints joined by ``|``; ``target`` is ``&app(data)`` or an extension with its
    dialplan and context."""

    variables: dict[str, str]
    contact: str
    target: str = ""
    timeout_s: float | None = None
    caller_name: str = ""
    caller_number: str = ""
    words: list[str] = field(default_factory=list)


def parse(argument: str) -> Dial:
    """``{a=b,c='d e'}ENDPOINT TARGET [DIALPLAN [CONTEXT [CID_NAME [CID_NUMBER [TIMEOUT]]]]]``."""
    variables, rest = _variables(argument.strip())
    words = _words(rest)
    if len(words) < 2:
        raise DialStringError(
            "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] "
            "[<cid_name>] [<cid_num>] [<timeout_sec>]\n"
        )
    contact, target, *more = words
    if contact.startswith("["):
        leg_variables, contact = _variables(contact, "[", "]")
        variables.update(leg_variables)
    dial = Dial(variables, contact, target, words=more)
    if len(more) > 4 and more[4].isdigit():
        dial.timeout_s = float(more[4])
    limit = variables.get("originate_timeout") or variables.get("leg_timeout")
    if limit and limit.isdigit() and int(limit) > 0:
        dial.timeout_s = float(limit)
    dial.caller_name = unquote(variables.get("origination_caller_id_name", more[2] if len(more) > 2 else ""))
    dial.caller_number = variables.get("origination_caller_id_number", more[3] if len(more) > 3 else "0000000000")
    return dial


def _variables(text: str, opening: str = "{", closing: str = "}") -> tuple[dict[str, str], str]:
    variables: dict[str, str] = {}
    while text.startswith(opening):
        depth, quoted, end = 0, False, -1
        for index, letter in enumerate(text):
            if letter == "'" and text[index - 1] != "\\":
                quoted = not quoted
            elif letter == opening:
                depth += 1
            elif letter == closing:
                depth -= 1
                if depth == 0:
                    end = index
                    break
        if end < 0:
            raise DialStringError("-ERR DESTINATION_OUT_OF_ORDER\n")
        for part in _split(text[1:end]):
            name, equals, value = part.partition("=")
            if equals:
                variables[name.strip()] = _unquoted(value)
        text = text[end + 1 :].lstrip()
    return variables, text


def _split(inner: str) -> list[str]:
    separator = ","
    if inner.startswith("^^") and len(inner) > 2:
        separator, inner = inner[2], inner[3:]
    parts, current, quoted, escaped = [], "", False, False
    for letter in inner:
        if escaped:
            current += letter if letter in (separator, "'", "\\") else "\\" + letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == separator and not quoted:
            parts.append(current)
            current = ""
        else:
            if letter == "'":
                quoted = not quoted
            current += letter
    return [*parts, current]


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value


def _words(text: str) -> list[str]:
    """Words divided by spaces; single quotes and the brackets of ``&app(...)`` hold spaces together."""
    words, current, quoted, depth = [], "", False, 0
    for letter in text:
        if letter == "'":
            quoted = not quoted
            continue
        depth += (letter in "([") - (letter in ")]")
        if letter == " " and not quoted and depth <= 0:
            if current:
                words.append(current)
            current = ""
        else:
            current += letter
    return [*words, current] if current else words


def originate(switch: SimulatedSwitch, argument: str) -> str:
    """Do what ``originate`` asks and say ``+OK UUID`` or ``-ERR CAUSE``. Waits until the call is answered or over."""
    try:
        dial = parse(argument)
    except DialStringError as error:
        return str(error)
    leg, cause = call(switch, dial)
    if leg is None:
        return f"-ERR {cause}\n"
    leg.originating = False
    life.begin(leg, partial(_arrive, leg, dial))
    return f"+OK {leg.uuid}\n"


def call(switch: SimulatedSwitch, dial: Dial) -> tuple[Channel | None, str]:
    """Ring the endpoints one after another; the answered leg (whose life has not begun), or None and the last cause."""
    cause = "DESTINATION_OUT_OF_ORDER"
    for contact in dial.contact.split("|"):
        leg, cause = _call_one(switch, dial, contact.strip())
        if leg is not None:
            return leg, ""
        if cause == "ORIGINATOR_CANCEL":
            break
    return None, cause


def _call_one(switch: SimulatedSwitch, dial: Dial, contact: str) -> tuple[Channel | None, str]:
    kind, _, rest = contact.partition("/")
    if kind == "error":
        return None, cause_named(rest, "NORMAL_TEMPORARY_FAILURE")
    if kind not in ("user", "sofia"):
        return None, "CHAN_NOT_IMPLEMENTED"
    uuid = dial.variables.get("origination_uuid") or switch.identities.new()
    if uuid in switch.channels:
        return None, "DESTINATION_OUT_OF_ORDER"
    if kind == "user":
        user, address = rest.partition("@")[0], "127.0.0.1:5060"
    else:
        profile, _, target = rest.partition("/")
        if profile == "gateway":
            _never_was(switch, uuid)
            return None, "INVALID_GATEWAY"
        if profile not in switch.profiles:
            return None, "INVALID_PROFILE"
        user, _, address = target.partition("@")
    phone = switch.phone_for(user)
    if phone is None:
        # A user nobody knows, or an address where nobody listens.
        if kind == "user":
            return None, "SUBSCRIBER_ABSENT"
    elif kind == "user" and phone.refuses_user_dialling is not None:
        return None, phone.refuses_user_dialling
    leg = switch.new_channel(
        uuid,
        inbound=False,
        name=f"sofia/internal/{user}@{address}",
        caller_number=dial.caller_number,
        caller_name=dial.caller_name,
        destination=user,
        context="default",
        party=phone,
    )
    leg.set_all(
        templates.outbound_variables(uuid, switch.session_number(), dial.caller_number, user, address, leg.name)
    )
    leg.set_all(dial.variables)
    if kind == "user":  # what the dial string of the shipped directory sets
        leg.set("presence_id", f"{user}@127.0.0.1")
    leg.enter("CS_INIT")
    leg.emit("CHANNEL_CREATE")
    leg.enter("CS_ROUTING")
    leg.enter("CS_CONSUME_MEDIA")
    if phone is None:
        leg.hang_up("NORMAL_TEMPORARY_FAILURE")
    else:
        leg.originating = True
        phone.invited(leg)
        leg.wait(dial.timeout_s or _RING_S, takes_orders=False, until=lambda: leg.answered_at is not None)
        if leg.answered_at is None:
            leg.hang_up("NO_ANSWER")
    if leg.hangup_cause is not None:
        life.finish(leg)
        return None, leg.hangup_cause
    return leg, ""


def _flip_identity(leg: Channel) -> None:
    """An answered outbound leg that runs applications is shown under the name of who was called."""
    profile = leg.profile
    leg.set("pre_transfer_caller_id_number", leg.caller_number)
    leg.set("channel_cid_flipped", "yes")
    if leg.caller_name:
        profile["Caller-Callee-ID-Name"] = leg.caller_name
    profile["Caller-Callee-ID-Number"] = leg.caller_number
    profile["Caller-Caller-ID-Name"] = profile["Caller-Caller-ID-Number"] = leg.destination


def _never_was(switch: SimulatedSwitch, uuid: str) -> None:
    """The last event of a leg that got no further than its identity."""
    leg = switch.new_channel(
        uuid, inbound=False, name="N/A", caller_number="", caller_name="", destination="", context="", party=None
    )
    leg.state = "CS_NONE"
    for name, value in (("direction", "outbound"), ("is_outbound", "true"), ("uuid", uuid), ("call_uuid", uuid)):
        leg.set(name, value)
    leg.emit("CHANNEL_DESTROY")
    switch.forget(leg)


def _arrive(leg: Channel, dial: Dial) -> None:
    """What an answered leg does: the application or the extension that it was called for."""
    _flip_identity(leg)
    leg.enter("CS_EXECUTE", "ACTIVE")
    leg.hit_dialplan = True
    target = dial.target
    if target.startswith("&"):
        name, _, data = target[1:].partition("(")
        life.execute(leg, name, data.removesuffix(")"))
        return
    if dial.words[:1] == ["inline"]:
        life.inline(leg, target)
        return
    context = dial.words[1] if len(dial.words) > 1 else "default"
    life.route(leg, target, context)


@application("bridge")
def bridge(channel: Channel, data: str) -> None:
    """Call somebody and talk; the leg that is called goes when this application ends."""
    try:
        dial = parse(f"{data} &park()")
    except DialStringError:
        channel.set("originate_disposition", "INVALID_NUMBER_FORMAT")
        return
    dial.caller_name = dial.caller_name or channel.caller_name
    dial.caller_number = dial.variables.get("origination_caller_id_number", channel.caller_number)
    channel.wait(0)
    other, cause = _call_while(channel, dial)
    channel.set("originate_disposition", cause or "SUCCESS")
    if other is None:
        if channel.is_true("hangup_after_bridge") and not channel.is_true("continue_on_fail"):
            channel.hang_up(cause)
        return
    if channel.answered_at is None:
        channel.mark_answered()
    tied = life.Bridge(channel, other)
    other.originating = False
    life.begin(other, partial(life.follow, tied))
    life.talk(tied, application=False)
    if channel.is_true("hangup_after_bridge"):
        channel.hang_up("NORMAL_CLEARING")


def _call_while(channel: Channel, dial: Dial) -> tuple[Channel | None, str]:
    """Call out while the caller may hang up: then the called leg is cancelled."""
    switch = channel.switch
    dial.variables.setdefault("origination_uuid", switch.identities.new())
    result: list[tuple[Channel | None, str]] = []

    def ring() -> None:
        result.append(call(switch, dial))
        channel.wake()

    switch.spawn(ring)
    channel.wait(None, until=lambda: bool(result))
    if not result:
        ringing = switch.channels.get(dial.variables["origination_uuid"])
        if ringing is not None:
            ringing.hang_up("ORIGINATOR_CANCEL")
        return None, "ORIGINATOR_CANCEL"
    return result[0]


@application("eavesdrop")
def eavesdrop(channel: Channel, data: str) -> None:
    """Listen to another leg until one of the two is gone. Whom the listener can speak to is not simulated."""
    target = channel.switch.channels.get(data.strip())
    if target is None or target.hangup_cause is not None:
        channel.switch.log(f"{channel.uuid[:8]}: eavesdrop found no leg '{data}'.")
        return
    target.listeners.append(channel)
    channel.wait(None, until=lambda: target.hangup_cause is not None)
    target.listeners.remove(channel)
