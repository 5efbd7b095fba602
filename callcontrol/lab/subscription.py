"""What a connection wants to hear: event names, custom subclasses, filters, and whether only its own leg's events."""

from __future__ import annotations

import re
from collections.abc import Mapping

from callcontrol.lab.wire import Value, flat

# Every event that the lab knows by name; an ``event`` command with none of them is an error.
EVENT_NAMES = frozenset(
    [
        "CUSTOM",
        "CLONE",
        "CHANNEL_CREATE",
        "CHANNEL_DESTROY",
        "CHANNEL_STATE",
        "CHANNEL_CALLSTATE",
        "CHANNEL_ANSWER",
        "CHANNEL_HANGUP",
        "CHANNEL_HANGUP_COMPLETE",
        "CHANNEL_EXECUTE",
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_HOLD",
        "CHANNEL_UNHOLD",
        "CHANNEL_BRIDGE",
        "CHANNEL_UNBRIDGE",
        "CHANNEL_PROGRESS",
        "CHANNEL_PROGRESS_MEDIA",
        "CHANNEL_OUTGOING",
        "CHANNEL_PARK",
        "CHANNEL_UNPARK",
        "CHANNEL_APPLICATION",
        "CHANNEL_ORIGINATE",
        "CHANNEL_UUID",
        "API",
        "LOG",
        "INBOUND_CHAN",
        "OUTBOUND_CHAN",
        "STARTUP",
        "SHUTDOWN",
        "PUBLISH",
        "UNPUBLISH",
        "TALK",
        "NOTALK",
        "SESSION_CRASH",
        "MODULE_LOAD",
        "MODULE_UNLOAD",
        "DTMF",
        "MESSAGE",
        "PRESENCE_IN",
        "NOTIFY_IN",
        "PRESENCE_OUT",
        "PRESENCE_PROBE",
        "MESSAGE_WAITING",
        "MESSAGE_QUERY",
        "ROSTER",
        "CODEC",
        "BACKGROUND_JOB",
        "DETECTED_SPEECH",
        "DETECTED_TONE",
        "PRIVATE_COMMAND",
        "HEARTBEAT",
        "TRAP",
        "ADD_SCHEDULE",
        "DEL_SCHEDULE",
        "EXE_SCHEDULE",
        "RE_SCHEDULE",
        "RELOADXML",
        "NOTIFY",
        "PHONE_FEATURE",
        "PHONE_FEATURE_SUBSCRIBE",
        "SEND_MESSAGE",
        "RECV_MESSAGE",
        "REQUEST_PARAMS",
        "CHANNEL_DATA",
        "GENERAL",
        "COMMAND",
        "SESSION_HEARTBEAT",
        "CLIENT_DISCONNECTED",
        "SERVER_DISCONNECTED",
        "SEND_INFO",
        "RECV_INFO",
        "RECV_RTCP_MESSAGE",
        "SEND_RTCP_MESSAGE",
        "CALL_SECURE",
        "NAT",
        "RECORD_START",
        "RECORD_STOP",
        "PLAYBACK_START",
        "PLAYBACK_STOP",
        "CALL_UPDATE",
        "FAILURE",
        "SOCKET_DATA",
        "MEDIA_BUG_START",
        "MEDIA_BUG_STOP",
        "CONFERENCE_DATA_QUERY",
        "CONFERENCE_DATA",
        "CALL_SETUP_REQ",
        "CALL_SETUP_RESULT",
        "CALL_DETAIL",
        "DEVICE_STATE",
        "TEXT",
        "SHUTDOWN_REQUESTED",
        "ALL",
    ]
)

# What ``myevents`` gives: no recording and no playback events among them.
SESSION_EVENTS = frozenset(
    [
        "CHANNEL_ANSWER",
        "CHANNEL_APPLICATION",
        "CHANNEL_BRIDGE",
        "CHANNEL_CREATE",
        "CHANNEL_DATA",
        "CHANNEL_DESTROY",
        "CHANNEL_EXECUTE",
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_HANGUP",
        "CHANNEL_HANGUP_COMPLETE",
        "CHANNEL_ORIGINATE",
        "CHANNEL_OUTGOING",
        "CHANNEL_PARK",
        "CHANNEL_PROGRESS",
        "CHANNEL_PROGRESS_MEDIA",
        "CHANNEL_STATE",
        "CHANNEL_UNBRIDGE",
        "CHANNEL_UNPARK",
        "CALL_UPDATE",
        "CODEC",
        "DTMF",
        "DETECTED_SPEECH",
        "NOTALK",
        "TALK",
    ]
)


class Subscription:
    """``session`` is the identity of the only leg whose events are wanted, None for every leg."""

    def __init__(self) -> None:
        self.format = "plain"
        self.names: set[str] = set()
        self.subclasses: set[str] = set()
        self.everything = False
        self.session: str | None = None
        self.filters: list[tuple[str, str]] = []

    def add(self, words: list[str]) -> bool:
        """Names as in ``event json A B CUSTOM c::d``. False if there was no name among them."""
        any_known = False
        custom = False
        for word in words:
            if custom:
                self.subclasses.add(word)
            elif word.upper() in EVENT_NAMES:
                any_known = True
                name = word.upper()
                self.everything |= name == "ALL"
                custom = name == "CUSTOM"
                self.names.add(name)
        return any_known

    def remove(self, words: list[str]) -> bool:
        """False if there was no name among them."""
        custom = False
        known = any(word.upper() in EVENT_NAMES for word in words)
        for word in words:
            if custom:
                self.subclasses.discard(word)
            elif word.upper() == "CUSTOM":
                custom = True
            elif word.upper() == "ALL":
                self.clear()
            else:
                self.names.discard(word.upper())
        return known

    def clear(self) -> None:
        self.names.clear()
        self.subclasses.clear()
        self.everything = False

    def only_session(self, uuid: str) -> None:
        self.session = uuid
        self.names |= SESSION_EVENTS

    def wants(self, name: str) -> bool:
        return self.everything or name in self.names

    def passes(self, event: Mapping[str, Value]) -> bool:
        """Whether the filters let this event through. With filters, one must match and no negative one may."""
        if event.get("Event-Name") == "CUSTOM" and not self.everything:
            subclass = event.get("Event-Subclass", "")
            if self.subclasses and subclass not in self.subclasses:
                return False
        if not self.filters:
            return True
        send = False
        for name, wanted in self.filters:
            value = event.get(name)
            if value is None:
                continue
            positive = True
            compare = wanted
            while compare[:1] in ("+", "-", " ") and compare:
                positive = compare[0] != "-" if compare[0] != " " else positive
                compare = compare[1:]
            if send and positive:
                continue
            if wanted.startswith("/"):
                matches = re.search(wanted.strip("/"), flat(value)) is not None
            else:
                matches = flat(value).lower() == compare.lower()
            if matches and not positive:
                return False
            send = send or matches
        return send

    def unfilter(self, name: str, value: str) -> None:
        if name == "all":
            self.filters.clear()
        else:
            self.filters = [(n, v) for n, v in self.filters if not (n.lower() == name.lower() and value in ("", v))]
