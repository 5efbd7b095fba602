"""Releases of flows for rehearsing the pages: two of the hotline, and the same words for every caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callcontrol.admin.services import FlowParameter, FlowRelease, FlowSheet, FlowStep, HeardLine
from callcontrol.values.configuration import Configuration
from callcontrol.values.trials import made_everybodys


def flow_releases() -> list[FlowRelease]:
    def declared(name: str, kind: str, default: Any, zh: str, en: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "kind": kind, "default": default, "help": {"zh": zh, "en": en}, "unit": "", **more}

    first = [
        declared("tries", "int", 2, "询问次数", "How often is asked", minimum=1, maximum=5),
        declared("menu_timeout", "duration", 5.0, "等待按键", "Wait for a key", minimum=1.0, maximum=30.0, unit="s"),
        declared("survey_on", "bool", True, "通话后评价", "Survey after the talk"),
        declared(
            "default_queue", "text", "support", "默认队列", "Queue without a choice", names="queue", max_length=40
        ),
        declared("hours", "text", "", "营业时间", "Opening hours", names="hours", max_length=40),
        declared("greeting", "text", "hotline.welcome", "问候语", "Greeting", names="", max_length=20),
        declared("style", "choice", "short", "风格", "Style", options=["short", "long"]),
    ]
    second = [*first, declared("ask_language", "bool", True, "询问语言", "Ask for the language")]
    title = {"zh": "热线", "en": "Hotline"}
    return [
        FlowRelease("hotline", 1, title, "hotline.py", "0123456789ab", first),
        FlowRelease("hotline", 2, title, "hotline2.py", "ba9876543210", second),
        FlowRelease("night", 1, {"zh": "夜间", "en": "Night"}, "night.py", "001122334455"),
    ]


def rehearsed_lines(
    configuration: Configuration, entry: str, trial: bool, queue: str, keys: Sequence[str]
) -> list[HeardLine]:
    called = configuration.entries[entry]
    called = made_everybodys(called) if trial else called
    return [
        HeardLine(0.0, "hears", "欢迎致电服务热线。", "greeting"),
        HeardLine(4.0, "presses", " ".join(keys), "menu"),
        HeardLine(6.0, "queue", queue, "support"),
        HeardLine(60.0, "ends", f"{called.flow} {called.release} {dict(called.parameters)}", "goodbye"),
    ]


def flow_sheet() -> FlowSheet:
    steps = [
        FlowStep("opening", "decision", (("open", "greeting"), ("closed", "sorry_closed"))),
        FlowStep("greeting", "play", (("then", "menu"),), "hotline.welcome"),
        FlowStep(
            "menu", "menu", (("1", "support"), ("2", "billing"), ("silence", "menu")), "hotline.menu, menu.silence@zh"
        ),
        FlowStep("support", "queue", (("answered", "survey"), ("still_busy", "advice"), ("timeout", "goodbye"))),
        FlowStep("survey", "survey", (("then", "goodbye"),)),
    ]
    dot = "digraph hotline { rankdir=TB; opening -> greeting -> menu; menu -> support; support -> survey -> goodbye }"
    parameters = [FlowParameter("menu_timeout_s", 5.0, 5.0, "s", "How long the menu waits for a key.")]
    title = {"zh": "热线", "en": "Hotline"}
    return FlowSheet("hotline", title, "flowchart TD\n  greeting --> menu", parameters, steps, dot, ("4001",))
