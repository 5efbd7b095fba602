"""The figures of one controller for Prometheus: ``/metrics`` and ``/health`` on a port of their own.

What is the controller's own, each one tells. What is the floor's, only the one whose desk is in charge tells, so that sums over
all controllers are right. No number, name or call stands in a label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from callcontrol.calls.repairs import KINDS
from callcontrol.floor.agents import AgentState
from callcontrol.floor.view import view
from callcontrol.values.alarms import SENTENCES

if TYPE_CHECKING:
    from callcontrol.bootstrap.controller import Controller

Start = Callable[[str, list[tuple[str, str]]], object]


class Figures:
    """A collector: looks at the controller when it is asked."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def describe(self) -> Iterable[Metric]:
        return ()  # the parts are not there yet when this is registered

    def collect(self) -> Iterator[Metric]:
        controller = self._controller
        outbox, desk = controller.outbox, controller.desk
        for name, what, value in (
            ("calls", "Calls that are conducted here.", len(controller.directory)),
            ("talks", "Talks that were begun here and go on.", len(controller.talks)),
            ("switch_connected", "1 while the switch answers.", controller.switch.connected()),
            ("outbox_waiting_lines", "Lines of calls that are not yet in the journal.", outbox.waiting()),
            ("outbox_oldest_seconds", "Age of the oldest of them.", outbox.oldest_s()),
            ("journal_age_seconds", "Since when the journal has not answered.", controller.follower.age_s()),
            ("desk_in_charge", "1 where the desk that decides is.", desk.in_charge),
            (
                "desk_term",
                "Term of the newest desk as it is known here.",
                getattr(controller.follower.floor, "term", 0),
            ),
        ):
            yield GaugeMetricFamily(f"callcontrol_{name}", what, value=float(value))
        yield CounterMetricFamily(
            "callcontrol_outbox_dropped_lines", "Lines that no memory was left for.", value=outbox.dropped()
        )
        repairs = CounterMetricFamily("callcontrol_repairs", "What was found wrong and repaired.", labels=["kind"])
        for kind in KINDS:
            repairs.add_metric([kind], controller.services.repairs.by_kind[kind])
        yield repairs
        alarms = GaugeMetricFamily("callcontrol_alarms", "Counts that do not agree.", labels=["kind"])
        found = Counter(alarm.kind for alarm in controller.books.alarms)
        for kind in SENTENCES:
            alarms.add_metric([kind], found[kind])
        yield alarms
        if desk.in_charge:
            yield from self._of_the_floor()

    def _of_the_floor(self) -> Iterator[Metric]:
        controller = self._controller
        with controller.follower.lock:
            floor: dict[str, Any] = view(controller.follower.floor, controller.clock.now())  # type: ignore[arg-type]
        for name, what, key in (
            ("waiting", "Callers in line.", "waiting"),
            ("ringing", "Callers for whom a phone rings.", "ringing"),
            ("talking", "Callers who talk with an agent.", "talking"),
            ("longest_wait_seconds", "Wait of the first in line.", "oldest_wait_s"),
            ("agents_free", "Agents who could take a call.", "free"),
        ):
            family = GaugeMetricFamily(f"callcontrol_queue_{name}", what, labels=["queue"])
            for queue in floor["queues"]:
                family.add_metric([queue["name"]], float(queue[key] or 0))
            yield family
        outcomes = GaugeMetricFamily(
            "callcontrol_queue_visits", "Visits of the last day by what became of them.", labels=["queue", "outcome"]
        )
        for queue in floor["queues"]:
            for outcome, count in queue["outcomes"].items():
                outcomes.add_metric([queue["name"], str(outcome)], count)
        yield outcomes
        states = Counter(agent["state"] for agent in floor["agents"])
        agents = GaugeMetricFamily("callcontrol_agents", "Agents by their state.", labels=["state"])
        for state in AgentState:
            agents.add_metric([state.value], states[state.value])
        yield agents


class MetricsPages:
    """A WSGI application."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(Figures(controller))

    def __call__(self, environ: dict[str, Any], start: Start) -> list[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/metrics":
            start("200 OK", [("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)])
            return [generate_latest(self._registry)]
        if path == "/health":
            troubles = self._controller.info()["troubles"]
            status = "503 Service Unavailable" if troubles else "200 OK"
            start(status, [("Content-Type", "text/plain; charset=utf-8")])
            return ["\n".join([*troubles, ""]).encode() if troubles else b"ok\n"]
        start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"There are /metrics and /health.\n"]
