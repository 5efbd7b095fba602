"""On a real FreeSWITCH: caller's answer to bridge beyond the phone's ringing.

A flow that leads straight into the queue, phones that ring 200 ms and talk for a second, callers who come one after the other
over SIP. The figures of mod_callcenter and of the switch's own least are those of an earlier measurement of the same kind.
The switch stamps its events with a clock of 20 ms steps, so each single wait is one of 40, 60, 80 ms ... and a median may jump.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench._figures import Figure

CALLS = 100
EVERY_S = 0.3
RING_MS = 200
FLOW = '''
from callcontrol.flow import Flow, HangUp, Play, Queue


class Direct(Flow):
    """Straight into the queue, as mod_callcenter would do it."""

    title = {"en": "Direct", "zh": "直接"}
    start = "waiting"
    rescue = "end"
    waiting = Queue(
        "support", message="offpeak", after_talk="end", still_busy="end", away="end", nobody="end",
        timeout="end", full="end", closed="end",
    )
    end = HangUp()
'''
CONFIGURATION = """
[entries.4001]
flow = "direct"
language = "en"

[queues.support]
skills = "support >= 1"
patience_s = 60
wrap_up_s = 0
"""


def measure() -> dict[str, Any]:
    what = "a call on a real FreeSWITCH (100 calls, one every 300 ms, phones that ring 200 ms)"
    if not shutil.which("freeswitch"):
        return {"what": what, "rows": [], "left_out": "there is no freeswitch on this machine"}
    from tests.real_switch import switch_process
    from tests.real_switch.rig import Rig

    with tempfile.TemporaryDirectory(prefix="cc-") as folder:
        directory = Path(folder)
        port = switch_process.free_ports(1)[0]
        switch = switch_process.start(directory / "switch", port)
        rig = Rig(switch, port, directory, switch.connect())
        try:
            return {"what": what, "rows": _measured(rig, directory)}
        finally:
            rig.clean_up()
            switch.stop()


def _measured(rig: Any, directory: Path) -> list[Figure]:
    from callcontrol.cli.agents import log_in
    from callcontrol.settings import load_settings

    flows = directory / "flows"
    flows.mkdir()
    (flows / "direct.py").write_text(FLOW)
    configuration = directory / "configuration.toml"
    contact = rig.talking_phone(talk_ms=1000, answers_after_ms=RING_MS)
    agents = [str(1001 + n) for n in range(10)]
    rows = [f'[agents.{name}]\ncontact = "{contact}"\nskills = {{ support = 3 }}\n' for name in agents]
    configuration.write_text(CONFIGURATION + "\n".join(rows))
    rig.run_controller(configuration, CALLCONTROL_FLOWS_DIR=str(flows), CALLCONTROL_LOG_LEVEL="warning")
    log_in(load_settings(data_dir=rig.data), agents, by="bench")
    time.sleep(2)
    for _ in range(CALLS):
        rig.caller("4001")
        time.sleep(EVERY_S)
    rig.eventually(lambda: not rig.legs(), "every call is over", 30)
    waits = _answer_to_bridge_ms(rig)
    beyond = sorted(wait - RING_MS for wait in waits)
    against = "mod_callcenter 120 ms median, the switch's own least 40 ms"
    return [
        Figure("calls bridged", len(waits), "", CALLS),
        Figure("answer to bridge beyond ringing, median", statistics.median(beyond), "ms", "<= 55", against),
        Figure(
            "answer to bridge beyond ringing, p99", beyond[int(len(beyond) * 0.99) - 1], "ms", "<= 100", "same switch"
        ),
    ]


def _answer_to_bridge_ms(rig: Any) -> list[float]:
    """From the caller's answer to the bridge, by the switch's own clock."""
    answered = {e["Unique-ID"]: int(e["Event-Date-Timestamp"]) for e in rig.conn.seen("CHANNEL_ANSWER")}
    return [
        (int(event["Event-Date-Timestamp"]) - answered[event["Unique-ID"]]) / 1000
        for event in rig.conn.seen("CHANNEL_BRIDGE")
        if event["Unique-ID"] in answered
    ]
