"""Agents of mod_callcenter: their phones, and the times that there belong to an agent and here to a queue."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcontrol.migration.callcenter_xml import Element
from callcontrol.migration.notes import Notes
from callcontrol.values.configuration import Agent, Queue
from callcontrol.values.configuration_checks import CONTACT, LIMITS

DELAYS = ("reject-delay-time", "busy-delay-time", "no-answer-delay-time")
VARIABLES = re.compile(r"(\[[^\]]*\]|\{[^}]*\}|<[^>]*>)")
RING_TIME = re.compile(r"(?:leg_timeout|originate_timeout|call_timeout)=([0-9]{1,5})")
OF_THE_SWITCH = re.compile(r"@?\$\$?\{[^}]*\}")  # such as user/1000@$${domain}
MOST_MISSES = 100


@dataclass(frozen=True, slots=True)
class Times:
    ring_s: float | None
    wrap_up_s: float


class AgentReader:
    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._times: dict[str, Times] = {}

    def agent(self, element: Element, name: str) -> Agent:
        notes, what = self._notes, f"agent {element.name[:60]}"
        ring_s, contact = self._contact(element, name, what)
        self._times[name] = Times(ring_s, self._seconds(element, what, "wrap-up-time"))
        if "status" in element.values:
            notes.add("status", element.line_of("status"), f"{what}: status {element.get('status')[:30]}")
        for key in DELAYS:
            if element.get(key).strip() not in ("", "0"):
                notes.add("delays", element.line_of(key), f"{what}: {key}")
        misses = min(self._seconds(element, what, "max-no-answer"), MOST_MISSES)
        said = element.name.partition("@")[0].strip()
        title = "" if said == name else said[:60]
        return Agent(name, title=title, contact=contact, max_misses=int(misses))

    def _contact(self, element: Element, name: str, what: str) -> tuple[float | None, str]:
        notes, given = self._notes, element.get("contact").strip()
        line, guess = element.line_of("contact"), f"user/{name}"
        kind = element.get("type", "callback").strip().lower()
        if kind == "uuid-standby":
            contact = guess if not CONTACT.fullmatch(given) else given
            notes.add("standby", element.line_of("type"), f"{what}: type {kind}", contact)
            return None, contact
        if kind != "callback":
            notes.add("type_unknown", element.line_of("type"), f"{what}: type {kind[:30]}")
        if not given:
            notes.add("contact_missing", element.line, what, guess)
            return None, guess
        ring = RING_TIME.search(given)
        contact = VARIABLES.sub("", OF_THE_SWITCH.sub("", given)).strip()
        first = re.split(r"[,|]|:_:", contact, maxsplit=1)[0].strip()
        said = f"{what}: contact {given[:80]}"
        if not CONTACT.fullmatch(first):
            notes.add("contact_guessed", line, said, guess)
            first = guess
        elif first != contact:
            notes.add("contact_several", line, said, first)
        elif first != given:
            notes.add("contact_variables", line, said, first)
        return (float(ring[1]) if ring else None), first

    def times_of(self, queue: Queue, element: Element, agents: Sequence[str]) -> Queue:
        """The queue with the wrap-up and the time to ring that most of its agents had."""
        times = [self._times[name] for name in agents]
        wrap_up_s = _most([t.wrap_up_s for t in times])
        ring_s = _most([t.ring_s for t in times if t.ring_s is not None])
        what = f"queue {element.name[:60]}"
        if wrap_up_s is not None:
            queue = replace(queue, wrap_up_s=wrap_up_s)
            if len({t.wrap_up_s for t in times}) > 1:
                self._notes.add("wrap_up", element.line, what, f"{wrap_up_s:g}")
        if ring_s is not None:
            least, greatest, _unit = LIMITS["ring_s"]
            queue = replace(queue, ring_s=min(max(ring_s, least), greatest))
            self._notes.add("ring_time", element.line, what, f"{queue.ring_s:g}")
        return queue

    def _seconds(self, element: Element, what: str, key: str) -> float:
        text = element.get(key).strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            return float(min(int(text), 3600))
        if text:
            self._notes.add("no_number", element.line_of(key), f"{what}: {key} {text[:20]}", "0")
        return 0.0


def _most(values: Sequence[float]) -> float | None:
    """The greatest of those that occur most; None for none."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value)) if counts else None
