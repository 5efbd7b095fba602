"""Outside services of a draft: what is wrong is said before a caller meets it."""

from __future__ import annotations

import pytest

from callcontrol.values.configuration import Configuration, Service
from callcontrol.values.service_checks import check_services

GOOD = Service("crm", "https://crm.example/customers/{account}", answers={"balance": "balance"})


def problems(**changes: object) -> list[str]:
    service = Service(**{**{f: getattr(GOOD, f) for f in GOOD.__dataclass_fields__}, **changes})  # type: ignore[arg-type]
    return [str(problem) for problem in check_services(Configuration(services={service.name: service}))]


def test_a_good_one_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "CRM system"}, "small letters"),
        ({"url": "crm.example/x"}, "is no address"),
        ({"url": "ftp://crm.example/x"}, "is no address"),
        ({"url": "https://[::1/x"}, "is no address"),
        ({"url": "https://{host}/x"}, "in its host"),
        ({"url": "https://crm.example{account}/x"}, "in its host"),
        ({"url": "https://me:secret@crm.example/x"}, "holds a password"),
        ({"url": "http://crm.example/x"}, "not encrypted"),
        ({"method": "FETCH"}, "is no method"),
        ({"deadline_s": 0.0}, "out of range"),
        ({"tries": 9}, "out of range"),
        ({"headers": {"X Y": "a"}}, "can't be a header"),
        ({"headers": {"X": "a\r\nSet: b"}}, "can't be a header"),
        ({"answers": {}}, "is empty"),
    ],
)
def test_each_problem_is_a_sentence(changes: dict[str, object], sentence: str) -> None:
    (problem,) = problems(**changes)
    assert sentence in problem
