"""The way to one engine: clients with deadlines, and every failure as one ``JournalUnavailable`` with a sentence.

The client library resends a command of its own accord when a connection breaks, which would write a line twice, and
its default deadline ends blocking reads early. So it is told to try once; what may be sent again is said here, call by call.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from callcontrol.bus.scripts import Script
from callcontrol.ports.journal import JournalUnavailable

log = logging.getLogger(__name__)

COMMAND_DEADLINE_S = 1.5
BLOCK_AT_MOST_S = 1.0  # one blocking read; longer waits are several, so a dead engine is noticed soon
BLOCKING_DEADLINE_S = BLOCK_AT_MOST_S + COMMAND_DEADLINE_S
UNSEEN_S = 0.05  # a connection idle for longer is looked at first: the engine may have been started again
REVIVE_PAUSE_S = 1.0  # between two tries to start the engine again


HOW = " Write redis://host:port/0, rediss://..., or the path of a unix socket."


class WrongAddress(JournalUnavailable, ValueError):
    """Nothing can ever answer at this address. The message is a sentence with the next move."""


def without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", address)


def _client(address: str, deadline_s: float) -> Any:
    options: dict[str, Any] = {
        "socket_timeout": deadline_s,
        "socket_connect_timeout": COMMAND_DEADLINE_S,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
    if address.startswith(("redis://", "rediss://")):
        try:
            return redis.Redis.from_url(address, **options)
        except ValueError as error:
            raise WrongAddress(f"{without_password(address)!r} is no address of a journal ({error}).{HOW}") from error
    path = unquote(address.removeprefix("unix://").partition("?")[0]) if "://" in address else address
    return redis.Redis(unix_socket_path=path, **options)


class _Lines:
    """The library's connections without its client, which costs more than the command itself (it looks at the process's
    number, at the socket, at retries and measuring, for each). As many connections as there are commands at once."""

    def __init__(self, address: str, deadline_s: float) -> None:
        self._pool = _client(address, deadline_s).connection_pool  # makes them, and closes all of them
        self._idle: list[tuple[Any, float]] = []

    def run(self, command: tuple[Any, ...]) -> Any:
        line = self._one()
        try:
            line.send_command(*command)
            return line.read_response()
        except redis.exceptions.ResponseError:
            raise  # an answer like any other
        except BaseException:
            line.disconnect()  # half of something may be on it; it connects again with the next command
            raise
        finally:
            self._idle.append((line, time.monotonic()))

    def _one(self) -> Any:
        if not self._idle:
            return self._pool.get_connection()
        line, used_at = self._idle.pop()
        if time.monotonic() - used_at > UNSEEN_S:
            try:
                broken = line.can_read()  # of a connection that was asked nothing: it has ended
            except (redis.exceptions.RedisError, OSError):
                broken = True
            if broken:
                line.disconnect()
        return line

    def close(self) -> None:
        self._pool.disconnect()


class Connection:
    """``address``: a unix socket's path, ``unix://``, ``redis://`` or ``rediss://``. ``revive`` is called (at most once
    a second, by whoever meets the failure) when the engine is not there; it may start it and may raise."""

    def __init__(self, address: str, revive: Callable[[], object] | None = None) -> None:
        known = address.startswith(("/", "unix://", "redis://", "rediss://"))
        if "://" in address and not known:
            raise WrongAddress(f"{without_password(address)!r} is no address of a journal.{HOW}")
        self.address = without_password(address)
        self._commands = _Lines(address, COMMAND_DEADLINE_S)
        self._blocking = _Lines(address, BLOCKING_DEADLINE_S)
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

    def _run(self, lines: _Lines, command: tuple[Any, ...], *, again: bool) -> Any:
        if self._closed:
            raise JournalUnavailable(f"The connection to the journal at {self.address} was closed; open another one.")
        try:
            return lines.run(command)
        except redis.exceptions.NoScriptError:
            raise
        except (redis.exceptions.RedisError, OSError) as error:
            # LOADING is a broken connection too: the engine is there and reads its file.
            broken = isinstance(error, redis.exceptions.ConnectionError | OSError)
            slow = isinstance(error, redis.exceptions.TimeoutError | TimeoutError)
            if broken and not slow and not self._closed:
                self._try_to_revive()
                if again:
                    return self._run(lines, command, again=False)
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
