"""Conditions on a queue's state: text to rule and back, errors that point at the character, and what is not known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.conditions import ALWAYS, STATE, Condition, ConditionError, parse_condition
from callcontrol.values.expressions import COMPARE, MAX_LENGTH, All, Any, Has, Node, Not

numbers = st.one_of(st.integers(0, 9), st.integers(0, 99).map(lambda tenths: tenths / 10))
simple = st.builds(Has, st.sampled_from(sorted(STATE)), st.sampled_from(sorted(COMPARE)), numbers)


def nested(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Not, parts),
        st.lists(parts.filter(lambda p: not isinstance(p, All)), min_size=2, max_size=3).map(lambda p: All(tuple(p))),
        st.lists(parts.filter(lambda p: not isinstance(p, Any)), min_size=2, max_size=3).map(lambda p: Any(tuple(p))),
    )


trees = st.recursive(simple, nested, max_leaves=6)
states = st.fixed_dictionaries(dict.fromkeys(STATE, numbers))


@given(trees)
def test_the_text_of_a_condition_parses_to_the_same_condition(tree: Node) -> None:
    assert parse_condition(str(Condition(tree))) == Condition(tree)


@given(tree=trees, state=states)
def test_python_reads_the_same_words_the_same_way(tree: Node, state: dict[str, float]) -> None:
    text = str(Condition(tree))
    assert parse_condition(text).holds(state) == bool(eval(text, {}, dict(state)))


@given(simple, st.sampled_from([None, math.nan]))
def test_a_comparison_with_what_is_not_known_is_false_and_not_turns_it_round(leaf: Has, unknown: float | None) -> None:
    state = {} if unknown is None else {leaf.name: unknown}
    assert not Condition(leaf).holds(state)
    assert Condition(Not(leaf)).holds(state)


def test_no_limit_is_greater_than_every_number() -> None:
    assert parse_condition("load > 999999").holds({"load": math.inf})


def test_an_empty_text_always_holds() -> None:
    assert parse_condition("  ") == ALWAYS
    assert ALWAYS.holds({})


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("load >", 6, "a number is expected, such as 3 or 1.2"),
        ("load", 4, "a comparison is expected, such as load > 3"),
        ("load > 1 and lood < 2", 13, "no value 'lood'; there are waiting, longest_wait_s"),
        ("load = 3", 5, "equality is written =="),
        ("load > 1.", 8, "'.' has no meaning in a condition"),
        ("load > 99999999", 7, "at most 1000000"),
        ("load > 1.2345", 7, "at most 3 decimals"),
        ("(free < 2", 0, "never closed"),
        ("free < 2 busy > 1", 9, "'and' or an 'or' is missing"),
        ("free < 2 and", 12, "add a value's name"),
        ("2 > free", 0, "A value's name is expected here, not '2'"),
        ("not", 3, "The condition stops where a value is expected"),
        ("free > busy", 7, "After free > a number is expected"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, "The condition has 501 characters"),
    ],
)
def test_an_error_points_at_the_wrong_character(text: str, position: int, words: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert caught.value.position == position
    assert words in caught.value.sentence


@given(st.text(alphabet="loadfreand not()<>=!.0123", max_size=30))
def test_any_text_is_a_condition_or_an_error_that_points_into_it(text: str) -> None:
    try:
        condition = parse_condition(text)
    except ConditionError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - either end is right
    else:
        assert parse_condition(str(condition)) == condition
