"""``callcontrol status``: one screen of what runs and what is degraded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, require_running


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def command(settings: Settings, as_json: bool) -> None:
    """What runs: desk, controllers, floor, database; and what is degraded. Exit status 1 if anything is.

    \b
    Example:
      callcontrol status
      callcontrol status --json
    """
    status = look(settings)
    if as_json:
        print_json(status)
    else:
        _show(status)
    if status["troubles"]:
        raise SystemExit(1)


def look(settings: Settings) -> dict[str, Any]:
    from callcontrol.bootstrap.parts import StartError, read_floor
    from callcontrol.bus.embedded import EmbeddedValkey
    from callcontrol.bus.redis_journal import open_bus
    from callcontrol.desk.live import LiveFloor
    from callcontrol.ports.clock import SystemClock
    from callcontrol.ports.journal import JournalUnavailable
    from callcontrol.ports.store import StoreUnavailable
    from callcontrol.store import migrate

    troubles: list[str] = []
    status: dict[str, Any] = {"at": time.time(), "data": str(settings.data_dir.absolute()), "troubles": troubles}
    embedded = EmbeddedValkey(settings.data_dir)
    require_running(settings)
    try:
        bus = open_bus(settings.redis_url or embedded.address, settings.floor)
        began = time.monotonic()
        bus.ping()
        status["redis_ms"] = round((time.monotonic() - began) * 1000, 2)
        follower = read_floor(bus)
        floor = LiveFloor(follower, SystemClock()).snapshot()
        status["controllers"] = [{"name": name, **info} for name, info in bus.notices.living("controller")]
        follower.stop()
        status["floor"] = floor
        if not floor["desk_alive"]:
            troubles.append("No desk is in charge: nobody is routed. Start a controller with callcontrol run.")
    except (StartError, JournalUnavailable) as error:
        fail(str(error))
    for controller in status["controllers"]:
        troubles.extend(f"{controller['name']}: {trouble}" for trouble in controller.get("troubles", ()))
    try:
        revision, head = migrate.current(settings.effective_database_url), migrate.head()
        status["database"] = {"revision": revision, "head": head}
        if revision is None or revision < head:  # a newer one was made by a newer program and serves this one too
            troubles.append(f"The database is at revision {revision or 'none'}, not {head}: callcontrol db upgrade.")
    except StoreUnavailable as error:
        troubles.append(str(error))
    return status


def _estimate(queue: Mapping[str, Any]) -> tuple[str, str]:
    """What a new caller would wait, and how many of the day's estimates held."""
    found, grades = queue.get("estimate"), queue.get("estimate_grades") or {}
    range_ = f"{found['low_s']:.0f}–{found['high_s']:.0f} s" if found else ""
    of = sum(grades.get(name, 0) for name in ("inside", "below", "above"))
    right = f"{grades['inside']} of {of}" if of else ""
    return range_, f"{right}, withdrawn" if grades.get("withdrawn") else right


def _show(status: dict[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    floor = status["floor"]
    out.print(f"data {status['data']}   release {floor['release']}   redis {status['redis_ms']} ms")
    out.print(f"desk {floor['desk'] or '–'} (term {floor['term']})")
    for controller in status["controllers"]:
        state = "switch connected" if controller.get("switch") else "[red]switch away[/red]"
        out.print(f"controller {controller['name']}: {controller.get('calls', 0)} calls, {state}")
        if surging := controller.get("surging"):
            out.print(f"  more callers than agents can serve: {', '.join(surging)}")
        if repairs := controller.get("repairs_by_kind"):
            out.print("  repaired: " + ", ".join(f"{kind} {count}" for kind, count in sorted(repairs.items())))
    table = Table()
    for heading in (
        "queue",
        "wait",
        "oldest",
        "ring",
        "talk",
        "free",
        "busy",
        "break",
        "in",
        "case",
        "new caller",
        "estimates right",
    ):
        table.add_column(heading, no_wrap=True)
    for q in floor["queues"]:
        oldest = f"{q['oldest_wait_s']:.0f} s" if q["oldest_wait_s"] else ""
        cells = (q["waiting"], oldest, q["ringing"], q["talking"], q["free"], q["busy"], q["on_break"], q["logged_in"])
        table.add_row(q["name"], *(str(cell) for cell in cells), q["case"], *_estimate(q))
    out.print(table)
    for trouble in status["troubles"]:
        out.print(f"[red]{escape(trouble)}[/red]")
