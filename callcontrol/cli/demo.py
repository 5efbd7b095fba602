"""``callcontrol demo``: the whole product on this machine, with a simulated switch in the place of FreeSWITCH."""

from __future__ import annotations

import contextlib
import errno
import math
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callcontrol.cli.common import Settings, ensure_directory, ensure_plain, fail, pass_settings

if TYPE_CHECKING:
    from callcontrol.bus.embedded import EmbeddedValkey


def _a_number(_ctx: click.Context, _param: click.Parameter, value: float) -> float:
    if math.isnan(value):  # no range refuses it
        raise click.BadParameter("nan is no number of calls.")
    return value


@click.command()
@click.option(
    "--calls-per-hour",
    type=click.FloatRange(0, 20_000),
    callback=_a_number,
    default=240.0,
    show_default=True,
    help="Callers' pressure.",
)
@click.option(
    "--agents", "agent_count", type=click.IntRange(0, 10), default=6, show_default=True, help="Agents who log in."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the admin pages (default 8000).")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same callers.")
@pass_settings
def command(settings: Settings, calls_per_hour: float, agent_count: int, port: int | None, seed: int) -> None:
    """A running hotline: embedded Valkey, SQLite, a simulated switch with callers and phones, controller, admin.

    Raise --calls-per-hour or lower --agents, and watch the off-peak announcement appear. Ctrl-C ends everything.

    \b
    Example:
      callcontrol demo
      callcontrol demo --calls-per-hour 900 --agents 3
    """
    settings = settings.model_copy(update={"admin_port": port or settings.admin_port})
    demo = Demo(settings, settings.admin_port)
    with _interrupted_by(signal.SIGINT, signal.SIGTERM):
        try:
            demo.start(calls_per_hour=calls_per_hour, agent_count=agent_count, seed=seed)
            demo.watch()
        except KeyboardInterrupt:
            pass
        finally:
            demo.stop()


@contextlib.contextmanager
def _interrupted_by(*signals: int) -> Iterator[None]:
    """Within it these signals are a KeyboardInterrupt here, wherever it waits. gevent's own way shouts on the screen."""
    import gevent

    handlers = [
        gevent.signal_handler(number, gevent.kill, gevent.getcurrent(), KeyboardInterrupt) for number in signals
    ]
    try:
        yield
    finally:
        for handler in handlers:
            handler.cancel()


class Demo:
    def __init__(self, settings: Settings, admin_port: int) -> None:
        self._settings = settings
        self._admin_port = admin_port
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._engine: EmbeddedValkey | None = None

    def start(self, *, calls_per_hour: float, agent_count: int, seed: int) -> None:
        from callcontrol.bootstrap.parts import StartError, prepare_data, sign_in_link
        from callcontrol.bus.embedded import EmbeddedValkey
        from callcontrol.cli.agents import log_in

        settings = self._settings
        ensure_plain(settings)
        ensure_directory(settings.data_dir / "log", "sockets, database, recordings and logs")
        self._require_free(settings.admin_host, self._admin_port)
        if not settings.redis_url:
            engine = EmbeddedValkey(settings.data_dir, die_with_parent=True)
            if engine.answers():
                fail(
                    f"Something of callcontrol runs on {settings.data_dir.absolute()} already (see callcontrol status); "
                    "end it, or give this demo a directory of its own with --data DIR."
                )
            self._engine = engine
        try:
            prepare_data(settings, say=click.echo, engine=self._engine)
        except StartError as error:
            fail(str(error))
        switch_port, listen_port = _free_port(), _free_port()
        self._environment = {
            "CALLCONTROL_DATA_DIR": str(settings.data_dir.absolute()),
            "CALLCONTROL_SWITCH_PORT": str(switch_port),
            "CALLCONTROL_SWITCH_HOST": "127.0.0.1",
            "CALLCONTROL_SWITCH_PASSWORD": "simulated",
            "CALLCONTROL_LISTEN_HOST": "127.0.0.1",
            "CALLCONTROL_LISTEN_PORT": str(listen_port),
            "CALLCONTROL_ADMIN_PORT": str(self._admin_port),
        }
        self._spawn(
            "switch",
            ["lab", "switch", "--esl-port", str(switch_port), "--listen", f"127.0.0.1:{listen_port}", "--password", "simulated",
             "--entry", "4001", "--entry", "4002", "--calls-per-hour", str(calls_per_hour), "--seed", str(seed), "--sounds", str(settings.sounds_dir)],
        )  # fmt: skip
        self._await("switch", "127.0.0.1", switch_port)
        self._spawn("controller", ["run", "--name", "demo"])
        self._await("controller", "127.0.0.1", listen_port)
        self._spawn("admin", ["admin"])
        self._await("admin", settings.admin_host, self._admin_port)
        for name in log_in(settings, [str(1001 + n) for n in range(agent_count)], by="demo"):
            click.echo(f"agent {name} logged in")
        link = sign_in_link(settings)
        click.echo(f"\nThe hotline is running: {calls_per_hour:g} calls an hour, {agent_count} agents.")
        click.echo(f"Sign in as the first manager (the link works once, within a day):\n\n  {link}\n")
        click.echo(
            "Another link: callcontrol admin link.   Calls: callcontrol calls.   Ctrl-C ends everything.\n", nl=True
        )

    def _spawn(self, name: str, arguments: list[str]) -> None:
        from callcontrol.cli.children import spawn

        log = self._log(name)
        self._children[name] = spawn(arguments, log=log, environment=self._environment)
        click.echo(f"starting the {name} ...")

    def _await(self, name: str, host: str, port: int, deadline_s: float = 30.0) -> None:
        until = time.monotonic() + deadline_s
        while time.monotonic() < until:
            if self._children[name].poll() is not None:
                fail(f"The {name} ended at once. It said:\n{self._last_words(name)}")
            with socket.socket() as probe:
                if probe.connect_ex((host, port)) == 0:
                    return
            time.sleep(0.05)
        fail(f"The {name} did not open {host}:{port} within {deadline_s:g} s. It said:\n{self._last_words(name)}")

    def _log(self, name: str) -> Path:
        return self._settings.data_dir / "log" / f"{name}.log"

    def _last_words(self, name: str) -> str:
        return "\n".join(f"  {line}" for line in self._log(name).read_text(errors="replace").splitlines()[-12:])

    @staticmethod
    def _require_free(host: str, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                what = "--port" if error.errno == errno.EADDRINUSE else "admin_host in the settings, or --port"
                fail(
                    f"Port {port} of {host} can't be used for the admin pages: {error.strerror}. Choose another with {what}."
                )

    def watch(self) -> None:
        """Until Ctrl-C, or until a part dies."""
        while True:
            for name, child in self._children.items():
                if child.poll() is not None:
                    how = f"status {child.returncode}" if child.returncode >= 0 else f"signal {-child.returncode}"
                    log = self._log(name)
                    fail(
                        f"The {name} ended with {how}, so the demo ends. Its log is {log}; it said last:\n"
                        f"{self._last_words(name)}\nStart callcontrol demo again: nothing that was saved is lost."
                    )
            time.sleep(0.5)

    def stop(self) -> None:
        from callcontrol.cli.children import end

        if self._children:
            click.echo("\nending ...")
        end(list(self._children.values()))
        if self._engine is not None:
            self._engine.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
