"""Skill expressions: text to rule and back, and errors that point at the character."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.skills import (
    EVERYBODY,
    MAX_LENGTH,
    MAX_NESTING,
    All,
    Any,
    Has,
    Node,
    Not,
    SkillExpression,
    SkillExpressionError,
    parse,
)

NAMES = ["billing", "zh", "en", "gold-card", "中文", "a.b", "x1"]
OPERATORS = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}

levels = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 6))
simple = st.builds(Has, st.sampled_from(NAMES), st.sampled_from(sorted(OPERATORS)), st.integers(0, 6))


def nested(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Trees as the reader makes them: no ``and`` straight inside an ``and``, at least two parts."""
    return st.one_of(
        st.builds(Not, parts),
        st.lists(parts.filter(lambda p: not isinstance(p, All)), min_size=2, max_size=4).map(lambda p: All(tuple(p))),
        st.lists(parts.filter(lambda p: not isinstance(p, Any)), min_size=2, max_size=4).map(lambda p: Any(tuple(p))),
    )


trees = st.recursive(simple, nested, max_leaves=8)


def holds(node: Node, have: dict[str, int]) -> bool:
    """What the words mean, said a second time."""
    match node:
        case Has(name, sign, level):
            return bool(OPERATORS[sign](have.get(name, 0), level))
        case Not(part):
            return not holds(part, have)
        case All(parts):
            return False not in [holds(part, have) for part in parts]
        case Any(parts):
            return True in [holds(part, have) for part in parts]


@given(trees)
def test_the_text_of_an_expression_parses_to_the_same_expression(tree: Node) -> None:
    expression = SkillExpression(tree)
    assert parse(str(expression)) == expression


@given(tree=trees, have=levels)
def test_an_expression_matches_what_its_words_mean(tree: Node, have: dict[str, int]) -> None:
    assert parse(str(SkillExpression(tree))).matches(have) == holds(tree, have)


@given(tree=trees, have=levels)
def test_python_reads_the_same_words_the_same_way(tree: Node, have: dict[str, int]) -> None:
    """The words, their precedence and the comparisons are Python's, so Python is the judge (names made plain first)."""
    text = str(SkillExpression(tree))
    for number, name in enumerate(sorted(NAMES, key=len, reverse=True)):
        text = text.replace(name, f"N{number}")
    plain = {f"N{n}": have.get(name, 0) for n, name in enumerate(sorted(NAMES, key=len, reverse=True))}
    assert SkillExpression(tree).matches(have) == bool(eval(text, {}, plain))


@given(
    tree=st.recursive(
        st.builds(Has, st.sampled_from(NAMES), st.sampled_from([">=", ">"]), st.integers(0, 6)),
        lambda parts: st.one_of(
            st.lists(parts, min_size=1, max_size=3).map(lambda p: All(tuple(p))),
            st.lists(parts, min_size=1, max_size=3).map(lambda p: Any(tuple(p))),
        ),
        max_leaves=8,
    ),
    have=levels,
    more=levels,
)
def test_more_skill_never_excludes_where_only_at_least_is_asked(
    tree: Node, have: dict[str, int], more: dict[str, int]
) -> None:
    better = {name: max(have.get(name, 0), more.get(name, 0)) for name in {*have, *more}}
    expression = SkillExpression(tree)
    assert not expression.matches(have) or expression.matches(better)


@given(one=trees, other=trees, have=levels)
def test_together_with_asks_for_both(one: Node, other: Node, have: dict[str, int]) -> None:
    both = SkillExpression(one).together_with(SkillExpression(other))
    assert both.matches(have) == (holds(one, have) and holds(other, have))
    assert parse(str(both)) == both


