"""Everything that this product ever says to a switch. A command is made here, of text that passed the ``gate``, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NewType

from callcontrol.ports.switch import CONFERENCE_VARIABLE
from callcontrol.switch import gate
from callcontrol.switch.gate import Harmless

Command = NewType("Command", str)

Application = Literal["answer", "playback", "play_and_get_digits"]

CALL_EVENTS_NOT_USED = (
    "CHANNEL_ANSWER CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_STATE CHANNEL_CALLSTATE"
    " CHANNEL_PARK CHANNEL_UNPARK CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_HANGUP_COMPLETE CHANNEL_ORIGINATE CALL_UPDATE"
    " CALL_SECURE CALL_DETAIL PLAYBACK_START PLAYBACK_STOP RECORD_START RECORD_STOP MEDIA_BUG_START MEDIA_BUG_STOP TALK NOTALK CODEC"
    " CHANNEL_APPLICATION CHANNEL_DATA CHANNEL_UUID CHANNEL_OUTGOING DETECTED_SPEECH DETECTED_TONE MESSAGE"
)

SWITCH_EVENTS = (
    "CHANNEL_ANSWER CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_HANGUP_COMPLETE CHANNEL_BRIDGE CHANNEL_PARK"
    " CHANNEL_HOLD CHANNEL_UNHOLD RECORD_STOP BACKGROUND_JOB HEARTBEAT"
    " CUSTOM sofia::register sofia::unregister sofia::expire"  # what follows CUSTOM are its subclasses
)

KEY_VARIABLE = "callcontrol_key"  # of a leg that was announced a call: the key that was pressed
ASKED_TIMES = 2
CONFERENCE_PROFILE = "callcontrol"

CONNECT = Command("connect")
EXIT = Command("exit")
MY_EVENTS = Command("myevents json")
FEWER_EVENTS = Command(f"nixevent {CALL_EVENTS_NOT_USED}")
HEAR_RECORDINGS = Command("event json RECORD_STOP")  # "myevents" does not give it
ALL_EVENTS = Command(f"event json {SWITCH_EVENTS}")
PROBE = Command("api strepoch")
CHANNELS = Command("api show channels as json")
BRIDGES = Command("api show bridged_calls as json")


def question(text: Harmless) -> Command:
    return Command(f"api {text}")


def linger(seconds: int) -> Command:
    return Command(f"linger {gate.whole(seconds)}")


def execute(application: Application, argument: Harmless | None, event_uuid: Harmless) -> Command:
    line = f"\nexecute-app-arg: {argument}" if argument is not None else ""
    return Command(f"sendmsg\ncall-command: execute\nexecute-app-name: {application}{line}\nEvent-UUID: {event_uuid}")


def play(sound: Harmless, event_uuid: Harmless) -> Command:
    return execute("playback", sound, event_uuid)


def ask(
    sounds: Sequence[Harmless],
    variable: Harmless,
    event_uuid: Harmless,
    *,
    max_keys: int,
    timeout_s: float,
    inter_digit_s: float,
    terminators: Harmless,
) -> Command:
    """Takes 1 to ``max_keys`` keys, once. Whether they suffice is the flow's affair: fewer than it wants must be reported, not
    dropped, so the least number is 1 and the expression lets everything through. The silence at the end stands for prompts
    that are all missing: with nothing to play the switch would end at once instead of listening."""
    # F is no key of a telephone: as a terminator it lets us end the ask ourselves, see press().
    prompt = "!".join((*sounds, "silence_stream://20"))
    return Command(
        "sendmsg\ncall-command: execute\nexecute-app-name: play_and_get_digits\nexecute-app-arg: "
        f"1 {gate.whole(max_keys, least=1, most=64)} 1 {gate.whole(timeout_s * 1000, least=1)} {terminators}F"
        f" file_string://{prompt} silence_stream://20 {variable} .* {gate.whole(inter_digit_s * 1000, least=1)}"
        f"\nEvent-UUID: {event_uuid}"
    )


def stop_playing(uuid: Harmless) -> Command:
    # Never "uuid_break ... all": it also throws away executions that wait to begin, and those never complete.
    return Command(f"api uuid_break {uuid}")


def press(uuid: Harmless, key: Literal["F"]) -> Command:
    """As if the caller had pressed it: ends an ask that has it as a terminator."""
    return Command(f"api uuid_recv_dtmf {uuid} {key}")


def remember(uuid: Harmless, name: Harmless, value: Harmless) -> Command:
    return Command(f"api uuid_setvar {uuid} {name} {value}")


def forget(uuid: Harmless, name: Harmless) -> Command:
    return Command(f"api uuid_setvar {uuid} {name}")


def own(uuid: Harmless) -> Command:
    """What every call of ours needs: it outlives its controller, and no key stops a prompt by itself (by default * does)."""
    return Command(f"api uuid_setvar_multi {uuid} socket_resume=true;playback_terminators=none")


def hide_keys(uuid: Harmless, hidden: bool) -> Command:
    """No events of keys, none in the log, none in ``digits_dialed``; only what asks for them gets them."""
    return Command(f"api uuid_setvar {uuid} sensitive_dtmf {'true' if hidden else 'false'}")


def prepare_talk(uuid: Harmless, resume_extension: Harmless) -> tuple[Command, ...]:
    """From here on a cut socket leaves the call as it is, and the end of the bridge leads to ``resume_extension`` (none: ends the leg)."""
    after = f"transfer_after_bridge {resume_extension}" if resume_extension else "hangup_after_bridge true"
    return (
        Command(f"api uuid_setvar {uuid} {after}"),
        Command(f"api uuid_setvar {uuid} socket_resume false"),
    )


def variable(uuid: Harmless, name: Harmless) -> Command:
    return Command(f"api uuid_getvar {uuid} {name}")


def hang_up(uuid: Harmless, cause: Harmless) -> Command:
    return Command(f"api uuid_kill {uuid} {cause}")


def exists(uuid: Harmless) -> Command:
    return Command(f"api uuid_exists {uuid}")


def dump(uuid: Harmless) -> Command:
    return Command(f"api uuid_dump {uuid} json")


def bridge(uuid: Harmless, leg: Harmless) -> Command:
    return Command(f"api uuid_bridge {uuid} {leg}")


def record(leg: Harmless, action: Literal["start", "stop", "mask", "unmask"], path: Harmless) -> Command:
    return Command(f"api uuid_record {leg} {action} {path}")


def record_message(
    uuid: Harmless, path: Harmless, *, max_s: float, silence_s: float, first_word_s: float, louder_than: int
) -> tuple[Command, ...]:
    """Only what the caller says; the switch itself ends it after a pause, or when no first word comes."""
    how = (
        f"RECORD_READ_ONLY=true;RECORD_MIN_SEC=0;RECORD_SILENCE_THRESHOLD={gate.whole(louder_than)}"
        f";RECORD_INITIAL_TIMEOUT_MS={gate.whole(first_word_s * 1000)};RECORD_FINAL_TIMEOUT_MS={gate.whole(silence_s * 1000)}"
    )
    return (
        HEAR_RECORDINGS,
        Command(f"api uuid_setvar_multi {uuid} {how}"),
        Command(f"api uuid_record {uuid} start {path} {gate.whole(max_s, least=1, most=7200)}"),
    )


ROOMS = Command("api conference json_list")


def confer(uuid: Harmless, room: Harmless, visit: Harmless, *, muted: bool, resume: Harmless) -> Command:
    """The call gets a little dialplan of its own, which ends where a talk ends. The keys that leave are in the profile: they
    transfer to the same place, so what is said last tells how it was left."""
    flags = "+flags{mute}" if muted else ""
    steps = (
        f"set:{CONFERENCE_VARIABLE}={visit}/left",
        f"conference:{room}@{CONFERENCE_PROFILE}{flags}",
        f"set:{CONFERENCE_VARIABLE}={visit}/ended",
        f"transfer:{resume.replace(':', ' ')}",
    )
    return Command(f"api uuid_transfer {uuid} 'm:^:{'^'.join(steps)}' inline")


@dataclass(frozen=True, slots=True)
class Announced:
    """Said to who picks up; ``wants_key``: the call is taken by a key."""

    sounds: Sequence[Harmless]
    wants_key: bool
    timeout_s: float


def registration(user: Harmless) -> Command:
    return Command(f"api sofia_contact */{user}")


def ring(
    leg: Harmless,
    contact: Harmless,
    *,
    ring_s: float,
    park_s: float,
    caller_name: Harmless,
    caller_number: Harmless,
    variables: Mapping[Harmless, Harmless],
    extension: Harmless | None = None,
    announce: Announced | None = None,
) -> Command:
    """The job carries the identity of the leg, so that its result finds the leg even on another connection. With ``announce``
    the leg's own little dialplan says it, takes a key, and parks."""
    settings: dict[str, str] = {
        "origination_uuid": leg,
        "originate_timeout": gate.whole(ring_s, least=1, most=600),
        "park_timeout": f"{gate.whole(park_s, least=1, most=3600)}:NORMAL_CLEARING",
        # Without it a phone that sends ringing tones as media would count as answered.
        "ignore_early_media": "true",
        "origination_caller_id_name": caller_name or caller_number or "unknown",
        "origination_caller_id_number": caller_number or "unknown",
    }
    settings.update({str(name): str(value) for name, value in variables.items()})
    prefix = ",".join(f"{name}='{value}'" for name, value in settings.items())
    target = "&park()" if extension is None else extension.replace(":", " ")
    if announce is not None:
        target = _inline(announce)
    return Command(f"bgapi originate {{{prefix}}}{contact} {target}\nJob-UUID: {leg}")


def _inline(announce: Announced) -> str:
    said = "!".join((*announce.sounds, "silence_stream://20"))
    if not announce.wants_key:
        return f"'m:^:playback:file_string://{said}^park:' inline"
    wait_ms = gate.whole(announce.timeout_s * 1000, least=500, most=60_000)
    asked = f"1 1 {ASKED_TIMES} {wait_ms} F file_string://{said} silence_stream://20 {KEY_VARIABLE} .* {wait_ms}"
    return f"'m:^:play_and_get_digits:{asked}^park:' inline"
