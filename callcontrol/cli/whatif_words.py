"""What ``callcontrol whatif`` says, in each language."""

from __future__ import annotations

from typing import Any

_EN: dict[str, Any] = {
    "title": "Queue {queue}, {day}: {callers:,} callers of the whole day, {runs} runs",
    "figure": "figure",
    "was": "that day",
    "before": "before (simulated)",
    "after": "after (simulated)",
    "change": "change",
    "callers": "callers",
    "answered": "answered",
    "lost": "hung up",
    "service_level": "service level",
    "longest_wait_s": "longest wait",
    "mean_wait_s": "mean wait",
    "told": "announcements",
    "load": "agents' load",
    "erlang": "Erlang A",
    "note": "In brackets: 80 of 100 such days lie there (same callers; patience, ringing and new talks by chance).",
    "one_run": "One run says nothing about chance; --runs 3 shows ranges.",
    "took": "It took {seconds:.1f} s.",
    "outcomes": {},
}
_ZH: dict[str, Any] = {
    "title": "队列 {queue}，{day}：全天来电 {callers:,} 个，模拟 {runs} 次",
    "figure": "指标",
    "was": "当天实际",
    "before": "修改前（模拟）",
    "after": "修改后（模拟）",
    "change": "变化",
    "callers": "来电",
    "answered": "接听",
    "lost": "挂断",
    "service_level": "服务水平",
    "longest_wait_s": "最长等待",
    "mean_wait_s": "平均等待",
    "told": "错峰提示播放",
    "load": "坐席负荷",
    "erlang": "Erlang A",
    "note": "括号内：同样的来电下，100 天中有 80 天落在此范围（耐心、振铃和新增通话随机）。",
    "one_run": "只模拟一次看不出偶然性；--runs 3 可给出范围。",
    "took": "用时 {seconds:.1f} 秒。",
    "outcomes": {
        "answered": "接听",
        "abandoned_short": "立即挂断",
        "abandoned_waiting": "等待中挂断",
        "abandoned_ringing": "振铃时挂断",
        "abandoned_in_message": "提示中挂断",
        "advised_offpeak": "建议错峰再拨",
        "callback_booked": "预约回拨",
        "exit_key": "按键离开",
        "timeout": "等待超时",
        "full": "队列已满",
        "closed": "无人值守",
        "requeued": "转到其他队列",
        "waiting": "仍在等待",
    },
}


def words(language: str) -> dict[str, Any]:
    return _ZH if language == "zh" else _EN
