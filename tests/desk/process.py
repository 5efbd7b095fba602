"""A desk in a process of its own, on the stub floor: run with the engine's socket, the floor's name and the desk's name."""

import sys
import threading

from callcontrol.bus.redis_journal import open_bus
from callcontrol.desk.desk import Desk
from callcontrol.desk.follower import Follower
from callcontrol.ports.clock import RandomIdentities, SystemClock
from tests.desk.stub_floor import StubFloor, decide, next_wake


def main(address: str, floor: str, name: str) -> None:
    bus, clock = open_bus(address, floor), SystemClock()
    follower = Follower(bus.journal, clock, new_floor=StubFloor)
    desk = Desk(bus.journal, follower, clock, RandomIdentities(), name, decide=decide, next_wake=next_wake)
    follower.start()
    desk.start()
    threading.Event().wait(60.0)  # ended by whoever started it


if __name__ == "__main__":
    main(*sys.argv[1:])
