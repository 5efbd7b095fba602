"""The words of reports and of alarms about counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from callcontrol.admin import words
from callcontrol.admin.languages import language, moment
from callcontrol.values.alarms import alarm_from_data
from callcontrol.values.outcomes import Outcome
from callcontrol.values.service_level import preset_named

PERIODS = {
    "half_hour": _("half-hour"),
    "hour": _("hour"),
    "day": _("day"),
    "week": _("week"),
    "month": _("month"),
    "all": _("the whole time"),
}

QUESTIONS = {"attitude": _("attitude"), "speed": _("speed"), "correctness": _("correctness")}

COLUMNS = {
    "arrivals": _("Arrived"),
    "offered": _("Offered"),
    "service_level": _("Service level"),
    "service_level_met": _("Service level, met"),
    "service_level_of": _("Service level, of"),
    "preset": _("Formula"),
    "goal": _("Goal"),
    "thresholds_s": _("Threshold, s"),
    "answered_within": _("Answered in time"),
    "answered_late": _("Answered later"),
    "lost_within": _("Hung up in time"),
    "lost_late": _("Hung up later"),
    "average_speed_of_answer_s": _("Average speed of answer, s"),
    "longest_wait_s": _("Longest wait, s"),
    "announcement_plays": _("Announcement played"),
    "announcement_dry_runs": _("Announcement, dry run"),
    "satisfied": _("Satisfied"),
    "survey_answers": _("Answers of the survey"),
    "survey_attitude": _("Survey, attitude"),
    "survey_speed": _("Survey, speed"),
    "survey_correctness": _("Survey, correctness"),
    "solved": _("Solved"),
    "solved_of": _("Solved, of"),
}

ALARMS = {
    "floor_sums": _("Queue %(queue)s, half-hour of %(half_hour)s: the floor's counts do not add up (%(detail)s)."),
    "floor_waiting": _("Queue %(queue)s: the floor counts %(expected)s who wait, and has %(found)s of them."),
    "kept_differs": _(
        "Queue %(queue)s, half-hour of %(half_hour)s: the floor counts %(expected)s arrivals, the database %(found)s, or they ended otherwise."
    ),
    "records_differ": _(
        "Queue %(queue)s, half-hour of %(half_hour)s: %(expected)s %(detail)s are counted, the call records have %(found)s."
    ),
    "visits_open": _(
        "%(found)s visits to queues have no end in the call records though they are over, the oldest of call %(detail)s."
    ),
    "calls_open": _("%(found)s calls have no end in the call records, and only %(expected)s are running."),
}
DETAILS = {"arrivals": _("arrivals"), "answered": _("answered"), "callbacks": _("callbacks")}


def period(key: str) -> str:
    return words.named(PERIODS, key)


def question(key: str) -> str:
    return words.named(QUESTIONS, key)


def column(key: str) -> str:
    """A heading of the CSV."""
    return str(words.outcome(key).word) if key in set(Outcome) else words.named(COLUMNS, key)


def alarm(data: Mapping[str, Any]) -> str:
    """A sentence for one ``values.alarms.Alarm`` as data; one of a newer program is shown as it is."""
    known = alarm_from_data(data)
    if known is None:
        return str(gettext("Counts do not agree: %(what)s", what=str(data.get("kind", ""))[:80]))
    told = {**known.as_data(), "half_hour": moment(known.half_hour)[:16], "detail": words.named(DETAILS, known.detail)}
    sentence: str = str(ALARMS[known.kind]) % told
    return sentence


def formula(preset: str, threshold_s: float) -> str:
    """The formula of the service level with its threshold, to stand beside the figure."""
    return preset_named(preset).said(language(), threshold_s)
