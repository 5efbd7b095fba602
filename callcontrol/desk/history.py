"""The floor of any time, made again of the archive and the journal that is not archived yet. Reads only.

A floor begins at the nearest base and takes the lines after it, as every reader did then. Where the journal had lost lines
the archive has a break: a reader who comes there takes the floor of the break, as all others had to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callcontrol.floor.entries import Entry, entry_from_data
from callcontrol.floor.floor import Floor
from callcontrol.ports.archive import Base, JournalArchive
from callcontrol.ports.journal import Journal, JournalUnavailable, Line, position_key
from callcontrol.ports.store import StoreUnavailable

log = logging.getLogger(__name__)

BEGINNING = "0"
END = f"{2**53}-0"
READ_LIMIT = 2000
STEPS_AT_ONCE = 500  # some 20 ms
LAST_NUMBER = 2**53


class HistoryMissing(Exception):
    """What is asked for is not kept. The message is a sentence."""


def position_at(moment: float) -> str:
    """The last position that can be of that moment (seconds since the epoch)."""
    return f"{max(0, int(moment * 1000))}-{LAST_NUMBER}"


def moment_of(position: str) -> float:
    """When the journal took the line: seconds since the epoch."""
    return position_key(position)[0] / 1000


@dataclass(slots=True)
class Past:
    """A floor at a position; ``step`` takes the next line. The floor is the reader's own."""

    floor: Floor
    position: str

    def step(self, line: Line) -> tuple[Entry | None, bool]:
        """The line's entry (None: it can't be read by this release) and whether it was not void."""
        self.position = line.position
        try:
            entry = entry_from_data(line.data)
        except ValueError:
            return None, False
        try:
            return entry, self.floor.apply(entry)
        except Exception:
            log.exception("Line %s (%s) could not be applied and counts as void.", line.position, entry.kind)
            return entry, False


class History:
    """``archive`` or ``journal`` may be None or away: what the other one holds is used. ``give_way`` is called every now and
    then while a floor is made, where others in the process wait."""

    def __init__(
        self, archive: JournalArchive | None, journal: Journal | None, *, give_way: Callable[[], object] | None = None
    ) -> None:
        self._archive = archive
        self._journal = journal
        self._give_way = give_way
        self.trouble = ""  # a sentence when one of them could not be asked

    # --- lines --------------------------------------------------------------------------------------------------------
    def lines(self, after: str, upto: str, *, kinds: tuple[str, ...] = ()) -> Iterator[Line]:
        """The archived lines and then those that only the journal has, in order; ``after`` left out, ``upto`` included."""
        end = position_key(upto)
        archived = BEGINNING
        if self._archive is not None:
            try:
                archived = self._archive.position()
                yield from self._archive.lines(after, upto, kinds=kinds)
            except StoreUnavailable as error:
                self.trouble = str(error)
                archived = BEGINNING
        after = max(after, archived, key=position_key)
        while self._journal is not None and position_key(after) < end:
            try:
                read = self._journal.read(after, limit=READ_LIMIT)
            except JournalUnavailable as error:
                self.trouble = str(error)
                return
            for line in read:
                if position_key(line.position) > end:
                    return
                if not kinds or line.data.get("kind") in kinds:
                    yield line
            if len(read) < READ_LIMIT:
                return
            after = read[-1].position

    def of_call(self, call: str) -> list[Line]:
        """The lines that name this call."""
        found, archived = [], BEGINNING
        if self._archive is not None:
            try:
                found, archived = self._archive.of_call(call), self._archive.position()
            except StoreUnavailable as error:
                self.trouble = str(error)
        only_journal = History(None, self._journal)
        return found + [line for line in only_journal.lines(archived, END) if line.data.get("call") == call]

    # --- floors -------------------------------------------------------------------------------------------------------
    def at(self, moment: float) -> Past:
        """The floor as every reader had it at that moment (seconds since the epoch). Raises ``HistoryMissing``."""
        return self.upto(position_at(moment))

    def upto(self, position: str) -> Past:
        """The floor of all lines up to and with this one. Raises ``HistoryMissing``."""
        past = self.base(position)
        for number, line in enumerate(self.lines(past.position, position), 1):
            past.step(line)
            if self._give_way is not None and number % STEPS_AT_ONCE == 0:
                self._give_way()
        return past

    def base(self, position: str) -> Past:
        """The nearest floor at or before a position. Raises ``HistoryMissing``."""
        refused = ""
        for base in self._bases(position):
            past = self.of_base(base)
            if past is not None:
                return past
            refused = base.position
            if base.begins:  # the lines before it do not lead here
                break
        else:
            if self._has_the_beginning():
                return Past(Floor(), BEGINNING)
        if refused:
            raise HistoryMissing(
                f"The floors that are kept up to {refused} are of another release of this program, which this one can't read."
            )
        raise HistoryMissing("The journal of that time is not kept: it began later, or it is older than journal_days.")

    def first(self) -> str:
        """The first position from which a floor can be made; "0" where nothing is kept at all."""
        try:
            span = self._archive.span() if self._archive is not None else None
        except StoreUnavailable as error:
            self.trouble, span = str(error), None
        if span is not None:
            return span[0] if self._archive is not None and self._archive.bases(span[0], 1) else BEGINNING
        bases = self._bases(END)
        return bases[-1].position if bases else BEGINNING

    @staticmethod
    def of_base(base: Base) -> Past | None:
        """The floor of a base; None when it is of another release."""
        try:
            return Past(Floor() if base.data is None else Floor.from_data(base.data), base.position)
        except ValueError as error:
            log.info("A kept floor is passed over: %s", error)
            return None

    def breaks(self, after: str, upto: str) -> list[Base]:
        if self._archive is None:
            return []
        try:
            return self._archive.breaks(after, upto)
        except StoreUnavailable as error:
            self.trouble = str(error)
            return []

    def _bases(self, position: str) -> list[Base]:
        bases: list[Base] = []
        if self._archive is not None:
            try:
                bases = self._archive.bases(position)
            except StoreUnavailable as error:
                self.trouble = str(error)
        try:
            found: tuple[str, Mapping[str, Any]] | None = self._journal.snapshot() if self._journal else None
        except JournalUnavailable as error:
            self.trouble, found = str(error), None
        if found is not None and position_key(found[0]) <= position_key(position):
            bases.append(Base(*found))
        return sorted(bases, key=lambda base: position_key(base.position), reverse=True)

    def _has_the_beginning(self) -> bool:
        """Whether the lines that are kept are all lines there ever were: nothing was ever cut off in front of them."""
        try:
            if self._archive is not None and (span := self._archive.span()) is not None:
                first = self._archive.bases(span[0], 1)
                return not first or first[0].data is None
        except StoreUnavailable:
            return False
        try:
            # The journal is only ever trimmed behind a snapshot.
            return self._journal is not None and self._journal.snapshot() is None
        except JournalUnavailable:
            return False
