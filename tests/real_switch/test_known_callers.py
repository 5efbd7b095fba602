"""A caller is known by the second call, and blocked by the list, on the real switch."""

from __future__ import annotations

import json

from tests.real_switch.rig import Rig

FLOW = """
from callcontrol.flow import Flow, HangUp, LookUpCaller, Play, Queue, words


class Known(Flow):
    title = words(zh="认识", en="Known")
    start = "look"
    rescue = "bye"
    look = LookUpCaller(known="back", unknown="new", failed="bye")
    back = Play("survey.thanks", then="waiting")
    new = Play("hotline.welcome", then="bye")
    waiting = Queue(
        "support", after_talk="bye", still_busy="bye", away="bye", nobody="bye", timeout="bye", full="bye", closed="bye",
    )
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
CONFIGURATION = """
[entries.4001]
flow = "known"
language = "en"

[queues.support]
skills = "support >= 2"

[agents.1001]
contact = "user/1001"
skills = { support = 3 }
"""


def test_the_second_call_is_known_and_a_blocked_number_waits_nowhere(rig: Rig) -> None:
    flows = rig.directory / "flows"
    flows.mkdir()
    (flows / "known.py").write_text(FLOW)
    configuration = rig.directory / "configuration.toml"
    configuration.write_text(CONFIGURATION)
    rig.run_controller(configuration, CALLCONTROL_FLOWS_DIR=str(flows), CALLCONTROL_TTS_COMMAND="")
    rig.caller("4001").answered().gone(25.0)
    rig.eventually(lambda: len([row for row in rig.calls() if row["ended_at"]]) == 1, "the first call is kept", 25.0)
    rig.caller("4001").answered().gone(25.0)

    def second() -> dict[str, object]:
        found = [row for row in rig.calls() if row["ended_at"]]
        return found[0] if len(found) == 2 else {}

    rig.eventually(second, "the second call is kept", 25.0)
    assert second()["outcome"] == "closed"  # nobody was there, for whom it waited: known
    rig.callcontrol("callers", "add", "13800001111", "--label", "nuisance", "--blocked")
    assert "138****1111" in rig.callcontrol("callers", "list")

    def blocked() -> bool:
        rig.caller("4001").answered().gone(25.0)
        rig.eventually(lambda: all(row["ended_at"] for row in rig.calls()), "the call is kept", 25.0)
        return json.loads(json.dumps(rig.calls()))[0]["outcome"] == "blocked"

    rig.eventually(blocked, "the release acts", 40.0)
