"""Releases, records, audit and users in memory: for tests, screenshots and trying the pages without a database."""

from __future__ import annotations

import dataclasses
import hmac
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from callcontrol.ports.clock import Clock
from callcontrol.ports.store import (
    CallRow,
    Change,
    Draft,
    EditConflict,
    NotPublishable,
    RecordingRow,
    Release,
    ReleaseCount,
    StoryRow,
    User,
)
from callcontrol.values.composed import with_versions
from callcontrol.values.configuration import Configuration, as_data
from callcontrol.values.problems import Problem


class MemoryAudit:
    def __init__(self) -> None:
        self.lines: list[Change] = []

    def note(self, change: Change) -> None:
        self.lines.append(change)

    def changes(self, *, object_prefix: str = "", limit: int = 100) -> list[Change]:
        return [line for line in reversed(self.lines) if line.object.startswith(object_prefix)][:limit]


class MemoryReleases:
    def __init__(
        self,
        configuration: Configuration,
        clock: Clock,
        check: Callable[[Configuration], Sequence[Problem]],
        audit: MemoryAudit,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._check = check
        self._releases = [Release(1, clock.now(), "setup", "", configuration)]
        self._draft = Draft(1, 1, clock.now(), "setup", configuration)

    def current(self) -> Release | None:
        return self._releases[-1]

    def get(self, number: int) -> Release | None:
        return next((release for release in self._releases if release.number == number), None)

    def history(self, limit: int = 50) -> list[Release]:
        return self._releases[::-1][:limit]

    def draft(self) -> Draft:
        return self._draft

    def save_draft(self, configuration: Configuration, *, version: int, who: str) -> Draft:
        self._unchanged_since(version)
        return self._take(configuration, self._draft.based_on, who)

    def publish(self, *, version: int, who: str, comment: str) -> Release:
        self._unchanged_since(version)
        self._require_sound(self._draft.configuration)
        return self._publish(self._draft.configuration, who, comment)

    def roll_back(self, number: int, *, who: str, comment: str) -> Release:
        old = self.get(number)
        if old is None:
            raise LookupError(f"There is no release {number}.")
        return self._publish(old.configuration, who, comment, "release.rolled_back")

    def amend(self, change: Callable[[Configuration], Configuration], *, who: str, comment: str) -> Release:
        acting = self._releases[-1].configuration
        edited, amended = change(self._draft.configuration), change(acting)
        self._require_sound(amended, already=self._check(acting))
        release = self._publish(amended, who, comment)
        self._take(edited, release.number, who)
        return release

    def discard_draft(self, *, who: str) -> Draft:
        return self._take(self._releases[-1].configuration, self._releases[-1].number, who, "draft.discarded")

    def _require_sound(self, configuration: Configuration, already: Sequence[Problem] = ()) -> None:
        if fatal := [p for p in self._check(configuration) if p.fatal and p not in already]:
            raise NotPublishable(fatal)

    def _unchanged_since(self, version: int) -> None:
        if self._draft.version != version:
            raise EditConflict(f"{self._draft.changed_by} changed the draft meanwhile.")

    def _take(self, configuration: Configuration, based_on: int, who: str, action: str = "draft.saved") -> Draft:
        before, now = self._draft.configuration, self._clock.now()
        self._draft = Draft(self._draft.version + 1, based_on, now, who, configuration)
        for section in ("queues", "agents", "composed", "targets", "voice_agents", "services", "callers"):
            old, new = as_data(getattr(before, section)), as_data(getattr(configuration, section))
            for name in sorted({*old, *new}):
                if old.get(name) != new.get(name):
                    self._audit.note(Change(now, who, action, f"{section}.{name}", old.get(name), new.get(name)))
        return self._draft

    def _publish(
        self, configuration: Configuration, who: str, comment: str, action: str = "release.published"
    ) -> Release:
        before, number = self._releases[-1].configuration, self._releases[-1].number + 1
        was_draft = self._draft.configuration in (before, configuration)
        configuration = with_versions(before, configuration)
        release = Release(number, self._clock.now(), who, comment, configuration)
        self._releases.append(release)
        self._audit.note(
            Change(
                release.published_at, who, action, f"release.{number}", as_data(before), as_data(configuration), comment
            )
        )
        if was_draft:
            self._draft = Draft(self._draft.version + 1, number, release.published_at, who, configuration)
        return release


class MemoryRecords:
    def __init__(self) -> None:
        self.rows: list[CallRow] = []
        self.stories: dict[str, list[StoryRow]] = {}
        self.ledger: dict[str, RecordingRow] = {}

    def calls(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        queue: str = "",
        agent: str = "",
        outcome: str = "",
        before: tuple[float, str] | None = None,
        limit: int = 100,
    ) -> list[CallRow]:
        chosen = [
            row
            for row in self.rows
            if (since is None or row.began_at >= since)
            and (until is None or row.began_at < until)
            and (not queue or row.queue == queue)
            and (not agent or row.agent == agent)
            and (not outcome or row.outcome == outcome)
            and (before is None or (row.began_at, row.call) < before)
        ]
        return sorted(chosen, key=lambda row: (row.began_at, row.call), reverse=True)[:limit]

    def call(self, call: str) -> CallRow | None:
        found = [row for row in self.rows if row.call.startswith(call)]
        return found[0] if len(found) == 1 else None

    def story(self, call: str) -> list[StoryRow]:
        return self.stories.get(call, [])

    def ways(self, flow: str, since: float, until: float) -> dict[tuple[str, str], int]:
        counted: Counter[tuple[str, str]] = Counter()
        for row in self.rows:
            if row.flow == flow and since <= row.began_at < until:
                steps = [line.data["step"] for line in self.stories.get(row.call, []) if line.kind == "step"]
                counted.update(pairwise(steps))
        return dict(counted)

    def by_release(self, flow: str, since: float, until: float) -> list[ReleaseCount]:
        alike: dict[tuple[str, int, int, str, str], list[CallRow]] = {}
        for row in self.rows:
            if row.flow == flow and since <= row.began_at < until and row.ended_at is not None:
                alike.setdefault((row.entry, row.flow_release, row.release, row.trial, row.outcome), []).append(row)
        counted = []
        for key, rows in sorted(alike.items()):
            waits = [row.wait_s for row in rows if row.wait_s is not None]
            first = min(row.began_at for row in rows)
            counted.append(ReleaseCount(*key, len(rows), sum(waits) if waits else None, len(waits), first))
        return counted

    def recording(self, recording: str) -> RecordingRow | None:
        return self.ledger.get(recording)

    def recordings_of(self, call: str) -> list[RecordingRow]:
        return [row for row in self.ledger.values() if row.call == call]

    def count_by_outcome(self, since: float, until: float) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = {}
        for row in self.calls(since=since, until=until, limit=len(self.rows)):
            if row.queue:
                of_queue = counts.setdefault(row.queue, {})
                of_queue[row.outcome] = of_queue.get(row.outcome, 0) + 1
        return counts


class MemoryUsers:
    """Passwords are kept as they are: for rehearsals only."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        self._clock = clock
        self._audit = audit
        self._users: dict[str, User] = {}
        self._passwords: dict[str, str] = {}
        self._links: dict[str, tuple[str, float]] = {}

    def any(self) -> bool:
        return bool(self._users)

    def get(self, name: str) -> User | None:
        return self._users.get(name)

    def all(self) -> list[User]:
        return sorted(self._users.values(), key=lambda user: user.name)

    def create(
        self, name: str, role: str, *, password: str = "", language: str = "", agent: str = "", who: str = ""
    ) -> User:
        if name in self._users:
            raise ValueError(f"There is already a user {name}; choose another name.")
        user = User(name, role, language, agent, session_key=secrets.token_hex(8))
        self._users[name] = user
        if password:
            self._passwords[name] = password
        self._note(who, "user.created", name)
        return user

    def set_password(self, name: str, password: str, *, who: str = "") -> None:
        self._passwords[name] = password
        self._users[name] = dataclasses.replace(self._users[name], session_key=secrets.token_hex(8))
        self._note(who, "user.password_set", name)

    def set_active(self, name: str, active: bool, *, who: str = "") -> None:
        key = secrets.token_hex(8)
        self._users[name] = dataclasses.replace(self._users[name], active=active, session_key=key)
        self._note(who, "user.activated" if active else "user.deactivated", name)

    def _note(self, who: str, action: str, name: str) -> None:
        self._audit.note(Change(self._clock.now(), who or "callcontrol", action, f"user.{name}"))

    def check_password(self, name: str, password: str) -> User | None:
        user, kept = self._users.get(name), self._passwords.get(name)
        if user is None or kept is None or not hmac.compare_digest(kept.encode(), password.encode()):
            return None
        return user if user.active else None

    def sign_in_link(self, name: str, *, valid_s: float, who: str = "") -> str:
        token = secrets.token_urlsafe(16)
        self._links[token] = (name, self._clock.now() + valid_s)
        self._note(who, "user.link_made", name)
        return token

    def redeem_link(self, token: str) -> User | None:
        name, until = self._links.pop(token, ("", 0.0))
        return self._users.get(name) if self._clock.now() <= until else None
