"""The reports' page and its CSV; alarms of counts on the floor."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from callcontrol.admin.chart import MOST_BARS, chart
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.values.alarms import SENTENCES, Alarm
from callcontrol.values.configuration import Queue
from callcontrol.values.counts import Counts
from callcontrol.values.half_hours import HalfHour
from callcontrol.values.report import SOLVED, report
from callcontrol.values.service_level import PRESETS

As = Callable[[str], FlaskClient]
ENGLISH, CHINESE = {"Accept-Language": "en"}, {"Accept-Language": "zh-CN"}


@pytest.fixture
def lead(as_role: As) -> FlaskClient:
    return as_role("lead")


def page(client: FlaskClient, query: str = "", headers: dict[str, str] = ENGLISH) -> str:
    answer = client.get(f"/reports?{query}", headers=headers)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_the_figure_stands_beside_its_formula_and_its_goal(lead: FlaskClient) -> None:
    said = page(lead, "queue=support&by=day&since=2026-11-20")
    assert "answered within T ÷ (answered + abandoned without short ones)" in said
    assert "T = 15 s" in said
    assert "goal 85 %" in said
    assert "T 秒内接听 ÷（接听 + 放弃，不含短放弃）" in page(lead, "queue=support&since=2026-11-20", CHINESE)


def test_who_was_helped_stands_beside_its_formula(lead: FlaskClient) -> None:
    assert SOLVED["en"] in page(lead, "by=day&since=2026-11-20")
    assert SOLVED["zh"] in page(lead, "by=day&since=2026-11-20", CHINESE)
    said = page(lead, "by=all&queue=*&since=2026-11-01&until=2026-11-20")
    assert re.search(r"Solved: \d+ / \d+ = talks after which", said)
    assert "goal 80 %" in said


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_formula_applies_to_the_past(lead: FlaskClient, preset: str) -> None:
    said = page(lead, f"preset={preset}&since=2026-11-18&until=2026-11-20&by=day")
    assert PRESETS[preset].formula["en"] in said
    assert said.count("2026-11-19") >= 2


def test_a_link_with_nonsense_is_a_report_all_the_same(lead: FlaskClient) -> None:
    for query in ("queue=nowhere&since=never&until=&by=decade&preset=x", "since=2026-11-20&until=2026-11-01", "since=0001-01-01&until=9999-12-31"):  # fmt: skip
        page(lead, query)
    assert "Nobody came to a queue" in page(lead, "since=2020-01-01&until=2020-01-01")


def test_csv_has_every_line_with_headings_of_the_reader(lead: FlaskClient, rehearsal: Rehearsal) -> None:
    evil = HalfHour('=1+1",x', rehearsal.clock.now() // 1800 * 1800, Counts(joined=1, outcomes={"closed": 1}))
    rehearsal.half_hours.put([evil], since=1.0, upto=2.0, position="1-1")
    answer = lead.get("/reports.csv?by=day&since=2026-11-20", headers=CHINESE)
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert {row["队列"] for row in rows} == {"support", "billing", "'=1+1\",x"}
    assert {row["标题"] for row in rows} == {"技术支持", "账单", "'=1+1\",x"}
    assert sum(int(row["进入"]) for row in rows if row["队列"] == "support") > 100
    assert lead.get("/reports.csv?since=2020-01-01&until=2020-01-02").data.startswith(b"\xef\xbb\xbf")


def test_all_as_one_is_the_sum_of_the_queues(lead: FlaskClient) -> None:
    def arrivals(query: str) -> int:
        text = lead.get(f"/reports.csv?by=all&since=2026-11-20&{query}", headers=ENGLISH).data.decode("utf-8-sig")
        return sum(int(row["Arrived"]) for row in csv.DictReader(io.StringIO(text, newline="")))

    assert arrivals("queue=*") == arrivals("") == arrivals("queue=support") + arrivals("queue=billing") > 0


def test_alarms_of_counts_stand_above_the_floor_in_both_languages(lead: FlaskClient, rehearsal: Rehearsal) -> None:
    alarms = [Alarm(kind, "support", 1_795_300_200.0, 17, 600, "arrivals") for kind in SENTENCES]
    rehearsal.live.alarms = [alarm.as_data() for alarm in alarms]
    said = unescape(lead.get("/", headers=ENGLISH).text)
    assert "Counts do not agree" in said
    assert "and 1 more" in said
    assert "17 arrivals are counted, the call records have 600" in said
    assert "half-hour of 2026-11-22 06:30" in said
    assert "计数为 17（进入），通话记录中为 600" in lead.get("/", headers=CHINESE).text
    rehearsal.live.alarms = [{"kind": "of a newer program"}]
    assert "Counts do not agree: of a newer program" in unescape(lead.get("/", headers=ENGLISH).text)


def test_the_floor_says_the_formula_of_its_figure(lead: FlaskClient) -> None:
    assert "answered within 15 s ÷ (answered + abandoned without short ones)" in lead.get("/", headers=ENGLISH).text


# --- the picture --------------------------------------------------------------------------------------------------------
def lines(*arrivals: int) -> list[HalfHour]:
    return [
        HalfHour("q", n * 1800.0, Counts(joined=a, outcomes={"answered": a}, levels={15.0: [a, 0, 0, 0]} if a else {}))
        for n, a in enumerate(arrivals)
    ]


def test_bars_are_as_high_as_the_arrivals_and_stay_in_the_picture() -> None:
    made = report(lines(1, 5, 0, 10), by="half_hour", zone=None, queues={"q": Queue("q")})
    drawn = chart(made, 0.0, 7200.0, "half_hour")
    assert drawn is not None
    heights = [sum(part.height for part in bar.parts) for bar in drawn.bars]
    assert heights[1] == pytest.approx(5 * heights[0], rel=0.01)
    assert heights[2] == 0
    assert heights[3] == pytest.approx(2 * heights[1], rel=0.01)
    for bar in drawn.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= 1000
        assert all(0 <= part.y <= part.y + part.height <= 260 for part in bar.parts)
    assert len(drawn.runs) == 1  # the line is broken where nobody came


def test_too_much_and_nothing_is_not_drawn() -> None:
    made = report(lines(*[1] * (MOST_BARS + 1)), by="half_hour", zone=None, queues={})
    assert chart(made, 0.0, 1e7, "half_hour") is None
    assert chart([], 0.0, 1.0, "day") is None
    assert chart(made[:3], 0.0, 9000.0, "all") is None
