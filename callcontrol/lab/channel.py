"""One leg of a simulated call: its states, variables, waiting messages and keys, and the events that tell of it.

What a leg does with its time (dialplan, bridge, park) is in ``life``; what an application does is in ``applications``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gevent.event import Event

from callcontrol.lab import templates
from callcontrol.lab.causes import Q850, STATE_NUMBERS
from callcontrol.lab.wire import Value

if TYPE_CHECKING:
    from callcontrol.lab.connection import Connection
    from callcontrol.lab.dialplan import Action
    from callcontrol.lab.party import Party
    from callcontrol.lab.recording import Recording
    from callcontrol.lab.simulated_switch import SimulatedSwitch
    from callcontrol.lab.speech import Ear


class End(Enum):
    """Why a wait ended."""

    TIME = "time"
    BREAK = "break"
    KEY = "key"
    DONE = "done"  # what was waited for came true
    GONE = "gone"  # hung up, or something else is to be done now


@dataclass(slots=True)
class Message:
    """Something a controller asked the leg to do (``sendmsg``)."""

    call_command: str
    application: str = ""
    data: str = ""
    event_uuid: str = ""
    lock: bool = False
    cause: str = ""


class Channel:
    """``redirect`` is what is to be done next instead of the present; whoever sets it calls ``wake``."""

    def __init__(
        self,
        switch: SimulatedSwitch,
        uuid: str,
        *,
        inbound: bool,
        name: str,
        caller_number: str,
        caller_name: str,
        destination: str,
        context: str,
        party: Party | None = None,
    ) -> None:
        self.switch = switch
        self.uuid = uuid
        self.inbound = inbound
        self.name = name
        self.caller_number = caller_number
        self.caller_name = caller_name
        self.destination = destination
        self.context = context
        self.party = party
        self.state = "CS_NEW"
        self.call_state = "DOWN"
        self.shown = ("CS_INIT", "DOWN")  # what `show channels` says: it does not follow a leg that is hung up
        self.hit_dialplan = False
        self.answered_at: float | None = None
        self.progress_at: float | None = None
        self.bridged_at: float | None = None
        self.ended_at: float | None = None
        self.created_at = switch.clock.now()
        self.hangup_cause: str | None = None
        self.redirect: Callable[[], None] | None = None
        self.actions: deque[Action] = deque()
        self.peer: Channel | None = None
        self.originating = False  # ``originate`` has not let go of it yet
        self.messages: deque[Message] = deque()
        self._coming: deque[Message] = deque()  # sent, but the leg has not come to its next frame
        self.keys: deque[tuple[str, str, int]] = deque()  # key, source, duration in samples
        self.digits_dialed = ""
        self.lock_depth = 0
        self.break_requested = False
        self.listeners: list[Channel] = []  # eavesdroppers
        self.controllers: list[Connection] = []
        self.watchers: list[Connection] = []
        self.recordings: dict[str, Recording] = {}
        self.ears: dict[str, Ear] = {}  # of recordings, by path
        self.speaking = False  # whoever is at the far end
        self.application = ""
        self.application_data = ""
        self.last_application = ("", "")
        self.run_message: Callable[[Message], None] = self.messages.append  # ``life`` puts its own here
        self.ended = Event()  # the leg is destroyed
        self._wake = Event()
        self.vars: dict[str, Value] = {}  # by "variable_NAME", as events carry them
        self._direction = "inbound" if inbound else "outbound"
        self._fixed = {
            "Channel-Name": name,
            "Unique-ID": uuid,
            "Call-Direction": self._direction,
            "Presence-Call-Direction": self._direction,
        }
        self.profile: dict[str, str] = self._new_profile()
        self.other: dict[str, str] = {}

    # --- variables ---------------------------------------------------------------------------------------------------
    def get(self, name: str) -> str | None:
        value = self.vars.get(f"variable_{name}")
        if value is None:
            return None
        return value if isinstance(value, str) else "ARRAY::" + "|:".join(value)

    def set(self, name: str, value: str | None) -> None:
        """Set, or with None or an empty text remove, a variable."""
        if value:
            self.vars[f"variable_{name}"] = value
        else:
            self.vars.pop(f"variable_{name}", None)

    def set_all(self, values: Mapping[str, str]) -> None:
        self.vars.update({f"variable_{name}": value for name, value in values.items() if value})

    def is_true(self, name: str) -> bool:
        return (self.get(name) or "").lower() in ("true", "yes", "on", "enable", "enabled", "active", "allow", "1", "t")

    # --- events ------------------------------------------------------------------------------------------------------
    def _new_profile(self) -> dict[str, str]:
        created = self.switch.stamp(self.created_at)
        profile = {
            "Direction": self._direction,
            "Logical-Direction": self._direction,
            "Username": self.caller_number if self.inbound else "",
            "Dialplan": "XML" if self.inbound else "",
            "Caller-ID-Name": self.caller_name,
            "Caller-ID-Number": self.caller_number,
            "Orig-Caller-ID-Name": self.caller_name,
            "Orig-Caller-ID-Number": self.caller_number,
            "Network-Addr": "127.0.0.1",
            "ANI": self.caller_number,
            "Destination-Number": self.destination,
            "Unique-ID": self.uuid,
            "Source": "mod_sofia" if self.inbound else "src/switch_ivr_originate.c",
            "Context": self.context,
            "Channel-Name": self.name,
            "Profile-Index": "1",
            **dict.fromkeys(templates.TIMES, "0"),
            **templates.PRIVACY,
        }
        profile["Profile-Created-Time"] = profile["Channel-Created-Time"] = created
        return {f"Caller-{name}": value for name, value in profile.items() if value}

    def state_headers(self) -> dict[str, Value]:
        """The headers that every event of a channel has, without its variables."""
        # The switch writes CS_HANGUP's number once the leg is hung up, while the name still is what runs.
        number = STATE_NUMBERS[self.state]
        if self.hangup_cause is not None and number < 10:
            number = 10
        headers: dict[str, Value] = {
            "Channel-State": self.state,
            "Channel-Call-State": self.call_state,
            "Channel-State-Number": str(number),
            **self._fixed,
            "Channel-HIT-Dialplan": "true" if self.hit_dialplan else "false",
            "Channel-Call-UUID": self.get("call_uuid") or self.uuid,
            "Answer-State": self.answer_state,
        }
        if presence := self.get("presence_id"):
            headers["Channel-Presence-ID"] = presence
        if self.hangup_cause is not None:
            headers["Hangup-Cause"] = self.hangup_cause
        headers.update(templates.CODEC_HEADERS)
        headers.update(self.profile)
        return headers

    @property
    def answer_state(self) -> str:
        if self.hangup_cause is not None:
            return "hangup"
        return "answered" if self.answered_at is not None else "ringing"

    @property
    def gone(self) -> bool:
        """What runs now must end: hung up, or sent elsewhere."""
        return self.hangup_cause is not None or self.redirect is not None

    def emit(
        self,
        name: str,
        extra: dict[str, Value] | None = None,
        *,
        first: dict[str, Value] | None = None,
        variables: bool = True,
    ) -> None:
        """Tell whoever asked for it. ``first`` stands before the channel's headers, ``extra`` after everything."""
        switch = self.switch
        takers = switch.takers(name, self.watchers)
        if not takers:
            switch.count_event()
            return
        event = switch.event_head(name)
        if first:
            event.update(first)
        event.update(self.state_headers())
        event.update(self.other)
        if variables:
            event.update(self.vars)
        if extra:
            event.update(extra)
        switch.deliver(event, takers)

    def enter(self, state: str, call_state: str | None = None) -> None:
        """Change the running state, and say so."""
        self.state = state
        if call_state is not None:
            self.call_state = call_state
        if self.hangup_cause is None:
            self.shown = (self.state, self.call_state)
        self.emit("CHANNEL_STATE", variables=False)

    # --- time --------------------------------------------------------------------------------------------------------
    def wake(self) -> None:
        self._wake.set()

    def wait(
        self,
        seconds: float | None,
        *,
        on_key: Callable[[str], bool] | None = None,
        breakable: bool = False,
        takes_keys: bool = True,
        takes_orders: bool = True,
        until: Callable[[], bool] | None = None,
    ) -> End:
        """Let simulated time pass; meanwhile take keys and run, nested, what a controller asks. Time spent nested does not
        count. ``on_key`` says for each key whether it ends the wait; ``until`` is asked whenever the leg is woken."""
        clock = self.switch.clock
        left = seconds
        while True:
            if self.gone:
                return End.GONE
            if breakable and self.break_requested:
                self.break_requested = False
                return End.BREAK
            if until is not None and until():
                return End.DONE
            while takes_keys and self.keys:
                key = self._take_key()
                if on_key is not None and on_key(key):
                    return End.KEY
            if takes_orders and self.messages and not self.lock_depth:
                self.run_message(self.messages.popleft())
                continue
            if left is not None and left <= 0:
                return End.TIME
            self._wake.clear()
            began = clock.now()
            timer = clock.call_later(left, self._wake.set) if left is not None else None
            self._wake.wait()
            if timer is not None and left is not None:
                timer.cancel()
                left -= clock.now() - began
                if left < 1e-4:
                    left = 0.0

    # --- what others do to it ----------------------------------------------------------------------------------------
    def send(self, message: Message) -> None:
        """Taken up at the leg's next frame of sound, as the real switch does."""
        self._coming.append(message)
        if self.switch.frame_s <= 0:
            self._take_messages()
            return
        self.switch.clock.call_later(self.switch.frame_s, self._take_messages)

    def _take_messages(self) -> None:
        if self._coming:
            self.messages.append(self._coming.popleft())
            self.wake()

    def press(self, keys: str, *, source: str = "RTP", duration: int = 2080) -> None:
        for key in keys:
            self.keys.append((key, source, duration))
        self.wake()

    def speak(self, speaking: bool) -> None:
        self.speaking = speaking
        for ear in list(self.ears.values()):
            ear.hears(speaking)

    def _take_key(self) -> str:
        key, source, duration = self.keys.popleft()
        if self.is_true("sensitive_dtmf"):
            return key
        self.digits_dialed += key
        self.emit(
            "DTMF",
            {"DTMF-Digit": key, "DTMF-Duration": str(duration), "DTMF-Source": source},
            variables=False,
        )
        return key

    def hang_up(self, cause: str) -> None:
        """From wherever: the leg's life notices and ends. A second hang-up changes nothing."""
        if self.hangup_cause is not None:
            return
        self.hangup_cause = cause if cause in Q850 else "NORMAL_CLEARING"
        self.ended_at = self.switch.clock.now()
        self.profile["Caller-Channel-Hangup-Time"] = self.switch.stamp(self.ended_at)
        self.emit("CHANNEL_HANGUP")
        self.wake()
        for other in (self.peer, *self.listeners):
            if other is not None:
                other.wake()

    def send_elsewhere(self, redirect: Callable[[], None]) -> bool:
        """Have the leg do ``redirect`` next. False if it is hung up."""
        if self.hangup_cause is not None:
            return False
        self.redirect = redirect
        self.wake()
        return True

    def stop_playing(self, *, everything: bool) -> None:
        """``everything``: also forget what was sent and is not yet begun. The real switch loses it without a word."""
        if everything:
            self._coming.clear()
            self.messages.clear()
        self.break_requested = True
        self.wake()

    def mark_answered(self) -> None:
        if self.answered_at is not None or self.hangup_cause is not None:
            return
        self.answered_at = self.switch.clock.now()
        self.profile["Caller-Channel-Answered-Time"] = self.switch.stamp(self.answered_at)
        self.set_all(templates.ANSWERED_VARIABLES)
        self.emit("CHANNEL_ANSWER")
        self.call_state = "ACTIVE"
        self.shown = (self.shown[0], self.call_state)
        self.set("endpoint_disposition", "ANSWER")
        if on_answer := self.get("execute_on_answer"):
            from callcontrol.lab import life

            name, _, data = on_answer.partition(" ")
            life.execute(self, name, data)
