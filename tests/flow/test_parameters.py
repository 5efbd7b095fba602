"""Typed parameters: what a supervisor may write, and what a call gets."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from callcontrol.flow.parameters import Number, OneOf, Parameter, Remembered, Seconds, Text, YesNo, resolve

HELP = {"zh": "助", "en": "help"}
ALL: list[Parameter[Any]] = [
    Number(default=3, minimum=1, maximum=9, help=HELP),
    Seconds(default=5, minimum=1, maximum=60, help=HELP),
    Text(default="support", names="queue", help=HELP, max_length=10),
    OneOf(default="a", options=("a", "b"), help=HELP),
    YesNo(default=True, help=HELP),
]
for number, each in enumerate(ALL):
    each.__set_name__(object, f"p{number}")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda x: st.lists(x, max_size=2), max_leaves=3
)


@given(st.sampled_from(ALL), JSON)
def test_whatever_is_written_a_call_gets_a_right_value(parameter: Parameter[Any], written: Any):
    value = parameter.of({parameter.name: written})
    assert parameter.problem(value) == ""
    if parameter.problem(written):
        assert value == parameter.default
    else:
        assert value == written


@pytest.mark.parametrize(
    ("parameter", "value", "problem"),
    [
        (ALL[0], 10, "is 10; it must lie between 1 and 9"),
        (ALL[0], True, "must be a whole number, not True"),
        (ALL[0], "3", "must be a whole number, not '3'"),
        (ALL[1], float("nan"), "is nan; it must lie between 1 and 60 s"),
        (ALL[2], "x" * 11, "has 11 characters; at most 10 fit"),
        (ALL[3], "c", "must be one of a, b, not 'c'"),
        (ALL[4], 1, "must be true or false, not 1"),
    ],
)
def test_a_wrong_value_is_told_in_words(parameter: Parameter[Any], value: Any, problem: str):
    assert parameter.problem(value) == problem


def test_a_form_can_be_drawn_from_a_parameter():
    assert ALL[1].as_form() == {
        "name": "p1",
        "kind": "duration",
        "default": 5,
        "help": HELP,
        "unit": "s",
        "minimum": 1,
        "maximum": 60,
    }
    assert [p.as_form()["kind"] for p in ALL] == ["int", "duration", "text", "choice", "bool"]


def test_what_stands_in_a_step_is_resolved_when_the_call_comes_there():
    queue = Remembered("queue", otherwise=ALL[2])  # type: ignore[arg-type]
    assert resolve(queue, {}, {}) == "support"
    assert resolve(queue, {"p2": "billing"}, {}) == "billing"
    assert resolve(queue, {"p2": "billing"}, {"queue": "sales"}) == "sales"
    assert resolve(7, {}, {}) == 7
