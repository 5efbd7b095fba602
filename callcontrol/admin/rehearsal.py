"""The services from memory, with a floor that a person can believe: what the tests and the screenshots stand on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from callcontrol.admin.rehearsal_calls import past_calls
from callcontrol.admin.rehearsal_flows import flow_releases, flow_sheet, rehearsed_lines
from callcontrol.admin.rehearsal_half_hours import MemoryHalfHours, past_half_hours
from callcontrol.admin.rehearsal_keys import MemoryPins, MemoryTokens, rehearsed_entry
from callcontrol.admin.rehearsal_messages import NUMBERS, MemoryMessages
from callcontrol.admin.rehearsal_parts import SECRET, named_parts
from callcontrol.admin.rehearsal_store import MemoryAudit, MemoryRecords, MemoryReleases, MemoryUsers
from callcontrol.admin.rehearsal_tone import write_tone
from callcontrol.admin.rehearsal_why import RehearsedTries, told_of
from callcontrol.admin.services import FlowState, NotRenumbered, Services
from callcontrol.desk.account import Told
from callcontrol.floor.entries import Entry
from callcontrol.floor.requests import Action, Answer, Request, Result
from callcontrol.flow.catalogue import Flows, load_flows
from callcontrol.flow.composed.check import check_composed
from callcontrol.flow.composed.source import with_composed
from callcontrol.flow.flow import Flow
from callcontrol.ports.calendars import HolidaysUnknown, PublicDays
from callcontrol.ports.clock import Clock
from callcontrol.ports.store import Release
from callcontrol.prompts.catalogue import texts_of
from callcontrol.prompts.shelf import Shelf
from callcontrol.values.configuration import Agent, Announcement, Configuration, Queue, break_reasons_of
from callcontrol.values.configuration import Entry as Number
from callcontrol.values.emergencies import Emergency
from callcontrol.values.hours import OpeningHours, Span, SpecialDay
from callcontrol.values.numbers import masked, number_key
from callcontrol.values.problems import Problem

SUPPORT = {"zh": "技术支持", "en": "Support"}
BILLING = {"zh": "账单", "en": "Billing"}
PEOPLE = ("李娜", "王强", "Anna Schmidt", "张伟", "刘洋", "陈静", "Tom Baker", "杨帆", "赵敏", "周杰")


class RehearsedLive:
    """A floor in the tester's hand: ``show`` changes it and wakes whoever waits for a change."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._changed = threading.Condition()
        self._view = dict(view)
        self._version = 1
        self.age_s = 0.3
        self.desk_alive = True
        self.troubles: list[str] = []
        self.alarms: list[dict[str, Any]] = []

    def snapshot(self) -> dict[str, Any]:
        beside: dict[str, Any] = {"age_s": self.age_s, "desk_alive": self.desk_alive, "troubles": list(self.troubles)}
        beside["alarms"] = list(self.alarms)
        with self._changed:
            return {**self._view, **beside, "version": self._version}

    def wait_change(self, version: Any, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._version != version, timeout_s)

    def show(self, view: Mapping[str, Any]) -> None:
        with self._changed:
            self._view = dict(view)
            self._version += 1
            self._changed.notify_all()

    def agent(self, name: str, **changes: Any) -> None:
        agents = [{**row, **changes} if row["agent"] == name else row for row in self._view["agents"]]
        self.show({**self._view, "agents": agents})


@cache
def _engineers() -> Flows:
    return load_flows()


def _flow(configuration: Configuration, name: str) -> type[Flow] | None:
    flows = with_composed(_engineers(), configuration)
    flow = flows.get(name) if name in flows.names() else None
    return flow if flow is not None and flow.steps else None


def _public_days(country: str, year: int) -> PublicDays:
    if country != "CN":
        raise HolidaysUnknown(f"Nothing is known of the holidays of {country}.")
    days = {
        f"{year}-10-01": SpecialDay(title={"zh": "国庆节", "en": "National Day"}),
        f"{year}-10-10": SpecialDay(like="wed", title={"zh": "调休上班", "en": "Working day, moved"}),
    }
    return PublicDays(country, year, days, preliminary=year > 2026)


