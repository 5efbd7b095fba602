"""A configuration of mod_callcenter made into ours.

Who is in a queue: each queue becomes a skill of its name, and an agent's level of it is the rank of the tier (the first tier
is the highest level). The tier rules become steps of relaxation: with ``tier-rules-apply`` by their waits, without it by
"nobody of the first is free", which is what an order of preference does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from callcontrol.migration.agents import AgentReader
from callcontrol.migration.callcenter_xml import CallCenter, Element
from callcontrol.migration.names import Names
from callcontrol.migration.notes import Note, Notes
from callcontrol.values.configuration import Agent, Configuration, Queue, Relaxation
from callcontrol.values.strategies import ALIASES, strategy_named

LONGEST_WAIT_S = 4 * 3600
MOST_LEVELS = 10  # of a skill
PROGRESSIVE_S = 10.0  # what mod_callcenter takes where nothing is said
TRUE = frozenset(
    {"yes", "on", "true", "t", "enabled", "active", "allow"}
)  # what the switch takes for it, besides numbers

QUEUE_PARAMS = frozenset({
    "strategy", "moh-sound", "announce-sound", "announce-frequency", "record-template", "time-base-score",
    "ring-progressively-delay", "tier-rules-apply", "tier-rule-wait-second", "tier-rule-wait-multiply-level",
    "tier-rule-no-agent-no-wait", "discard-abandoned-after", "abandoned-resume-allowed", "max-wait-time",
    "max-wait-time-with-no-agent", "max-wait-time-with-no-agent-time-reached", "agent-no-answer-status",
    "skip-agents-with-external-calls",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tier:
    agent: str  # our names
    queue: str
    level: int
    position: int


@dataclass(slots=True)
class _Queue:
    element: Element
    made: Queue
    tiers: list[Tier] = field(default_factory=list)


def from_mod_callcenter(read: CallCenter) -> tuple[Configuration, list[Note]]:
    """The configuration, and everything that was decided or has no equal, in the order of the file. It may still have
    problems (a phone that can't be guessed): ``configuration_checks`` names them."""
    return _Conversion(read).run()


class _Conversion:
    def __init__(self, read: CallCenter) -> None:
        self._read = read
        self._notes = Notes()
        self._skills: set[str] = set()
        self._said: set[tuple[str, int]] = set()  # a parameter is read more than once

    def run(self) -> tuple[Configuration, list[Note]]:
        notes, read = self._notes, self._read
        for name, written in read.settings.items():
            notes.add("setting", written.line, f"settings: {name}")
        for other in read.others:
            notes.add("element", other.line, f"<{other.value[:40]}>")
        agent_names, queue_names = Names(notes, "agent"), Names(notes, "queue")
        queues = {ours: _Queue(e, self._queue(e, ours)) for e in read.queues if (ours := queue_names.take(e))}
        agents = AgentReader(notes)
        made = {ours: agents.agent(e, ours) for e in read.agents if (ours := agent_names.take(e))}
        for tier in self._tiers(agent_names, queue_names):
            queues[tier.queue].tiers.append(tier)
        by_list = any(queue.made.strategy == "top_down" for queue in queues.values())
        ordered = self._order(made, [t for q in queues.values() for t in q.tiers], by_list)
        for queue in queues.values():
            self._levels(queue, ordered)
            queue.made = agents.times_of(queue.made, queue.element, [t.agent for t in queue.tiers])
        if queues:
            notes.add("entries", 0, "callcenter.conf.xml")
        return Configuration(queues={n: q.made for n, q in queues.items()}, agents=ordered), notes.told()

    # --- a queue -----------------------------------------------------------------------------------------------------
    def _queue(self, element: Element, name: str) -> Queue:
        notes, what = self._notes, f"queue {element.name}"
        for key in element.values:
            if key not in QUEUE_PARAMS:
                notes.add("unknown_param", element.line_of(key), f"{what}: {key[:60]}")
        patience_s = Queue(name).patience_s
        max_wait_s = self._longest_wait(element)
        if max_wait_s < patience_s:
            patience_s = max_wait_s
            notes.add("patience_shorter", element.line_of("max-wait-time"), f"{what}: max-wait-time", f"{patience_s:g}")
        strategy = self._strategy(element)
        said = element.name.partition("@")[0].strip()[:60]
        title = {} if said == name else {"zh": said, "en": said}
        queue = Queue(
            name,
            title=title,
            strategy=strategy,
            patience_s=patience_s,
            max_wait_s=max_wait_s,
            max_length=1000,  # mod_callcenter knows no bound
            record=bool(element.get("record-template").strip()),
        )
        if strategy == "progressive":
            queue = replace(queue, progressive_s=self._progressive(element))
        self._without_equal(element)
        return queue

    def _strategy(self, element: Element) -> str:
        given = element.get("strategy", "longest-idle-agent").strip().lower()
        line, what = element.line_of("strategy"), f"queue {element.name}: strategy {given[:60]}"
        found = ALIASES.get(given)
        if found is None:
            self._notes.add("strategy_unknown", line, what)
            return "top_down"
        if found.partition("_")[0] not in given:  # more than another way to write it
            self._notes.add("strategy_same", line, what, found)
        return strategy_named(found) or "top_down"

    def _longest_wait(self, element: Element) -> float:
        seconds = self._seconds(element, "max-wait-time", 0)
        line, what = element.line_of("max-wait-time"), f"queue {element.name}: max-wait-time"
        if seconds <= 0:
            self._notes.add("wait_for_ever", line, what, str(LONGEST_WAIT_S))
            return float(LONGEST_WAIT_S)
        if seconds > LONGEST_WAIT_S:
            self._notes.add("wait_too_long", line, what, str(LONGEST_WAIT_S))
        return float(min(seconds, LONGEST_WAIT_S))

    def _progressive(self, element: Element) -> float:
        return float(min(max(self._seconds(element, "ring-progressively-delay", 0) or PROGRESSIVE_S, 1), 120))

    def _without_equal(self, element: Element) -> None:
        notes = self._notes

        def note(key: str, parameter: str) -> None:
            notes.add(key, element.line_of(parameter), f"queue {element.name}: {parameter}")

        if element.get("moh-sound"):
            note("music", "moh-sound")
        if element.get("announce-sound"):
            note("announce", "announce-sound")
        if element.get("record-template").strip():
            note("recorded", "record-template")
        else:
            notes.add("not_recorded", element.line, f"queue {element.name}")
        if element.get("time-base-score").strip().lower() == "system":
            note("base_system", "time-base-score")
        if self._seconds(element, "max-wait-time-with-no-agent", 0) > 0:
            note("no_agent_wait", "max-wait-time-with-no-agent")
        if self._yes(element, "abandoned-resume-allowed", False):
            note("discard", "abandoned-resume-allowed")
        if element.get("agent-no-answer-status", "On Break").strip().lower() != "on break":
            note("no_answer_status", "agent-no-answer-status")
        if not self._yes(element, "skip-agents-with-external-calls", True):
            note("external", "skip-agents-with-external-calls")

    # --- tiers ---------------------------------------------------------------------------------------------------------
    def _tiers(self, agents: Names, queues: Names) -> list[Tier]:
        found: dict[tuple[str, str], Tier] = {}
        for element in self._read.tiers:
            given_agent, given_queue = element.get("agent"), element.get("queue")
            what = f"tier {given_agent[:60]} – {given_queue[:60]}"
            agent, queue = agents.ours(given_agent), queues.ours(given_queue)
            if agent is None:
                self._notes.add("tier_agent", element.line, what, given_agent[:60] or "–")
            elif queue is None:
                self._notes.add("tier_queue", element.line, what, given_queue[:60] or "–")
            elif (agent, queue) in found:
                self._notes.add("tier_twice", element.line, what)
            else:
                level, position = self._number(element, what, "level"), self._number(element, what, "position")
                found[agent, queue] = Tier(agent, queue, level, position)
        return list(found.values())

    def _number(self, element: Element, what: str, key: str) -> int:
        text = element.get(key).strip()
        if re.fullmatch(r"[0-9]{1,6}", text):
            return int(text)
        if key in element.values:
            self._notes.add("no_number", element.line_of(key), f"{what}: {key} {text[:20]}", "1")
        return 1

    def _order(self, agents: Mapping[str, Agent], tiers: list[Tier], by_list: bool) -> dict[str, Agent]:
        """Place in the list: by level and position, the first of all queues. ``by_list``: some queue goes by it."""
        places: dict[str, set[tuple[int, int]]] = {}
        for tier in tiers:
            places.setdefault(tier.agent, set()).add((tier.level, tier.position))
        ranks = {place: rank for rank, place in enumerate(sorted({p for of in places.values() for p in of}), start=1)}
        ordered = {}
        for name, agent in agents.items():
            given = places.get(name, set())
            order = min((ranks[place] for place in given), default=0)
            if len(given) > 1 and by_list:
                self._notes.add("tier_order", 0, f"agent {name}", str(order))
            ordered[name] = replace(agent, order=order)
        return ordered

    def _levels(self, queue: _Queue, agents: dict[str, Agent]) -> None:
        """The queue's skill, the levels of its agents, and the steps between the levels."""
        skill = self._skill(queue.made.name)
        levels = sorted({tier.level for tier in queue.tiers})
        what = f"queue {queue.element.name}"
        if not levels:
            self._notes.add("no_agents", queue.element.line, what, skill)
            queue.made = replace(queue.made, skills=f"{skill} >= 1")
            if agents:  # one names it, so that it is known and can be given to those who are to have it
                name = next(iter(agents))
                agents[name] = replace(agents[name], skills={**agents[name].skills, skill: 0})
            return
        if len(levels) > MOST_LEVELS:
            self._notes.add("tier_levels_merged", queue.element.line, what, str(levels[MOST_LEVELS - 1]))
        ranks = {level: min(rank, MOST_LEVELS - 1) for rank, level in enumerate(levels)}
        steps = max(ranks.values()) + 1
        for tier in queue.tiers:
            agent = agents[tier.agent]
            agents[tier.agent] = replace(agent, skills={**agent.skills, skill: steps - ranks[tier.level]})
        firsts = [next(level for level in levels if ranks[level] == rank) for rank in range(steps)]
        queue.made = replace(
            queue.made,
            skills=f"{skill} >= {steps}",
            relaxation=tuple(self._steps(queue, skill, firsts)) if steps > 1 else (),
        )
        self._first_level(queue.element, firsts[0])

    def _steps(self, queue: _Queue, skill: str, firsts: list[int]) -> list[Relaxation]:
        element, steps = queue.element, len(firsts)
        what = f"queue {element.name}: tier-rules-apply"
        line = element.line_of("tier-rules-apply")
        if not self._yes(element, "tier-rules-apply", False):
            self._notes.add("tier_free", line, what, ", ".join(str(level) for level in firsts[1:]))
            return [Relaxation(f"{skill} >= {steps - r}", 0.0, "free == 0") for r in range(1, steps)]
        seconds = self._seconds(element, "tier-rule-wait-second", 0)
        multiply = self._yes(element, "tier-rule-wait-multiply-level", False)
        made = [
            Relaxation(f"{skill} >= {steps - r}", float(min(seconds * (firsts[r] if multiply else 1), LONGEST_WAIT_S)))
            for r in range(1, steps)
        ]
        said = ", ".join(f"{step.skills} after {step.after_s:g} s" for step in made)
        self._notes.add("tier_steps", line, what, said)
        return made

    def _first_level(self, element: Element, first: int) -> None:
        if not self._yes(element, "tier-rules-apply", False) or self._yes(element, "tier-rule-no-agent-no-wait", True):
            return
        parameter = "tier-rule-no-agent-no-wait"
        what = f"queue {element.name}: {parameter}"
        self._notes.add("no_agent_no_wait", element.line_of(parameter), what)
        multiply = self._yes(element, "tier-rule-wait-multiply-level", False)
        waited = self._seconds(element, "tier-rule-wait-second", 0) * (first if multiply else 1)
        if first > 0 and waited > 0:
            self._notes.add("level_1_waits", element.line_of(parameter), what, str(waited))

    # --- values ------------------------------------------------------------------------------------------------------
    def _seconds(self, element: Element, key: str, default: int) -> int:
        text = element.get(key).strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
        problem = (key, element.line_of(key))
        if text and problem not in self._said:
            self._said.add(problem)
            self._notes.add("no_number", problem[1], f"queue {element.name}: {key} {text[:20]}", str(default))
        return default

    @staticmethod
    def _yes(element: Element, key: str, default: bool) -> bool:
        text = element.get(key).strip().lower()
        if not text:
            return default
        return text in TRUE or (text.lstrip("-").isdecimal() and int(text) != 0)

    def _skill(self, queue: str) -> str:
        """The skill of a queue, of its own: queues a-b and a_b are two."""
        base, number = skill_of(queue), 2
        skill = base
        while skill in self._skills:
            skill, number = f"{base[:36]}_{number}", number + 1
        self._skills.add(skill)
        return skill


def skill_of(queue: str) -> str:
    """The skill of a queue: small letters, digits and _, beginning with a letter, and no word of the grammar."""
    skill = queue.replace("-", "_")
    return f"q_{skill}"[:40] if not skill[0].isalpha() or skill in ("and", "or", "not") else skill[:40]
