"""``callcontrol lab``: the simulated switch, with its callers and phones, as a process of its own."""

from __future__ import annotations

from pathlib import Path

import click

from callcontrol.cli.common import fail


@click.group()
def command() -> None:
    """The simulated switch by itself, for trying a controller without FreeSWITCH.

    \b
    Example:
      callcontrol lab switch --esl-port 8021 --password secret --calls-per-hour 120
    """


@command.command()
@click.option("--esl-host", default="127.0.0.1", show_default=True, help="Address of the event socket.")
@click.option(
    "--esl-port", type=click.IntRange(0, 65535), default=8021, show_default=True, help="Its port; 0: a free one."
)
@click.option("--password", default="simulated", show_default=True, help="Its password.")
@click.option(
    "--listen", "controllers", default="127.0.0.1:8084", show_default=True,
    help="Where controllers listen, tried in turn: HOST:PORT|HOST:PORT.",
)  # fmt: skip
@click.option(
    "--entry",
    "entries",
    multiple=True,
    default=("4001",),
    show_default=True,
    help="Number of a hotline; a tenth of the callers take another than the first.",
)
@click.option(
    "--calls-per-hour", type=click.FloatRange(0, 1_000_000), default=240.0, show_default=True, help="0: nobody calls."
)
@click.option(
    "--callers", type=click.IntRange(0, 100_000), default=0, help="Stop sending callers after so many (0: never)."
)
@click.option(
    "--talk-s", type=click.FloatRange(0.1), default=75.0, show_default=True, help="Half of the talks are shorter."
)
@click.option("--patience-s", type=click.FloatRange(0.1), default=150.0, show_default=True, help="Half wait no longer.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same people.")
@click.option(
    "--speed", type=click.FloatRange(0.01, 1000), default=1.0, show_default=True, help="Simulated seconds in one."
)
@click.option("--sounds", type=click.Path(path_type=Path), help="Folder of relative sound paths.")
@click.option("--recordings", type=click.Path(path_type=Path), help="Folder of relative recording paths.")
@click.option("--silent-recordings", is_flag=True, help="Write recordings as silence: the right length, at no cost.")
@click.option("--progress", is_flag=True, help="A line every ten seconds.")
def switch(
    esl_host: str,
    esl_port: int,
    password: str,
    controllers: str,
    entries: tuple[str, ...],
    calls_per_hour: float,
    callers: int,
    talk_s: float,
    patience_s: float,
    seed: int,
    speed: float,
    sounds: Path | None,
    recordings: Path | None,
    silent_recordings: bool,
    progress: bool,
) -> None:
    """Run a simulated switch with callers and the phones 1001 to 1010, until Ctrl-C.

    \b
    Example:
      callcontrol lab switch --esl-port 8021 --password secret --listen 127.0.0.1:8084 --calls-per-hour 600 --seed 7
    """
    import signal

    import gevent
    import gevent.event

    from callcontrol.lab.crowd import Crowd, CrowdPlan
    from callcontrol.lab.dialplan import hotline_dialplan
    from callcontrol.lab.simulated_switch import SimulatedSwitch

    simulated = SimulatedSwitch(
        esl_host,
        esl_port,
        password,
        dialplan=hotline_dialplan(controllers, entries=dict.fromkeys(entries, "zh")),
        speed=speed,
        sounds_dir=sounds,
        recordings_dir=recordings,
        audible_recordings=not silent_recordings,
        log=lambda line: click.echo(line),
    )
    try:
        simulated.start()
    except OSError as error:
        fail(
            f"Port {esl_port} of {esl_host} can't be used for the event socket: {error.strerror}. Choose another with --esl-port."
        )
    plan = CrowdPlan(
        seed=seed,
        destination=entries[0],
        others=entries[1:],
        calls_per_hour=calls_per_hour,
        talk_median_s=talk_s,
        patience_median_s=patience_s,
    )
    crowd = Crowd(simulated, plan).start()
    click.echo(
        f"The simulated switch listens on {esl_host}:{simulated.esl_port}; calls to {entries[0]} go to {controllers}."
    )
    ended = gevent.event.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, ended.set)
    while not ended.wait(10 if progress or callers else None):
        if callers and crowd.calls_made >= callers:
            crowd.stop()
        if progress:
            click.echo(
                f"{crowd.calls_made} calls, {crowd.present} present, {crowd.talks} talks, {crowd.abandoned} lost patience, "
                f"{crowd.surveys_answered} surveys"
            )
    crowd.stop()
    simulated.stop()
