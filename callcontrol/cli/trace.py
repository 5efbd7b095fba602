"""``callcontrol trace``: a call as a ladder of caller, switch, controller and agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from callcontrol.cli.common import Settings, console, fail, pass_settings, print_json, printable

if TYPE_CHECKING:
    from callcontrol.flow.trace import Rung

SPACING = 12  # columns between two lanes
LEFT = 12  # columns of the time

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "caller": "caller", "switch": "switch", "controller": "controller", "agent": "agent", "party": "other",
        "began": "calls {destination}: flow {flow}, release {flow_release}, rules {release}, {language}",
        "trial caller": " (on trial: the number is listed)", "trial share": " (on trial by lot: {lot} is below {share})",
        "step": "step {step}", "says": "step {step} says {to_hear}", "keys": "keys {keys}",
        "joined": "waits in the queue {queue}", "offered": "rings agent {agent}: {why}",
        "offer_failed": "agent {agent}: {cause}", "talk_began": "talk with agent {agent}", "talk_ended": "talk over",
        "party_rung": "rings {to}", "party_failed": "{to}: {cause}. {why}", "party_began": "talk with {to}",
        "party_ended": "talk over", "conference_joined": "joins the room {room}", "conference_left": "the room {room}: {how}",
        "visit_ended": "queue {queue}: {outcome} after {wait_s} s", "message": "the off-peak announcement",
        "service": "service {service}: {result}. {why}",
        "recording_began": "recording begins", "recording_ended": "recording ends", "survey": "survey {answers}",
        "taken_over": "controller {controller} goes on", "trouble": "trouble: {what}", "ended": "the end: {cause}",
    },
    "zh": {
        "caller": "来电者", "switch": "交换机", "controller": "控制器", "agent": "坐席", "party": "对方",
        "began": "拨打 {destination}：流程 {flow}，版本 {flow_release}，规则 {release}，{language}",
        "trial caller": "（试用：号码在名单中）", "trial share": "（试用，按抽签：{lot} 低于 {share}）",
        "step": "步骤 {step}", "says": "步骤 {step} 播放 {to_hear}", "keys": "按键 {keys}",
        "joined": "在队列 {queue} 中等待", "offered": "坐席 {agent} 振铃：{why}",
        "offer_failed": "坐席 {agent}：{cause}", "talk_began": "与坐席 {agent} 通话", "talk_ended": "通话结束",
        "party_rung": "{to} 振铃", "party_failed": "{to}：{cause}。{why}", "party_began": "与 {to} 通话",
        "party_ended": "通话结束", "conference_joined": "加入会议室 {room}", "conference_left": "会议室 {room}：{how}",
        "visit_ended": "队列 {queue}：{outcome}，等待 {wait_s} 秒", "message": "错峰提示",
        "service": "外部服务 {service}：{result}。{why}",
        "recording_began": "录音开始", "recording_ended": "录音结束", "survey": "评价 {answers}",
        "taken_over": "控制器 {controller} 接续", "trouble": "故障：{what}", "ended": "结束：{cause}",
    },
}  # fmt: skip


@click.command()
@click.argument("call")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_settings
def command(settings: Settings, call: str, as_json: bool) -> None:
    """Show one call as a ladder: who did what, and when. CALL is its identity or the beginning of it.

    \b
    Example: callcontrol trace 3f2a
    """
    from callcontrol.cli.common import opened_store
    from callcontrol.flow.trace import lanes_of, rungs

    with opened_store(settings) as store:
        row = store.records.call(call)
        if row is None:
            fail(f"There is not exactly one call whose identity begins with {call!r}; see `callcontrol calls`.")
        story = store.records.story(row.call)
    ladder = rungs((line.at, line.kind, line.data) for line in story)
    if as_json:
        print_json([{"at": r.at, "kind": r.kind, "from": r.source, "to": r.target, "data": r.data} for r in ladder])
        return
    if not ladder:
        fail("The story is not in the database yet; it follows some seconds after the call.")
    out, words = console(), WORDS["zh" if settings.language == "zh" else "en"]
    lanes = lanes_of(ladder)
    out.print(_heading(words, lanes), markup=False, highlight=False)
    for rung in ladder:
        time = f"{rung.at - row.began_at:8.3f} s".ljust(LEFT)
        out.print(f"{time}{drawn(rung, lanes)}  {said(rung, words)}", markup=False, highlight=False)


def _heading(words: Mapping[str, str], lanes: Sequence[str]) -> str:
    from rich.cells import set_cell_size

    return " " * (LEFT - 2) + "".join(set_cell_size(words[lane], SPACING) for lane in lanes)


def drawn(rung: Rung, lanes: Sequence[str]) -> str:
    """The rung with its lanes, as characters."""
    first, last = lanes.index(rung.source), lanes.index(rung.target)
    row = list(" " * (SPACING * (len(lanes) - 1) + 1))
    for lane in range(len(lanes)):
        row[lane * SPACING] = "│"
    if first == last:
        row[first * SPACING] = "●"
        return "".join(row)
    left, right = sorted((first * SPACING, last * SPACING))
    for column in range(left + 1, right):
        row[column] = "┼" if column % SPACING == 0 else "═" if rung.both else "─"
    row[first * SPACING] = "◀" if rung.both else "├" if first < last else "┤"
    row[last * SPACING] = "▶" if first < last else "◀"
    return "".join(row)


def said(rung: Rung, words: Mapping[str, str]) -> str:
    kind = "says" if rung.kind == "step" and rung.data.get("to_hear") else rung.kind
    template = words.get(kind)
    if template is None:
        return printable(f"{rung.kind} {_plain(rung.data)}")
    why = rung.data.get("why")
    short = {"why": why.get("strategy", "")} if isinstance(why, Mapping) else {}  # `callcontrol why` tells the rest
    filled = _Filled({**rung.data, **short})
    if rung.kind == "began" and not filled.get("release"):
        filled["release"] = "–"
    trial = words.get(f"trial {rung.data.get('trial')}", "") if rung.kind == "began" else ""
    shares = {name: f"{value:.1%}" for name in ("lot", "share") if isinstance(value := rung.data.get(name), float)}
    return printable(template.format_map(filled) + trial.format_map(_Filled(shares)))


class _Filled(dict[str, Any]):
    """Fields of a line as text; one that is not there is empty."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__({key: _plain(value) for key, value in data.items()})

    def __missing__(self, key: str) -> str:
        return ""


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items() if item not in (None, "", False))
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return f"{value:.1f}" if isinstance(value, float) else str(value)
