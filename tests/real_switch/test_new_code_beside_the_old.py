"""An engineer puts a release beside the old while callers stand in the flow, on the real switch; a controller dies too."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Caller, ControllerProcess, Rig

pytestmark = pytest.mark.timeout(240)

LINE = """
from callcontrol.flow import Flow, HangUp, Menu, Play, words


class Line{release}(Flow):
    name = "line"
    release = {release}
    title = words(zh="线", en="Line")
    start = "menu"
    rescue = "bye"

    menu = Menu("hotline.menu", keys={{"1": "{step}"}}, silence="bye", timeout_s=60.0)
    {step} = Menu("survey.attitude", keys={{"2": "bye"}}, silence="bye", timeout_s=60.0)
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
CONFIGURATION = """
[entries.4001]
flow = "line"
language = "en"
"""


class LineOfFlows(Hotline):
    """Two controllers and a folder of flows that an engineer works in."""

    def __init__(self, rig: Rig, flows: Path) -> None:
        self.rig = rig
        self._asks: dict[str, int] = {}
        self.flows = flows
        self.file = rig.directory / "configuration.toml"
        self.file.write_text(CONFIGURATION)
        self.write(1, "old")
        self.controllers = [self.start_controller() for _ in range(2)]

    def write(self, release: int, step: str) -> None:
        (self.flows / f"line{release}.py").write_text(LINE.format(release=release, step=step), "utf-8")

    def start_controller(self) -> ControllerProcess:
        return self.rig.run_controller(self.file, CALLCONTROL_FLOWS_DIR=str(self.flows))

    def have_loaded(self, release: int) -> bool:
        """Whether both controllers have it."""
        told = json.loads(self.command("flows", "releases", "line", "--json"))["releases"]
        return any(row["release"] == release and len(row["controllers"]) == 2 for row in told)

    def goes_on(self, caller: Caller, call: str) -> None:
        """The caller presses 1, again if need be: while the call changes hands nobody listens."""

        def asked() -> bool:
            events = self.rig.conn.seen("CHANNEL_EXECUTE", Application="play_and_get_digits", **{"Unique-ID": call})
            if any("survey.attitude" in event.get("Application-Data", "") for event in events):
                return True
            caller.press("1")
            time.sleep(1.0)
            return False

        self.until(asked, "the caller is asked the next question", 30.0)

    def came_to(self, call: str) -> str:
        """The step that the key 1 led to."""
        told = json.loads(self.command("calls", "show", call, "--json"))["story"]
        return str([line["data"]["step"] for line in told if line["kind"] == "step"][1])


@pytest.fixture
def line(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LineOfFlows:
    flows = tmp_path / "flows"
    flows.mkdir()
    monkeypatch.setitem(os.environ, "CALLCONTROL_FLOWS_DIR", str(flows))  # for the commands
    return LineOfFlows(rig, flows)


def test_callers_finish_in_the_release_they_began_with_and_the_next_gets_the_new(line: LineOfFlows) -> None:
    before = [line.caller_in_menu(from_number=f"1390000000{n}") for n in range(3)]
    line.write(2, "new")
    line.until(lambda: line.have_loaded(2), "both controllers have loaded release 2", 60.0)
    (line.flows / "line1.py").unlink()
    after = line.caller_in_menu(from_number="13900000009")

    line.holder_of_a_call().kill()  # -9; the other has the old code in memory, too
    for caller, call in [*before, after]:
        line.goes_on(caller, call)
        caller.hang_up()
    releases = [line.record(call)["flow_release"] for _caller, call in [*before, after]]
    assert releases == [1, 1, 1, 2]
    assert [line.came_to(call) for _caller, call in [*before, after]] == ["old", "old", "old", "new"]
