import threading
from typing import Any

from callcontrol.bus.memory import MemoryFloor
from callcontrol.desk.live import LiveFloor
from callcontrol.ports.clock import ManualClock
from tests.bus.engines import Opener, eventually
from tests.desk.helpers import deciding, following, joined, logged_in


def view(floor: Any, now: float) -> dict[str, Any]:
    return {"as_of": now, "desk": floor.desk, "waiting": list(floor.waiting)}


def test_it_shows_the_floor_its_age_and_whether_a_desk_is_there(opened: Opener) -> None:
    bus, clock = opened(), ManualClock(5000.0)
    with following(bus, clock) as follower:
        live = LiveFloor(follower, clock, view=view)
        bus.journal.append(joined(1))
        assert follower.wait_until(lambda: follower.applied == 1, 20.0)
        clock.advance(4.0)
        shown = live.snapshot()
        assert shown == {
            "as_of": 5004.0,
            "desk": "",
            "waiting": ["call-1"],
            "version": follower.version,
            "age_s": shown["age_s"],
            "desk_alive": False,
        }
        assert 0.0 <= shown["age_s"] <= 4.0
        with deciding(opened(), "a"):
            assert eventually(live.desk_alive)
        assert eventually(lambda: not live.desk_alive())


def test_who_waits_for_a_change_is_woken_by_it_and_by_nothing_else(opened: Opener) -> None:
    bus, clock = opened(), ManualClock()
    with following(bus, clock) as follower:
        live = LiveFloor(follower, clock, view=view)
        assert follower.wait_until(lambda: follower.caught_up, 20.0)
        seen = live.version()
        assert live.wait_change(seen, 0.05) == seen
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(live.wait_change(seen, 5.0)))
        thread.start()
        bus.journal.append([{"kind": "unheard of", "at": 1.0}, logged_in(1)])
        thread.join(4.0)
        assert found == [seen + 1]


def test_without_the_journal_no_desk_is_said_to_be_alive_and_the_last_floor_is_still_shown() -> None:
    clock, memory = ManualClock(), MemoryFloor()
    bus = memory.open()
    with deciding(bus), following(bus, clock) as follower:
        live = LiveFloor(follower, clock, view=view)
        bus.journal.append(joined(1))
        assert follower.wait_until(lambda: len(follower.floor.waiting) == 1, 20.0)  # type: ignore[attr-defined]
        assert eventually(live.desk_alive)
        with memory.outage():
            clock.advance(20.0)
            assert eventually(lambda: not live.desk_alive())
            shown = live.snapshot()
            assert shown["waiting"] == ["call-1"]
            assert shown["age_s"] == 20.0
