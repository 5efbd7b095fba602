"""The whole store in one hand: what ``bootstrap`` opens and gives to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcontrol.ports.clock import Clock, SystemClock
from callcontrol.store.audit import SqlAudit
from callcontrol.store.callers import SqlCallers
from callcontrol.store.database import Database, open_database
from callcontrol.store.half_hours import SqlHalfHours
from callcontrol.store.journal_archive import SqlJournalArchive
from callcontrol.store.keys import SqlPins, SqlTokens
from callcontrol.store.messages import SqlMessages
from callcontrol.store.passwords import Passwords
from callcontrol.store.records import SqlCallRecords
from callcontrol.store.releases import Checker, SqlReleases
from callcontrol.store.scribe_sink import ScribeSink
from callcontrol.store.users import SqlUsers
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem


@dataclass(frozen=True, slots=True)
class Store:
    database: Database
    releases: SqlReleases
    records: SqlCallRecords
    audit: SqlAudit
    users: SqlUsers
    scribe_sink: ScribeSink
    half_hours: SqlHalfHours
    archive: SqlJournalArchive
    pins: SqlPins
    tokens: SqlTokens
    messages: SqlMessages
    callers: SqlCallers

    def close(self) -> None:
        self.database.close()


def open_store(
    url: str, *, check: Checker | None = None, clock: Clock | None = None, passwords: Passwords | None = None
) -> Store:
    """``url``: ``sqlite:////full/path.db`` or ``postgresql+psycopg://user@host/name``. ``check`` says what forbids
    publishing (without it, the checks that every configuration must pass). Nothing is connected yet; a database that is
    away or of an older revision is said (``StoreUnavailable``) by the first thing that is asked of it."""
    database = open_database(url)
    clock = clock or SystemClock()
    return Store(
        database,
        SqlReleases(database, check or _shipped_check, clock),
        SqlCallRecords(database),
        SqlAudit(database),
        SqlUsers(database, clock, passwords),
        ScribeSink(database),
        SqlHalfHours(database),
        SqlJournalArchive(database),
        SqlPins(database, clock, passwords),
        SqlTokens(database, clock),
        SqlMessages(database),
        SqlCallers(database),
    )


def _shipped_check(configuration: Configuration) -> Sequence[Problem]:
    from callcontrol.values.configuration_checks import check

    return check(configuration)
