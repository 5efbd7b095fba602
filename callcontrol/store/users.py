"""Who may sign in, with which role, by password or by a link for one sign-in. Every change is noted in the audit, without
passwords or tokens."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from callcontrol.ports.clock import Clock
from callcontrol.ports.store import Change, User
from callcontrol.store.audit import write_line
from callcontrol.store.database import Database
from callcontrol.store.passwords import Passwords, digest
from callcontrol.store.schema import sign_in_links, users
from callcontrol.store.texts import harmless

ROLES = ("agent", "lead", "manager")
GREATEST_NAME = 64
SYSTEM = "callcontrol"  # who changed it, where no user did: the command line, the first start
LINKS_KEPT_S = 7 * 86400.0


class SqlUsers:
    """``who`` of a change is the user who made it; without one it was the program itself."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords | None = None) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords or Passwords()

    def any(self) -> bool:
        return self._database.read(lambda c: bool(c.execute(select(func.count()).select_from(users)).scalar()))

    def get(self, name: str) -> User | None:
        return self._database.read(lambda connection: _user(connection, name))

    def all(self) -> list[User]:
        wanted = select(users).order_by(users.c.name)
        return self._database.read(lambda connection: [user_of_row(row) for row in connection.execute(wanted)])

    def create(
        self, name: str, role: str, *, password: str = "", language: str = "", agent: str = "", who: str = ""
    ) -> User:
        """Without a password the user signs in by link only. Raises ``ValueError`` with a sentence for a name that is
        taken or can't be one, an unknown role, a weak password."""
        _require_name(name)
        _require_role(role)
        kept = self._passwords.hashed(password) if password else ""
        user = User(name, role, language, agent, True, secrets.token_urlsafe(16))

        def unit(connection: Connection) -> User:
            connection.execute(
                insert(users).values(
                    name=name,
                    role=role,
                    language=harmless(language),
                    agent=harmless(agent),
                    active=True,
                    session_key=user.session_key,
                    password=kept,
                    created_at=self._clock.now(),
                )
            )
            after = {"role": role, "language": language, "agent": agent, "password": bool(kept)}
            self._note(connection, who, "user.created", name, None, after)
            return user

        try:
            return self._database.run(unit)
        except IntegrityError as error:
            raise ValueError(f"There is already a user {name}; choose another name.") from error

    def set_password(self, name: str, password: str, *, who: str = "") -> None:
        """Ends all sessions of the user and makes links that wait useless. Raises ``LookupError``, ``ValueError``."""
        kept = self._passwords.hashed(password)

        def unit(connection: Connection) -> None:
            self._change(connection, name, password=kept, session_key=secrets.token_urlsafe(16))
            connection.execute(delete(sign_in_links).where(sign_in_links.c.user == name))
            self._note(connection, who, "user.password_set", name, None, None)

        self._database.run(unit)

    def set_active(self, name: str, active: bool, *, who: str = "") -> None:
        """Ends all sessions of the user. Raises ``LookupError``."""

        def unit(connection: Connection) -> None:
            before = user_in(connection, name)
            self._change(connection, name, active=active, session_key=secrets.token_urlsafe(16))
            if not active:
                connection.execute(delete(sign_in_links).where(sign_in_links.c.user == name))
            action = "user.activated" if active else "user.deactivated"
            self._note(connection, who, action, name, {"active": before.active}, {"active": active})

        self._database.run(unit)

    def set_role(self, name: str, role: str, *, who: str = "") -> None:
        """Ends all sessions of the user, so that none keeps a right. Raises ``LookupError``, ``ValueError``."""
        _require_role(role)

        def unit(connection: Connection) -> None:
            before = user_in(connection, name)
            self._change(connection, name, role=role, session_key=secrets.token_urlsafe(16))
            self._note(connection, who, "user.role_set", name, {"role": before.role}, {"role": role})

        self._database.run(unit)

    def check_password(self, name: str, password: str) -> User | None:
        row = self._database.read(
            lambda connection: connection.execute(select(users).where(users.c.name == harmless(name))).one_or_none()
        )
        kept = row.password if row is not None and row.active else ""
        if not self._passwords.fits(password, kept) or row is None:
            return None
        if self._passwords.is_weak(kept):
            stronger = self._passwords.hashed(password)
            self._database.run(
                lambda connection: connection.execute(
                    update(users)
                    .where(users.c.name == harmless(name), users.c.password == kept)
                    .values(password=stronger)
                )
            )
        return user_of_row(row)

    def sign_in_link(self, name: str, *, valid_s: float, who: str = "") -> str:
        """The token of a link, to be shown once. Raises ``LookupError``."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()

        def unit(connection: Connection) -> None:
            user_in(connection, name)
            connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at < now - LINKS_KEPT_S))
            connection.execute(
                insert(sign_in_links).values(token=digest(token), user=name, made_at=now, expires_at=now + valid_s)
            )
            self._note(connection, who, "user.link_made", name, None, {"valid_s": valid_s})

        self._database.run(unit)
        return token

    def redeem_link(self, token: str) -> User | None:
        """The user, once; None for a token that is unknown, used or too old, and for a user who is not active."""
        now = self._clock.now()
        usable = (
            (sign_in_links.c.token == digest(token))
            & sign_in_links.c.used_at.is_(None)
            & (sign_in_links.c.expires_at > now)
        )

        def unit(connection: Connection) -> User | None:
            name = connection.execute(select(sign_in_links.c.user).where(usable)).scalar()
            user = _user(connection, name) if name else None
            if user is None or not user.active:
                return None
            # The condition again: of two who redeem it at once, the second finds it used.
            if connection.execute(update(sign_in_links).where(usable).values(used_at=now)).rowcount != 1:
                return None
            self._note(connection, user.name, "user.signed_in_by_link", user.name, None, None)
            return user

        return self._database.run(unit)

    def _change(self, connection: Connection, name: str, **values: Any) -> None:
        if connection.execute(update(users).where(users.c.name == harmless(name)).values(**values)).rowcount != 1:
            raise LookupError(_unknown(name))

    def _note(self, connection: Connection, who: str, action: str, name: str, before: Any, after: Any) -> None:
        write_line(connection, Change(self._clock.now(), who or SYSTEM, action, f"user.{name}", before, after))


def _user(connection: Connection, name: str) -> User | None:
    row = connection.execute(select(users).where(users.c.name == harmless(name))).one_or_none()
    return user_of_row(row) if row else None


def user_in(connection: Connection, name: str) -> User:
    """Raises ``LookupError`` with a sentence where there is none of that name."""
    user = _user(connection, name)
    if user is None:
        raise LookupError(_unknown(name))
    return user


def _unknown(name: str) -> str:
    return f"There is no user {name[:GREATEST_NAME]!r}; create it first."


def user_of_row(row: Any) -> User:
    return User(row.name, row.role, row.language, row.agent, row.active, row.session_key)


def _require_name(name: str) -> None:
    if not name or len(name) > GREATEST_NAME or not name.isprintable() or name != name.strip():
        raise ValueError(
            f"A user's name has 1 to {GREATEST_NAME} printable characters without spaces around it; this one does not."
        )


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise ValueError(f"There is no role {role[:GREATEST_NAME]!r}; choose one of {', '.join(ROLES)}.")
