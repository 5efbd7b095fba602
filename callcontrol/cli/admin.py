"""``callcontrol admin``: the admin pages as a process of their own, and the users who may sign in."""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, ensure_directory, fail, pass_settings, print_json

if TYPE_CHECKING:
    from callcontrol.admin.services import FlowSheet, Services
    from callcontrol.flow.flow import Flow


@click.group(invoke_without_command=True)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the pages (default 8000).")
@pass_settings
def command(settings: Settings, port: int | None) -> None:
    """Run the admin pages; make users and sign-in links.

    \b
    Example:
      callcontrol admin
      callcontrol admin link
    """
    if port:
        settings = settings.model_copy(update={"admin_port": port})
    ctx = click.get_current_context()
    ctx.obj = settings
    if ctx.invoked_subcommand is None:
        serve(settings)


@command.command()
@click.option("--user", default="manager", show_default=True, help="Who signs in by it; made if there is none.")
@pass_settings
def link(settings: Settings, user: str) -> None:
    """A link that signs a manager in, once, within a day.

    \b
    Example:
      callcontrol admin link
    """
    from callcontrol.bootstrap import StartError, sign_in_link

    try:
        click.echo(sign_in_link(settings, user))
    except StartError as error:
        fail(str(error))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def users(settings: Settings, as_json: bool) -> None:
    """Who may sign in.

    \b
    Example:
      callcontrol admin users
    """
    from callcontrol.bootstrap import StartError, open_the_store

    try:
        store = open_the_store(settings)
    except StartError as error:
        fail(str(error))
    try:
        rows = [
            {"name": u.name, "role": u.role, "agent": u.agent, "language": u.language, "active": u.active}
            for u in store.users.all()
        ]
    finally:
        store.close()
    if as_json:
        print_json(rows)
    elif not rows:
        click.echo("Nobody yet. Make the first manager with: callcontrol admin link")
    for row in () if as_json else rows:
        click.echo(f"{row['name']:<20} {row['role']:<8} {'' if row['active'] else 'closed'}")


def serve(settings: Settings) -> None:
    import gevent
    from gevent.event import Event
    from gevent.pywsgi import WSGIServer

    from callcontrol.admin.app import create_app
    from callcontrol.bootstrap import StartError, configure_logging

    ensure_directory(settings.data_dir, "sockets, database and recordings")
    configure_logging(settings)
    try:
        services, stop = admin_services(settings)
    except StartError as error:
        fail(str(error))
    app = create_app(services, secret_key=settings.secret("admin").hex())
    server = WSGIServer((settings.admin_host, settings.admin_port), app, log=None)
    try:
        server.start()
    except OSError as error:
        stop()
        where = f"{settings.admin_host}:{settings.admin_port}"
        if error.errno == errno.EADDRINUSE:
            fail(f"{where} is taken by another program; end it, or choose another port with --port.")
        fail(f"{where} can't be opened: {error.strerror}; correct admin_host and admin_port.")
    click.echo(f"admin at http://{settings.admin_host}:{settings.admin_port}")
    import signal

    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, stopped.set)
    stopped.wait()
    server.stop(timeout=1)
    stop()


def admin_services(settings: Settings) -> tuple[Services, Any]:
    """What the pages work with, and what ends it. Raises ``StartError``."""
    from pathlib import Path

    from callcontrol.admin.services import Services
    from callcontrol.bootstrap import (
        build_prompts,
        close_the_bus,
        open_the_bus,
        open_the_store,
        read_floor,
        rules_published,
        seed,
    )
    from callcontrol.desk.live import LiveFloor
    from callcontrol.floor.entries import Entry
    from callcontrol.flow.catalogue import load_flows
    from callcontrol.ports.clock import SystemClock
    from callcontrol.ports.store import Release
    from callcontrol.values.configuration import Configuration
    from callcontrol.values.configuration_checks import check
    from callcontrol.values.problems import Problem

    log = logging.getLogger(__name__)
    clock = SystemClock()
    bus = open_the_bus(settings)
    store = open_the_store(settings)
    seed(settings, store, bus)
    follower = read_floor(bus)
    flows = load_flows(settings.flows_dir)
    recordings = settings.recordings_dir.resolve()

    def tell(entry: Entry) -> None:
        bus.journal.append(entry.as_data())

    def release_published(release: Release) -> None:
        """Its texts are spoken before they are promised; then it acts."""
        build_prompts(settings, release.configuration, say=log.info)
        bus.journal.append(rules_published(release, clock).as_data())

    def recording_file(path: str) -> Path | None:
        file = Path(path).resolve()
        return file if file.is_relative_to(recordings) and file.is_file() else None

    def checked(configuration: Configuration) -> list[Problem]:
        return check(configuration, flows.names())

    services = Services(
        releases=store.releases,
        records=store.records,
        audit=store.audit,
        users=store.users,
        live=LiveFloor(follower, clock),
        tell=tell,
        release_published=release_published,
        check=checked,
        recording_file=recording_file,
        flows=lambda: [flow_sheet(flow) for flow in flows],
        clock=clock,
    )

    def stop() -> None:
        follower.stop()
        store.close()
        close_the_bus(settings, bus)

    return services, stop


def flow_sheet(flow: type[Flow]) -> FlowSheet:
    """A flow as its page shows it."""
    from callcontrol.admin.services import FlowParameter, FlowSheet, FlowStep
    from callcontrol.flow.drawing import dot, mermaid

    return FlowSheet(
        name=flow.name,
        title=flow.title,
        mermaid=mermaid(flow),
        dot=dot(flow),
        steps=[
            FlowStep(
                name,
                step.kind,
                [(way.label, way.target) for way in step.ways()],
                ", ".join(prompt.key for prompt in step.prompts()),
            )
            for name, step in flow.steps.items()
        ],
        parameters=[
            FlowParameter(name, p.default, p.default, getattr(p, "unit", ""), p.help)
            for name, p in flow.parameters.items()
        ],
    )
