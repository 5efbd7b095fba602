"""Who gets the trial of an entry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.configuration import Configuration, Entry, Trial, as_data, from_data
from callcontrol.values.configuration_checks import check
from callcontrol.values.configuration_reading import ConfigurationError
from callcontrol.values.numbers import number_key
from callcontrol.values.trials import (
    MOST_CALLERS,
    choose,
    lot,
    made_everybodys,
    on_trial,
    present,
    with_keys,
    without_trial,
)

SECRET = b"secret"
TESTER, OTHER = (number_key(number, SECRET) for number in ("13800138000", "13900139000"))
TRIED = Entry(
    "4001",
    "hotline",
    release=1,
    parameters={"tries": 2, "language": "zh"},
    trial=Trial(release=2, parameters={"tries": 3}, callers={TESTER: "138****8000"}, share=0.25),
)
calls = st.uuids().map(str)


@given(calls)
def test_a_listed_caller_always_gets_the_trial_and_it_says_why(call: str) -> None:
    chosen = choose(TRIED, TESTER, call)
    assert (chosen.release, chosen.trial) == (2, "caller")
    assert chosen.parameters == {"tries": 3, "language": "zh"}, "the entry's, and over them the trial's"


@given(calls, st.floats(0, 1))
def test_the_lot_decides_for_everybody_else_and_explains_it(call: str, share: float) -> None:
    entry = Entry("4001", "hotline", release=1, trial=Trial(release=2, share=share))
    chosen = choose(entry, OTHER, call)
    assert (chosen.trial == "share") == (chosen.lot < share)
    assert chosen.release == (2 if chosen.trial else 1)
    assert choose(entry, OTHER, call) == chosen, "on every controller, at every time"


@given(calls)
def test_a_lot_that_equals_the_share_is_not_below_it(call: str) -> None:
    assert choose(Entry("4001", "hotline", trial=Trial(share=lot(call))), "", call).trial == ""


@given(calls, st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_takes_nobody_out_of_the_trial(call: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    tried = [choose(Entry("4001", "x", trial=Trial(share=share)), "", call).trial for share in (less, more)]
    assert tried != ["share", ""]


def test_the_lots_are_spread_evenly() -> None:
    lots = [lot(f"call-{number}") for number in range(4000)]
    assert all(0 <= one < 1 for one in lots)
    for share in (0.01, 0.1, 0.5, 0.9):
        assert sum(one < share for one in lots) / len(lots) == pytest.approx(share, abs=0.03)


@given(calls)
def test_without_a_trial_nobody_gets_one_and_with_the_whole_share_everybody(call: str) -> None:
    entry = Entry("4001", "hotline", release=3, trial=Trial(release=2))
    assert choose(entry, TESTER, call) == present(entry, lot(call))
    assert choose(Entry("4001", "hotline", trial=Trial(share=1.0)), "", call).trial == "share"


def test_a_withheld_number_is_on_no_list() -> None:
    entry = Entry("4001", "hotline", trial=Trial(callers={"": "?"}))
    assert choose(entry, "", "call").trial == ""


def test_a_trial_without_a_release_of_its_own_tries_parameters_in_the_entry_s() -> None:
    entry = Entry("4001", "hotline", release=4, trial=Trial(parameters={"tries": 3}, share=1))
    assert (choose(entry, "", "call").release, choose(entry, "", "call").parameters) == (4, {"tries": 3})


def test_the_trial_is_made_everybody_s_or_ended() -> None:
    assert made_everybodys(TRIED) == Entry("4001", "hotline", release=2, parameters={"tries": 3, "language": "zh"})
    assert without_trial(TRIED) == Entry("4001", "hotline", release=1, parameters={"tries": 2, "language": "zh"})
    assert not on_trial(without_trial(TRIED))
    assert not on_trial(Entry("4001", "hotline", trial=Trial(release=2)))
    assert on_trial(Entry("4001", "hotline", trial=Trial(callers={TESTER: "138****8000"})))
    assert on_trial(Entry("4001", "hotline", trial=Trial(share=0.01)))


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (Entry("4001", "x", release=-1), "entries.4001.release"),
        (Entry("4001", "x", trial=Trial(release=-1)), "entries.4001.trial.release"),
        (Entry("4001", "x", trial=Trial(share=1.5)), "entries.4001.trial.share"),
        (Entry("4001", "x", trial=Trial(share=-0.1)), "entries.4001.trial.share"),
        (Entry("4001", "x", trial=Trial(callers={"13800138000": ""})), "entries.4001.trial.callers"),
        (Entry("4001", "x", trial=Trial(callers={"anna": ""})), "entries.4001.trial.callers"),
        (Entry("4001", "x", trial=Trial(callers={TESTER: "13800138000"})), "entries.4001.trial.callers"),
        (
            Entry("4001", "x", trial=Trial(callers={f"{n:016x}": "1****" for n in range(MOST_CALLERS + 1)})),
            "entries.4001.trial.callers",
        ),
    ],
)
def test_a_wrong_trial_is_a_sentence_and_forbids_publishing(entry: Entry, where: str) -> None:
    found = check(Configuration(entries={"4001": entry}))
    assert [p.where for p in found if p.fatal] == [where]
    assert "13800138000" not in str(found[0]), "no number in full"
    assert found[0].what.endswith(".")


def test_a_trial_for_nobody_is_a_warning() -> None:
    (problem,) = check(Configuration(entries={"4001": Entry("4001", "x", trial=Trial(release=2))}))
    assert not problem.fatal


def test_a_written_list_of_numbers_becomes_keys_and_travels_as_such() -> None:
    written = from_data(
        {"entries": {"4001": {"flow": "x", "trial": {"callers": ["13800138000", "anna"], "share": 0.1}}}}
    )
    kept = with_keys(written, SECRET)
    assert kept.entries["4001"].trial.callers == {TESTER: "138****8000", "anna": "?"}
    assert "13800138000" not in str(as_data(kept))
    assert with_keys(kept, SECRET) == kept
    assert from_data(as_data(kept)) == kept
    assert [p.where for p in check(kept)] == ["entries.4001.trial.callers"], "anna is no number"


def test_a_release_of_an_older_program_has_no_trial() -> None:
    read = from_data({"entries": {"4001": {"flow": "x", "language": "en", "parameters": {}}}})
    assert read.entries["4001"] == Entry("4001", "x", "en")


def test_callers_that_are_no_list_of_numbers_are_refused_without_saying_them_back() -> None:
    with pytest.raises(ConfigurationError) as refused:
        from_data({"entries": {"4001": {"flow": "x", "trial": {"callers": [13800138000]}}}})
    assert "13800138000" not in str(refused.value)
