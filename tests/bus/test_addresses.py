"""What may stand in redis_url, and what becomes of it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.bus.addresses import WrongAddress, read_address

names = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)
ports = st.integers(1, 65535)


@given(st.lists(st.tuples(names, ports), min_size=1, max_size=4), names, st.integers(0, 15))
def test_sentinels_are_named_by_host_and_port_and_what_they_watch_by_its_name(
    hosts: list[tuple[str, int]], service: str, database: int
) -> None:
    text = ",".join(f"{host}:{port}" for host, port in hosts)
    address = read_address(f"redis+sentinel://{text}/{service}/{database}")
    assert (address.kind, address.nodes, address.service) == ("sentinel", tuple(hosts), service)
    assert address.options == {"db": database}


def test_a_port_that_is_not_named_is_the_usual_one() -> None:
    assert read_address("redis+sentinel://one,two:5/m").nodes == (("one", 26379), ("two", 5))
    assert read_address("redis+cluster://one,[::1]:7").nodes == (("one", 6379), ("::1", 7))


def test_a_password_is_for_the_engines_and_the_sentinels_have_their_own() -> None:
    address = read_address("rediss+sentinel://me:s%40t@a,b/m?sentinel_password=other&ssl_ca_certs=/ca.pem")
    assert address.options["username"] == "me"
    assert address.options["password"] == "s@t"
    assert address.options["ssl_ca_certs"] == "/ca.pem"
    assert address.sentinel_options == {"password": "other"}
    for secret in ("s%40t", "s@t", "other"):
        assert secret not in address.shown


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("redis+sentinel://a,b", "name that the sentinels know"),
        ("redis+sentinel:///m", "names no host"),
        ("redis+sentinel://a/m/x", "'x' is no number of a database"),
        ("redis+cluster://a/3", "database 0 only"),
        ("redis+cluster://a:b", "'a:b' is no host and port"),
        ("redis+cluster://a:99999", "no host and port"),
        ("redis+other://a", "is no address of a journal"),
        ("valkey://a", "is no address of a journal"),
    ],
)
def test_what_is_no_address_is_refused_with_the_forms_there_are(address: str, why: str) -> None:
    with pytest.raises(WrongAddress, match=why) as caught:
        read_address(address)
    assert "redis+sentinel://host:26379" in str(caught.value)


@given(st.text(max_size=30))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    for scheme in ("", "redis://", "redis+sentinel://", "redis+cluster://", "unix://"):
        with contextlib.suppress(WrongAddress):
            read_address(scheme + text)
