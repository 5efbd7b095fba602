"""Reports: the figures of queues over any span of time, as a page and as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import report_words
from callcontrol.admin.chart import chart
from callcontrol.admin.languages import day_start, in_language, language, local, zone
from callcontrol.admin.security import needs, services
from callcontrol.values.configuration import Queue
from callcontrol.values.half_hours import PERIODS
from callcontrol.values.outcomes import Outcome
from callcontrol.values.report import QUESTIONS, SATISFIED_GOAL, SOLVED, SOLVED_GOAL, Line, formulas, report
from callcontrol.values.service_level import PRESETS
from callcontrol.values.spreadsheet import csv_text

pages = Blueprint("reports", __name__)

EACH, TOGETHER = "", "*"  # in the place of a queue's name
MOST_LINES = 500  # of the page; CSV has them all
LONGEST_DAYS = 3 * 366  # of one report; half-hours of some queues are then a million cells of a table


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for; what can't be is replaced by the default, so that a link never breaks."""

    queue: str
    since: str
    until: str
    by: str
    preset: str

    def as_query(self) -> dict[str, str]:
        said = {"queue": self.queue, "since": self.since, "until": self.until, "by": self.by, "preset": self.preset}
        return {key: value for key, value in said.items() if value}


def _asked(queues: Mapping[str, Queue]) -> tuple[Asked, float, float]:
    today = f"{local(services().clock.now()):%Y-%m-%d}"
    since, until = request.args.get("since", ""), request.args.get("until", "")
    since = since if day_start(since) is not None else today
    until = until if day_start(until) is not None else max(today, since)
    if until < since:
        since, until = until, since
    begins, ends = day_start(since), day_start(until, days=1)
    if begins is None or ends is None or ends - begins > LONGEST_DAYS * 86_400:
        since = f"{local((ends or services().clock.now()) - LONGEST_DAYS * 86_400):%Y-%m-%d}"
        begins = day_start(since)
    by, preset = request.args.get("by", ""), request.args.get("preset", "")
    queue = request.args.get("queue", "")
    asked = Asked(
        queue=queue if queue in (EACH, TOGETHER) or queue in queues else EACH,
        since=since,
        until=until,
        by=by if by in PERIODS else "half_hour" if since == until else "day",
        preset=preset if preset in PRESETS else "",
    )
    return asked, begins or 0.0, ends or 0.0


def _queues() -> Mapping[str, Queue]:
    release = services().releases.current()
    return release.configuration.queues if release else {}


class _Figures:
    """All that is kept of the time that was asked for, read once."""

    def __init__(self, asked: Asked, since: float, until: float, queues: Mapping[str, Queue]) -> None:
        kept = services().half_hours
        self._of = of = "" if asked.queue in (EACH, TOGETHER) else asked.queue
        self._asked, self._queues = asked, queues
        self._half_hours = kept.between(since, until, queue=of)
        self._answers = kept.answers(since, until, queue=of)
        self._solved = kept.solved(since, until, now=services().clock.now(), queue=of)

    def lines(self, by: str, *, together: bool) -> list[Line]:
        return report(
            self._half_hours,
            self._answers,
            by=by,
            zone=zone(),
            queues=self._queues,
            preset=self._asked.preset,
            together=together
            and not self._of,  # one queue asked for has its own formula and goal, however it is summed
            solved=self._solved,
        )


@pages.get("/reports")
@needs("lead")
def page() -> ResponseReturnValue:
    queues = _queues()
    asked, since, until = _asked(queues)
    figures = _Figures(asked, since, until, queues)
    lines = figures.lines(asked.by, together=asked.queue == TOGETHER)
    whole = figures.lines("all", together=True)
    over_time = figures.lines(asked.by, together=True)
    return render_template(
        "reports.html",
        asked=asked,
        queues=queues,
        presets=PRESETS,
        periods=PERIODS,
        lines=lines[:MOST_LINES],
        hidden=max(0, len(lines) - MOST_LINES),
        whole=whole[0] if whole else None,
        drawn=chart(over_time, since, min(until, services().clock.now()), asked.by),
        formulas=formulas([*lines, *whole], language()),
        formulas_of_whole=formulas(whole, language()),
        outcomes=[outcome.value for outcome in Outcome],
        questions=QUESTIONS,
        satisfied_goal=SATISFIED_GOAL,
        solved_goal=SOLVED_GOAL,
        solved_formula=SOLVED[language()],
        moment_of=_moment_of,
    )


def _moment_of(line: Line, by: str) -> str:
    if by == "all":
        return ""
    at = local(line.since)
    if by == "week":
        last = at.replace(tzinfo=None) + timedelta(days=6)
        return f"{at:%Y-%m-%d} – {last:%m-%d}"
    return {"month": f"{at:%Y-%m}", "day": f"{at:%Y-%m-%d}"}.get(by, f"{at:%m-%d %H:%M}")


@pages.get("/reports.csv")
@needs("lead")
def spreadsheet() -> ResponseReturnValue:
    queues = _queues()
    asked, since, until = _asked(queues)
    lines = _Figures(asked, since, until, queues).lines(asked.by, together=asked.queue == TOGETHER)
    heading = [gettext("From"), gettext("To"), gettext("Queue"), gettext("Title")]
    columns = list(lines[0].as_data()) if lines else []
    rows = [[*_identity(line, queues), *line.as_data().values()] for line in lines]
    response = Response(
        csv_text([*heading, *(report_words.column(name) for name in columns)], rows), mimetype="text/csv"
    )
    name = f"callcontrol-{asked.since}-{asked.until}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    current_app.logger.info("a report of %d lines was fetched", len(lines))
    return response


def _identity(line: Line, queues: Mapping[str, Queue]) -> list[Any]:
    ends = line.until != float("inf")
    return [
        f"{local(line.since):%Y-%m-%d %H:%M}" if ends else None,
        f"{local(line.until):%Y-%m-%d %H:%M}" if ends else None,
        line.queue,
        in_language(queues[line.queue].title, line.queue) if line.queue in queues else line.queue,
    ]
