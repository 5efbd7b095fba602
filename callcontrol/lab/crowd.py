"""Simulated people: callers who arrive, choose, wait, lose patience and answer the survey, and agents who pick up and talk.

Everything that happens is drawn from one seed. The same seed and the same answers of the controller give the same crowd.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcontrol.lab.callers import Caller
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.clock import Timer
    from callcontrol.lab.phones import Phone
    from callcontrol.lab.simulated_switch import SimulatedSwitch


@dataclass(frozen=True, slots=True)
class CrowdPlan:
    """How people behave. Shares are of 1; times are simulated seconds."""

    seed: int = 1
    destination: str = "4001"
    others: tuple[str, ...] = ()  # numbers that some call instead, each as likely as the next
    others_share: float = 0.1
    calls_per_hour: float = 240.0
    phones: tuple[str, ...] = tuple(str(1001 + n) for n in range(10))
    # agents
    ring_min_s: float = 1.5
    ring_max_s: float = 5.0
    no_answer_share: float = 0.04
    busy_share: float = 0.01
    reject_share: float = 0.02
    talk_median_s: float = 75.0
    talk_spread: float = 0.5  # standard deviation of the logarithm
    talk_max_s: float = 900.0
    agent_ends_talk_share: float = 0.55
    # callers
    patience_median_s: float = 150.0
    patience_spread: float = 0.8
    chinese_share: float = 0.7
    billing_share: float = 0.4
    early_key_share: float = 0.4  # presses before the prompt is over
    key_delay_min_s: float = 0.4
    key_delay_max_s: float = 2.5
    wrong_key_share: float = 0.04
    no_key_share: float = 0.05
    stay_share: float = 0.35  # would rather wait, when told of the quiet hours
    answers_survey_share: float = 0.7
    leaves_anywhere_share: float = 0.03
    leaves_within_s: float = 60.0
    calls_again_share: float = 0.15  # a number that called before


_FAMILY = (
    "Zhang San",
    "Li Si",
    "Wang Wu",
    "Zhao Liu",
    "张伟",
    "王芳",
    "李娜",
    "刘洋",
    "Anna Schmidt",
    "Tom Baker",
    "O'Neil, Pat",
)
_MUSIC = re.compile(r"moh|music|local_stream|tone_stream")
_MARKS = (5, 5, 5, 4, 4, 3, 2, 1)


class Crowd:
    """``start()`` sets the phones up and lets callers come by themselves (Poisson); ``stop()`` lets no more come."""

    def __init__(self, switch: SimulatedSwitch, plan: CrowdPlan | None = None) -> None:
        self.plan = plan if plan is not None else CrowdPlan()
        self.calls_made = 0
        self.talks = 0
        self.abandoned = 0
        self.surveys_answered = 0
        self._switch = switch
        self._random = random.Random(self.plan.seed)
        self._timer: Timer | None = None
        self._numbers: list[str] = []
        self._present: set[CrowdCaller] = set()

    @property
    def present(self) -> int:
        """Callers who are on the line now."""
        return len(self._present)

    def start(self) -> Crowd:
        for name in self.plan.phones:
            phone = self._switch.phone(name)
            phone.decides = self._phone_decides
            phone.on_talk = self._phone_talks
        self._schedule()
        return self

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def bring(self) -> Caller:
        """One caller, now."""
        self.calls_made += 1
        person = CrowdCaller(self, self._switch, random.Random(self._random.getrandbits(64)))
        self._present.add(person)
        return person.call(self._number(), self._random.choice(_FAMILY))

    def left(self, person: CrowdCaller) -> None:
        self._present.discard(person)

    def _schedule(self) -> None:
        if self.plan.calls_per_hour > 0:
            wait_s = self._random.expovariate(self.plan.calls_per_hour / 3600)
            self._timer = self._switch.clock.call_later(wait_s, self._next)

    def _next(self) -> None:
        self._schedule()
        self.bring()

    def _number(self) -> str:
        if self._numbers and self._random.random() < self.plan.calls_again_share:
            return self._random.choice(self._numbers)
        number = f"13{self._random.randrange(10**9):09d}"
        self._numbers = [*self._numbers[-499:], number]
        return number

    # --- agents ------------------------------------------------------------------------------------------------------
    def _phone_decides(self, _phone: Phone, _leg: Channel) -> tuple[str, float]:
        plan, chance = self.plan, self._random
        ring_s = chance.uniform(plan.ring_min_s, plan.ring_max_s)
        what = chance.random()
        for share, does in (
            (plan.no_answer_share, "ring"),
            (plan.busy_share, "USER_BUSY"),
            (plan.reject_share, "CALL_REJECTED"),
        ):
            if what < share:
                return does, 0.0 if does == "USER_BUSY" else ring_s
            what -= share
        return "answer", ring_s

    def _phone_talks(self, phone: Phone) -> None:
        plan, chance, leg = self.plan, self._random, phone.leg
        if leg is None:
            return
        self.talks += 1
        talk_s = min(plan.talk_max_s, chance.lognormvariate(math.log(plan.talk_median_s), plan.talk_spread))
        other = leg.peer
        ends = leg if other is None or chance.random() < plan.agent_ends_talk_share else other
        self._switch.clock.call_later(talk_s, lambda: ends.hang_up("NORMAL_CLEARING"))


class CrowdCaller:
    """One person on the line. Acts on what is heard, after human delays."""

    def __init__(self, crowd: Crowd, switch: SimulatedSwitch, chance: random.Random) -> None:
        plan = crowd.plan
        self._crowd = crowd
        self._switch = switch
        self._chance = chance
        self._timers: list[Timer] = []
        self._patience: Timer | None = None
        self._patience_s = chance.lognormvariate(math.log(plan.patience_median_s), plan.patience_spread)
        self._keys = (
            (re.compile(r"language\.ask"), "1" if chance.random() < plan.chinese_share else "2"),
            (re.compile(r"(hotline|vip)\.menu"), "2" if chance.random() < plan.billing_share else "1"),
            (re.compile(r"offpeak|hotline\.advised"), "1" if chance.random() < plan.stay_share else ""),
        )
        self._answers_survey = chance.random() < plan.answers_survey_share
        self._talked = False
        self._caller: Caller | None = None

    def call(self, number: str, name: str) -> Caller:
        plan = self._crowd.plan
        elsewhere = plan.others and self._chance.random() < plan.others_share
        dialled = self._chance.choice(plan.others) if elsewhere else plan.destination
        self._caller = self._switch.call(dialled, number=number, name=name, on_event=self._notice)
        if self._chance.random() < plan.leaves_anywhere_share:
            self._later(self._chance.uniform(0.5, plan.leaves_within_s), self._leave)
        return self._caller

    def _notice(self, _caller: Caller, what: str, detail: str) -> None:
        match what:
            case "hears":
                if _MUSIC.search(detail) and self._patience is None and not self._talked:
                    self._patience = self._switch.clock.call_later(self._patience_s, self._lose_patience)
                self._consider(detail)
            case "talks":
                self._talked = True
                self._forget_all()
            case "over":
                self._forget_all()
                self._crowd.left(self)

    def _consider(self, sound: str) -> None:
        """Decide whether this prompt wants a key of mine, and when I press it."""
        key = next((key for expression, key in self._keys if expression.search(sound)), "")
        if re.search(r"survey\.(attitude|speed|correctness)", sound):
            if not self._answers_survey:
                return
            self._crowd.surveys_answered += "attitude" in sound
            key = str(self._chance.choice(_MARKS))
        if not key:
            return
        plan, chance = self._crowd.plan, self._chance
        what = chance.random()
        if what < plan.no_key_share:
            return
        if what < plan.no_key_share + plan.wrong_key_share:
            key = "9"
        length_s = self._switch.sounds.look_up(sound).seconds or 0.0
        if chance.random() < plan.early_key_share:
            self._later(length_s * chance.uniform(0.3, 1.0), lambda: self._press(key))
        else:
            delay_s = chance.uniform(plan.key_delay_min_s, plan.key_delay_max_s)
            self._later(length_s + delay_s, lambda: self._press(key))

    def _press(self, key: str) -> None:
        if self._caller is not None and not self._caller.is_over:
            self._caller.press(key)

    def _lose_patience(self) -> None:
        if self._caller is not None and not self._caller.is_over:
            self._crowd.abandoned += 1
            self._leave()

    def _leave(self) -> None:
        if self._caller is not None:
            self._caller.hang_up()

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(self._switch.clock.call_later(seconds, act))

    def _forget_all(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
