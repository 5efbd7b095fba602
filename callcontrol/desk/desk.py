"""The desk: while elected it looks at the floor after every change and writes what follows to the journal.

Any number of desks may run; one holds the lease. What keeps two from deciding at once is not the lease (a desk that was
paused believes in its lease for a while) but the term: its lines are written only if its term is still the newest, checked
by the engine in the same step, and every reader voids lines of an older term.

What keeps one desk from deciding the same thing twice: it decides only when all lines it wrote have come back
through the journal and are applied. When it can't know whether a line was written (the connection broke), it resigns and
takes a new term; once the beginning of that term has come back, everything older has too, or never will.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from callcontrol.desk.follower import Follower
from callcontrol.floor import decide as rules
from callcontrol.floor.entries import Entry, TermBegan, WaitEstimated
from callcontrol.floor.floor import Floor
from callcontrol.floor.forecast import Forecaster
from callcontrol.ports.clock import Clock, Identities
from callcontrol.ports.journal import Journal, JournalUnavailable, position_key

log = logging.getLogger(__name__)

LEASE_S = 1.5
RENEW_S = 0.3  # also how often a standby tries: it takes over within LEASE_S + RENEW_S
OWN_LINES_BACK_S = 5.0
WAKE_AGAIN_S = 0.25  # when the floor asks to be woken at a time that has passed and nothing follows from it
AWAY_PAUSE_S = 0.1
SILENT_S = 10.0  # after a warning that the journal is away
# After the journal was away: what controllers know and the journal may have lost is told within this time, and a floor that
# does not know it would give agents a second call.
SETTLE_S = 0.8
FORECAST_SHARE = 0.05  # of the desk's time at most: with very many queues estimates are less fresh
FORECAST_PAUSE_S = 0.1  # between the estimates of two queues: decisions go before
SNAPSHOT_EVERY = 5000
SNAPSHOT_S = 60.0
KEEP_S = 3600.0
# How long lines that are not safe in the store yet are waited for. A busy floor writes some 30 MB a day: two days of a
# database that is away are borne by any engine, and longer than that nobody looks away.
ARCHIVE_WAIT_S = 2 * 86400.0

Decide = Callable[[Any, float, Identities], Sequence[Entry]]
NextWake = Callable[[Any, float], float | None]


class Desk:
    """``name`` is shown on wallboards. ``start()`` once; ``stop()`` gives the lease away at once. ``archive_wait_s``: how
    much older than ``keep_s`` lines may become while they wait to be archived; 0 where nobody archives."""

    def __init__(
        self,
        journal: Journal,
        follower: Follower,
        clock: Clock,
        identities: Identities,
        name: str,
        *,
        decide: Decide | None = None,
        next_wake: NextWake | None = None,
        forecaster: Forecaster | None = None,
        lease_s: float = LEASE_S,
        renew_s: float = RENEW_S,
        settle_s: float = SETTLE_S,
        monotonic: Callable[[], float] = time.monotonic,
        snapshot_every: int = SNAPSHOT_EVERY,
        snapshot_s: float = SNAPSHOT_S,
        keep_s: float = KEEP_S,
        archive_wait_s: float = 0.0,
    ) -> None:
        self.name = name
        self.term = 0  # 0 while another desk, or none, is elected
        self._journal = journal
        self._follower = follower
        self._clock = clock
        self._identities = identities
        self._decide: Decide = decide or rules.decide
        self._next_wake: NextWake = next_wake or rules.next_wake
        self._forecaster = forecaster or (Forecaster() if decide is None else None)
        self._forecast_at = 0.0
        self._lease_s = lease_s
        self._renew_s = renew_s
        self._settle_s = settle_s
        self._monotonic = monotonic
        self._unsettled = False  # the journal was away, or lost lines
        self._settled_at = 0.0
        self._snapshot_every = snapshot_every
        self._snapshot_s = snapshot_s
        self._keep_s = keep_s
        self._archive_wait_s = archive_wait_s
        # A desk that starts again under its old name must not renew the lease, and so share the term, of the one before it.
        self._holder = f"{name} {identities.new()}"
        self._doubt = False
        self._silent_until = 0.0
        self._written = 0  # own lines of this term
        self._seen = 0  # those that came back
        self._wrote_at = 0.0
        self._decided_version = -1
        self._wake: float | None = None
        self._elect_at = 0.0
        self._snapshot_applied = 0
        self._snapshot_at = self._monotonic()
        self._stopping = False
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def in_charge(self) -> bool:
        """Elected, and the floor has caught up with the term."""
        return self.term != 0 and self._seen > 0

    def start(self) -> None:
        self.follow()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float = 2.0) -> None:
        self._stopping = True
        self._stopped.set()
        self._follower.poke()
        if self._thread is not None:
            self._thread.join(deadline_s)

    def _on_entry(self, entry: Entry, valid: bool) -> None:
        if entry.term == self.term != 0:
            self._seen += 1
        if isinstance(entry, TermBegan) and valid and entry.term > self.term != 0:
            self._elect_at = 0.0  # somebody else was elected: ask at once instead of at the next renewal

    def _on_reset(self) -> None:
        self._doubt = True  # lines of ours may be among those that were lost
        self._unsettled = True

    def turn(self) -> bool:
        """Keep the lease, and look at the floor if elected. False: it is to be tried again after a pause."""
        try:
            self._keep_lease()
            if self.term:
                self._look()
                self._keep_snapshot()
        except JournalUnavailable as error:
            if not self._doubt and self._monotonic() >= self._silent_until:
                # A full disk lets some commands through and others not: said each time, it would fill the disk more.
                self._silent_until = self._monotonic() + SILENT_S
                log.warning("Desk %s stops deciding: %s", self.name, error)
            self._doubt = self._unsettled = True
            self._elect_at = 0.0
            return False
        except Exception:
            log.exception("Desk %s failed in a decision and takes a new term.", self.name)
            self._doubt = True
            return False
        return True

    def follow(self) -> None:
        """Be told of the lines that the follower applies; ``start`` does it by itself."""
        self._unsubscribe = self._follower.subscribe(self._on_entry, self._on_reset)

    def _run(self) -> None:
        while not self._stopping:
            applied = self._follower.applied
            if self.turn():
                self._sleep(applied)
            else:
                self._stopped.wait(AWAY_PAUSE_S)
        self._unsubscribe()
        try:
            self._journal.resign(self._holder)
        except JournalUnavailable:
            log.info("Desk %s could not give its lease away; it ends by itself in %.1f s.", self.name, self._lease_s)
        self.term = 0

    def _sleep(self, applied: int) -> None:
        left = self._elect_at - self._monotonic()
        if self.term and self._settled_at > self._monotonic():
            left = min(left, self._settled_at - self._monotonic())
        if not self.term:
            self._stopped.wait(max(0.0, left))
            return
        if self._wake is not None:
            left = min(left, self._wake - self._clock.now())
        if left > 0:
            self._follower.wait_until(lambda: self._stopping or self._follower.applied != applied, left)

    def _keep_lease(self) -> None:
        if self._doubt:
            self.term = 0
            self._journal.resign(self._holder)
            self._doubt = False
            self._elect_at = 0.0
        if self._monotonic() < self._elect_at:
            return
        self._elect_at = self._monotonic() + self._renew_s
        if not self._follower.caught_up:
            return
        term = self._journal.elect(self._holder, self._lease_s)
        if term is None:
            if self.term:
                log.warning("Desk %s is no longer elected; another one decides.", self.name)
            self.term = 0
        elif term != self.term:
            self._begin(term)

    def _begin(self, term: int) -> None:
        with self._follower.lock:
            self._seen, self._written = 0, 1
            self._decided_version = -1
            self._wake = None
            self.term = term
        self._wrote_at = self._monotonic()
        if self._unsettled:
            self._unsettled = False
            self._settled_at = self._monotonic() + self._settle_s
        log.info("Desk %s is elected for term %d.", self.name, term)
        began = TermBegan(at=self._clock.now(), term=term, desk=self.name)
        if not self._journal.append_in_term([began.as_data()], term):
            self.term = 0

    def _look(self) -> None:
        """Decide, if the floor has changed or its time has come, and write what was decided."""
        with self._follower.lock:
            if self._seen < self._written:
                if self._follower.caught_up and self._monotonic() - self._wrote_at > OWN_LINES_BACK_S:
                    log.warning("Lines of desk %s did not come back; it takes a new term.", self.name)
                    self._doubt = True
                    self._elect_at = 0.0
                return
            floor = self._follower.floor
            if floor.term != self.term:
                self._elect_at = 0.0
                self._doubt = True
                return
            if self._monotonic() < self._settled_at:
                return
            now = self._clock.now()
            due = self._wake is not None and now >= self._wake
            if self._follower.version == self._decided_version and not due:
                return
            self._decided_version = self._follower.version
            decided = self._decide(floor, now, self._identities)
            wake = self._next_wake(floor, now)
            self._wake = wake if wake is None or wake > now else now + WAKE_AGAIN_S
            expected = [] if decided else self._expect(now)
            self._written += len(decided) + len(expected)
            seen = self._follower.position
        if decided or expected:
            term = self.term
            lines = [{**(e if e.term == term else replace(e, term=term)).as_data(), "seen": seen} for e in decided]
            lines += [{**entry.as_data(), "term": term} for entry in expected]
            self._wrote_at = self._monotonic()
            if not self._journal.append_in_term(lines, term):
                log.warning("Desk %s was overtaken by a newer term; what it decided was not written.", self.name)
                self.term = 0

    def _expect(self, now: float) -> list[WaitEstimated]:
        """Estimates to write, when it is time for some and nothing is to be decided; sees to being woken for the next."""
        floor = self._follower.floor
        if self._forecaster is None or not isinstance(floor, Floor) or not floor.index.lanes:
            return []
        began = time.monotonic()
        expected = self._forecaster.look(floor, now) if now >= self._forecast_at else []
        took_s = time.monotonic() - began
        next_at = self._forecaster.next_at(floor, now)
        self._forecast_at = now if next_at is None else max(next_at, now + FORECAST_PAUSE_S + took_s / FORECAST_SHARE)
        self._wake = self._forecast_at if self._wake is None else min(self._wake, self._forecast_at)
        return expected

    def _keep_snapshot(self) -> None:
        fresh = self._follower.applied - self._snapshot_applied
        due = fresh > 0 and self._monotonic() - self._snapshot_at >= self._snapshot_s
        if not self.in_charge or not (due or fresh >= self._snapshot_every):
            return
        with self._follower.lock:
            position, data = self._follower.position, self._follower.floor.as_data()
            self._snapshot_applied = self._follower.applied
        self._snapshot_at = self._monotonic()
        try:
            self._journal.save_snapshot(position, data)
            self._trim(position)
        except Exception:
            # Deciding is not to suffer from it; the journal only gets longer until the next one.
            log.exception("The floor could not be saved; desk %s tries again in %.0f s.", self.name, self._snapshot_s)

    def _trim(self, position: str) -> None:
        """Forget what is old, but not before it is archived, unless that takes much too long."""
        if not self._archive_wait_s:
            self._journal.trim(position, keep_s=self._keep_s)
            return
        archived = self._journal.archived() or "0"
        if position_key(archived) >= position_key(position):
            self._journal.trim(position, keep_s=self._keep_s)
            return
        first = self._journal.read("0", limit=1) if archived == "0" else []
        waits = first[0].position if first else archived if archived != "0" else position
        behind_s = (position_key(position)[0] - position_key(waits)[0]) / 1000
        if behind_s > self._archive_wait_s:
            log.error(
                "The journal was not kept in the database for %.0f hours: its oldest lines are forgotten now, and the "
                "decisions in them can't be explained any more. See callcontrol status and the database.",
                behind_s / 3600,
            )
            self._journal.trim(position, keep_s=max(self._keep_s, self._archive_wait_s))
        elif archived != "0":
            self._journal.trim(archived, keep_s=self._keep_s)
