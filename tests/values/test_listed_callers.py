"""The list of callers: read from a file as numbers, kept as keys, never in full."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.configuration import as_data, from_data
from callcontrol.values.configuration_checks import check
from callcontrol.values.numbers import masked, number_key
from callcontrol.values.trials import with_keys

SECRET = b"secret"
NUMBERS = st.from_regex(r"\+?[0-9]{7,15}", fullmatch=True)


@given(st.dictionaries(NUMBERS, st.booleans(), max_size=5))
def test_numbers_become_keys_and_are_found_by_them(callers: dict[str, bool]) -> None:
    written = from_data(
        {"callers": {number: {"label": "A", "blocked": blocked} for number, blocked in callers.items()}}
    )
    kept = with_keys(written, SECRET)
    assert {key: caller.blocked for key, caller in kept.callers.items()} == {
        number_key(number, SECRET): blocked for number, blocked in callers.items()
    }
    text = json.dumps(as_data(kept))
    assert not any(number.lstrip("+") in text for number in callers)
    assert with_keys(kept, SECRET) == kept
    assert from_data(json.loads(text)) == kept
    assert check(kept) == []
    assert {caller.shown for caller in kept.callers.values()} == {masked(number) for number in callers}


def test_a_number_in_full_is_refused_without_being_said() -> None:
    (problem,) = check(from_data({"callers": {"13800138000": {"label": "Zhang"}}}))
    assert problem.fatal
    assert "in full" in problem.what
    assert "13800138000" not in str(problem)


def test_what_is_no_caller_is_named() -> None:
    kept = with_keys(
        from_data({"callers": {"anna": {}, "13800138000": {"vip": 101, "language": "fr", "label": "x" * 81}}}), SECRET
    )
    said = [problem.what for problem in check(kept)]
    assert len(said) == 4, said
    assert any("no number" in what for what in said)
