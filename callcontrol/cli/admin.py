"""``callcontrol admin``: the admin pages as a process of their own, and the users who may sign in."""

from __future__ import annotations

import errno

import click

from callcontrol.cli.common import Settings, ensure_directory, fail, pass_settings, print_json


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
    from callcontrol.bootstrap.parts import StartError, sign_in_link

    try:
        click.echo(sign_in_link(settings, user))
    except StartError as error:
        fail(str(error))


@command.command()
@click.argument("name")
@click.option("--revoke", is_flag=True, help="End all tokens of the user instead.")
@pass_settings
def token(settings: Settings, name: str, revoke: bool) -> None:
    """A bearer token of a user for the API; shown this once.

    \b
    Example:
      callcontrol admin token manager
      curl -H "Authorization: Bearer TOKEN" http://127.0.0.1:8000/api/agents
    """
    from callcontrol.bootstrap.parts import StartError, store_as_it_is
    from callcontrol.ports.store import StoreUnavailable

    try:
        store = store_as_it_is(settings)
        try:
            if revoke:
                click.echo(f"{store.tokens.revoke(name, who='command line')} tokens of {name} are revoked.")
            else:
                click.echo(store.tokens.make(name, who="command line"))
        finally:
            store.close()
    except (StartError, StoreUnavailable, LookupError) as error:
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
    from callcontrol.bootstrap.parts import StartError, store_as_it_is
    from callcontrol.ports.store import StoreUnavailable

    try:
        store = store_as_it_is(settings)
        try:
            rows = [
                {"name": u.name, "role": u.role, "agent": u.agent, "language": u.language, "active": u.active}
                for u in store.users.all()
            ]
        finally:
            store.close()
    except (StartError, StoreUnavailable) as error:
        fail(str(error))
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
    from callcontrol.bootstrap.pages import admin_services
    from callcontrol.bootstrap.parts import StartError, configure_logging

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
