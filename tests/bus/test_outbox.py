"""Nothing lost, nothing twice, in order, and nobody waits."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcontrol.bus.bus import Bus
from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.bus.memory import MemoryFloor
from callcontrol.bus.outbox import Outbox
from callcontrol.bus.redis_journal import open_bus
from callcontrol.ports.clock import CountedIdentities
from callcontrol.ports.journal import JournalUnavailable, StoryLine
from tests.bus.engines import Cut, CuttingProxy, Opener, eventually, new_floor_name


def journal_numbers(bus: Bus) -> list[int]:
    return [line.data["n"] for line in bus.journal.read("0", limit=100_000)]


def story_numbers(bus: Bus) -> list[int]:
    return [told.data["n"] for _, told in bus.stories.read("0", limit=100_000)]


@contextlib.contextmanager
def delivering(bus: Bus, **options: float) -> Iterator[Outbox]:
    outbox = Outbox(bus.intake, **options)  # type: ignore[arg-type]
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.stop(0.1)


def test_lines_arrive_in_order_from_many_writers(opened: Opener) -> None:
    bus = opened()
    with delivering(bus) as outbox:

        def write(writer: int) -> None:
            for n in range(200):
                assert outbox.tell({"writer": writer, "n": n})
                assert outbox.story(StoryLine("c", 1.0, "step", {"writer": writer, "n": n}))

        threads = [threading.Thread(target=write, args=(w,)) for w in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outbox.flush(5.0)
    lines = bus.journal.read("0", limit=10_000)
    for writer in range(4):
        assert [line.data["n"] for line in lines if line.data["writer"] == writer] == list(range(200))
    assert len(bus.stories.read("0", limit=10_000)) == 800


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(
        st.tuples(
            st.sampled_from(["request", "answer"]),
            st.integers(0, 60) | st.integers(0, 2500) | st.integers(2500, 20_000),
        ),
        max_size=8,
    ),
    bursts=st.lists(st.integers(1, 120), min_size=1, max_size=5),
)
def test_however_connections_are_cut_every_line_arrives_once_and_in_order(
    engine: EmbeddedValkey, tmp_path: Path, cuts: list[Cut], bursts: list[int]
) -> None:
    floor = new_floor_name()
    proxy = CuttingProxy(engine.socket_path, tmp_path, cuts)
    through, direct = open_bus(proxy.socket_path, floor), open_bus(engine.address, floor)
    told = 0
    try:
        with delivering(through) as outbox:
            for burst in bursts:
                for _ in range(burst):
                    outbox.tell({"n": told})
                    outbox.story(StoryLine("c", 1.0, "step", {"n": told}))
                    told += 1
                # Only some bursts are waited for: the others pile up behind a batch in doubt.
                if burst % 2:
                    assert outbox.flush(8.0)
            assert outbox.flush(8.0)
        assert journal_numbers(direct) == list(range(told))
        assert story_numbers(direct) == list(range(told))
    finally:
        through.close()
        direct.close()
        proxy.close()


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    engine = EmbeddedValkey(tmp_path, die_with_parent=True)
    engine.ensure_running()
    yield engine
    engine.stop()


def engine_pid(engine: EmbeddedValkey) -> int:
    info: bytes = open_bus(engine.address).journal._connection.ask("INFO", "server")  # type: ignore[attr-defined]
    return int(info.partition(b"process_id:")[2].split()[0])


def test_the_engine_killed_and_away_for_seconds_loses_nothing_and_tells_nothing_twice(
    own_engine: EmbeddedValkey,
) -> None:
    bus = open_bus(own_engine.address)
    told = 0
    slowest_s = 0.0
    with delivering(bus) as outbox:

        def tell_for(seconds: float) -> None:
            nonlocal told, slowest_s
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                began = time.perf_counter()
                assert outbox.tell({"n": told})
                slowest_s = max(slowest_s, time.perf_counter() - began)
                told += 1
                time.sleep(0.001)

        tell_for(0.3)
        os.kill(engine_pid(own_engine), signal.SIGKILL)
        tell_for(3.0)
        assert outbox.waiting() > 0
        assert outbox.oldest_s() > 1.0
        assert outbox.trouble()
        own_engine.ensure_running()
        tell_for(0.3)
        assert outbox.flush(5.0)
        assert outbox.trouble() == ""
        assert outbox.dropped() == 0
    assert journal_numbers(bus) == list(range(told))
    bus.close()


def test_lines_that_a_killed_engine_forgot_are_delivered_again(own_engine: EmbeddedValkey) -> None:
    bus = open_bus(own_engine.address)
    with delivering(bus, check_every_s=0.05) as outbox:
        for n in range(10):
            outbox.tell({"n": n})
        assert outbox.flush(5.0)
        # An engine that comes back without its last second: stream and writer's number are both as they were.
        connection = bus.journal._connection  # type: ignore[attr-defined]
        connection.ask("FLUSHALL")
        assert eventually(lambda: len(bus.journal.read("0")) == 10)
        outbox.tell({"n": 10})
        assert outbox.flush(5.0)
    assert journal_numbers(bus) == list(range(11))
    bus.close()


def test_an_engine_that_hangs_makes_nobody_wait(own_engine: EmbeddedValkey) -> None:
    bus = open_bus(own_engine.address)
    pid = engine_pid(own_engine)
    with delivering(bus) as outbox:
        outbox.tell({"n": 0})
        assert outbox.flush(5.0)
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.perf_counter()
            for n in range(1, 1000):
                outbox.tell({"n": n})
            assert time.perf_counter() - began < 1.0
            assert not outbox.flush(0.2)
            assert eventually(lambda: outbox.trouble(), 20.0)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert outbox.flush(5.0)
    assert journal_numbers(bus) == list(range(1000))
    bus.close()


def test_a_full_outbox_says_so_and_keeps_the_journal_before_the_stories() -> None:
    floor = MemoryFloor()
    bus = floor.open()
    with delivering(bus, most_lines=10) as outbox:
        with floor.outage():
            stories = [outbox.story(StoryLine("c", 1.0, "step", {"n": n})) for n in range(10)]
            lines = [outbox.tell({"n": n}) for n in range(5)]
            assert stories == [True] * 8 + [False] * 2
            assert lines == [True] * 2 + [False] * 3
            assert outbox.dropped() == 5
            assert outbox.waiting() == 10
        assert outbox.flush(5.0)
    assert journal_numbers(bus) == [0, 1]


class ForgettingIntake:
    """Takes lines and loses the newest ones at times, as an engine does that is killed before it wrote its file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken: list[bytes] = []
        self.rebased: list[int] = []

    def take(self, writer: str, first: int, lines: list[tuple[str, bytes]], *, rebase: bool = False) -> int:
        with self._lock:
            if len(self.taken) < first - 1 and not rebase:
                return len(self.taken)
            if rebase:
                self.rebased.append(first)
                self.taken += [b"lost"] * (first - 1 - len(self.taken))
            for number, (_, text) in enumerate(lines, first):
                if number > len(self.taken):
                    self.taken.append(text)
            return len(self.taken)

    def forget(self, count: int) -> None:
        with self._lock:
            del self.taken[max(0, len(self.taken) - count) :]


