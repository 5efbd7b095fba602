"""The configuration's draft and its numbered releases. A release is never changed; every change is noted in the audit in
its own transaction. What makes a configuration publishable is decided by the checker that is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from callcontrol.ports.clock import Clock
from callcontrol.ports.store import Change, Draft, EditConflict, NotPublishable, Release
from callcontrol.store import difference
from callcontrol.store.audit import write_line
from callcontrol.store.database import Database
from callcontrol.store.schema import audit, draft, releases
from callcontrol.store.texts import harmless
from callcontrol.values.composed import with_versions
from callcontrol.values.configuration import Configuration, as_data, from_data
from callcontrol.values.problems import Problem

Checker = Callable[[Configuration], Sequence[Problem]]


class SqlReleases:
    def __init__(self, database: Database, check: Checker, clock: Clock) -> None:
        self._database = database
        self._check = check
        self._clock = clock

    def current(self) -> Release | None:
        return self._database.read(_current)

    def get(self, number: int) -> Release | None:
        return self._database.read(lambda connection: _release(connection, number))

    def history(self, limit: int = 50) -> list[Release]:
        """Newest first."""
        wanted = select(releases).order_by(releases.c.number.desc()).limit(limit)
        return self._database.read(lambda connection: [_as_release(row) for row in connection.execute(wanted)])

    def draft(self) -> Draft:
        return self._database.read(_draft)

    def save_draft(self, configuration: Configuration, *, version: int, who: str) -> Draft:
        """Raises ``EditConflict`` if the draft is no longer at ``version``. One audit line for each object that changed;
        a draft equal to the one before is still a save, with a new version."""

        def unit(connection: Connection) -> Draft:
            found = _locked_draft(connection, version)
            return self._take(connection, found, configuration, found.based_on, who, "draft.saved")

        return self._database.run(unit)

    def publish(self, *, version: int, who: str, comment: str) -> Release:
        """The draft becomes the next numbered release. Raises ``EditConflict``, or ``NotPublishable`` with every fatal
        problem. The draft goes on from there, at a new version: publishing twice by mistake is a conflict."""

        def unit(connection: Connection) -> Release:
            found = _locked_draft(connection, version)
            self._require_sound(found.configuration)
            release = self._publish(connection, found.configuration, who, comment, "release.published", None)
            self._rebase(connection, found, release)
            return release

        return self._database.run(unit)

    def roll_back(self, number: int, *, who: str, comment: str) -> Release:
        """Publish release ``number`` again, under a new number. A draft with edits that are not published yet is left as
        it is (nobody's edits are lost); otherwise it follows. Raises ``LookupError`` for an unknown number, and
        ``NotPublishable`` where today's checks forbid what once was allowed."""

        def unit(connection: Connection) -> Release:
            found = _locked_draft(connection, None)
            old = _release(connection, number)
            if old is None:
                raise LookupError(f"There is no release {number}; choose one of the history.")
            self._require_sound(old.configuration)
            before = _current(connection)
            release = self._publish(connection, old.configuration, who, comment, "release.rolled_back", number)
            if before is None or as_data(found.configuration) == as_data(before.configuration):
                self._rebase(connection, found, release)
            return release

        return self._database.run(unit)

    def amend(self, change: Callable[[Configuration], Configuration], *, who: str, comment: str) -> Release:
        """Publish what is published now with this one change; the draft gets it too and keeps its other edits."""

        def unit(connection: Connection) -> Release:
            found = _locked_draft(connection, None)
            before = _current(connection)
            acting = before.configuration if before else Configuration()
            published = change(acting)
            # What is wrong already (a flow's file that broke since) must not keep anybody from closing at once.
            self._require_sound(published, already=self._check(acting))
            release = self._publish(connection, published, who, comment, "release.published", None)
            self._take(connection, found, change(found.configuration), release.number, who, "draft.saved")
            return release

        return self._database.run(unit)

    def discard_draft(self, *, who: str) -> Draft:
        """The draft becomes what is published now. What was discarded stays in the audit."""

        def unit(connection: Connection) -> Draft:
            found = _locked_draft(connection, None)
            now = _current(connection)
            configuration = now.configuration if now else Configuration()
            number = now.number if now else 0
            return self._take(connection, found, configuration, number, who, "draft.discarded")

        return self._database.run(unit)

    # --- steps of a transaction ------------------------------------------------------------------------------------
    def _take(
        self, connection: Connection, found: Draft, configuration: Configuration, based_on: int, who: str, action: str
    ) -> Draft:
        at = self._clock.now()
        kept = _stored(configuration)
        taken = Draft(found.version + 1, based_on, at, who, from_data(kept))
        _save(connection, taken, kept)
        changed = difference.by_object(*difference.difference(found.configuration, taken.configuration))
        for name, (before, after) in changed.items():
            write_line(connection, Change(at, who, action, name, before, after), draft_version=taken.version)
        return taken

    def _publish(
        self,
        connection: Connection,
        configuration: Configuration,
        who: str,
        comment: str,
        action: str,
        again: int | None,
    ) -> Release:
        at = self._clock.now()
        before = _current(connection)
        number = before.number + 1 if before else 1
        configuration = with_versions(before.configuration if before else None, configuration)
        kept = _stored(configuration)
        connection.execute(
            insert(releases).values(
                number=number,
                published_at=at,
                published_by=harmless(who),
                comment=harmless(comment),
                configuration=kept,
            )
        )
        old, new = difference.difference(before.configuration if before else Configuration(), configuration)
        if again is not None:
            new = {**new, "same_as_release": again}
        write_line(connection, Change(at, who, action, f"release.{number}", old, new, comment))
        return Release(number, at, who, comment, from_data(kept))

    def _rebase(self, connection: Connection, found: Draft, release: Release) -> None:
        based = Draft(
            found.version + 1, release.number, release.published_at, release.published_by, release.configuration
        )
        _save(connection, based, _stored(release.configuration))

    def _require_sound(self, configuration: Configuration, already: Sequence[Problem] = ()) -> None:
        fatal = [problem for problem in self._check(configuration) if problem.fatal and problem not in already]
        if fatal:
            raise NotPublishable(fatal)


def _stored(configuration: Configuration) -> Any:
    return harmless(as_data(configuration))


def _save(connection: Connection, kept: Draft, configuration: Any) -> None:
    connection.execute(
        update(draft).values(
            version=kept.version,
            based_on=kept.based_on,
            changed_at=kept.changed_at,
            changed_by=harmless(kept.changed_by),
            configuration=configuration,
        )
    )


def _current(connection: Connection) -> Release | None:
    newest = select(func.max(releases.c.number)).scalar_subquery()
    row = connection.execute(select(releases).where(releases.c.number == newest)).one_or_none()
    return _as_release(row) if row else None


def _release(connection: Connection, number: int) -> Release | None:
    row = connection.execute(select(releases).where(releases.c.number == number)).one_or_none()
    return _as_release(row) if row else None


def _as_release(row: Any) -> Release:
    return Release(row.number, row.published_at, row.published_by, row.comment, from_data(row.configuration))


def _draft(connection: Connection, *, lock: bool = False) -> Draft:
    wanted = select(draft).with_for_update() if lock else select(draft)
    row = connection.execute(wanted).one()
    return Draft(row.version, row.based_on, row.changed_at, row.changed_by, from_data(row.configuration))


def _locked_draft(connection: Connection, version: int | None) -> Draft:
    """The draft, held against everybody else until the transaction ends; it must be at ``version`` unless that is None."""
    found = _draft(connection, lock=True)
    if version is not None and found.version != version:
        raise EditConflict(_who_changed_it(connection, found, version))
    return found


def _who_changed_it(connection: Connection, found: Draft, version: int) -> str:
    lines = connection.execute(
        select(audit.c.who, audit.c.object, audit.c.before, audit.c.after)
        .where(audit.c.draft_version > version, audit.c.draft_version <= found.version)
        .order_by(audit.c.id)
    ).all()
    who = " and ".join(dict.fromkeys(line.who for line in lines)) or found.changed_by or "Somebody"
    phrases = [difference.described(line.object, line.before, line.after) for line in lines]
    what = f" ({', '.join(phrases)})" if phrases else ""
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(found.changed_at))
    return (
        f"{who} changed the draft meanwhile{what}: you began from version {version}, since {at} it is at version "
        f"{found.version}. Read it again and put your change on top."
    )
