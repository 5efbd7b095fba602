"""The controller whose desk is elected is killed, in the middle of calls: when the other one decides again."""

from __future__ import annotations

import threading
import time
from statistics import median
from typing import Any

from callcontrol.lab.callers import Caller
from tests.bench._figures import Figure
from tests.calls.checker import check_journal, not_routed_s
from tests.calls.town import Town

KILLS = 5
AGENTS = [str(1001 + n) for n in range(3)]
CALLERS = 12
EVERY_S = 0.4


def measure() -> dict[str, Any]:
    town = Town(AGENTS, talk_s=4.0)
    waits: list[float] = []
    rings: list[str] = []
    try:
        for _ in range(KILLS):
            town.begin_again()
            waits.append(_killed(town))
            rings += town.double_rings
        try:
            check_journal(line.data for line in town.bus.journal.read("0", limit=1_000_000))
            wrong = "none"
        except AssertionError as error:
            wrong = str(error).splitlines()[0]
    finally:
        town.stop()
    return {
        "what": f"the elected desk killed with SIGKILL, {KILLS} times, callers coming all the while (simulated switch)",
        "rows": [
            Figure("an agent free, a caller in line, and no offer: median of the kills", median(waits), "s"),
            Figure("the longest", max(waits), "s", "<= 2", "two controllers, one Redis"),
            Figure("phones that rang for two calls", len(rings), "", "0", "legs of the switch"),
            Figure("two winners, turns lost, decisions of a deposed desk", wrong, "", "none", "the whole journal"),
        ],
    }


def _killed(town: Town) -> float:
    """Longest time in seconds, after the kill, in which somebody waited and an agent was free."""
    served: list[Caller] = []

    def live(caller: Caller) -> None:
        caller.wait_for(lambda c: any("hotline.menu" in sound for sound in c.sounds), 60)
        caller.press("1")
        caller.wait_for(lambda c: c.in_talk_with is not None, 60)
        caller.wait_for(lambda c: c.in_talk_with is None, 60)
        caller.hang_up()
        served.append(caller)

    callers = []
    for number in range(CALLERS):
        if number == CALLERS // 2:
            town.until(lambda: len(town.floor.calls) >= len(AGENTS))
            desk = town.desk()
            assert desk is not None
            killed_at = time.time()
            desk.kill()
        callers.append(threading.Thread(target=live, args=(town.switch.call("4001"),), daemon=True))
        callers[-1].start()
        time.sleep(EVERY_S)
    town.until(lambda: len(served) == CALLERS, 60)
    town.until(lambda: not town.floor.calls, 20)
    return not_routed_s(town.bus.journal.read("0", limit=1_000_000), killed_at)
