"""``callcontrol why``: why a call waits, or why this agent got it, at any moment that the journal keeps."""

from __future__ import annotations

import re
import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, printable
from callcontrol.cli.replay import open_history
from callcontrol.cli.why_words import words

if TYPE_CHECKING:
    from rich.console import Console

    from callcontrol.desk.account import Told
    from callcontrol.desk.history import History
    from callcontrol.floor.account import Account, RankParts

# Of ``Offered.why``: the rest stands in the table of agents.
WHY_SHOWN = ("strategy", "wait_score", "vip", "grade", "idle_s", "step", "sticky")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?")


@click.command()
@click.argument("call")
@click.option(
    "--at", "when", metavar="TIME", help="14:05, 14:05:30 or 2026-11-21T14:05:30. Default: the decision, or now."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def command(settings: Settings, call: str, when: str | None, as_json: bool) -> None:
    """Tell why CALL (its identity, or an unmistakable beginning of it) waits, or why the agent who got it did.

    The floor is made again as it was at that moment, and the functions that decide say why: each agent with the reason
    for being passed over, the relaxation steps, the rank with its parts, who is in front, and what time alone would bring.

    \b
    Example:
      callcontrol why 3f2a
      callcontrol why 3f2a --at 14:05:30
      callcontrol why 3f2a --json
    """
    from callcontrol.desk.account import tell
    from callcontrol.desk.history import HistoryMissing

    try:
        with open_history(settings) as history:
            name = _call_named(settings, history, call)
            told = tell(history, name, at=_moment(history, name, when), now=time.time())
            trouble = history.trouble
    except HistoryMissing as error:
        fail(str(error))
    if told is None:
        fail(f"The journal knows no call {call!r} that joined a queue{f' ({trouble})' if trouble else ''}.")
    if as_json:
        print_json(asdict(told))
    else:
        _print(told, settings.language)


def _call_named(settings: Settings, history: History, beginning: str) -> str:
    """The call whose identity begins so: of the records, or of the floor where it is not recorded yet."""
    from callcontrol.bootstrap.parts import StartError, store_as_it_is
    from callcontrol.desk.account import calls_like
    from callcontrol.ports.store import StoreUnavailable

    try:
        store = store_as_it_is(settings)
        try:
            row = store.records.call(beginning)
        finally:
            store.close()
    except (StartError, StoreUnavailable):
        row = None
    if row is not None:
        return row.call
    found = calls_like(history, beginning) if beginning else []
    if len(found) > 1:
        fail(f"Several calls begin with {beginning!r}; write more of it.")
    return found[0] if found else beginning


def _moment(history: History, call: str, when: str | None) -> float | None:
    """A clock time is of the day on which the call came."""
    if when is None:
        return None
    text = when.strip()
    try:
        if _CLOCK.fullmatch(text):
            lines = history.of_call(call)
            came = datetime.fromtimestamp(float(lines[0].data["at"])) if lines else datetime.now()
            hours, _, rest = text.partition(":")
            text = f"{came.date().isoformat()}T{int(hours):02d}:{rest}"
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{when!r} is no time; write 14:05, 14:05:30 or 2026-11-21T14:05:30.", param_hint="--at"
        ) from None


def _print(told: Told, language: str) -> None:
    said = words(language)
    out = console()

    def line(text: str, **style: Any) -> None:
        out.print(printable(text), markup=False, highlight=False, **style)

    account = told.account
    line(f"{told.call}  {_clock(told.at, day=True)}", style="bold")
    if told.written is not None:
        line(said["written"].format(what=_decision(told.written, said)))
        if why := told.written.get("why"):
            shown = {key: why[key] for key in WHY_SHOWN if why.get(key) not in (None, 0, False, "")}
            line("  " + "  ".join(f"{said[key]}: {_value(value)}" for key, value in shown.items()))
    if account is None:
        line(said["not_there"])
    else:
        _print_account(out, account, said, line)
    line("")
    line(said["moments"], style="bold")
    for moment in told.moments:
        mark = "▶" if moment == told.moment else " "
        line(f"{mark} {_clock(moment.at)}  {_decision(moment.data, said)}")


