"""A connection survives what a peer can do to it, and says so in a sentence when it can't."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import AsyncResult

from callcontrol.ports.switch import ConnectionLost
from callcontrol.switch import commands, gate
from callcontrol.switch.commands import Command
from callcontrol.switch.connection import MAX_IN_FLIGHT, Connection, Late
from callcontrol.switch.gate import Refused
from callcontrol.switch.wire import Frame
from tests.switch.peer import DEADLINE_S, Peer, answer, event, pair, reply

STATUS = Command("api status")


class Owner:
    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.closed: AsyncResult[str] = AsyncResult()
        self.ends = 0
        self.seen = gevent.event.Event()

    def frame(self, frame: Frame) -> None:
        if frame.content_type == "text/trap":
            raise RuntimeError("the owner fails")
        self.frames.append(frame)
        self.seen.set()

    def gone(self, reason: str) -> None:
        self.ends += 1
        self.closed.set(reason)


def connected(answer_with=None, **options) -> tuple[Connection, Peer, Owner]:  # type: ignore[no-untyped-def]
    ours, theirs = pair()
    owner = Owner()
    connection = Connection(ours, "test", owner.frame, owner.gone, **options)
    connection.start_event_handlers()
    return connection, Peer(theirs, answer_with), owner


def in_flight(connection: Connection, peer: Peer) -> gevent.Greenlet:
    def ask() -> object:
        try:
            return connection.send(STATUS)
        except Exception as error:
            return error

    greenlet = gevent.spawn(ask)
    peer.expect("api status")
    return greenlet


def test_answers_find_their_commands_in_order() -> None:
    connection, peer, _ = connected()
    first, second = in_flight(connection, peer), in_flight(connection, peer)
    peer.send(answer("one"), reply("-ERR two"))
    assert first.get(timeout=DEADLINE_S).text == "one"
    assert second.get(timeout=DEADLINE_S).text == "-ERR two"
    assert not second.get().ok


def test_half_a_frame_is_waited_for_and_events_between_answers_go_to_the_owner() -> None:
    connection, peer, owner = connected()
    asked = in_flight(connection, peer)
    data = event("HEARTBEAT") + answer("done")
    for number in range(len(data)):
        peer.send(data[number : number + 1])
    assert asked.get(timeout=DEADLINE_S).text == "done"
    assert [f.content_type for f in owner.frames] == ["text/event-json"]


def test_every_command_in_flight_fails_when_the_peer_goes() -> None:
    connection, peer, owner = connected()
    asked = [in_flight(connection, peer) for _ in range(3)]
    peer.send(answer("only one")[:-3])
    peer.close()
    for one in asked:
        assert isinstance(one.get(timeout=DEADLINE_S), ConnectionLost)
    assert "closed" in owner.closed.get(timeout=DEADLINE_S)
    with pytest.raises(ConnectionLost, match="gone"):
        connection.send(STATUS)
    assert owner.ends == 1


def test_our_own_stop_fails_what_is_in_flight_too_and_can_be_said_twice() -> None:
    connection, peer, owner = connected()
    asked = in_flight(connection, peer)
    connection.stop()
    connection.stop()
    assert isinstance(asked.get(timeout=DEADLINE_S), ConnectionLost)
    assert peer.closed.wait(DEADLINE_S)
    assert owner.closed.get(timeout=DEADLINE_S)
    assert owner.ends == 1


def test_a_command_without_an_answer_has_a_deadline_and_the_next_one_gets_its_own_answer() -> None:
    connection, peer, _ = connected()
    with pytest.raises(Late, match="api status"):
        connection.send(STATUS, timeout_s=0.02)
    asked = in_flight(connection, peer)
    peer.send(answer("of the late one"), answer("of the second"))
    assert asked.get(timeout=DEADLINE_S).text == "of the second"


def test_a_socket_that_is_up_but_dead_is_given_up() -> None:
    connection, peer, owner = connected(dead_after_s=0.05)
    connection.post(STATUS)
    assert "did not answer" in owner.closed.get(timeout=DEADLINE_S)
    assert not connection.connected
    assert peer.closed.wait(DEADLINE_S)


def test_a_peer_that_answers_in_time_is_never_given_up() -> None:
    connection, _, owner = connected(lambda _: answer("ok"), dead_after_s=0.05)
    for _ in range(5):
        connection.send(STATUS)
        gevent.sleep(0.02)  # longer than the limit in all
    assert connection.connected
    assert owner.ends == 0


def test_bytes_that_are_no_utf8_do_not_end_the_reader() -> None:
    connection, peer, owner = connected()
    asked = in_flight(connection, peer)
    bad = b'{"Event-Name":"DTMF","x":"\xff\xfe"}'
    peer.send(b"Content-Type: text/event-json\nContent-Length: %d\nX: \xff\n\n%s" % (len(bad), bad))
    peer.send(b"Content-Type: api/response\nContent-Length: 3\n\n\xe9ok")
    assert asked.get(timeout=DEADLINE_S).text == "\ufffdok"
    assert len(owner.frames) == 1


def test_an_owner_that_fails_on_a_frame_does_not_end_the_reader() -> None:
    connection, peer, _ = connected()
    asked = in_flight(connection, peer)
    peer.send(b"Content-Type: text/trap\n\n", answer("after"))
    assert asked.get(timeout=DEADLINE_S).text == "after"


def test_an_absurd_length_closes_the_connection_with_a_sentence() -> None:
    connection, peer, owner = connected()
    asked = in_flight(connection, peer)
    peer.send(b"Content-Type: api/response\nContent-Length: 99999999999\n\n")
    assert isinstance(asked.get(timeout=DEADLINE_S), ConnectionLost)
    assert "limit" in owner.closed.get(timeout=DEADLINE_S)


def test_an_answer_that_nobody_waits_for_is_dropped() -> None:
    connection, peer, _ = connected()
    peer.send(answer("nobody asked"))
    # It must have been read before the question, or it would be taken for its answer.
    gevent.sleep(0.01)
    asked = in_flight(connection, peer)
    peer.send(answer("the answer"))
    assert asked.get(timeout=DEADLINE_S).text == "the answer"


def test_a_thousand_senders_do_not_mix_their_bytes() -> None:
    connection, _, _ = connected(lambda command: answer(command[4:]))
    values = [f"{n}-" + "x" * 3000 for n in range(300)]

    def ask(value: str) -> str:
        return connection.send(Command(f"api echo {value}")).text

    greenlets = [gevent.spawn(ask, value) for value in values]
    gevent.joinall(greenlets, timeout=DEADLINE_S)
    assert [greenlet.value for greenlet in greenlets] == [f"echo {value}" for value in values]


def test_a_peer_that_does_not_read_is_given_up_and_nobody_waits_for_ever() -> None:
    ours, theirs = pair()  # nobody reads theirs
    owner = Owner()
    connection = Connection(ours, "test", owner.frame, owner.gone, deadline_s=0.1)
    connection.start_event_handlers()
    big = Command("api " + "x" * 1_000_000)

    def flood() -> None:
        for _ in range(100):
            connection.post(big)

    with pytest.raises((ConnectionLost, Late)):
        flood()
    assert owner.closed.get(timeout=DEADLINE_S)
    theirs.close()


def test_too_many_commands_without_an_answer_are_refused() -> None:
    connection, _, _ = connected()
    connection.post(*[commands.PROBE] * MAX_IN_FLIGHT)
    with pytest.raises(Late, match="doesn't keep up"):
        connection.post(commands.PROBE)


def test_the_order_of_what_is_said_is_kept() -> None:
    connection, peer, _ = connected(lambda _: answer())
    connection.post(commands.PROBE, STATUS)
    connection.post(commands.CHANNELS)
    connection.send(commands.BRIDGES)
    assert peer.all == [commands.PROBE, STATUS, commands.CHANNELS, commands.BRIDGES]


@pytest.mark.parametrize("text", ["api a\n\napi b", "api a\r", "api \0", "api a\n"])
def test_a_command_that_is_two_is_never_sent(text: str) -> None:
    connection, peer, _ = connected(lambda _: answer("x"))
    with pytest.raises(Refused):
        connection.send(Command(text))
    connection.send(STATUS)
    assert peer.all == ["api status"]


def test_the_password_is_not_in_any_sentence() -> None:
    connection, _, _ = connected()
    with pytest.raises(Late) as caught:
        connection.send(Command(f"auth {gate.password('very-secret')}"), timeout_s=0.01)
    assert "very-secret" not in str(caught.value)


def test_many_questions_at_once_get_their_own_answers() -> None:
    connection, _, _ = connected(lambda command: answer(command[4:]))
    questions = [Command(f"api q{n}") for n in range(950)]
    assert [reply.text for reply in connection.send_all(questions)] == [f"q{n}" for n in range(950)]
    assert connection.send_all([]) == []
