"""Renaming, removing and moving steps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from callcontrol.flow.composed import read_flow
from callcontrol.flow.composed.editing import leading_to, moved, renamed, with_step, without_step
from callcontrol.flow.composed.writing import tidy
from tests.flow.composed.flows import STEP_NAMES, flows
from tests.flow.composed.test_reading import template


@given(flows(), st.data())
def test_a_renamed_step_is_the_same_flow_under_another_name(data: dict[str, Any], pick: st.DataObject) -> None:
    old = pick.draw(st.sampled_from(sorted(data["steps"])))
    there = renamed(data, old, "quite_new")
    assert old not in there["steps"]
    assert leading_to(there, "quite_new") == ["quite_new" if n == old else n for n in leading_to(data, old)]
    assert renamed(there, "quite_new", old) == tidy(data)
    before, after = read_flow("x", data), read_flow("x", there)
    assert (before[0] is None) == (after[0] is None)
    if before[0] is not None and after[0] is not None:
        way = {n: [w.target for w in s.ways()] for n, s in before[0].steps.items()}
        moved_to = {n: [w.target for w in s.ways()] for n, s in after[0].steps.items()}
        lead = {old: "quite_new"}
        assert moved_to == {lead.get(n, n): [lead.get(t, t) for t in ts] for n, ts in way.items()}


@given(flows(), st.data())
def test_a_name_that_is_taken_is_refused(data: dict[str, Any], pick: st.DataObject) -> None:
    old, new = pick.draw(st.permutations(sorted(data["steps"])))[:2]
    with pytest.raises(ValueError, match="already"):
        renamed(data, old, new)


@given(flows(), st.sampled_from(STEP_NAMES), st.integers(-9, 9))
def test_a_moved_step_keeps_all_others_in_their_order(data: dict[str, Any], name: str, by: int) -> None:
    assume(name in data["steps"])
    order, there = tidy(data)["order"], moved(data, name, by)
    assert [n for n in there["order"] if n != name] == [n for n in order if n != name]
    assert there["order"].index(name) == max(0, min(len(order) - 1, order.index(name) + by))
    assert there["steps"] == tidy(data)["steps"]


def test_everything_that_names_a_step_follows_it() -> None:
    data = template()
    data["everywhere"] = {"0": "waiting", "9": {"step": "waiting", "language": "en"}}
    data["steps"]["offer"]["keys"]["2"] = {"step": "waiting", "remember": {"waiting": "waiting"}}
    data["start"] = data["rescue"] = "waiting"
    there = renamed(data, "waiting", "line")
    assert (there["start"], there["rescue"]) == ("line", "line")
    assert there["everywhere"] == {"0": "line", "9": {"step": "line", "language": "en"}}
    assert there["steps"]["offer"]["keys"]["2"] == {"step": "line", "remember": {"waiting": "waiting"}}
    assert there["steps"]["welcome"]["then"] == "line"
    assert there["steps"]["line"] == data["steps"]["waiting"]
    assert there["order"].index("line") == data["order"].index("waiting")


def test_a_step_that_is_taken_out_leaves_a_hole_that_is_told() -> None:
    data = template()
    assert leading_to(data, "offer") == ["waiting"]
    there = without_step(data, "offer")
    assert "offer" not in there["order"]
    flow, found = read_flow("x", there)
    assert flow is None
    assert [p.where for p in found] == ["composed.x.steps.waiting.still_busy"]
    assert with_step(there, "offer", data["steps"]["offer"])["steps"] == data["steps"]
