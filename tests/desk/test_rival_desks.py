"""Desks in processes of their own, paused and killed on the real engine: nobody is offered twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.bus.redis_journal import open_bus
from tests.bus.engines import eventually, new_floor_name
from tests.desk.helpers import following, holds, joined, logged_in, offers, replayed


# --- desks in processes of their own, on the real engine ------------------------------------------------------------
class OtherDesk:
    def __init__(self, address: str, floor: str, name: str) -> None:
        self.name = name
        self.process = subprocess.Popen([sys.executable, "-m", "tests.desk.process", address, floor, name])

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.mark.parametrize("end", [signal.SIGSTOP, signal.SIGKILL], ids=["paused", "killed"])
def test_another_process_takes_over_within_two_seconds_and_nobody_is_offered_twice(
    engine: EmbeddedValkey, end: signal.Signals
) -> None:
    floor = new_floor_name()
    bus = open_bus(engine.address, floor)
    desks = {name: OtherDesk(engine.address, floor, name) for name in ("a", "b")}
    joined_count = 0
    try:
        with following(bus) as follower:

            def offered_after(line: dict[str, Any], deadline_s: float) -> float:
                nonlocal joined_count
                joined_count += 1
                began = time.monotonic()
                bus.journal.append([logged_in(joined_count), line])
                assert follower.wait_until(lambda: holds(follower.floor, joined_count), deadline_s)
                return time.monotonic() - began

            assert follower.wait_until(lambda: follower.floor.term > 0, 10.0)
            for n in range(1, 20):
                offered_after(joined(n), 5.0)
            first = follower.floor.desk  # type: ignore[attr-defined]
            # The other one must be ready, or it could not take over at all.
            assert desks[first].process.poll() is None
            assert eventually(lambda: clients_of(bus) >= 5)
            desks[first].signal(end)
            took_s = offered_after(joined(20), 5.0)
            print(f"took over after {took_s:.2f} s")
            assert took_s < 2.5  # the figure is 2 s; the machine of a test may be busy
            assert follower.floor.desk != first  # type: ignore[attr-defined]
            if end == signal.SIGSTOP:
                desks[first].signal(signal.SIGCONT)
            for n in range(21, 60):
                offered_after(joined(n), 5.0)
        calls = Counter(o.call for o in offers(bus.journal))
        assert calls == {f"call-{n}": 1 for n in range(1, 60)}
        _, void = replayed(bus.journal)
        assert void == []
    finally:
        for desk in desks.values():
            desk.end()
        bus.close()


def clients_of(bus: Any) -> int:
    return len(bus.journal._connection.ask("CLIENT", "LIST").splitlines())


def test_desks_that_are_paused_by_turns_never_offer_twice(engine: EmbeddedValkey) -> None:
    floor = new_floor_name()
    bus = open_bus(engine.address, floor)
    desks = {name: OtherDesk(engine.address, floor, name) for name in ("a", "b")}
    try:
        with following(bus) as follower:
            assert follower.wait_until(lambda: follower.floor.term > 0, 10.0)
            n = 0
            for _ in range(2):
                holder = bus.journal.holder()
                if holder is None:
                    continue
                paused = desks[holder[0].partition(" ")[0]]
                for _ in range(15):  # in the middle of its work
                    n += 1
                    bus.journal.append([logged_in(n), joined(n)])
                paused.signal(signal.SIGSTOP)
                for _ in range(15):
                    n += 1
                    bus.journal.append([logged_in(n), joined(n)])
                assert follower.wait_until(lambda n=n: holds(follower.floor, n), 20.0)
                paused.signal(signal.SIGCONT)
        calls = Counter(o.call for o in offers(bus.journal))
        assert calls == {f"call-{k}": 1 for k in range(1, n + 1)}
    finally:
        for desk in desks.values():
            desk.end()
        bus.close()
