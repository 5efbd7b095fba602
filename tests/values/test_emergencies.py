"""Which emergency message acts, for whom, until when; read, written and checked with the configuration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor.rules import read_rules
from callcontrol.flow.commands import Prompt
from callcontrol.prompts.catalogue import shipped_texts, texts_of
from callcontrol.prompts.sounds import spoken
from callcontrol.values.configuration import Configuration, Entry, Queue, as_data, from_data
from callcontrol.values.configuration_checks import check
from callcontrol.values.configuration_reading import ConfigurationError
from callcontrol.values.emergencies import Emergency, of_entry, of_queue

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
names = st.sampled_from(["a", "b", "c"])
chosen = st.lists(st.sampled_from(["x", "y"]), unique=True).map(tuple)
acting = ["2026-03-04T12:01Z", "2026-03-04T20:01+08:00"]
untils = st.sampled_from(acting) | st.sampled_from(
    ["", "noon", "2026-03-04T11:59", "2026-03-04T11:59Z", "2026-03-04T12:00Z", *acting]
)
emergencies = st.dictionaries(
    names, st.tuples(chosen, chosen, st.booleans(), st.booleans(), untils), min_size=2, max_size=3
).map(
    lambda rows: {
        name: Emergency(name, {}, entries, queues, waiting, hang_up, until)
        for name, (entries, queues, waiting, hang_up, until) in rows.items()
    }
)


@given(emergencies, st.sampled_from(["x", "y", "z"]))
def test_of_those_that_act_there_one_that_closes_the_line_comes_first_then_the_first_by_name(
    held: dict[str, Emergency], place: str
) -> None:
    for found, field in ((of_entry(held, place, NOON), "entries"), (of_queue(held, place, NOON), "queues")):
        there = [e for e in held.values() if place in getattr(e, field) and e.until in acting]
        closing = [e for e in there if e.hang_up] or there
        assert found == (min(closing, key=lambda e: e.name) if closing else None)


@given(emergencies)
def test_a_configuration_with_messages_survives_its_data_and_the_floor_reads_it_too(held: dict[str, Emergency]) -> None:
    data = as_data(Configuration(emergencies=held))
    assert from_data(data).emergencies == held
    assert read_rules(data).emergencies == held


def test_it_acts_up_to_its_end_and_not_at_it() -> None:
    fire = Emergency("fire", until=NOON.isoformat())
    assert fire.acts(NOON - timedelta(seconds=1))
    assert not fire.acts(NOON)


def test_what_is_wrong_is_said_all_at_once() -> None:
    wrong = Emergency("Fire!", {"fr": "feu"}, ("1",), ("q",), until="noon")
    said = [p.where for p in check(Configuration(emergencies={"Fire!": wrong})) if p.fatal]
    assert said == [f"emergencies.Fire!{rest}" for rest in ("", ".text", ".entries", ".queues", ".until")]


def test_a_right_one_has_no_problem() -> None:
    right = Emergency("fire", {"zh": "火警"}, ("4001",), ("q",), until="2026-03-04T12:00+08:00")
    whole = Configuration(
        queues={"q": Queue("q")}, entries={"4001": Entry("4001", "hotline")}, emergencies={"fire": right}
    )
    assert [p for p in check(whole) if p.where.startswith("emergencies")] == []


@pytest.mark.parametrize("entries", ["4001", [4001], {"4001": 1}])
def test_a_list_of_names_is_a_list_of_texts(entries: object) -> None:
    with pytest.raises(ConfigurationError, match=r"emergencies\.fire\.entries"):
        from_data({"emergencies": {"fire": {"entries": entries}}})


@pytest.mark.parametrize(("language", "said"), [("zh", "火警。"), ("en", "shipped")])
def test_a_language_without_a_text_hears_the_shipped_one(language: str, said: str) -> None:
    texts = texts_of(Configuration(emergencies={"fire": Emergency("fire", {"zh": "火警。", "en": " "})}))
    wanted = shipped_texts().by_language["en"]["emergency"] if said == "shipped" else said
    other = "en" if language == "zh" else "zh"
    assert spoken(Prompt("emergency.fire"), language, texts) == wanted
    assert spoken(Prompt(f"emergency.fire@{language}"), other, texts) == wanted
