"""``callcontrol whatif``: yesterday's calls under other rules, before anybody saves them."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, printable
from callcontrol.cli.replay import open_history
from callcontrol.cli.whatif_words import words

if TYPE_CHECKING:
    from callcontrol.lab.whatif import Comparison, Range, Row

SHARES = frozenset({"service_level", "load"})
SECONDS = frozenset({"longest_wait_s", "mean_wait_s"})


@click.command()
@click.option("--queue", required=True, help="The queue whose rules are tried.")
@click.option(
    "--set", "settings_", multiple=True, metavar="NAME=VALUE", help="A setting of the queue; may be repeated."
)
@click.option(
    "--agents", type=int, default=0, metavar="+N", help="So many more agents, or fewer (-N), who serve the queue."
)
@click.option("--day", default="yesterday", show_default=True, metavar="DAY", help="yesterday, today or 2026-11-20.")
@click.option("--draft", is_flag=True, help="Try the draft as it is saved now, instead of the rules of that day.")
@click.option(
    "--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Try this configuration (JSON)."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same chance.")
@click.option("--runs", type=click.IntRange(1, 50), default=2, show_default=True, help="How often each is simulated.")
@click.option(
    "--estimates",
    is_flag=True,
    help="Make the estimates too that announcements and conditions go by: some 8 times slower.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--progress", "tell", is_flag=True, help="For programs: how much is done, a JSON object a line, on stderr."
)
@pass_settings
def command(
    settings: Settings,
    queue: str,
    settings_: tuple[str, ...],
    agents: int,
    day: str,
    draft: bool,
    rules: Path | None,
    seed: int,
    runs: int,
    estimates: bool,
    as_json: bool,
    tell: bool,
) -> None:
    """Simulate a day under other rules, beside the same day under its own.

    Callers, talks, ringing and the agents' log-ins are those of the day; patience that nobody saw is drawn from what
    the day tells of it. Every decision is made anew by the floor itself.

    \b
    Example:
      callcontrol whatif --queue support --set wrap_up_s=20 --agents +2
      callcontrol whatif --queue support --set strategy=best_skill_first --day 2026-11-20 --runs 10
      callcontrol whatif --queue support --draft --json
    """
    from callcontrol.bootstrap.parts import configuration_check
    from callcontrol.lab import whatif_processes
    from callcontrol.lab.whatif import as_data, job_of
    from callcontrol.lab.whatif_day import NotPossible, borders, day_named, day_of, variant_of

    began = time.monotonic()
    now = datetime.now().astimezone()
    shown = _Progress(tell)
    try:
        with open_history(settings) as history:
            shown(0.0)
            its_day = day_of(history, *borders(day_named(day, now), now))
        shown(0.1)
        configuration = _configuration(settings, draft, rules)
        variant = variant_of(
            its_day, queue, settings_, agents=agents, configuration=configuration, check=configuration_check(settings)
        )
        job = job_of(its_day, variant, seed=seed, runs=runs, estimates=estimates)
        comparison = whatif_processes.run(job, progress=lambda share: shown(0.1 + 0.9 * share))
    except (NotPossible, whatif_processes.WhatIfFailed) as error:
        shown.end()
        fail(str(error))
    shown.end()
    took_s = time.monotonic() - began
    if as_json:
        print_json({**as_data(comparison), "callers_of_the_day": len(its_day.arrivals), "took_s": round(took_s, 2)})
    else:
        _print(comparison, len(its_day.arrivals), took_s, settings.language)


def _configuration(settings: Settings, draft: bool, rules: Path | None) -> Any:
    if rules is not None:
        try:
            return json.loads(rules.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            fail(f"{rules} is not a configuration in JSON: {error}.")
    if not draft:
        return None
    from callcontrol.cli.common import opened_store
    from callcontrol.values.configuration import as_data

    with opened_store(settings) as store:
        return as_data(store.releases.draft().configuration)


class _Progress:
    """For a person a line that is overwritten, for a program JSON, for a file nothing."""

    def __init__(self, tell: bool) -> None:
        self._tell = tell
        self._person = not tell and sys.stderr.isatty()
        self._last = -1

    def __call__(self, share: float) -> None:
        percent = int(share * 100)
        if percent == self._last:
            return
        self._last = percent
        if self._tell:
            click.echo(json.dumps({"done": percent / 100}), err=True)
        elif self._person:
            click.echo(f"\r{percent:3d} %", nl=False, err=True)

    def end(self) -> None:
        if self._person:
            click.echo("\r\033[K", nl=False, err=True)


def _print(comparison: Comparison, callers: int, took_s: float, language: str) -> None:
    from rich.table import Table
    from rich.text import Text

    said = words(language)
    out = console()
    began = datetime.fromtimestamp(comparison.began_at)
    out.print(
        said["title"].format(
            queue=comparison.queue, day=began.date().isoformat(), callers=callers, runs=comparison.runs
        ),
        markup=False,
        highlight=False,
    )
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("figure", "was", "before", "after", "change"):
        table.add_column(said[heading], justify="left" if heading == "figure" else "right", no_wrap=True)

    def add(row: Row, name: str) -> None:
        shown = (_one(row.name, row.was), _range(row.name, row.before), _range(row.name, row.after))
        table.add_row(Text(printable(name)), *map(Text, shown), Text(_range(row.name, row.change, sign=True)))

    for row in comparison.rows:
        add(row, said[row.name])
    for row in comparison.outcomes:
        add(row, f"  {said['outcomes'].get(row.name, row.name)}")
    for name, (before, after) in comparison.erlang.items():
        cells = (_one(name, None), _one(name, before), _one(name, after), "")
        table.add_row(
            Text(f"{said[name]} ({said['erlang']})", style="dim"), *(Text(cell, style="dim") for cell in cells)
        )
    out.print(table)
    note = said["one_run"] if comparison.runs < 2 else said["note"]
    out.print(f"{note} {said['took'].format(seconds=took_s)}", markup=False, highlight=False)


def _one(name: str, value: float | None, sign: bool = False) -> str:
    if value is None:
        return "" if not sign else "-"
    plus = "+z" if sign else "z"  # z: no minus before a zero
    if name in SHARES:
        return f"{value * 100:{plus}.1f} %"
    if name in SECONDS:
        return f"{value:{plus}.1f} s"
    return f"{value:{plus},.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:{plus}.1f}"


def _range(name: str, value: Range | None, *, sign: bool = False) -> str:
    if value is None:
        return "-"
    mean = _one(name, value.mean, sign)
    if value.low80 is None or value.high80 is None or value.low80 == value.high80:
        return mean
    least = value.low80 if sign else max(0.0, value.low80)
    most = value.high80 if sign or name not in SHARES else min(1.0, value.high80)
    return f"{mean} ({_one(name, least, sign)} … {_one(name, most, sign)})"
