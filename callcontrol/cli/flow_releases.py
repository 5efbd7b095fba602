"""``callcontrol flows releases``: which releases of the flows there are, who uses them, and which calls are in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json

if TYPE_CHECKING:
    from callcontrol.flow.catalogue import Flows
    from callcontrol.values.configuration import Configuration


@click.command()
@click.argument("name", required=False)
@pass_settings
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def releases(settings: Settings, name: str | None, as_json: bool) -> None:
    """The releases of all flows, or of NAME: file, digest, the numbers that use them, and calls under way.

    Controllers are asked if they can be reached; a release that one has in another state, or keeps for its calls only, is a
    line of its own. Calls in a talk are not counted.

    \b
    Example: callcontrol flows releases hotline
    """
    from callcontrol.cli.prompts import configuration_of
    from callcontrol.flow.catalogue import load_flows
    from callcontrol.flow.composed.source import with_composed

    configuration = configuration_of(settings)
    flows = with_composed(load_flows(settings.flows_dir), configuration)
    controllers = _controllers(settings)
    rows = [row for row in _rows(flows, configuration, controllers or []) if name in (None, row["flow"])]
    if name is not None and not rows:
        fail(f"There is no flow {name!r}; the flows are: {', '.join(flows.names())}.")
    if as_json:
        broken = [{"where": problem.where, "what": problem.what} for problem in flows.broken]
        print_json({"reached": controllers is not None, "releases": rows, "broken": broken})
        return
    from rich.table import Table

    table = Table("flow", "release", "file", "digest", "numbers", "calls", "where", box=None, header_style="bold")
    for row in rows:
        numbers = ", ".join(f"{entry['number']}{' (trial)' if entry['trial'] else ''}" for entry in row["entries"])
        cells = (
            row["flow"],
            str(row["release"]),
            row["file"],
            row["code"],
            numbers,
            str(row["calls"] or ""),
            row["where"],
        )
        table.add_row(*cells)
    console().print(table)
    for problem in flows.broken:
        click.secho(f"broken: {problem}", fg="red", err=True)
    if controllers is None:
        click.secho("No controller can be reached; the calls under way are not known.", fg="yellow", err=True)


def _controllers(settings: Settings) -> list[Any] | None:
    """What living controllers say of their flows; None where nothing runs."""
    from callcontrol.bootstrap.flow_releases import on_controllers
    from callcontrol.bus.embedded import EmbeddedValkey
    from callcontrol.bus.redis_journal import open_bus
    from callcontrol.ports.journal import JournalUnavailable

    embedded = EmbeddedValkey(settings.data_dir)
    if not settings.redis_url and not embedded.answers():
        return None
    try:
        bus = open_bus(settings.redis_url or embedded.address, settings.floor)
        try:
            living = list(bus.notices.living("controller"))
        finally:
            bus.close()
    except JournalUnavailable:
        return None
    return on_controllers(living) if living else None


def _rows(flows: Flows, configuration: Configuration, controllers: list[Any]) -> list[dict[str, Any]]:
    from callcontrol.values.trials import uses_of

    newest = {flow.name: flow.release for flow in sorted(flows, key=lambda flow: flow.release)}
    used = [use for entry in configuration.entries.values() for use in uses_of(entry, newest.get(entry.flow, 0))]
    rows = []
    for flow in sorted(flows, key=lambda flow: (flow.name, flow.release)):
        alike = [
            row for row in controllers if (row.name, row.release, row.code) == (flow.name, flow.release, flow.code)
        ]
        rows.append(
            {
                "flow": flow.name,
                "release": flow.release,
                "file": flow.file,
                "code": flow.code,
                "entries": [
                    {"number": use.number, "trial": use.trial}
                    for use in used
                    if (use.flow, use.release) == (flow.name, flow.release)
                ],
                "calls": sum(row.calls for row in alike),
                "controllers": sorted(row.controller for row in alike if not row.kept),
                "where": "",
            }
        )
    living = {row.controller for row in controllers}
    for told in rows:
        if missing := sorted(living.difference(told["controllers"])):
            told["where"] = f"not on {', '.join(missing)}"
    here = {(row["flow"], row["release"], row["code"]) for row in rows}
    for row in controllers:
        if row.kept or (row.name, row.release, row.code) not in here:
            how = "kept for its calls" if row.kept else "in another state"
            rows.append(
                {
                    "flow": row.name,
                    "release": row.release,
                    "file": "",
                    "code": row.code,
                    "entries": [],
                    "calls": row.calls,
                    "controllers": [row.controller],
                    "where": f"{row.controller}, {how}",
                }
            )
    return sorted(rows, key=lambda row: (row["flow"], row["release"], row["where"]))
