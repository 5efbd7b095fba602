"""Merging, by its properties: what only one changed is kept, what both changed differently is asked about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.admin.differences import differences
from callcontrol.admin.edits import Flat, flat, merge, nested, packed, unpacked
from callcontrol.admin.forms import queue_values
from callcontrol.values.configuration import Announcement, Queue, from_data

# few paths and few values, so that two editors meet often
flats = st.dictionaries(st.sampled_from(["a", "b", "c.d", "c.e"]), st.integers(0, 2), max_size=4)


@given(flats, flats, flats)
def test_merging_keeps_every_edit_or_asks(base: Flat, mine: Flat, theirs: Flat) -> None:
    merged = merge(base, mine, theirs)
    for path in {*base, *mine, *theirs}:
        was, here, there, now = base.get(path), mine.get(path), theirs.get(path), merged.values.get(path)
        if here == was:
            assert now == there
        elif there in (was, here):
            assert now == here
        else:
            assert merged.theirs[path] == there
            assert now == here
    assert set(merged.theirs) == {
        path
        for path in {*base, *mine, *theirs}
        if len({mine.get(path), base.get(path), theirs.get(path)}) == 3
        or (mine.get(path) != theirs.get(path) and base.get(path) not in (mine.get(path), theirs.get(path)))
    }


@given(flats, flats)
def test_who_saves_alone_gets_exactly_what_was_typed(base: Flat, mine: Flat) -> None:
    merged = merge(base, mine, base)
    assert merged.values == mine
    assert merged.theirs == {}


@given(flats)
def test_what_is_packed_into_the_form_comes_back(values: Flat) -> None:
    assert unpacked(packed(values)) == values
    assert flat(nested(values)) == values


@given(st.text(max_size=30))
def test_a_hidden_field_that_was_tampered_with_is_no_base(text: str) -> None:
    found = unpacked(text)
    assert found is None or isinstance(found, dict)


@given(flats, flats)
def test_differences_are_none_exactly_where_both_are_equal(one: Flat, other: Flat) -> None:
    left, right = nested(one), nested(other)
    found = differences(left, right)
    assert (found == []) == (left == right)
    assert {d.path for d in found} == {path for path in {*one, *other} if one.get(path) != other.get(path)}


def test_a_queue_goes_flat_and_back() -> None:
    queue = Queue("q", {"zh": "甲"}, "zh >= 2", announcement=Announcement(False, {"en": "later"}, 0.25))
    assert from_data({"queues": {"q": nested(flat(queue))}}).queues["q"] == queue
    assert queue_values(queue)["max_share"] == "25"