def configuration() -> Configuration:
    skills = ({"support": 4, "zh": 5, "en": 3}, {"billing": 4, "zh": 5}, {"support": 5, "billing": 3, "en": 5})
    agents = {
        str(number): Agent(str(number), PEOPLE[i], f"user/{number}", dict(skills[i % 3]))
        for i, number in enumerate(range(1001, 1011))
    }
    queues = {
        "support": Queue(
            "support",
            SUPPORT,
            "support >= 3",
            hours="office",
            announcement=Announcement(text={"zh": "请避开高峰时段来电。"}),
        ),
        "billing": Queue("billing", BILLING, "billing >= 3", hours="office", target_s=20.0),
    }
    week = {day: (Span("08:00", "20:00"),) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    entries = {"4001": Number("4001", "hotline")}
    power_cut = Emergency(
        "power-cut",
        {"zh": "部分地区停电，我们正在抢修。", "en": "There is a power cut; we are working on it."},
        ("4001",),
        ("support",),
    )
    return Configuration(
        queues,
        agents,
        entries,
        {"office": OpeningHours("office", week=week)},
        emergencies={"power-cut": power_cut},
        **named_parts(),
    )


def floor_view(now: float, rules: Configuration | None = None) -> dict[str, Any]:
    """A Saturday evening: support is busy with callers waiting, billing is calm."""
    rules = rules or configuration()

    def call(
        name: str, queue: str, position: int | None, masked: str, state: str, ago_s: float, **more: Any
    ) -> dict[str, Any]:
        row = {"call": name, "queue": queue, "position": position, "masked": masked, "language": "zh", "state": state}
        times = {"joined_at": now - ago_s, "first_joined_at": now - ago_s}
        agent = more.get("agent", "")
        return {**row, **times, "agent": "", "agents": [agent] if agent else [], "message_heard": False, **more}

    soon = {"low_s": 8.0, "high_s": 52.0}
    calls = [
        call("c1", "support", None, "138****8021", "offered", 41, agent="1003"),
        call("c2", "support", 1, "+44****7731", "message", 34, language="en", message_heard=True, estimate=soon),
        call("c3", "support", 2, "139****1177", "waiting", 12, estimate={"low_s": 48.0, "high_s": 131.0}),
        call("c4", "support", 3, "", "waiting", 3),
        call("c5", "support", None, "135****4410", "talking", 340, agent="1001"),
        call("c6", "support", None, "186****0092", "talking", 71, agent="1007"),
        call("c7", "billing", None, "137****3356", "talking", 128, agent="1002"),
    ]
    states: dict[str, tuple[str, float, dict[str, Any]]] = {
        "1001": ("talking", 312, {"call": "c5", "queue": "support", "next_state": "break"}),
        "1002": ("talking", 96, {"call": "c7", "queue": "billing"}),
        "1003": ("ringing", 4, {"call": "c1", "queue": "support"}),
        "1004": ("wrap_up", 6, {"queue": "support", "wrap_up_mode": "up_to", "wrap_up_until": now + 24}),
        "1005": ("available", 187, {}),
        "1006": ("break", 745, {"reason": "lunch"}),
        "1007": ("talking", 50, {"call": "c6", "queue": "support"}),
        "1008": ("unreachable", 63, {"misses": 2, "back_off_until": now + 30}),
    }
    answered = {"1001": 14, "1002": 9, "1003": 17, "1004": 11, "1005": 8, "1006": 6, "1007": 12, "1008": 3}
    blank: dict[str, Any] = {
        "reason": "",
        "call": "",
        "queue": "",
        "misses": 0,
        "back_off_until": None,
        "next_state": "",
    }
    blank |= {"registered": True, "own_call": False, "missed_out": False, "next_reason": ""}
    blank |= {"wrap_up_until": None, "wrap_up_mode": "", "wrap_up_ask_until": None}
    agents = []
    for agent in rules.agents.values():
        state, ago_s, more = states.get(agent.name, ("logged_out", 0, {}))
        row = {"agent": agent.name, "title": agent.title, "state": state, "since": now - ago_s}
        counts = {"skills": dict(agent.skills), "answered": answered.get(agent.name, 0)}
        agents.append({**row, **blank, **counts, **more})

    def queue(name: str, case: str, level: dict[str, int], outcomes: dict[str, int], **more: Any) -> dict[str, Any]:
        known = rules.queues[name]
        row = {"name": name, "title": dict(known.title), "target_s": known.target_s, "case": case}
        return {**row, "service_level": level, "outcomes": outcomes, "joined": sum(outcomes.values()), **more}

    queues = [
        queue(
            "support",
            "busy",
            {"met": 62, "of": 79},
            {"answered": 71, "abandoned_waiting": 5, "abandoned_in_message": 2, "advised_offpeak": 6},
            waiting=2, ringing=1, in_message=1, talking=2, oldest_wait_s=41.0, free=0, busy=5, on_break=1, logged_in=6,
            estimate={"low_s": 70.0, "high_s": 188.0},
            estimate_grades={"inside": 41, "below": 4, "above": 6, "withdrawn": False},
            would_be_told=3, quiet_times="tue,thu 09:30-10:30;fri 14:00-15:00",
        ),
        queue(
            "billing",
            "free",
            {"met": 38, "of": 41},
            {"answered": 40, "abandoned_short": 1, "abandoned_waiting": 1},
            waiting=0, ringing=0, in_message=0, talking=1, oldest_wait_s=None, free=1, busy=2, on_break=0, logged_in=4,
        ),
    ]  # fmt: skip
    return {
        "as_of": now,
        "release": 1,
        "desk": "desk-a",
        "term": 3,
        "queues": queues,
        "calls": calls,
        "callbacks": _callbacks(now),
        "agents": agents,
        "emergencies": [
            {"name": one.name, "until": one.until, "hang_up": one.hang_up}
            for one in rules.emergencies.values()
            if one.until
        ],
        "break_reasons": {name: dict(titles) for name, titles in break_reasons_of(rules).items()},
    }


def _callbacks(now: float) -> list[dict[str, Any]]:
    def row(
        name: str, queue: str, position: int | None, number: str, state: str, ago_s: float, **more: Any
    ) -> dict[str, Any]:
        made = {"callback": f"~{name}:2", "call": name, "queue": queue, "position": position, "masked": number}
        times = {"first_joined_at": now - ago_s, "booked_at": now - ago_s + 40, "next_at": None}
        return {
            **made,
            **times,
            "language": "zh",
            "state": state,
            "reason": "",
            "tries": 0,
            "tries_of": 3,
            "agent": None,
            **more,
        }

    call = "00000003-5a1c-4f00-8000-000000000003"
    return [
        row(call, "support", None, "136****2290", "confirming", 310, agent="1005"),
        row("b2", "support", 2, "159****7714", "waiting", 95),
        row("b3", "billing", None, "188****5061", "resting", 1400, reason="quarantine", tries=1, next_at=now + 35),
        row("b4", "support", None, "130****9930", "resting", 60, reason="closed"),
    ]


class Rehearsal:
    """Everything at hand: ``services`` for the app, the parts for the test."""

    def __init__(
        self,
        clock: Clock,
        check: Callable[[Configuration], Sequence[Problem]],
        *,
        rules: Configuration | None = None,
        recordings: Path | None = None,
    ) -> None:
        self.clock = clock
        self.rules = rules or configuration()
        self.audit = MemoryAudit()

        def checked(configuration: Configuration) -> list[Problem]:
            texts = texts_of(configuration).by_language
            return [*check(configuration), *check_composed(configuration, _engineers().names(), texts)]

        self.releases = MemoryReleases(self.rules, clock, checked, self.audit)
        self.records = MemoryRecords()
        self.users = MemoryUsers(clock, self.audit)
        self.tokens = MemoryTokens(self.users)
        self.refuses: dict[Action, Result] = {}  # what is to be answered instead of doing it
        self.asked: list[Request] = []
        self.flow_state = FlowState()
        self.half_hours = MemoryHalfHours()
        past_half_hours(self.half_hours, clock.now(), self.rules)
        self.live = RehearsedLive(floor_view(clock.now(), self.rules))
        self.told: list[Entry] = []
        self.tries = RehearsedTries()
        self.renumbered: list[tuple[str, str]] = []
        self.published: list[Release] = []
        self.recordings = recordings
        tone = write_tone(recordings / "rec-1.wav") if recordings else None
        past_calls(self.records, clock.now(), tone)
        self.messages = MemoryMessages(clock.now(), self.records.rows[0].call, tone)
        self.services = Services(
            releases=self.releases,
            records=self.records,
            half_hours=self.half_hours,
            audit=self.audit,
            users=self.users,
            live=self.live,
            tell=self._tell,
            ask=self._ask,
            pins=MemoryPins(),
            tokens=self.tokens,
            release_published=self.published.append,
            check=checked,
            recording_file=self._file,
            flows=lambda: [flow_sheet()],
            flow=_flow,
            flow_releases=lambda _configuration: flow_releases(),
            flow_state=lambda: self.flow_state,
            rehearsed=rehearsed_lines,
            number_key=lambda number: number_key(number, SECRET),
            heard=lambda *_asked: (["欢迎致电服务热线。"], "support"),
            public_days=_public_days,
            picture=lambda name, *_more: flow_sheet().dot if name == "hotline" else "",
            countries=lambda: ["CN", "DE"],
            why=self._why,
            tries=self.tries,
            messages=self.messages,
            message_number=lambda message: NUMBERS.get(message, ""),
            prompts=Shelf((recordings or Path("nowhere")) / "sounds"),
            renumber=self._renumber,
            clock=clock,
        )

    def _ask(self, asked: Request) -> Answer:
        """As it is on a floor where everything can be done at once."""
        self.asked.append(asked)
        if asked.action in self.refuses:
            return Answer(self.refuses[asked.action])
        if not any(row["agent"] == asked.agent for row in self.live.snapshot()["agents"]):
            return Answer(Result.UNKNOWN)
        entry = rehearsed_entry(asked, self.clock.now())
        self._tell(entry)
        return Answer(Result.DONE, entry)

    def _why(self, call: str, position: str, at: float | None) -> Told | None:
        row = self.records.call(call)
        return told_of(self.rules, row.call, row.began_at, position, at) if row is not None and row.queue else None

    def _renumber(self, callback: str, number: str, _who: str) -> str:
        if not number.isdigit():
            raise NotRenumbered("number")
        self.renumbered.append((callback, number))
        return masked(number)

    def _tell(self, entry: Entry) -> None:
        self.told.append(entry)
        changes: dict[str, dict[str, Any]] = {
            "agent_logged_in": {"state": "available"},
            "agent_logged_out": {"state": "logged_out"},
            "agent_break": {"state": "break", "reason": getattr(entry, "reason", "")},
            "agent_back": {"state": "available", "reason": ""},
        }
        if entry.kind in changes:
            self.live.agent(getattr(entry, "agent", ""), since=entry.at, **changes[entry.kind])

    def _file(self, path: str) -> Path | None:
        file = self.recordings / path if self.recordings else None
        return file if file is not None and file.is_file() else None
