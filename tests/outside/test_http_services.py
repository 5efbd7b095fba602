"""HTTP services as flows ask them: real sockets, services that are slow, broken, hostile, down."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.outside.circuit import Circuit
from callcontrol.outside.http import MOST_BYTES, HttpServices, fact
from callcontrol.ports.outside import Answer
from callcontrol.values.configuration import Service
from tests.outside.crm import Crm


@pytest.fixture
def crm() -> Iterator[Crm]:
    made = Crm()
    yield made
    made.release.set()
    made.server.shutdown()
    made.server.server_close()


def test_facts_come_by_their_names_and_nothing_else(crm: Crm) -> None:
    answer = HttpServices().ask(crm.service(), {"account": "4711"}, "call:1")
    assert answer == Answer("ok", {"balance": "12.50", "is_open": True})
    (got,) = crm.got
    assert (got["method"], got["path"]) == ("GET", "/customers/4711")
    assert got["headers"]["Idempotency-Key"] == "call:1"


@pytest.mark.parametrize("typed", ["../admin", "a/b?x=1#y", "${system}", "二", "%2e%2e", " "])
def test_what_a_caller_types_stays_within_its_place_of_the_address(crm: Crm, typed: str) -> None:
    HttpServices().ask(crm.service(), {"account": typed}, "k")
    path = crm.got[0]["path"]
    assert path.startswith("/customers/")
    assert path.count("/") == 2
    assert "?" not in path


def test_a_post_sends_json_and_is_never_sent_twice(crm: Crm) -> None:
    crm.always = (500, b"")
    service = crm.service(method="POST", send={"id": "{account}", "note": "called: {account}"}, tries=3)
    assert HttpServices().ask(service, {"account": '4"7'}, "k").result == "failed"
    (got,) = crm.got
    assert json.loads(got["body"]) == {"id": '4"7', "note": 'called: 4"7'}


def test_what_may_be_asked_twice_is_tried_again(crm: Crm) -> None:
    crm.answers = [(503, b"")]
    assert HttpServices().ask(crm.service(tries=2), {"account": "1"}, "k").result == "ok"
    assert len(crm.got) == 2


def test_a_secret_of_a_header_comes_from_the_environment(crm: Crm) -> None:
    service = crm.service(headers={"Authorization": "env:CRM_TOKEN", "X-Plain": "a"})
    HttpServices(environment={"CRM_TOKEN": "Bearer s3cret"}).ask(service, {"account": "1"}, "k")
    assert crm.got[0]["headers"]["Authorization"] == "Bearer s3cret"
    assert crm.got[0]["headers"]["X-Plain"] == "a"


@pytest.mark.parametrize(
    ("answered", "result", "said"),
    [
        ((404, b"{}"), "not_found", "knows of no such thing"),
        ((500, b"{}"), "failed", "answered 500"),
        ((302, b""), "failed", "answered 302"),
        ((200, b"<html>"), "failed", "no JSON"),
        ((200, b'"' + b"x" * (MOST_BYTES + 10) + b'"'), "failed", "more than"),
        ((200, b"[1, 2]"), "ok", ""),
        ((204, b""), "ok", ""),
    ],
)
def test_every_answer_leads_somewhere(crm: Crm, answered: tuple[int, bytes], result: str, said: str) -> None:
    crm.always = answered
    answer = HttpServices().ask(crm.service(tries=1), {"account": "1"}, "k")
    assert answer.result == result
    assert said in answer.why


def test_a_slow_service_is_waited_for_no_longer_than_its_deadline(crm: Crm) -> None:
    crm.slow.set()
    began = time.monotonic()
    answer = HttpServices().ask(crm.service(deadline_s=0.3, tries=5), {"account": "1"}, "k")
    assert answer.result == "timeout"
    assert time.monotonic() - began < 2.0


def test_nor_one_that_trickles(crm: Crm) -> None:
    crm.trickle = True
    crm.always = (200, b'{"account": "' + b"x" * 2000 + b'"}')
    began = time.monotonic()
    answer = HttpServices().ask(crm.service(deadline_s=0.3, tries=1), {"account": "1"}, "k")
    assert answer.result == "timeout"
    assert time.monotonic() - began < 2.0


def test_a_service_that_is_down_and_a_place_that_is_not_sent() -> None:
    down = Service("crm", "http://127.0.0.1:1/x", tries=1)
    assert HttpServices().ask(down, {}, "k").result == "failed"
    lacking = Service("crm", "http://127.0.0.1:1/{account}", tries=1)
    assert "{account}" in HttpServices().ask(lacking, {}, "k").why


def test_a_service_that_fails_is_left_alone_and_tried_again_later(crm: Crm) -> None:
    clock = [0.0]
    asker = HttpServices(now=lambda: clock[0])
    service = crm.service(tries=1, circuit_failures=3, circuit_s=30.0)
    crm.always = (500, b"")
    for _ask in range(5):
        assert asker.ask(service, {"account": "1"}, "k").result == "failed"
    assert len(crm.got) == 3
    assert "left alone" in asker.ask(service, {"account": "1"}, "k").why
    clock[0] = 31.0
    crm.always = (200, b"{}")
    assert asker.ask(service, {"account": "1"}, "k").result == "ok"
    assert asker.ask(service, {"account": "1"}, "k").result == "ok"


@given(st.lists(st.tuples(st.sampled_from(["ok", "fail"]), st.floats(0, 40)), max_size=40))
def test_a_circuit_lets_one_trial_through_and_never_stays_open_for_ever(asked: list[tuple[str, float]]) -> None:
    circuit, now, row = Circuit(3, 30.0), 0.0, 0
    for what, later in asked:
        now += later
        if not circuit.lets_through(now):
            assert circuit.opened_at is not None
            assert now < circuit.opened_at + 30.0
            continue
        if what == "ok":
            circuit.succeeded()
            row = 0
            assert circuit.lets_through(now)
        else:
            circuit.failed(now)
            row += 1
            assert (circuit.opened_at is not None) == (row >= 3)


def test_of_two_who_ask_while_it_is_tried_again_only_one_is_let_through() -> None:
    circuit = Circuit(1, 10.0)
    circuit.failed(0.0)
    assert [circuit.lets_through(11.0), circuit.lets_through(11.0)] == [True, False]


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.b", 1), ("a.list.1", "y"), ("a.list.9", None), ("a", None), ("missing.deep", None), ("a.n", None)],
)
def test_a_fact_is_a_plain_value_or_nothing(path: str, value: object) -> None:
    assert fact({"a": {"b": 1, "list": ["x", "y"], "n": None}}, path) == value
