"""What opens doors besides a password: an agent's PIN for the telephone's keypad, a user's token for the API. Both are kept
as hashes only, and every change is noted in the audit without them."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select, update

from callcontrol.ports.clock import Clock
from callcontrol.ports.store import Change, PinCheck, User
from callcontrol.store.audit import write_line
from callcontrol.store.database import Database
from callcontrol.store.passwords import Passwords, digest
from callcontrol.store.schema import agent_pins, api_tokens, users
from callcontrol.store.texts import harmless
from callcontrol.store.users import SYSTEM, user_in, user_of_row
from callcontrol.values.pins import pin_problem

# A PIN has few digits: after this many wrong ones in a row the agent's keypad is closed for a while, whoever calls. The
# page still lets the agent in.
WRONG_PINS = 5
CLOSED_S = 15 * 60.0
TOKEN_PREFIX = "cct_"  # so that a token is recognised where it should not lie


class SqlPins:
    """See ``ports.store.Pins``."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords | None = None) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords or Passwords()

    def set(self, agent: str, pin: str, *, who: str = "") -> None:
        if problem := pin_problem(pin, agent):
            raise ValueError(problem)
        kept = self._passwords.hashed_short(pin)

        def unit(connection: Connection) -> None:
            connection.execute(delete(agent_pins).where(agent_pins.c.agent == harmless(agent)))
            connection.execute(
                insert(agent_pins).values(
                    agent=harmless(agent), pin=kept, changed_at=self._clock.now(), wrong=0, wrong_at=0.0
                )
            )
            self._note(connection, who, "agent.pin_set", agent)

        self._database.run(unit)

    def clear(self, agent: str, *, who: str = "") -> bool:
        def unit(connection: Connection) -> bool:
            gone = connection.execute(delete(agent_pins).where(agent_pins.c.agent == harmless(agent))).rowcount > 0
            if gone:
                self._note(connection, who, "agent.pin_removed", agent)
            return gone

        return self._database.run(unit)

    def agents(self) -> frozenset[str]:
        return self._database.read(lambda c: frozenset(c.execute(select(agent_pins.c.agent)).scalars()))

    def check(self, agent: str, pin: str) -> PinCheck:
        agent, now = harmless(agent), self._clock.now()
        row = self._database.read(
            lambda c: c.execute(select(agent_pins).where(agent_pins.c.agent == agent)).one_or_none()
        )
        if row is not None and row.wrong >= WRONG_PINS and now - row.wrong_at < CLOSED_S:
            return PinCheck.CLOSED
        right = self._passwords.fits(pin, row.pin if row is not None else "")
        if row is None:
            return PinCheck.WRONG
        if right:
            if row.wrong:
                self._database.run(
                    lambda c: c.execute(update(agent_pins).where(agent_pins.c.agent == agent).values(wrong=0))
                )
            return PinCheck.RIGHT
        # Counted by the database, so that several who try at once are counted all.
        again = agent_pins.c.wrong + 1 if now - row.wrong_at < CLOSED_S else 1
        self._database.run(
            lambda c: c.execute(update(agent_pins).where(agent_pins.c.agent == agent).values(wrong=again, wrong_at=now))
        )
        return PinCheck.WRONG

    def _note(self, connection: Connection, who: str, action: str, agent: str) -> None:
        write_line(connection, Change(self._clock.now(), who or SYSTEM, action, f"agent.{agent}"))


class SqlTokens:
    """See ``ports.store.Tokens``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def make(self, user: str, *, who: str = "") -> str:
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)

        def unit(connection: Connection) -> None:
            user_in(connection, user)
            connection.execute(insert(api_tokens).values(token=digest(token), user=user, made_at=self._clock.now()))
            self._note(connection, who, "user.token_made", user)

        self._database.run(unit)
        return token

    def user_of(self, token: str) -> User | None:
        wanted = (
            select(users)
            .join(api_tokens, api_tokens.c.user == users.c.name)
            .where(api_tokens.c.token == digest(token), users.c.active)
        )
        row = self._database.read(lambda c: c.execute(wanted).one_or_none())
        return user_of_row(row) if row is not None else None

    def revoke(self, user: str, *, who: str = "") -> int:
        def unit(connection: Connection) -> int:
            gone = connection.execute(delete(api_tokens).where(api_tokens.c.user == harmless(user))).rowcount
            if gone:
                self._note(connection, who, "user.tokens_revoked", user)
            return gone

        return self._database.run(unit)

    def _note(self, connection: Connection, who: str, action: str, user: str) -> None:
        write_line(connection, Change(self._clock.now(), who or SYSTEM, action, f"user.{user}"))
