"""Simulated phones of agents: each does with a call what it was told to do, after the time it was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcontrol.lab.callers import Caller
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.clock import Timer
    from callcontrol.lab.simulated_switch import SimulatedSwitch


class Phone:
    """A phone with one line. By default it answers after one second. Methods that set the behaviour return the phone."""

    def __init__(self, switch: SimulatedSwitch, name: str) -> None:
        self.name = name
        self.registered = True
        self.refuses_user_dialling: str | None = None
        self.leg: Channel | None = None
        self.in_talk_with: str | None = None  # the number of whoever is at the other end
        self.heard: list[tuple[float, str]] = []
        self.calls_offered = 0
        self.calls_answered = 0
        self.on_talk: Callable[[Phone], None] | None = None
        # Asked for each call, instead of what the phone was told once: ("answer" | "ring" | CAUSE, after seconds).
        self.decides: Callable[[Phone, Channel], tuple[str, float]] | None = None
        self._switch = switch
        self._does = "answer"
        self._after_s = 1.0
        self._timer: Timer | None = None

    # --- behaviour ---------------------------------------------------------------------------------------------------
    def answers_after(self, seconds: float) -> Phone:
        return self._behave("answer", seconds)

    def never_answers(self) -> Phone:
        return self._behave("ring", 0)

    def busy(self, after_s: float = 0.0) -> Phone:
        return self._behave("USER_BUSY", after_s)

    def rejects(self, after_s: float = 0.0) -> Phone:
        return self._behave("CALL_REJECTED", after_s)

    def fails(self, cause: str, after_s: float = 0.0) -> Phone:
        return self._behave(cause, after_s)

    def unregistered(self, cause: str = "USER_NOT_REGISTERED") -> Phone:
        """Not there: ``user/NAME`` fails with ``cause`` at once, a fixed contact finds nobody."""
        self._behave("NORMAL_TEMPORARY_FAILURE", 0)
        self.registered = False
        self.refuses_user_dialling = cause
        return self

    def registers(self) -> None:
        """Comes (again), and the switch tells it."""
        self.registered = True
        self.refuses_user_dialling = None
        self._tell_registration("sofia::register", {"network-ip": "127.0.0.1", "network-port": "6000"})

    def unregisters(self, *, by_time: bool = False) -> None:
        """Goes, and the switch tells it; ``by_time``: it just did not come again."""
        self.registered = False
        self.refuses_user_dialling = "USER_NOT_REGISTERED"
        if by_time:
            self._tell_registration("sofia::expire", {"user": self.name, "host": "127.0.0.1"})
        else:
            self._tell_registration("sofia::unregister", {})

    def _tell_registration(self, subclass: str, more: dict[str, str]) -> None:
        who = {} if "user" in more else {"username": self.name, "from-user": self.name, "from-host": "127.0.0.1"}
        contact = f'"{self.name}" <sip:{self.name}@127.0.0.1:6000>'
        fields = {"Event-Subclass": subclass, "profile-name": "internal", **who, "contact": contact, **more}
        self._switch.tell("CUSTOM", fields)

    def _behave(self, does: str, after_s: float) -> Phone:
        self.registered = True
        self.refuses_user_dialling = None
        self._does, self._after_s = does, after_s
        return self

    # --- what a person does with it ----------------------------------------------------------------------------------
    @property
    def ringing(self) -> bool:
        return self.leg is not None and self.leg.answered_at is None

    def answer(self) -> None:
        """Pick up what rings now; nothing happens if nothing does."""
        leg = self.leg
        if leg is not None and leg.hangup_cause is None and leg.answered_at is None:
            self.calls_answered += 1
            leg.mark_answered()
            leg.wake()

    def press(self, keys: str) -> None:
        if self.leg is not None:
            self.leg.press(keys)

    def hold(self) -> None:
        """Put the other side on hold; nothing happens outside of a talk."""
        self._hold("CHANNEL_HOLD", "HELD")

    def unhold(self) -> None:
        self._hold("CHANNEL_UNHOLD", "ACTIVE")

    def _hold(self, event: str, call_state: str) -> None:
        if self.leg is not None and self.in_talk_with is not None:
            self.leg.call_state = call_state
            self.leg.emit(event)

    def calls(self, destination: str) -> Caller:
        """The person at this phone calls somebody."""
        return self._switch.call(destination, number=self.name, name=self.name)

    def hang_up(self, cause: str = "NORMAL_CLEARING", headers: Mapping[str, str] | None = None) -> None:
        """``headers`` (X-...) go with the BYE."""
        for name, value in (headers or {}).items():
            if self.leg is not None:
                self.leg.set(f"sip_bye_h_{name}", value)
        if self.leg is not None:
            if self.leg.hangup_cause is None:
                self.leg.set("sip_hangup_disposition", "recv_bye")
            self.leg.hang_up(cause if self.leg.answered_at is not None else "CALL_REJECTED")

    # --- the switch tells --------------------------------------------------------------------------------------------
    def invited(self, leg: Channel) -> None:
        """A call comes: ring, refuse, or answer."""
        from callcontrol.lab import templates

        self.calls_offered += 1
        clock = self._switch.clock
        if self.leg is not None:
            leg.hang_up("USER_BUSY")
            return
        self.leg = leg
        leg.set_all(templates.PROGRESS_VARIABLES)
        does, after_s = self.decides(self, leg) if self.decides is not None else (self._does, self._after_s)
        if does not in ("answer", "ring"):
            if after_s <= 0:
                leg.hang_up(does)
            else:
                self._ring(leg)
                self._timer = clock.call_later(after_s, lambda: leg.hang_up(does))
            return
        if does == "answer" and after_s <= 0:
            self.answer()
            return
        self._ring(leg)
        if does == "answer":
            self._timer = clock.call_later(after_s, self.answer)

    def _ring(self, leg: Channel) -> None:
        leg.progress_at = self._switch.clock.now()
        leg.profile["Caller-Channel-Progress-Time"] = self._switch.stamp(leg.progress_at)
        leg.emit("CHANNEL_PROGRESS")
        leg.call_state = "RINGING"

    def hears(self, source: str, length_s: float | None) -> None:
        self.heard.append((self._switch.clock.now(), source))

    def stopped_hearing(self, source: str) -> None: ...

    def talks_to(self, other: Channel | None) -> None:
        self.in_talk_with = None if other is None else other.caller_number
        if other is not None and self.on_talk is not None:
            self.on_talk(self)

    def answered(self) -> None: ...

    def hung_up(self, _leg: Channel, cause: str) -> None:
        if _leg is not self.leg:  # a second call, refused as busy
            return
        self.leg = None
        self.in_talk_with = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
