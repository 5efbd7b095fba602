"""Other processes, started without a fork.

Between fork and exec a child has our sockets. In a process with several threads it can get stuck there (another thread held
a lock in that moment), and would then go on listening on the calls' port and swallow every call it is given.
``posix_spawn`` runs no code of ours in between.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence


class Spawned:
    """``poll()`` gives the exit status once it ended (0 also if somebody else has taken the status), else None."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None

    def poll(self) -> int | None:
        if self._status is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self._status = 0
            else:
                self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status


def spawn(
    command: Sequence[str],
    *,
    output: str = os.devnull,
    environment: Mapping[str, str] | None = None,
    own_session: bool = False,
    keep: Sequence[int] = (),
) -> Spawned:
    """Start a program by its full path. It reads nothing, writes to the file ``output`` (made anew), and inherits only the
    file descriptors in ``keep``. Raises ``OSError``."""
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions: list[tuple[int, int, str, int, int] | tuple[int, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, write, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        *((os.POSIX_SPAWN_DUP2, each, each) for each in keep),  # onto itself: no longer closed by exec
    ]
    pid = os.posix_spawn(
        command[0],
        list(command),
        dict(os.environ if environment is None else environment),
        file_actions=actions,
        setsid=own_session,
    )
    return Spawned(pid)
