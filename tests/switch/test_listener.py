"""Calls are taken at once, given away when their conductor fails, and drained without losing one."""

from __future__ import annotations

import gevent
import gevent.socket
import pytest
from gevent.event import Event
from gevent.queue import Queue

from callcontrol.ports.switch import SessionClosed, SwitchError
from callcontrol.switch.listener import CallListener
from tests.switch.peer import DEADLINE_S, Peer, usual
from tests.switch.session_story import channel


def ignore(_: object) -> None:
    return


def dial(port: int) -> Peer:
    """What the switch does for a call."""
    sock = gevent.socket.create_connection(("127.0.0.1", port))
    return Peer(sock, lambda command: channel() if command == "connect" else usual(command))


def test_each_call_has_a_greenlet_of_its_own_and_many_are_taken_at_once() -> None:
    calls: Queue = Queue()
    done = Event()

    def conduct(session) -> None:  # type: ignore[no-untyped-def]
        calls.put(session)
        done.wait(DEADLINE_S)

    listener = CallListener("127.0.0.1", 0, conduct, node="n")
    listener.start()
    peers = [dial(listener.port) for _ in range(200)]
    taken = [calls.get(timeout=DEADLINE_S) for _ in peers]
    assert {session.node for session in taken} == {"n"}
    assert listener.calls() == 200
    done.set()
    for peer in peers:
        assert peer.closed.wait(DEADLINE_S)
    assert listener.calls() == 0
    listener.stop()


def test_a_conductor_that_fails_gives_its_call_away_and_harms_no_other() -> None:
    calls: Queue = Queue()

    def conduct(session) -> None:  # type: ignore[no-untyped-def]
        calls.put(session)
        if session.variable("bad") is None:
            raise RuntimeError("the conductor fails")

    listener = CallListener("127.0.0.1", 0, conduct, node="n")
    listener.start()
    first, second = dial(listener.port), dial(listener.port)
    assert first.closed.wait(DEADLINE_S)
    assert second.closed.wait(DEADLINE_S)
    assert calls.qsize() == 2
    listener.stop()


def test_a_peer_that_is_no_switch_is_sent_away() -> None:
    listener = CallListener("127.0.0.1", 0, ignore, node="n")
    listener.start()
    peer = Peer(gevent.socket.create_connection(("127.0.0.1", listener.port)), None)
    peer.expect("connect")
    peer.send(b"GET / HTTP/1.1\nContent-Length: no\n\n")
    assert peer.closed.wait(DEADLINE_S)
    listener.stop()


def test_two_processes_share_a_port_and_a_third_user_of_it_is_a_sentence() -> None:
    first = CallListener("127.0.0.1", 0, ignore, node="n")
    first.start()
    second = CallListener("127.0.0.1", first.port, ignore, node="n")
    second.start()
    first.stop()
    second.stop()
    alone = gevent.socket.socket()
    alone.bind(("127.0.0.1", 0))
    alone.listen(1)
    with pytest.raises(SwitchError, match="stop what uses the port"):
        CallListener("127.0.0.1", alone.getsockname()[1], ignore, node="n").start()
    alone.close()


def test_draining_takes_who_already_waits_and_nobody_after() -> None:
    calls: Queue = Queue()
    go = Event()

    def conduct(session) -> None:  # type: ignore[no-untyped-def]
        calls.put(session)
        go.wait(DEADLINE_S)

    listener = CallListener("127.0.0.1", 0, conduct, node="n")
    listener.start()
    peers = [dial(listener.port) for _ in range(20)]  # connected, not yet accepted: no greenlet has run since
    listener.stop_accepting()
    listener.stop_accepting()
    for _ in peers:
        calls.get(timeout=DEADLINE_S)
    with pytest.raises(OSError, match="refused"):
        dial(listener.port)
    assert not [peer for peer in peers if peer.closed.is_set()]
    go.set()
    for peer in peers:
        assert peer.closed.wait(DEADLINE_S)


def test_stopping_lets_go_of_calls_in_hand() -> None:
    told: Queue = Queue()
    listener = CallListener("127.0.0.1", 0, lambda session: told.put(session.next_event(DEADLINE_S)), node="n")
    listener.start()
    peer = dial(listener.port)
    peer.expect("api uuid_setvar_multi")
    listener.stop()
    assert told.get(timeout=DEADLINE_S) == SessionClosed()
    assert peer.closed.wait(DEADLINE_S)


def test_a_call_beyond_the_limit_is_left_to_another_controller() -> None:
    calls: Queue = Queue()
    go = Event()

    def conduct(session) -> None:  # type: ignore[no-untyped-def]
        calls.put(session)
        go.wait(DEADLINE_S)

    listener = CallListener("127.0.0.1", 0, conduct, node="n", max_calls=1)
    listener.start()
    first = dial(listener.port)
    calls.get(timeout=DEADLINE_S)
    assert dial(listener.port).closed.wait(DEADLINE_S)
    assert not first.closed.is_set()
    go.set()
    listener.stop()
