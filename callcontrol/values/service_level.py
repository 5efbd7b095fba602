"""The formulas of the service level: named presets, each a pure function of counts, shown beside its figure. They apply to
the past as well, because only counts are stored.

The names differ from centre to centre, the formulas are few: which lost callers stand below the line, and whether one who
gave up within the threshold counts for or against.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from callcontrol.values.counts import Counts
from callcontrol.values.outcomes import Outcome

STANDARD = "standard"

# What came to the queue to be answered, and is over. Who found it closed, full or blocked was never offered to an agent, and
# who was sent to another queue is counted there.
OFFERED = (
    Outcome.ANSWERED,
    Outcome.ABANDONED_SHORT,
    Outcome.ABANDONED_WAITING,
    Outcome.ABANDONED_RINGING,
    Outcome.ABANDONED_IN_MESSAGE,
    Outcome.ADVISED_OFFPEAK,
    Outcome.CALLBACK_BOOKED,
    Outcome.CALLBACK_DONE,
    Outcome.CALLBACK_FAILED,
    Outcome.CALLBACK_CANCELLED,
    Outcome.CALLBACK_SUPERSEDED,
    Outcome.EXIT_KEY,
    Outcome.TIMEOUT,
    Outcome.SYSTEM_LOST,
)


@dataclass(frozen=True, slots=True)
class Level:
    """``met`` of ``of`` callers; ``share`` is None where there were none."""

    met: int
    of: int

    @property
    def share(self) -> float | None:
        return self.met / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Preset:
    """``title`` and ``formula`` are per language; ``T`` in a formula is the queue's threshold."""

    name: str
    title: Mapping[str, str]
    formula: Mapping[str, str]
    level: Callable[[Counts], Level]

    def said(self, language: str, threshold_s: float) -> str:
        """The formula with the threshold in the place of T."""
        seconds = f"{threshold_s:g}" if language == "zh" else f"{threshold_s:g} s"
        return re.sub(r"\bT\b", seconds, self.formula[language])


def offered(counts: Counts) -> int:
    return sum(counts.outcomes.get(outcome, 0) for outcome in OFFERED)


def abandoned(counts: Counts, *, short: bool = False) -> int:
    _, _, lost, lost_late = counts.cells
    return lost + lost_late + (counts.outcomes.get(Outcome.ABANDONED_SHORT, 0) if short else 0)


def _standard(counts: Counts) -> Level:
    met, late, lost, lost_late = counts.cells
    return Level(met, met + late + lost + lost_late)


def _answered_only(counts: Counts) -> Level:
    met, late, _, _ = counts.cells
    return Level(met, met + late)


def _all_abandoned(counts: Counts) -> Level:
    met, late, _, _ = counts.cells
    return Level(met, met + late + abandoned(counts, short=True))


def _all_offered(counts: Counts) -> Level:
    return Level(counts.cells[0], offered(counts))


def _abandoned_after_threshold(counts: Counts) -> Level:
    met, late, _, lost_late = counts.cells
    return Level(met, met + late + lost_late)


def _generous(counts: Counts) -> Level:
    met, late, lost, lost_late = counts.cells
    return Level(met + lost, met + late + lost + lost_late)


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            STANDARD,
            {"zh": "标准", "en": "Standard"},
            {
                "zh": "T 秒内接听 ÷（接听 + 放弃，不含短放弃）",
                "en": "answered within T ÷ (answered + abandoned without short ones)",
            },
            _standard,
        ),
        Preset(
            "answered_only",
            {"zh": "只看接听", "en": "Answered only"},
            {"zh": "T 秒内接听 ÷ 接听", "en": "answered within T ÷ answered"},
            _answered_only,
        ),
        Preset(
            "abandoned_after_threshold",
            {"zh": "T 秒后放弃才算", "en": "Abandoned after the threshold"},
            {
                "zh": "T 秒内接听 ÷（接听 + 等待超过 T 秒后放弃）",
                "en": "answered within T ÷ (answered + abandoned after T)",
            },
            _abandoned_after_threshold,
        ),
        Preset(
            "generous",
            {"zh": "宽松", "en": "Generous"},
            {
                "zh": "（T 秒内接听 + T 秒内放弃，不含短放弃）÷（接听 + 放弃，不含短放弃）",
                "en": "(answered within T + abandoned within T) ÷ (answered + abandoned), both without short ones",
            },
            _generous,
        ),
        Preset(
            "all_abandoned",
            {"zh": "含短放弃", "en": "All abandoned"},
            {
                "zh": "T 秒内接听 ÷（接听 + 全部放弃，含短放弃）",
                "en": "answered within T ÷ (answered + abandoned, short ones too)",
            },
            _all_abandoned,
        ),
        Preset(
            "all_offered",
            {"zh": "全部来电", "en": "All offered"},
            {
                "zh": "T 秒内接听 ÷ 全部进入队列且已结束的来电（不含队列已满、已关闭、被拦截、转其他队列）",
                "en": "answered within T ÷ everybody who came and is gone (but full, closed, emergency, blocked, sent on)",
            },
            _all_offered,
        ),
    )
}


def preset_named(name: str) -> Preset:
    """The preset; the standard one for a name that there is not (a configuration with such is not published)."""
    return PRESETS.get(name) or PRESETS[STANDARD]
