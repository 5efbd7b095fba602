"""One switch as the conductor and the reconciler see it: the ``SwitchControl`` port on an inbound connection.

Commands wait for their answer, never longer than their deadline. Events of legs that nobody watches are recognised without being
decoded. After every reconnection, and now and then besides, the legs watched are compared with those that exist.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from callcontrol.ports.clock import Clock
from callcontrol.ports.switch import Announcement, ChannelRow, LastWords, LegEvent, PhoneNow, Room, SwitchError
from callcontrol.switch import commands, gate
from callcontrol.switch.commands import Command
from callcontrol.switch.connection import Late, Reply
from callcontrol.switch.inbound import Health, Inbound
from callcontrol.switch.last_words import LastWordsOf
from callcontrol.switch.legs import LOST, Legs, recorded_seconds
from callcontrol.switch.phones import Phones
from callcontrol.switch.wire import BadEvent, Frame, decode_event, peek

log = logging.getLogger(__name__)

RECONCILE_EVERY_S = 30.0
"""The switch drops events of a listener that lags, without a sign on the wire: the legs watched are looked up this often."""

_KEY = f"variable_{commands.KEY_VARIABLE}".encode()

FAR_BACK = 10_000
"""The switch numbers its events, but sends those of several threads a few places out of order; this far back is another count."""


class SwitchConnection:
    """See ``ports.switch.SwitchControl``. ``name`` is the node's name in sessions and on the admin page."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        password: str,
        *,
        clock: Clock,
        probe_every_s: float = 5.0,
        **inbound: Any,
    ) -> None:
        self.node = name
        self._clock = clock
        self._legs = Legs()
        self._phones = Phones()
        self._words = LastWordsOf(self._decode)
        self._ends: list[tuple[str, str, Callable[[str, Mapping[str, str], str], None]]] = []
        self._core = ""
        self._sequence = 0
        self._reconciled_at = 0.0
        self._inbound = Inbound(
            name,
            host,
            port,
            password,
            clock=clock,
            on_frame=self._frame,
            on_up=self._reconcile,
            on_tick=self._tick,
            probe_every_s=probe_every_s,
            **inbound,
        )

    # --- life -----------------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Connect in the background and stay connected."""
        self._inbound.start()

    def stop(self) -> None:
        self._inbound.stop()

    def connected(self) -> bool:
        return self._inbound.connected()

    def wait_connected(self, timeout_s: float | None = None) -> bool:
        return self._inbound.wait_connected(timeout_s)

    def health(self) -> Health:
        return self._inbound.health

    # --- legs -----------------------------------------------------------------------------------------------------------------
    def watch(self, uuid: str, sink: Callable[[LegEvent], None]) -> None:
        gate.identity(uuid)
        self._legs.watch(uuid, sink)

    def unwatch(self, uuid: str) -> None:
        self._legs.unwatch(uuid)

    def watch_all(self, sink: Callable[[LegEvent], None]) -> None:
        """``LegHungUp`` of every channel of the switch from now on. ``sink`` must not block."""
        self._legs.watch_all(sink)

    def ring(
        self,
        leg: str,
        contact: str,
        *,
        ring_s: float,
        park_s: float,
        caller_name: str,
        caller_number: str,
        variables: Mapping[str, str],
        extension: str = "",
        announce: Announcement | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        announced = None
        if announce is not None:
            sounds = [gate.sound(sound) for sound in announce.sounds]
            announced = commands.Announced(sounds, bool(announce.key), announce.timeout_s)
        command = commands.ring(
            gate.identity(leg),
            gate.contact(contact),
            ring_s=ring_s,
            park_s=park_s,
            caller_name=gate.caller_name(caller_name),
            caller_number=gate.caller_number(caller_number),
            variables={
                **{gate.variable_name(n): gate.variable_value(v) for n, v in variables.items()},
                **{gate.header(n): gate.variable_value(v) for n, v in (headers or {}).items()},
            },
            extension=gate.extension(extension) if extension else None,
            announce=announced,
        )
        self._legs.rung(leg, announce)
        try:
            self._do(command, f"ring {leg}")
        except Late:
            raise  # it may ring all the same
        except SwitchError:
            self._legs.not_rung(leg)
            raise

    def adopt(self, leg: str, announce: Announcement | None = None) -> bool:
        self._legs.rung(leg, announce)
        if not self.exists(leg):
            self._legs.not_rung(leg)
            return False
        self._look_for_answer(leg)
        return True

    def cancel(self, leg: str, cause: str = "ORIGINATOR_CANCEL") -> None:
        self.cancel_all([leg], cause)

    def cancel_all(self, legs: Sequence[str], cause: str = "ORIGINATOR_CANCEL") -> None:
        said = gate.cause(cause)
        self._inbound.send_all([commands.hang_up(gate.identity(leg), said) for leg in legs])

    def bridge(self, uuid: str, leg: str) -> None:
        self._do(commands.bridge(gate.identity(uuid), gate.identity(leg)), f"bridge {uuid} with {leg}")

    def room(self, name: str) -> Room:
        gate.room(name)
        text = self._inbound.send(commands.ROOMS).text
        try:
            rooms = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise SwitchError(f"The switch {self.node} has no conferences: {text[:80]!r}") from error
        for row in rooms if isinstance(rooms, list) else ():
            if isinstance(row, dict) and row.get("conference_name") == name:
                return Room(int(row.get("member_count") or 0), bool(row.get("locked")))
        return Room()

    def confer(self, uuid: str, room: str, visit: str, *, muted: bool, resume_extension: str) -> None:
        resume = gate.extension(resume_extension)
        command = commands.confer(
            gate.identity(uuid), gate.room(room), gate.identity(visit), muted=muted, resume=resume
        )
        self._do(command, f"send {uuid} into a conference")

    def last_words(self, leg: str, within_s: float = 0.0) -> LastWords | None:
        return self._words.of(leg, within_s)

    def watch_ends(self, variable: str, also: str, sink: Callable[[str, Mapping[str, str], str], None]) -> None:
        self._ends.append((variable, also, sink))

    def _ended(self, uuid: str, body: bytes) -> None:
        for variable, also, sink in self._ends:
            value = peek(body, f"variable_{variable}".encode())
            if value is not None:
                more = peek(body, f"variable_{also}".encode())
                sink(uuid, {variable: value, also: more or ""}, peek(body, b"Hangup-Cause") or "")

    def record_start(self, leg: str, path: str) -> None:
        self._do(commands.record(gate.identity(leg), "start", gate.recording(path)), f"record {leg} to {path}")

    def record_stop(self, leg: str, path: str) -> None:
        self._do(commands.record(gate.identity(leg), "stop", gate.recording(path)), f"stop recording {leg}")

    def record_mask(self, leg: str, path: str, masked: bool) -> None:
        action: Any = "mask" if masked else "unmask"
        self._do(commands.record(gate.identity(leg), action, gate.recording(path)), f"{action} the recording of {leg}")

    def remember(self, uuid: str, name: str, value: str) -> None:
        command = commands.remember(gate.identity(uuid), gate.variable_name(name), gate.variable_value(value))
        self._do(command, f"set {name} on {uuid}")

    def variable(self, uuid: str, name: str) -> str | None:
        text = self._inbound.send(commands.variable(gate.identity(uuid), gate.variable_name(name)))
        return None if not text.ok or text.text == "_undef_" else text.text

    def exists(self, uuid: str) -> bool:
        return self._inbound.send(commands.exists(gate.identity(uuid))).text == "true"

    def channels(self) -> list[ChannelRow]:
        """The switch makes this list from a table that it writes with some delay: a channel of the last second may be missing, one
        that just ended may still stand here, and so may bridges. ``exists`` is exact."""
        peers: dict[str, str] = {}
        for row in self._rows(commands.BRIDGES):
            a, b = str(row.get("uuid") or ""), str(row.get("b_uuid") or "")
            if a and b:
                peers[a], peers[b] = b, a
        return [_channel(row, peers) for row in self._rows(commands.CHANNELS) if row.get("uuid")]

    def registered(self, user: str) -> bool | None:
        reply = self._inbound.send(commands.registration(gate.user(user)))
        if reply.text.startswith("error/user_not_registered"):
            return False
        return True if reply.text.startswith("sofia/") else None

    def follow_phones(self, contacts: Iterable[str], changed: Callable[[], None]) -> None:
        self._phones.changed = changed
        self._phones.follow(contacts)

    def phones(self) -> Mapping[str, PhoneNow]:
        phones = self._phones
        queries = phones.to_ask()
        for query, reply in zip(
            queries,
            self._inbound.send_all([commands.registration(gate.user(query)) for query in queries]),
            strict=True,
        ):
            away = reply.text.startswith("error/")
            phones.told(query, "" if away else reply.text if reply.text.startswith("sofia/") else None)
        if phones.doubtful:
            phones.doubtful = False
            rows = {str(row.get("uuid")): row for row in self._rows(commands.CHANNELS)}
            for uuid, row in rows.items():
                if row.get("callstate") in ("ACTIVE", "HELD"):
                    self._answered_row(uuid, row)
            # The list is written behind; about one leg the switch knows better.
            missing = phones.missing(rows)
            for uuid, reply in zip(
                missing, self._inbound.send_all([commands.exists(gate.identity(u)) for u in missing]), strict=True
            ):
                if reply.text == "false":
                    phones.hung_up(uuid)
        return phones.now()

    def _answered_row(self, uuid: str, row: Mapping[str, Any]) -> None:
        name = str(row.get("name") or "")
        incoming = row.get("direction") == "inbound"
        user = name.rpartition("/")[2].partition("@")[0] if incoming else str(row.get("presence_id") or "")
        address = str(row.get("ip_addr") or "")
        self._phones.answered(uuid, incoming=incoming, name=name, user=user, address=address)

    def _do(self, command: Command, what: str) -> Reply:
        reply = self._inbound.send(command)
        if not reply.ok:
            raise SwitchError(f"The switch {self.node} would not {what}: {reply.text[:200]}")
        return reply

    def _rows(self, command: Command) -> list[dict[str, Any]]:
        reply = self._inbound.send(command)
        try:
            rows = orjson.loads(reply.text).get("rows", [])
        except (orjson.JSONDecodeError, AttributeError) as error:
            raise SwitchError(f"The switch {self.node} gave no list of its channels: {reply.text[:80]!r}") from error
        return [row for row in rows if isinstance(row, dict)]

    # --- events ---------------------------------------------------------------------------------------------------------------
    def _frame(self, frame: Frame) -> None:
        body = frame.body
        name = peek(body, b"Event-Name")
        self._follow_count(body)
        match name:
            case "HEARTBEAT":
                self._inbound.health.last_heartbeat_at = self._clock.now()
                count = peek(body, b"Session-Count")
                if count and count.isdigit():
                    self._inbound.health.sessions = int(count)
            case "BACKGROUND_JOB":
                leg = peek(body, b"Job-UUID")
                if leg is not None and self._legs.waits_for_answer(leg):
                    self._legs.job_done(leg, str(self._decode(frame).get("_body", "")).strip())
            case "CUSTOM":
                self._phones.registration_event(body)
            case _:
                self._channel_event(name, frame)

    def _channel_event(self, name: str | None, frame: Frame) -> None:
        body = frame.body
        uuid = peek(body, b"Unique-ID")
        if uuid is None:
            return
        self._phones.channel_event(name, uuid, body)
        if name == "CHANNEL_BRIDGE":
            self._legs.bridged(uuid, peek(body, b"Other-Leg-Unique-ID") or peek(body, b"Bridge-B-Unique-ID") or "")
            return
        if name == "CHANNEL_HANGUP_COMPLETE":
            self._words.heard(uuid, frame)
            self._ended(uuid, frame.body)
        if not self._legs.watches(uuid) and not (name == "CHANNEL_HANGUP_COMPLETE" and self._legs.wants_all()):
            return
        match name:
            case "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA":
                self._legs.ringing(uuid)
            case "CHANNEL_PARK":
                self._legs.parked(uuid, peek(body, _KEY) or "")
            case "CHANNEL_HANGUP_COMPLETE":
                far = peek(body, b"variable_sip_hangup_disposition") == "recv_bye"
                self._legs.gone(uuid, peek(body, b"Hangup-Cause") or "NORMAL_UNSPECIFIED", far)
            case "CHANNEL_HOLD" | "CHANNEL_UNHOLD":
                self._legs.held(uuid, name == "CHANNEL_HOLD")
            case "RECORD_STOP":
                event = self._decode(frame)
                self._legs.recording_stopped(uuid, str(event.get("Record-File-Path", "")), recorded_seconds(event))

    def _decode(self, frame: Frame) -> dict[str, Any]:
        try:
            return decode_event(frame)
        except BadEvent as error:
            self._inbound.health.bad_events += 1
            log.error("switch %s: %s It is skipped.", self.node, error)
            return {}

    def _follow_count(self, body: bytes) -> None:
        """The switch numbers all its events, of which we see some: a step far back, or another core, means that it restarted."""
        core, count = peek(body, b"Core-UUID"), peek(body, b"Event-Sequence")
        if core is None or count is None or not count.isdigit():
            self._inbound.health.bad_events += 1
            return
        sequence = int(count)
        health = self._inbound.health
        if self._core and core != self._core:
            health.restarts_seen += 1
            log.warning("switch %s: it was restarted; all its calls are gone.", self.node)
            self._sequence = 0
            self._reconciled_at = 0.0
        elif sequence < self._sequence - FAR_BACK:
            health.steps_back += 1
            self._reconciled_at = 0.0
        self._core = core
        self._sequence = max(sequence, self._sequence)

    # --- what really exists ---------------------------------------------------------------------------------------------------
    def _tick(self) -> None:
        if self._clock.now() - self._reconciled_at >= RECONCILE_EVERY_S:
            self._reconcile()

    def _reconcile(self) -> None:
        """Look up every leg watched; tell of those that are gone or were answered meanwhile. Raises ``ConnectionLost``."""
        watched = self._legs.watched()
        replies = self._inbound.send_all([commands.exists(gate.identity(uuid)) for uuid in watched])
        for uuid, reply in zip(watched, replies, strict=True):
            if reply.text == "false":
                self._legs.lost(uuid, LOST)
            elif self._legs.waits_for_answer(uuid):
                self._look_for_answer(uuid)
        self._phones.doubt()
        self._reconciled_at = self._clock.now()

    def _look_for_answer(self, uuid: str) -> None:
        reply = self._inbound.send(commands.dump(gate.identity(uuid)))
        # Picked up, but `originate` has not let go of it yet: its CHANNEL_PARK is still to come (see Legs.parked).
        held_back = peek(reply.frame.body, b"Channel-State") == "CS_CONSUME_MEDIA"
        if reply.ok and not held_back and peek(reply.frame.body, b"Answer-State") == "answered":
            self._legs.answered(uuid)
            if key := peek(reply.frame.body, _KEY):
                self._legs.parked(uuid, key)


def _channel(row: Mapping[str, Any], peers: Mapping[str, str]) -> ChannelRow:
    uuid = str(row.get("uuid"))
    created = str(row.get("created_epoch") or "0")
    return ChannelRow(
        uuid=uuid,
        created_at=float(created) if created.isdigit() else 0.0,
        state=str(row.get("callstate") or row.get("state") or ""),
        application=str(row.get("application") or ""),
        caller_number=str(row.get("cid_num") or ""),
        bridged_to=peers.get(uuid, ""),
        outbound=row.get("direction") == "outbound",
    )
