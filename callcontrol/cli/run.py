"""``callcontrol run``: one controller."""

from __future__ import annotations

import click

from callcontrol.cli.common import Settings, ensure_directory, ensure_plain, fail, pass_settings


@click.command()
@click.option("--name", default="", help="Name of this controller (default: host and process number).")
@click.option(
    "--listen-port",
    type=click.IntRange(0, 65535),
    help="Port of the outbound socket (default 8084); many controllers may share it.",
)
@click.option("--switch-port", type=click.IntRange(1, 65535), help="Port of the switch's event socket (default 8021).")
@click.option("--metrics-port", type=click.IntRange(0, 65535), help="Port of /metrics and /health (default: none).")
@pass_settings
def command(
    settings: Settings, name: str, listen_port: int | None, switch_port: int | None, metrics_port: int | None
) -> None:
    """Run a controller: take calls from the switch, conduct them, decide when elected.

    Start as many as you like, on one port; stop one with Ctrl-C and its calls go on with another.

    \b
    Example:
      callcontrol run
      callcontrol run --data /var/lib/callcontrol --name first
    """
    import gc
    import signal

    import gevent
    from gevent.event import Event

    from callcontrol.bootstrap.controller import Controller
    from callcontrol.bootstrap.parts import StartError, configure_logging

    ports = {"listen_port": listen_port, "switch_port": switch_port, "metrics_port": metrics_port}
    chosen = {name: port for name, port in ports.items() if port is not None}
    settings = settings.model_copy(update=chosen)
    ensure_plain(settings)
    ensure_directory(settings.data_dir, "sockets, database and recordings")
    configure_logging(settings)
    controller = Controller(settings, name=name)
    try:
        controller.start()
    except StartError as error:
        controller.stop()
        fail(str(error))
    except BaseException:
        controller.stop()
        raise
    click.echo(controller.greeting())
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, stopped.set)
    # What stands now stands to the end. Else the collector goes through all of it each time, and every call stands still for a
    # twentieth of a second.
    gc.collect()
    gc.freeze()
    stopped.wait()
    controller.stop()
