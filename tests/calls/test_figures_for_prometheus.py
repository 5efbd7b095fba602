"""What /metrics and /health of a controller say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from callcontrol.bootstrap.metrics import MetricsPages
from tests.calls.house import House


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


def page(house: House, path: str) -> tuple[str, str]:
    said: list[str] = []

    def start(status: str, _headers: list[tuple[str, str]]) -> None:
        said.append(status)

    body = b"".join(MetricsPages(house.controller)({"PATH_INFO": path}, start))
    return said[0], body.decode()


def figures(house: House) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    status, text = page(house, "/metrics")
    assert status == "200 OK"
    found: dict[Any, float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_a_call_and_its_agent_are_in_the_figures(house: House) -> None:
    house.log_in("1001", "1002")
    caller = house.call("1", number="13812345678")
    house.in_talk(caller, "1001")
    found = figures(house)
    assert found["callcontrol_queue_talking", (("queue", "support"),)] == 1
    assert found["callcontrol_agents", (("state", "talking"),)] == 1
    assert found["callcontrol_agents", (("state", "available"),)] == 1
    assert found["callcontrol_talks", ()] == 1
    assert found["callcontrol_desk_in_charge", ()] == 1
    assert found["callcontrol_desk_term", ()] == house.controller.desk.term
    assert found["callcontrol_repairs_total", (("kind", "call_gone"),)] == 0
    caller.hang_up()
    house.until(lambda: not house.floor()["calls"])
    answered = ("callcontrol_queue_visits", (("outcome", "answered"), ("queue", "support")))
    assert figures(house)[answered] == 1


def test_no_label_names_a_call_a_number_or_an_agent(house: House) -> None:
    labels = {label for _, labels in figures(house) for label, _ in labels}
    assert labels <= {"queue", "outcome", "state", "kind"}


def test_health_is_ok_and_says_in_sentences_when_it_is_not(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.until(lambda: page(house, "/health") == ("200 OK", "ok\n"))
    monkeypatch.setattr(house.controller.switch, "connected", lambda: False)
    status, text = page(house, "/health")
    assert status == "503 Service Unavailable"
    assert "does not answer: no agent can be rung" in text


def test_another_path_names_those_there_are(house: House) -> None:
    assert page(house, "/") == ("404 Not Found", "There are /metrics and /health.\n")
