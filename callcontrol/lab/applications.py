# ruff: noqa: ARG001  (every application has the same signature)
"""Dialplan applications of the simulated switch: each gets the leg and its data, and returns when it is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from callcontrol.lab.causes import cause_named
from callcontrol.lab.channel import End
from callcontrol.lab.expansion import expand
from callcontrol.lab.recording import RATE_HZ, Recording
from callcontrol.lab.speech import Ear

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel

Application = Callable[["Channel", str], None]
APPLICATIONS: dict[str, Application] = {}


def application(name: str) -> Callable[[Application], Application]:
    def keep(function: Application) -> Application:
        APPLICATIONS[name] = function
        return function

    return keep


# --- signalling ------------------------------------------------------------------------------------------------------
@application("answer")
def answer(channel: Channel, data: str) -> None:
    channel.mark_answered()
    if channel.party is not None:
        channel.party.answered()


@application("pre_answer")
def pre_answer(channel: Channel, data: str) -> None:
    if channel.answered_at is None and channel.progress_at is None:
        channel.progress_at = channel.switch.clock.now()
        channel.profile["Caller-Channel-Progress-Media-Time"] = channel.switch.stamp(channel.progress_at)
        channel.emit("CHANNEL_PROGRESS_MEDIA")
        channel.call_state = "EARLY"


@application("ring_ready")
def ring_ready(channel: Channel, data: str) -> None:
    channel.emit("CHANNEL_PROGRESS")


@application("hangup")
def hangup(channel: Channel, data: str) -> None:
    channel.hang_up(cause_named(data))


@application("park")
def park(channel: Channel, data: str) -> None:
    """Wait for orders. ``park_timeout=S[:CAUSE]`` ends it."""
    seconds, cause = None, "NORMAL_CLEARING"
    limit = channel.get("park_timeout")
    if limit:
        number, _, named = limit.partition(":")
        if number.strip().isdigit() and int(number) > 0:
            seconds, cause = float(number), cause_named(named)
    channel.emit("CHANNEL_PARK")
    if channel.wait(seconds) is End.TIME:
        channel.hang_up(cause)
    channel.emit("CHANNEL_UNPARK")


@application("sleep")
def sleep(channel: Channel, data: str) -> None:
    # Keys that are pressed meanwhile wait for the next application that takes keys.
    channel.wait(int(data) / 1000 if data.strip().isdigit() else 0.0, breakable=True, takes_keys=False)


@application("transfer")
def transfer(channel: Channel, data: str) -> None:
    from callcontrol.lab.life import route

    destination, _, rest = data.partition(" ")
    context = rest.split()[1] if len(rest.split()) > 1 else channel.context
    channel.send_elsewhere(lambda: route(channel, destination, context))


# --- variables -------------------------------------------------------------------------------------------------------
@application("set")
def set_variable(channel: Channel, data: str) -> None:
    name, equals, value = data.partition("=")
    if not equals:
        channel.set(name.strip(), None)
    else:
        # The application expands once more what was expanded before: a backslash protects nothing here.
        value = expand(value, channel)
        channel.set(name.strip(), None if value == "_undef_" else value)


@application("unset")
def unset(channel: Channel, data: str) -> None:
    channel.set(data.strip(), None)


@application("multiset")
def multiset(channel: Channel, data: str) -> None:
    separator = " "
    if data.startswith("^^") and len(data) > 2:
        separator, data = data[2], data[3:]
    for part in data.split(separator):
        set_variable(channel, part)


@application("export")
def export(channel: Channel, data: str) -> None:
    set_variable(channel, data.removeprefix("nolocal:"))
    name = data.removeprefix("nolocal:").partition("=")[0]
    known = channel.get("export_vars")
    channel.set("export_vars", f"{known},{name}" if known else name)


@application("log")
@application("info")
@application("event")
@application("noop")
@application("break")
@application("start_dtmf")
@application("stop_dtmf")
@application("bind_meta_app")
@application("flush_dtmf")
def nothing(channel: Channel, data: str) -> None:
    """Applications that change nothing which the lab shows."""
    if channel.application == "flush_dtmf":
        channel.keys.clear()


# --- sound -----------------------------------------------------------------------------------------------------------
def play(channel: Channel, source: str, *, on_key: Callable[[str], bool] | None = None, takes_keys: bool = True) -> End:
    """Play one source to its end, to a break or to a key; sets the response and the playback variables. A missing file is
    an end at once, with the response ``FILE NOT FOUND``."""
    sound = channel.switch.sounds.look_up(source)
    if sound.missing:
        channel.set("current_application_response", "FILE NOT FOUND")
        return End.TIME
    if channel.answered_at is None:
        pre_answer(channel, "")
    channel.switch.played(channel, source)
    if channel.party is not None:
        channel.party.hears(source, sound.seconds)
    began = channel.switch.clock.now()
    end = channel.wait(sound.seconds, on_key=on_key, breakable=True, takes_keys=takes_keys)
    heard_s = channel.switch.clock.now() - began
    if sound.seconds is not None:
        heard_s = sound.seconds if end is End.TIME else min(heard_s, sound.seconds)
    if channel.party is not None:
        channel.party.stopped_hearing(source)
    samples = str(round(heard_s * RATE_HZ))
    channel.set("playback_last_offset_pos", samples)
    channel.set("playback_seconds", str(int(heard_s)))
    channel.set("playback_ms", str(round(heard_s * 1000)))
    channel.set("playback_samples", samples)
    return end


@application("playback")
def playback(channel: Channel, data: str) -> None:
    channel.set("playback_terminator_used", None)
    terminators = channel.get("playback_terminators") or "*"
    used: list[str] = []

    def ends(key: str) -> bool:
        if terminators == "none" or (key not in terminators and terminators != "any"):
            return False
        used.append(key)
        return True

    if not data:
        channel.set("current_application_response", "PLAYBACK ERROR")
        return
    end = play(channel, data, on_key=ends)
    if used:
        channel.set("playback_terminator_used", used[0])
    if channel.get("current_application_response") != "FILE NOT FOUND":
        channel.set("current_application_response", "PLAYBACK ERROR" if end is End.GONE else "FILE PLAYED")


@application("endless_playback")
def endless_playback(channel: Channel, data: str) -> None:
    while play(channel, data) is End.TIME:
        if channel.get("current_application_response") == "FILE NOT FOUND":
            return


@application("gentones")
def gentones(channel: Channel, data: str) -> None:
    play(channel, f"tone_stream://{data.split('|')[0]}")


# Never shorter, whatever is asked for.
_LEAST_TIMEOUT_S = 1.0


@application("play_and_get_digits")
def play_and_get_digits(channel: Channel, data: str) -> None:
    """``min max tries timeout_ms terminators file invalid_file variable regexp [digit_timeout_ms]``.

    What the real switch leaves behind: the keys in the variable even when they are too few; in ``VARIABLE_invalid`` when they
    do not match; ``read_result`` success, timeout (enough keys, but neither the most nor a terminator) or failure, whether
    they match or not; ``read_terminator_used`` of the last call that had one. Without its sound it ends at once.
    """
    parts = data.split(" ")
    if len(parts) < 9:
        channel.switch.log(f"{channel.uuid[:8]}: play_and_get_digits wants at least nine words: '{data}'.")
        return
    least, most, tries, timeout_ms = (int(part) if part.isdigit() else 0 for part in parts[:4])
    terminators, prompt, invalid, variable, expression = parts[4:9]
    timeout_s = max(timeout_ms / 1000, _LEAST_TIMEOUT_S)
    digit_timeout_s = int(parts[9]) / 1000 if len(parts) > 9 and parts[9].isdigit() else timeout_s
    ending = "" if terminators == "none" else terminators
    for _ in range(max(1, tries)):
        channel.set(variable, None)
        read = _read_keys(channel, prompt, max(1, most), ending, timeout_s, digit_timeout_s)
        if channel.gone or read is None:
            return
        keys, terminator = read
        if terminator:
            channel.set("read_terminator_used", terminator)
        enough = len(keys) >= least and not (terminator and not keys)
        whole = bool(terminator) or len(keys) >= max(1, most)
        channel.set("read_result", "failure" if not enough else "success" if whole else "timeout")
        matches = re.search(expression, keys) is not None
        if not enough or matches:
            channel.set(variable, keys)
        elif keys:
            channel.set(f"{variable}_invalid", keys)
        if enough and matches:
            return
        play(channel, invalid, takes_keys=False)
        channel.set("current_application_response", None)
        if channel.gone:
            return


def _read_keys(
    channel: Channel, prompt: str, most: int, terminators: str, timeout_s: float, digit_timeout_s: float
) -> tuple[str, str] | None:
    """The keys and the terminator; None if there is no such sound."""
    keys: list[str] = []
    terminator: list[str] = []

    def take(key: str) -> bool:
        if key in terminators:
            terminator.append(key)
        else:
            keys.append(key)
        return True

    end = play(channel, prompt, on_key=take)
    if channel.get("current_application_response") == "FILE NOT FOUND":
        channel.set("current_application_response", None)
        return None
    while end is not End.GONE and not terminator and len(keys) < most:
        end = channel.wait(digit_timeout_s if keys else timeout_s, on_key=take)
        if end is End.TIME:
            break
    return "".join(keys), "".join(terminator)


# --- recording -------------------------------------------------------------------------------------------------------
def start_recording(channel: Channel, path: str, limit_s: float | None = None) -> bool:
    if path in channel.recordings:
        return True  # the real switch says +OK and goes on with the first
    if not channel.switch.recordable(path):
        return False
    channel.recordings[path] = recording = Recording(
        path,
        channel.switch.clock.now(),
        stereo=channel.is_true("RECORD_STEREO"),
        swapped=channel.is_true("RECORD_STEREO_SWAP"),
        waits_for_bridge=channel.is_true("RECORD_BRIDGE_REQ") and channel.peer is None,
    )
    channel.ears[path] = Ear(channel, recording, limit_s, lambda cause: stop_recording(channel, path, cause))
    channel.emit("RECORD_START", {"Record-File-Path": path})
    return True


def stop_recording(channel: Channel, path: str, cause: str = "success-maxtime") -> bool:
    """The cause is what the real switch says of a recording that it was told to stop."""
    recording = channel.recordings.pop(path, None)
    if recording is None:
        return False
    channel.ears.pop(path).close()
    samples = channel.switch.write_recording(recording)
    channel.set("record_samples", str(samples))
    channel.set("record_seconds", str(samples // RATE_HZ))
    channel.set("record_ms", str(samples * 1000 // RATE_HZ))
    channel.set("record_completion_cause", cause)
    channel.emit("RECORD_STOP", {"Record-File-Path": path, "Record-Completion-Cause": cause})
    return True


@application("record_session")
def record_session(channel: Channel, data: str) -> None:
    start_recording(channel, data.split("+")[0].strip())


@application("stop_record_session")
def stop_record_session(channel: Channel, data: str) -> None:
    for path in list(channel.recordings) if data.strip() in ("", "all") else [data.strip()]:
        stop_recording(channel, path)
