"""A day on a floor that live desks decide: what happens is written to a journal in memory, desks and their followers take
turns in any order, stand still, lose their connection before or after a line was written, and die.

The floor of the day is that of a reader who misses nothing; every check of ``Day`` is made on it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callcontrol.bus.memory import MemoryFloor
from callcontrol.desk.desk import LEASE_S, Desk
from callcontrol.desk.follower import Follower
from callcontrol.floor import entries as e
from callcontrol.floor.decide import decide
from callcontrol.floor.floor import DECISIONS, Floor
from callcontrol.ports.clock import CountedIdentities
from callcontrol.ports.journal import Journal, JournalUnavailable
from tests.floor import checks
from tests.floor.day import Day
from tests.floor.scenes import START

ROUNDS = 400  # in which everything must have come to rest


class Cable:
    """The journal as one process reaches it. ``breaks``: before or after the next line is written; ``away`` until healed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.away = False
        self.breaks = ""

    def append_in_term(self, data: Sequence[Mapping[str, Any]], term: int) -> bool:
        breaks, self.breaks = self.breaks, ""
        if breaks == "before":
            raise JournalUnavailable("The cable broke before the line was written.")
        written = self.__getattr__("append_in_term")(data, term)
        if breaks == "after":
            raise JournalUnavailable("The cable broke after the line was written.")
        return bool(written)

    def __getattr__(self, name: str) -> Any:
        if self.away:
            raise JournalUnavailable("The cable is not in.")
        return getattr(self._journal, name)


@dataclass
class Process:
    cable: Cable
    follower: Follower
    desk: Desk
    stands_still: bool = False


class LiveDay(Day):
    """To be mixed in before another kind of ``Day``."""

    def __init__(self, *given: Any) -> None:
        self.now, self.floor = START, Floor()  # asked for before the day begins
        self.seconds = 1000.0
        self.memory = MemoryFloor(lambda: self.seconds)
        self.journal = self.memory.open().journal
        self.read_to = "0"
        self.deskings = 0
        self.processes = [self.new_process(), self.new_process()]
        super().__init__(*given)

    def new_process(self) -> Process:
        self.deskings += 1
        cable = Cable(self.journal)
        follower = Follower(cable, Clock(self), monotonic=lambda: self.seconds)  # type: ignore[arg-type]
        desk = Desk(
            cable,  # type: ignore[arg-type]
            follower,
            Clock(self),
            Identities(self.deskings),
            f"desk {self.deskings}",
            settle_s=0.0,
            snapshot_every=40,
            monotonic=lambda: self.seconds,
        )
        desk.follow()
        return Process(cable, follower, desk)

    # --- the journal ------------------------------------------------------------------------------------------------
    def write(self, entry: e.Entry) -> bool:
        self.journal.append(entry.as_data())
        return self.read()

    def read(self) -> bool:
        """Take every new line; whether the last one was valid."""
        valid = False
        for line in self.journal.read(self.read_to, limit=100_000):
            self.read_to = line.position
            entry = e.entry_from_data(line.data)
            if isinstance(entry, e.Offered):
                self.offers.append(entry.offer)
            term = self.floor.term
            valid = super().write(entry)
            assert not (valid and type(entry) in DECISIONS and entry.term < term), "a deposed desk decided"
        return valid

    # --- processes --------------------------------------------------------------------------------------------------
    def follows(self, number: int) -> None:
        process = self.processes[number]
        if not process.stands_still:
            process.follower.turn()

    def looks(self, number: int) -> None:
        process = self.processes[number]
        if not process.stands_still:
            process.desk.turn()
            self.read()

    def breaks(self, number: int, how: str) -> None:
        if how == "away":
            self.processes[number].cable.away = True
        else:
            self.processes[number].cable.breaks = how

    def heals(self, number: int) -> None:
        self.processes[number].cable.away = False
        self.processes[number].stands_still = False

    def stands_still(self, number: int) -> None:
        self.processes[number].stands_still = True

    def dies(self, number: int) -> None:
        self.processes[number] = self.new_process()

    # --- what a Day asks --------------------------------------------------------------------------------------------
    def decided(self) -> list[e.Entry]:
        """Instead of a decision by hand: both processes take a turn."""
        for number in range(len(self.processes)):
            self.follows(number)
            self.looks(number)
        return []

    def all_is_decided_at_once(self) -> None:
        for number in range(len(self.processes)):
            self.heals(number)
        for _ in range(ROUNDS):
            before = self.read_to
            self.decided()
            quiet = self.read_to == before
            if quiet and not decide(self.floor, self.now, CountedIdentities()):
                break
            self.seconds += LEASE_S / 4 if quiet else 0.0
        else:
            raise AssertionError(f"the desks do not come to rest: {decide(self.floor, self.now, CountedIdentities())}")
        checks.nobody_waits_while_someone_able_is_idle(self.floor, self.now)
        for process in self.processes:
            process.follower.turn()
            assert checks.frozen(process.follower.floor) == checks.frozen(self.floor)  # type: ignore[arg-type]

    def happens_to_a_process(self, chance: random.Random) -> None:
        number = chance.randrange(len(self.processes))
        what = chance.choice(
            ["follows", "looks", "follows", "looks", "breaks", "heals", "heals", "stands_still", "dies"]
        )
        if what == "breaks":
            self.breaks(number, chance.choice(["before", "after", "away"]))
        else:
            getattr(self, what)(number)
        self.seconds += chance.choice([0, 0, 0, 0.1, 0.4, 2])


class Identities:
    """Those of one process."""

    def __init__(self, process: int) -> None:
        self._process, self._count = process, 0

    def new(self) -> str:
        self._count += 1
        return f"{self._process:08d}-0000-4000-8000-{self._count:012d}"


class Clock:
    def __init__(self, day: LiveDay) -> None:
        self._day = day

    def now(self) -> float:
        return self._day.now
