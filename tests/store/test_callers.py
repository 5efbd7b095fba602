"""What the records know of a number: soon, or not at all."""

from __future__ import annotations

import gevent
import gevent.event
import pytest

from callcontrol.ports.store import StoreUnavailable
from callcontrol.store import callers as callers_module
from callcontrol.store.call_record import told
from callcontrol.store.callers import AT_ONCE, LEFT_ALONE_S, SqlCallers
from callcontrol.store.scribe_sink import write_lines
from callcontrol.store.store import Store
from tests.store.stories import answered_call


def keep(store: Store, call: str, began_at: float, queue: str = "support") -> None:
    lines = [told(position, line) for position, line in answered_call(call, began_at, queue).read()]
    store.database.run(lambda connection: write_lines(connection, lines))


def test_the_last_call_the_last_agent_and_how_many(store: Store) -> None:
    keep(store, "c1", 1000.0)
    keep(store, "c2", 5000.0, "billing")
    found = store.callers.look_up("a1b2", since=0.0)
    assert found == {
        "caller_calls": 2,
        "caller_last_at": 5000.0,
        "caller_last_queue": "billing",
        "caller_last_outcome": "answered",
        "caller_last_agent": "1001",
    }
    assert store.callers.look_up("a1b2", since=0.0, but="c2")["caller_last_queue"] == "support"
    assert store.callers.look_up("a1b2", since=4000.0)["caller_calls"] == 1
    assert store.callers.look_up("a1b2", since=6000.0) == {"caller_calls": 0}
    assert store.callers.look_up("ffff", since=0.0) == {"caller_calls": 0}


class Stuck:
    """A database that answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = gevent.event.Event()

    def read(self, _unit: object) -> dict[str, int]:
        self.asked += 1
        self.let.wait(30)
        return {"caller_calls": 1}


def test_a_database_that_is_stuck_costs_a_second_once_and_then_nothing() -> None:
    now = [100.0]
    stuck = Stuck()
    made = SqlCallers(stuck, deadline_s=0.05, monotonic=lambda: now[0])  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable, match="did not answer"):
        made.look_up("a", since=0.0)
    with pytest.raises(StoreUnavailable, match="left alone"):
        made.look_up("a", since=0.0)
    assert stuck.asked == 1
    now[0] += LEFT_ALONE_S + 1
    stuck.let.set()
    assert made.look_up("a", since=0.0) == {"caller_calls": 1}


def test_not_more_than_a_few_ask_at_once() -> None:
    stuck = Stuck()
    made = SqlCallers(stuck, deadline_s=20.0)  # type: ignore[arg-type]
    asking = [gevent.spawn(made.look_up, "a", since=0.0) for _ in range(AT_ONCE)]
    gevent.sleep(0)
    with pytest.raises(StoreUnavailable, match="given up"):
        made.look_up("a", since=0.0)
    stuck.let.set()
    gevent.joinall(asking, timeout=20)
    assert made.look_up("a", since=0.0) == {"caller_calls": 1}
    assert callers_module.AT_ONCE == AT_ONCE
