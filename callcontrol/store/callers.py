"""What the call records know of one number, asked while its call goes on: soon or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from sqlalchemy import Connection, func, select

from callcontrol.ports.store import StoreUnavailable
from callcontrol.store.database import Database
from callcontrol.store.schema import calls
from callcontrol.store.texts import harmless

DEADLINE_S = 1.0  # the caller hears nothing meanwhile
AT_ONCE = 8
LEFT_ALONE_S = 5.0  # after it was too slow once: the callers of that time do not wait for it


class SqlCallers:
    """See ``ports.store.CallerRecords``."""

    def __init__(
        self, database: Database, *, deadline_s: float = DEADLINE_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._asking = 0
        self._slow_until = 0.0

    def look_up(self, number_key: str, *, since: float, but: str = "") -> Mapping[str, str | int | float]:
        if self._monotonic() < self._slow_until:
            raise StoreUnavailable("The database was too slow a moment ago; it is left alone for some seconds.")
        if self._asking >= AT_ONCE:
            raise StoreUnavailable(f"{AT_ONCE} callers are being looked up; this one was given up.")
        self._asking += 1
        try:
            with gevent.Timeout(self._deadline_s):
                return self._database.read(lambda connection: _found(connection, harmless(number_key), since, but))
        except gevent.Timeout as timeout:
            self._slow_until = self._monotonic() + LEFT_ALONE_S
            raise StoreUnavailable(f"The database did not answer within {self._deadline_s:g} s.") from timeout
        finally:
            self._asking -= 1


def _found(connection: Connection, key: Any, since: float, but: str) -> dict[str, str | int | float]:
    of_caller = (calls.c.number_key == key, calls.c.began_at >= since, calls.c.call != harmless(but))
    number = connection.execute(select(func.count()).where(*of_caller)).scalar() or 0
    if not number:
        return {"caller_calls": 0}
    newest = select(calls).where(*of_caller).order_by(calls.c.began_at.desc()).limit(1)
    last = connection.execute(newest).one()
    talked = connection.execute(newest.where(calls.c.agent != "")).one_or_none()
    return {
        "caller_calls": int(number),
        "caller_last_at": float(last.began_at),
        "caller_last_queue": str(last.queue),
        "caller_last_outcome": str(last.outcome),
        "caller_last_agent": str(talked.agent) if talked is not None else "",
    }
