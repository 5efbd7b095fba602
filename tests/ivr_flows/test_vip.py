"""The VIP line: in front, to the agent whom one knows, never told to call at another time, never left without a person."""

import pytest

from callcontrol.flow import commands as cmd
from callcontrol.flow.rehearsal import Rehearsal, is_always
from ivr_flows.vip import Vip

LOOK_UP = {"look_up": True, "points": 7, "agent": "1009"}


def joins(call: Rehearsal) -> list[cmd.JoinQueue]:
    return [c for c in call.done if isinstance(c, cmd.JoinQueue)]


def test_who_says_nothing_is_in_line_after_one_short_menu_with_the_points_of_the_line():
    call = Rehearsal(Vip, parameters={"points": 7, "queue": "vip"}).run()
    assert call.heard()[:2] == ["vip.welcome", "vip.menu"]
    assert [(j.queue, j.vip, j.prefer) for j in joins(call)] == [("vip", 7, "")]


def test_the_own_agent_is_waited_for():
    (join,) = joins(Rehearsal(Vip, parameters={"agent": "1004"}).run("2"))
    assert (join.queue, join.prefer) == ("billing", "1004")


def test_a_service_that_knows_the_customer_says_points_and_agent():
    known = {"customers": {"vip_points": 50, "agent": "1004"}}
    (join,) = joins(Rehearsal(Vip, parameters=LOOK_UP, services=known).run())
    assert (join.vip, join.prefer) == (50, "1004")


@pytest.mark.parametrize("points", ["many", "", None, -3, 0, 1001, 10**30, 2.5, True])
def test_points_that_are_none_are_those_of_the_line(points: object):
    call = Rehearsal(Vip, parameters=LOOK_UP, services={"customers": {"vip_points": points}}).run()  # type: ignore[dict-item]
    assert [j.vip for j in joins(call)] == [7]
    assert not call.rescued()


@pytest.mark.parametrize("agent", [None, 17, True, "x" * 500])
def test_an_agent_who_is_no_name_is_the_one_of_the_line(agent: object):
    call = Rehearsal(Vip, parameters=LOOK_UP, services={"customers": {"agent": agent}}).run()  # type: ignore[dict-item]
    assert [j.prefer for j in joins(call)] == ["1009"]
    assert not call.rescued()


@pytest.mark.parametrize("answer", ["not_found", "failed", "timeout"])
def test_without_an_answer_of_the_service_the_points_of_the_line_count(answer: str):
    call = Rehearsal(Vip, parameters=LOOK_UP)
    call.begin()
    call.service_answers(answer)
    call.listen()
    call.be_silent()
    assert [(j.vip, j.prefer) for j in joins(call)] == [(7, "1009")]


@pytest.mark.parametrize("branch", ["away", "nobody", "timeout", "full", "closed", "still_busy"])
def test_whatever_ends_the_waiting_another_team_answers_and_then_a_callback_is_offered(branch: str):
    call = Rehearsal(Vip, callbacks={"billing": ""}, queue_hours={"support": "", "billing": ""})
    call.begin()
    call.listen()
    call.be_silent()
    call.released(branch)
    assert call.heard()[-1] == "vip.anybody"
    call.listen()
    assert [(j.queue, j.vip) for j in joins(call)] == [("support", 20), ("billing", 20)]
    call.released(branch)
    assert call.heard()[-1] == "callback.confirm"


def test_after_hours_the_line_says_so():
    call = Rehearsal(Vip, parameters={"hours": "office"}, opening=is_always(False)).run()
    assert call.heard() == ["hotline.closed", "goodbye"]
