"""The way to one engine: clients with deadlines, and every failure as one ``JournalUnavailable`` with a sentence.

What may be sent again after a broken connection is said here, call by call; where the engine is, ``ways`` knows.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import redis

from callcontrol.bus.addresses import read_address
from callcontrol.bus.scripts import Script
from callcontrol.bus.ways import Way, way_to
from callcontrol.ports.journal import JournalUnavailable

log = logging.getLogger(__name__)

COMMAND_DEADLINE_S = 1.5
BLOCK_AT_MOST_S = 1.0  # one blocking read; longer waits are several, so a dead engine is noticed soon
BLOCKING_DEADLINE_S = BLOCK_AT_MOST_S + COMMAND_DEADLINE_S
REVIVE_PAUSE_S = 1.0  # between two tries to start the engine again


class Connection:
    """``address``: see ``addresses``. ``key``: one of the floor's. ``revive`` is called (at most once
    a second, by whoever meets the failure) when the engine is not there; it may start it and may raise."""

    def __init__(self, address: str, key: str = "", revive: Callable[[], object] | None = None) -> None:
        where = read_address(address)
        self.address = where.shown
        self.may_forget_s = where.may_forget_s
        self._commands = way_to(where, key, COMMAND_DEADLINE_S)
        self._blocking = way_to(where, key, BLOCKING_DEADLINE_S)
        self._closed = False
        self._revive = revive
        self._revive_lock = threading.Lock()
        self._revived_at = -REVIVE_PAUSE_S

    def ask(self, *command: Any) -> Any:
        """For what may be done twice: sent again once if the connection was broken."""
        return self._run(self._commands, command, again=True)

    def ask_once(self, *command: Any) -> Any:
        """Not sent again: the caller must learn that the connection broke."""
        return self._run(self._commands, command, again=False)

    def wait(self, *command: Any) -> Any:
        """A command that blocks for at most ``BLOCK_AT_MOST_S``. Not sent again."""
        return self._run(self._blocking, command, again=False)

    def run(self, script: Script, keys: Sequence[str], args: Sequence[Any], *, again: bool) -> Any:
        """EVALSHA, and EVAL when the engine does not know the script (then nothing was done yet). Without ``again`` it is
        sent once: after ``JournalUnavailable`` it may or may not have been done."""
        rest = (len(keys), *keys, *args)
        try:
            return self._run(self._commands, ("EVALSHA", script.sha, *rest), again=again)
        except redis.exceptions.NoScriptError:
            return self._run(self._commands, ("EVAL", script.text, *rest), again=again)

    def close(self) -> None:
        """Commands on their way, and all later ones, raise ``JournalUnavailable``."""
        self._closed = True
        self._revive = None
        self._commands.close()
        self._blocking.close()

    def _run(self, way: Way, command: tuple[Any, ...], *, again: bool) -> Any:
        if self._closed:
            raise JournalUnavailable(f"The connection to the journal at {self.address} was closed; open another one.")
        try:
            return way.run(command)
        except redis.exceptions.NoScriptError:
            raise
        except (redis.exceptions.RedisError, OSError) as error:
            # LOADING is a broken connection too: the engine is there and reads its file.
            broken = isinstance(error, redis.exceptions.ConnectionError | OSError)
            slow = isinstance(error, redis.exceptions.TimeoutError | TimeoutError)
            if broken and not slow and not self._closed:
                self._try_to_revive()
                if again:
                    return self._run(way, command, again=False)
            raise self._unavailable(error) from error
        except ValueError as error:
            if not self._closed:
                raise
            raise self._unavailable(error) from error  # closed under a command on its way

    def _unavailable(self, error: Exception) -> JournalUnavailable:
        if "MISCONF" in str(error):
            return JournalUnavailable(
                f"The journal at {self.address} can't write to its disk ({error}). "
                "Free some space there; lines of running calls wait meanwhile."
            )
        return JournalUnavailable(
            f"The journal at {self.address} did not take the command ({error}). "
            "Start the engine again or correct redis_url; lines of running calls wait meanwhile."
        )

    def _try_to_revive(self) -> None:
        if self._revive is None or not self._revive_lock.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._revived_at >= REVIVE_PAUSE_S:
                self._revive()
        except Exception as error:
            log.warning("The journal's engine can't be started again: %s", error)
        finally:
            self._revived_at = time.monotonic()
            self._revive_lock.release()
