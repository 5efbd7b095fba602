"""The page of the flows that ship names each of them with its parameters."""

from __future__ import annotations

import re
from pathlib import Path

from callcontrol.flow.catalogue import load_flows

PAGE = (Path(__file__).parents[2] / "docs" / "flows.md").read_text("utf-8")


def test_every_flow_and_every_parameter_is_on_the_page():
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", PAGE, re.MULTILINE))
    told = {name: {*re.findall(r"`(\w+)`", text)} for name, text in rows.items()}
    assert told == {flow.name: {*flow.parameters} for flow in load_flows(installed=False)}
