"""A flow rings somebody who is no agent: every end has its way, and nobody rings for nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import AskDigits, Dial, Flow, HangUp, Play, Remembered, Transfer, words
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.record import CallRecord, Party
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.steps.dial import DIALLED
from callcontrol.flow.steps.rings import party_leg
from callcontrol.flow.testing import Story, coverage, generated_stories, play, surprises, surviving_mutants
from callcontrol.values.dial_results import BRANCHES, branch_of


class Directory(Flow):
    title = words(zh="分机", en="Extension")
    start = "who"
    rescue = "sorry"
    everywhere = {"0": "operator"}
    who = AskDigits("hotline.menu", remember="extension", then="ring", silence="operator", max_digits=11, tries=1)
    ring = Dial(
        Remembered("extension"),
        after_talk="bye",
        busy="busy",
        no_answer="nobody",
        rejected="refused",
        unreachable="nowhere",
        failed="forbidden",
        timeout="late",
        record=True,
    )
    busy = Play("hotline.too_long", then="end")
    nobody = Play("hotline.too_long", then="end")
    refused = Play("hotline.too_long", then="end")
    nowhere = Play("hotline.too_long", then="end")
    forbidden = Play("hotline.too_long", then="end")
    late = Play("hotline.too_long", then="end")
    operator = Play("hotline.welcome", then="end")
    bye = Play("goodbye", then="end")
    sorry = Play("rescue.sorry", then="end")
    end = HangUp()


ENDS = dict(zip(BRANCHES, ("busy", "nobody", "refused", "nowhere", "forbidden", "late"), strict=True))


@pytest.mark.parametrize("branch", BRANCHES)
def test_every_failure_has_its_way(branch: str) -> None:
    call = play(Directory, Story(["press 4711", f"party {branch}"]))
    assert call.record.step == ENDS[branch]
    assert call.record.party is None


def test_after_the_talk_the_caller_goes_on_and_the_flow_knows_with_whom_it_was() -> None:
    call = play(Directory, Story(["press 4711", "party answers", "party hangs up"]))
    assert call.record.step == "bye"
    assert call.record.context[DIALLED] == {"to": "4711", "talk_s": 60.0}


def test_generated_stories_find_no_trouble_and_take_every_way() -> None:
    stories = list(generated_stories(Directory))
    assert not list(surprises(Directory, stories))
    assert not coverage(Directory, [play(Directory, story) for story in stories]).missing_edges()
    assert not surviving_mutants(Directory, stories)


def rung(call: Rehearsal) -> list[cmd.RingParty]:
    return [command for command in call.done if isinstance(command, cmd.RingParty)]


def ended(call: Rehearsal) -> list[str]:
    return [command.leg for command in call.done if isinstance(command, cmd.EndParty)]


def test_another_controller_goes_on_with_the_same_leg() -> None:
    call = play(Directory, Story(["press 4711", "taken over", "taken over"]))
    assert len({command.leg for command in rung(call)}) == 1
    assert len(rung(call)) == 3
    call.party_answers()
    assert call.record.party is not None
    assert call.record.party.phase == "talking"


def test_who_comes_back_while_nobody_watched_goes_on_after_the_talk() -> None:
    assert play(Directory, Story(["press 4711", "party answers", "taken over"])).record.step == "bye"


@pytest.mark.parametrize("away", ["press 0", "lost"])
def test_whatever_leads_away_from_a_ringing_leg_ends_it(away: str) -> None:
    call = play(Directory, Story(["press 4711", away]))
    assert ended(call) == [rung(call)[-1].leg]
    assert call.record.party is None


def test_another_try_is_another_leg() -> None:
    assert len({party_leg(call, wait) for call in ("a", "b") for wait in range(50)}) == 100


def test_a_late_word_of_another_leg_changes_nothing() -> None:
    call = play(Directory, Story(["press 4711"]))
    before = call.record
    for event in (ev.PartyJoined("other", "x"), ev.PartyFailed("other", "busy"), ev.PartyEnded("other")):
        call.tell(event)
    assert call.record == before


def test_the_record_travels_and_one_without_a_party_is_read_by_the_release_before() -> None:
    record = CallRecord("c", "f", 1, "zh", party=Party("leg", "talking", "1001", 12.5))
    assert CallRecord.from_data(json.loads(json.dumps(record.as_data()))) == record
    assert "party" not in CallRecord("c", "f", 1, "zh").as_data()


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ_", max_size=40), st.booleans())
def test_every_cause_has_a_branch(cause: str, rang: bool) -> None:
    assert branch_of(cause, rang=rang) in BRANCHES


def test_a_phone_that_never_rang_did_not_fail_to_answer() -> None:
    assert branch_of("NO_ANSWER", rang=True) == "no_answer"
    assert branch_of("NO_ANSWER", rang=False) == "timeout"
    assert branch_of("USER_BUSY", rang=False) == "busy"


class HandOver(Flow):
    title = words(zh="转接", en="Hand-over")
    start = "give"
    rescue = "sorry"
    give = Transfer(
        "reception",
        confirm=True,
        busy="menu",
        no_answer="menu",
        rejected="sorry",
        unreachable="sorry",
        failed="sorry",
    )
    menu = Play("hotline.too_long", then="end")
    sorry = Play("rescue.sorry", then="end")
    end = HangUp()


def test_a_transferred_call_is_over_for_the_flow() -> None:
    call = play(HandOver, Story(["party answers"]))
    assert call.over
    assert call.record.step == "give"
    assert rung(call)[0].final


@pytest.mark.parametrize(("branch", "step"), [("busy", "menu"), ("rejected", "sorry"), ("timeout", "sorry")])
def test_a_transfer_that_fails_leads_on(branch: str, step: str) -> None:
    assert play(HandOver, Story([f"party {branch}"])).record.step == step


def test_every_way_of_a_transfer_is_proved_by_generated_stories() -> None:
    stories = list(generated_stories(HandOver))
    assert not list(surprises(HandOver, stories))
    assert not coverage(HandOver, [play(HandOver, story) for story in stories]).missing_edges()


def test_who_is_rung_hears_the_end_of_the_number_and_no_more() -> None:
    (ring,) = rung(play(HandOver, Story([])))
    assert [prompt.key for prompt in ring.said] == ["party.call", "party.tail", "party.press"]
    assert ring.said[1].values == {"tail": "8000"}
    assert "13800138000" not in str(ring)
