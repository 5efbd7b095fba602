"""Has a running switch read its files anew, and looks whether they were ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callcontrol.ports.switch import SwitchError
from callcontrol.switch import commands, gate
from callcontrol.switch.examination import connect, is_simulated, located, unknown_to
from callcontrol.switch.rendering import CONTEXT

READ = "+OK [Success]"
READ_S = 20.0  # a directory with thousands of phones, on a busy machine
# What reloadxml is enough for. Everything else is read by a module when it starts.
READ_ANEW = ("freeswitch.xml", "dialplan/", "directory/")


def read_anew(host: str, port: int, password: str, entries: Sequence[str]) -> list[str]:
    """Say ``reloadxml`` to the switch there; the entry numbers that its dialplan does not know even then, because it reads
    another directory. None of a simulated one, which has no files. Raises ``SwitchError``, ``OSError``."""
    connection = connect(host, port, password, deadline_s=READ_S)
    try:

        def ask(question: str) -> str:
            return connection.send(commands.question(gate.question(question))).text

        told = ask("reloadxml")
        if told != READ:  # what can't be read is told after the same +OK
            raise SwitchError(f"The switch could not read its files: {told[:200]}")
        if is_simulated(ask):
            return []
        context = located(ask, f"dialplan context name {CONTEXT}")
        return list(entries) if context is None else unknown_to(context, entries)
    finally:
        connection.stop()


def need_a_start(changed: Iterable[str]) -> list[str]:
    """Of the files that changed those that act only when the switch is started anew."""
    return sorted(path for path in changed if not path.startswith(READ_ANEW))