@given(st.text(alphabet="abAnd ornt()<>=!0123456789中\n\t.-_&|'\"", max_size=40))
def test_any_text_is_an_expression_or_an_error_that_points_into_it(text: str) -> None:
    error: SkillExpressionError | None = None
    expression = EVERYBODY
    try:
        expression = parse(text)
    except SkillExpressionError as caught:
        error = caught
    if error is None:
        assert parse(str(expression)) == expression
        return
    assert 0 <= error.position <= len(text)
    sentence, line, caret = str(error).split("\n")
    assert sentence.endswith(".")
    assert caret.strip() == "^"
    if error.position < len(text.rstrip()) and not text[error.position].isspace():
        assert line[caret.index("^")] == text[error.position]


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_text_is_everybody(text: str) -> None:
    assert parse(text) == EVERYBODY
    assert parse(text).matches({})
    assert str(parse(text)) == ""
    assert parse(text).names() == frozenset()


def test_a_bare_name_is_having_it_at_all() -> None:
    assert parse("billing") == parse("billing >= 1")
    assert not parse("billing").matches({"billing": 0})


def test_not_binds_stronger_than_and_and_and_than_or() -> None:
    assert parse("not a and b or c") == parse("((not a) and b) or c")
    assert parse("not not a").matches({"a": 1})


def test_words_may_be_written_in_capitals_and_names_may_contain_them() -> None:
    assert parse("a AND NOT b OR c") == parse("a and not b or c")
    assert parse("android and notary or oral").names() == {"android", "notary", "oral"}


def test_names_are_all_that_are_named() -> None:
    assert parse("billing >= 3 and (zh >= 4 or not en)").names() == {"billing", "zh", "en"}


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a >= ", 4, "a number such as 3"),
        ("a >= b", 5, "a number such as 3"),
        ("a = 3", 2, "equality is written =="),
        ("a ! b", 2, "!="),
        ("a >= 1000", 5, "at most 999"),
        ("a >= 99999999999999999999", 5, "at most 999"),
        ("(a and b", 0, "never closed"),
        ("a)", 1, "closes nothing"),
        ("a b", 2, "'and' or an 'or' is missing"),
        ("(a b)", 3, "'and', an 'or' or a )"),
        ("a and", 5, "add a skill's name"),
        ("and a", 0, "not 'and'"),
        ("a or or b", 5, "not 'or'"),
        ("3 <= a", 0, "not '3'"),
        ("()", 1, "not ')'"),
        ("a & b", 2, "'&' has no meaning"),
        ("__import__('os')", 11, "has no meaning"),
        ("a >= 3; b", 6, "';' has no meaning"),
        ("a >= 3.5", 5, "A level is a whole number"),
    ],
)
def test_an_error_points_at_the_wrong_character(text: str, position: int, words: str) -> None:
    with pytest.raises(SkillExpressionError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.sentence
    assert str(caught.value) == f"{caught.value.sentence}\n{text}\n{' ' * position}^"


def test_length_and_nesting_are_bounded() -> None:
    assert parse(" " * (MAX_LENGTH - 1) + "a").matches({"a": 1})
    with pytest.raises(SkillExpressionError, match="make it 500 at most"):
        parse(" " * MAX_LENGTH + "a")
    assert parse("(" * MAX_NESTING + "a" + ")" * MAX_NESTING) == parse("a")
    for deep in ("(" * (MAX_NESTING + 1) + "a", "not " * (MAX_NESTING + 1) + "a"):
        with pytest.raises(SkillExpressionError, match="nested deeper than 20"):
            parse(deep)


@given(have=levels)
def test_a_grade_is_the_mean_of_what_must_hold_and_the_best_of_alternatives(have: dict[str, int]) -> None:
    zh, en, billing = (have.get(name, 0) for name in ("zh", "en", "billing"))
    assert EVERYBODY.grade(have) == 0
    assert parse("billing").grade(have) == billing
    assert parse("billing and zh").grade(have) == (billing + zh) / 2
    assert parse("zh or en").grade(have) == max(zh, en)
    assert parse("billing and not zh").grade(have) == billing
    assert parse("billing and zh < 3").grade(have) == billing
