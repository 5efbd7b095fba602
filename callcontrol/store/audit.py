"""Who changed what, from what, to what, why. Lines are added, never changed; a change and its line are one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from callcontrol.ports.store import Change
from callcontrol.store.database import Database
from callcontrol.store.schema import audit
from callcontrol.store.texts import harmless, like_prefix


def write_line(connection: Connection, change: Change, *, draft_version: int | None = None) -> None:
    """Note ``change`` in the transaction of the change itself."""
    connection.execute(
        insert(audit).values(
            at=change.at,
            who=harmless(change.who),
            action=harmless(change.action),
            object=harmless(change.object),
            before=harmless(change.before),
            after=harmless(change.after),
            reason=harmless(change.reason),
            draft_version=draft_version,
        )
    )


def change_of(row: Any) -> Change:
    return Change(row.at, row.who, row.action, row.object, row.before, row.after, row.reason)


class SqlAudit:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, change: Change) -> None:
        self._database.run(lambda connection: write_line(connection, change))

    def changes(self, *, object_prefix: str = "", limit: int = 100) -> list[Change]:
        """Newest first."""
        wanted = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if object_prefix:
            wanted = wanted.where(audit.c.object.like(like_prefix(object_prefix), escape="\\"))
        return self._database.read(lambda connection: [change_of(row) for row in connection.execute(wanted)])