@given(rounds=st.lists(st.tuples(st.integers(1, 20), st.integers(0, 30)), min_size=1, max_size=6))
def test_whatever_the_engine_forgets_of_the_last_seconds_is_there_in_the_end(rounds: list[tuple[int, int]]) -> None:
    intake = ForgettingIntake()
    outbox = Outbox(intake, identities=CountedIdentities(), check_every_s=0.002)  # type: ignore[arg-type]
    outbox.start()
    told = 0
    for count, forgotten in rounds:
        for _ in range(count):
            outbox.tell({"n": told})
            told += 1
        assert outbox.flush(5.0)
        intake.forget(forgotten)
    expected = [b'{"n":%d}' % n for n in range(told)]
    assert eventually(lambda: intake.taken == expected)
    outbox.stop()
    assert intake.rebased == []


def test_a_hole_that_is_too_old_to_be_filled_is_written_past() -> None:
    intake = ForgettingIntake()
    outbox = Outbox(intake, keep_s=0.0, check_every_s=0.002)  # type: ignore[arg-type]
    outbox.start()
    outbox.tell({"n": 0})
    assert outbox.flush(5.0)
    assert eventually(lambda: not outbox._kept)
    intake.forget(1)
    outbox.tell({"n": 1})
    assert outbox.flush(5.0)
    assert intake.taken == [b"lost", b'{"n":1}']
    outbox.stop()


def test_what_could_not_be_delivered_at_the_end_is_said() -> None:
    class Away:
        def take(self, *_: object, **__: object) -> int:
            raise JournalUnavailable("The journal is away; start it.")

    outbox = Outbox(Away())  # type: ignore[arg-type]
    outbox.start()
    outbox.tell({"n": 1})
    assert outbox.stop(0.05) is False
    assert outbox.waiting() == 1


def test_what_is_no_plain_data_is_refused_at_once(opened: Opener) -> None:
    with delivering(opened()) as outbox:
        with pytest.raises(TypeError):
            outbox.tell({"n": object()})
        assert outbox.waiting() == 0
