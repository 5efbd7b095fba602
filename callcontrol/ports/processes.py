"""Other processes of ours, started by ``subprocess`` as it is without gevent (see ``callcontrol/__main__.py``).

Between fork and exec a child has our sockets. In a process with several threads Python can get stuck there, and the child would
go on listening on the calls' port and swallow every call it is given. ``subprocess`` runs no Python in between.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from subprocess import DEVNULL, STDOUT, Popen


def spawn(
    command: Sequence[str],
    *,
    output: str = os.devnull,
    append: bool = False,
    environment: Mapping[str, str] | None = None,
    own_session: bool = False,
    keep: Sequence[int] = (),
) -> Popen[bytes]:
    """Start a program. It reads nothing, writes to the file ``output`` (made anew, or appended to), and inherits only the
    file descriptors in ``keep``. Wait for it with a timeout: without one nothing else of the process would go on. Raises
    ``OSError``."""
    log = os.open(output, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC), 0o600)
    try:
        return Popen(
            list(command),
            stdin=DEVNULL,
            stdout=log,
            stderr=STDOUT,
            env=environment,
            start_new_session=own_session,
            pass_fds=tuple(keep),
        )
    finally:
        os.close(log)


def kill(child: Popen[bytes], within_s: float = 10.0) -> None:
    """End it at once and wait until it is gone."""
    child.kill()
    child.wait(within_s)
