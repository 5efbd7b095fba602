"""A report: the counts of a span of time by periods and queues, and the figures made of them. The live figure is made by the
same functions; nothing here knows where the counts came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, TypeVar

from callcontrol.values.configuration import Queue
from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.half_hours import HalfHour, Period, summed
from callcontrol.values.outcomes import Outcome
from callcontrol.values.service_level import PRESETS, STANDARD, Level, Preset, abandoned, offered, preset_named

GOAL = 0.85  # of the service level, where several queues are one line or the queue is no longer configured
SATISFIED = 4  # an answer of 4 or 5
SATISFIED_GOAL = 0.9
REPEAT_DAYS = 7  # whoever does not call again within them was helped
SOLVED_GOAL = 0.8
SOLVED = {
    "en": f"talks after which no other call of the same number came to the queue within {REPEAT_DAYS} days ÷ talks of known"
    f" numbers that are {REPEAT_DAYS} days old (first contact resolution)",
    "zh": f"同一号码在 {REPEAT_DAYS} 天内未再呼入该队列的通话 ÷ 已满 {REPEAT_DAYS} 天且号码已知的通话（首次解决率）",
}

CALLBACKS = tuple(outcome for outcome in Outcome if outcome.value.startswith("callback_"))
# Columns of their own; the other outcomes follow them.
SHOWN = (Outcome.ANSWERED, Outcome.ADVISED_OFFPEAK, Outcome.WAITING, *CALLBACKS)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer (1 to 5) that a caller gave after a talk of ``queue``; ``at`` is when the call began."""

    queue: str
    at: float
    question: str
    answer: int


@dataclass(frozen=True, slots=True)
class Solved:
    """Of the callers who joined ``queue`` in the half-hour from ``at`` on and had a talk: ``of`` whom it is known by now
    whether they called again, ``met`` who did not. The formula is ``SOLVED``."""

    queue: str
    at: float
    met: int
    of: int


@dataclass(frozen=True, slots=True)
class Line:
    """One period of one queue (or of all, ``queue`` empty). ``satisfied``: answers of 4 and 5 of all answers;
    ``averages``: question -> mean answer; ``solved``: see ``SOLVED``."""

    queue: str
    since: float
    until: float
    counts: Counts
    preset: Preset
    goal: float
    satisfied: Level
    averages: Mapping[str, float]
    solved: Level

    @property
    def level(self) -> Level:
        return self.preset.level(self.counts)

    @property
    def offered(self) -> int:
        return offered(self.counts)

    @property
    def answered(self) -> int:
        return self.counts.outcomes.get(Outcome.ANSWERED, 0)

    @property
    def abandoned(self) -> int:
        """Without short ones."""
        return abandoned(self.counts)

    @property
    def advised(self) -> int:
        return self.counts.outcomes.get(Outcome.ADVISED_OFFPEAK, 0)

    @property
    def callbacks(self) -> int:
        return sum(self.counts.outcomes.get(outcome, 0) for outcome in CALLBACKS)

    @property
    def answer_s(self) -> float | None:
        """Average speed of answer."""
        return self.counts.answer_wait_ms / 1000 / self.answered if self.answered else None

    @property
    def longest_s(self) -> float | None:
        return self.counts.longest_wait_ms / 1000 if self.counts.joined else None

    @property
    def thresholds(self) -> Sequence[float]:
        return sorted(self.counts.levels)

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is nothing to say it of."""
        share = self.level.share
        return None if share is None else share >= self.goal

    def as_data(self) -> dict[str, Any]:
        """Plain JSON, and the columns of a CSV in their order; shares from 0 to 1."""
        outcomes = self.counts.outcomes
        return {
            "arrivals": self.counts.joined,
            "offered": self.offered,
            **{outcome.value: outcomes.get(outcome, 0) for outcome in Outcome},
            "service_level": _rounded(self.level.share, 4),
            "service_level_met": self.level.met,
            "service_level_of": self.level.of,
            "preset": self.preset.name,
            "goal": self.goal,
            "thresholds_s": " ".join(f"{threshold:g}" for threshold in self.thresholds),
            **dict(zip(CELLS, self.counts.cells, strict=True)),
            "average_speed_of_answer_s": _rounded(self.answer_s, 1),
            "longest_wait_s": _rounded(self.longest_s, 1),
            "announcement_plays": self.counts.granted,
            "announcement_dry_runs": self.counts.dry_run,
            "satisfied": _rounded(self.satisfied.share, 4),
            "survey_answers": self.satisfied.of,
            **{f"survey_{question}": _rounded(self.averages.get(question), 2) for question in QUESTIONS},
            "solved": _rounded(self.solved.share, 4),
            "solved_of": self.solved.of,
        }


QUESTIONS = ("attitude", "speed", "correctness")
CELLS = ("answered_within", "answered_late", "lost_within", "lost_late")


def report(
    half_hours: Sequence[HalfHour],
    answers: Iterable[Answer] = (),
    *,
    by: str,
    zone: tzinfo | None,
    queues: Mapping[str, Queue],
    preset: str = "",
    together: bool = False,
    solved: Iterable[Solved] = (),
) -> list[Line]:
    """Lines in the order of time and queue. ``preset``: one formula for all; empty: each queue's own (the standard one for
    several together). ``together``: all queues as one. Answers of a period without arrivals are left out."""
    periods = summed(half_hours, by, zone, together=together)
    heard = _by_period(periods, answers, together)
    helped = _by_period(periods, solved, together)
    return [
        _line(period, heard.get(number, []), helped.get(number, []), queues, preset)
        for number, period in enumerate(periods)
    ]


Of = TypeVar("Of", Answer, Solved)


def _by_period(periods: Sequence[Period], all_of: Iterable[Of], together: bool) -> dict[int, list[Of]]:
    given: dict[tuple[str, float], list[Of]] = {}
    for one in all_of:
        given.setdefault(("" if together else one.queue, one.at // HALF_HOUR_S * HALF_HOUR_S), []).append(one)
    found: dict[int, list[Of]] = {}
    of_queue: dict[str, list[tuple[int, Period]]] = {}
    for number, period in enumerate(periods):
        of_queue.setdefault(period.queue, []).append((number, period))
    for (queue, at), answers in given.items():
        for number, period in of_queue.get(queue, ()):
            if period.since <= at < period.until:
                found.setdefault(number, []).extend(answers)
                break
    return found


def _line(
    period: Period, answers: Sequence[Answer], helped: Sequence[Solved], queues: Mapping[str, Queue], preset: str
) -> Line:
    rule = queues.get(period.queue)
    chosen = preset_named(preset or (rule.service_level if rule else STANDARD))
    averages = {
        question: sum(a.answer for a in answers if a.question == question) / number
        for question in QUESTIONS
        if (number := sum(a.question == question for a in answers))
    }
    satisfied = Level(sum(a.answer >= SATISFIED for a in answers), len(answers))
    goal = rule.goal if rule else GOAL
    solved = Level(sum(one.met for one in helped), sum(one.of for one in helped))
    return Line(period.queue, period.since, period.until, period.counts, chosen, goal, satisfied, averages, solved)


def formulas(lines: Iterable[Line], language: str) -> list[tuple[str, str]]:
    """(title, formula) of each preset that the lines use, to be shown beside the figures."""
    used = {line.preset.name for line in lines}
    return [(p.title[language], p.formula[language]) for name, p in PRESETS.items() if name in used]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