def _print_account(out: Console, account: Account, said: dict[str, Any], line: Any) -> None:
    explained = account.explanation
    state = said["states"].get(explained.state, explained.state)
    line(f"{said['queue']} {explained.queue}: {state}, {said['cases'].get(explained.case, explained.case)}")
    decided = "; ".join(_decision(data, said) for data in account.decided)
    line(f"{said['decides']}: {decided or said['waits']}")
    rank = account.rank
    line(f"{said['rank']}: {_rank(rank, said)}")
    if explained.position is not None:
        line(said["place"].format(position=explained.position, ahead=account.ahead))
    for one in account.in_front[:5]:
        line(f"    {one.call[:8]}  {one.queue}  {one.masked}  {_rank(one.rank, said)}")
    if account.ahead > 5:
        line(f"    … +{account.ahead - 5}")
    line(f"{said['asked']}: {explained.asked or said['everybody']}")
    for step in account.steps:
        state = said["reached"] if step.reached else said["due"].format(at=_clock(step.due_at))
        when = f", {said['when']} {step.when}" if step.when else ""
        only = f", {said['exclusive']}" if step.exclusive else ""
        line(f"  {said['step']} {step.number}: {step.skills}{when}{only} — {state}")
    if explained.waits_for:
        line(f"{said['waits_for']} {explained.waits_for} ({said['until']} {_clock(explained.waits_until or 0.0)})")
    if explained.reserve:
        line(said["reserve"])
    if explained.overflow:
        line(f"{said['overflows']} {explained.overflow}")
    _print_agents(out, account, said)
    if account.coming:
        line(said["coming"], style="bold")
    for coming in account.coming[:8]:
        what = said["what"].get(coming.what, coming.what).format(detail=coming.detail)
        line(f"  {_clock(coming.at)}  (+{coming.at - account.at:.1f} s)  {what}")


def _print_agents(out: Console, account: Account, said: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    compared = {one.agent: one for one in account.compared}
    least = min((one.rank for one in account.compared), default=0.0)  # only what they differ by says something
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("agent", "reason", "until", "strategy_rank", "grade", "idle_s"):
        title = said[heading] if heading != "strategy_rank" else f"{said['strategy_rank']} ({account.strategy})"
        table.add_column(title, justify="left" if heading in ("agent", "reason") else "right", no_wrap=True)
    # Whoever could take the call first, then those who can't, by reason.
    order = sorted(
        account.explanation.agents,
        key=lambda one: (one.agent not in compared, _place(compared, one.agent), one.reason == "skills", one.agent),
    )
    for one in order:
        found = compared.get(one.agent)
        reason = said["reasons"].get(one.reason, one.reason)
        if found is not None and found.chosen:
            reason = f"✓ {said['chosen']}"
        elif found is not None and found.taken_by:
            reason = said["taken_by"].format(call=found.taken_by[:8])
        until = _clock(one.until) if one.until and one.until > account.at else ""
        numbers = ("", "", "")
        if found is not None:
            numbers = (f"+{found.rank - least:.1f}", _value(found.grade), f"{found.idle_s:.1f}")
        table.add_row(*(Text(printable(cell)) for cell in (one.agent, reason, until, *numbers)))
    out.print(table)


def _place(compared: dict[str, Any], agent: str) -> int:
    return list(compared).index(agent) if agent in compared else 0


def _rank(rank: RankParts, said: dict[str, Any]) -> str:
    parts = f"{rank.score:.2f} = {rank.waited_s:.1f} s ÷ {rank.target_s:g} s + {rank.vip} VIP"
    return f"{parts}, {said['late'] if rank.late else said['bound'].format(seconds=rank.bound_s)}"


def _decision(data: Any, said: dict[str, Any]) -> str:
    text = said["kinds"].get(data["kind"], data["kind"])
    detail = data.get("agent") or data.get("branch") or data.get("reason") or data.get("step") or ""
    detail = said["branches"].get(detail, detail) if isinstance(detail, str) else detail
    to = f" → {data['to']}" if data.get("to") else ""
    return f"{text} {detail}{to}".strip()


def _clock(at: float, *, day: bool = False) -> str:
    moment = datetime.fromtimestamp(at)
    return moment.strftime("%Y-%m-%d %H:%M:%S" if day else "%H:%M:%S") + f".{moment.microsecond // 1000:03d}"


def _value(value: Any) -> str:
    if value is True:
        return "✓"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
