"""A cluster that moves the floor to another node, and a master that dies before its replica heard everything."""

import os
import signal
from pathlib import Path

import pytest
from redis.crc import key_slot

from callcontrol.bus.outbox import Outbox
from callcontrol.bus.redis_journal import open_bus
from callcontrol.ports.clock import SystemClock
from callcontrol.ports.journal import JournalUnavailable
from tests.bus.engines import eventually, new_floor_name
from tests.bus.several import Cluster, Watched
from tests.desk.helpers import deciding, entries, joined, logged_in, offers, replayed


def slot_of(floor: str) -> int:
    return key_slot(("{cc:" + floor + "}:journal").encode())


def test_all_keys_of_one_floor_are_on_one_node_and_floors_are_spread(cluster: Cluster) -> None:
    used = set()
    for _ in range(12):
        floor = new_floor_name()
        bus = open_bus(cluster.address, floor)
        bus.journal.append({"n": 1})
        term = bus.journal.elect("a", 5.0)
        assert term is not None
        bus.journal.append_in_term([{"n": 2}], term)
        bus.journal.save_snapshot("1-1", {})
        bus.notices.alive("controller", "c", {}, 5.0)
        outbox = Outbox(bus.intake)
        outbox.start()
        outbox.tell({"n": 3})
        assert outbox.flush(5.0)
        outbox.stop()
        pattern = "{cc:" + floor + "}*"
        where = [node.port for node in cluster.nodes if node.ask("KEYS", pattern)]
        assert where == [cluster.node_of(slot_of(floor)).port]
        assert len(cluster.node_of(slot_of(floor)).ask("KEYS", pattern)) >= 6
        used.add(where[0])
        bus.close()
    assert len(used) > 1


def test_a_floor_that_moves_to_another_node_is_followed_and_loses_no_line(cluster: Cluster) -> None:
    floor = new_floor_name()
    slot = slot_of(floor)
    source = cluster.node_of(slot)
    target = next(node for node in cluster.nodes if node is not source)
    bus = open_bus(cluster.address, floor)
    outbox = Outbox(bus.intake)
    outbox.start()
    told = 0
    for _ in range(50):
        outbox.tell({"n": told})
        told += 1
    assert outbox.flush(5.0)
    name = target.ask("CLUSTER", "MYID")
    source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", name)
    try:

        def moved() -> bool:
            nonlocal told
            outbox.tell({"n": told})
            told += 1
            return bool(target.ask("KEYS", "{cc:" + floor + "}:journal"))

        assert eventually(moved, 10.0)
        for _ in range(50):
            outbox.tell({"n": told})
            told += 1
        assert outbox.flush(10.0)
        assert [line.data["n"] for line in bus.journal.read("0", limit=100_000)] == list(range(told))
    finally:
        outbox.stop()
        bus.close()
        name = source.ask("CLUSTER", "MYID")
        target.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", name)
        assert eventually(lambda: source.ask("KEYS", "{cc:" + floor + "}:journal"), 10.0)


def test_a_node_that_is_gone_is_a_sentence_and_the_others_are_asked_first(cluster: Cluster) -> None:
    floor = new_floor_name()
    bus = open_bus(cluster.address, floor)
    bus.ping()
    node = cluster.node_of(slot_of(floor))
    os.kill(node.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(JournalUnavailable, match="did not take the command"):
            bus.journal.append({"n": 1})
    finally:
        os.kill(node.process.pid, signal.SIGCONT)

    def writes() -> bool:
        try:
            return bool(bus.journal.append({"n": 2}))
        except JournalUnavailable:
            return False

    assert eventually(writes, 15.0)
    bus.close()


def test_what_the_replica_never_heard_is_told_again_when_it_is_promoted(tmp_path: Path) -> None:
    """The master dies while its replica stands still: lines that were acknowledged are lost with it."""
    watched = Watched(tmp_path)
    floor = new_floor_name()
    bus = open_bus(watched.address, floor)
    outbox = Outbox(bus.intake, keep_s=bus.may_forget_s, check_every_s=0.2)
    outbox.start()
    try:
        for n in range(20):
            outbox.tell({"n": n})
        assert outbox.flush(5.0)
        master, replica = watched.master(), watched.replica()
        assert eventually(lambda: replica.ask("XLEN", "{cc:" + floor + "}:journal") == 20)
        watched.cut_replication()
        for n in range(20, 40):
            outbox.tell({"n": n})
        assert outbox.flush(5.0)
        lost = bus.journal.read("0", limit=1000)[-1].position
        master.kill()
        watched.until_promoted(replica)

        def all_is_there() -> bool:
            try:
                return len(bus.journal.read("0", limit=1000)) == 40
            except JournalUnavailable:
                return False

        assert eventually(all_is_there, 10.0)
        assert [line.data["n"] for line in bus.journal.read("0", limit=1000)] == list(range(40))
        assert not bus.journal.holds(lost), "whoever stood there learns that it must begin again"
    finally:
        outbox.stop()
        bus.close()
        watched.stop()


@pytest.mark.parametrize("lost", [False, True], ids=["in-step", "behind"])
def test_two_desks_go_on_with_the_promoted_replica_and_nobody_is_offered_twice(tmp_path: Path, lost: bool) -> None:
    watched = Watched(tmp_path)
    floor = new_floor_name()
    buses = [open_bus(watched.address, floor) for _ in range(3)]
    teller = Outbox(buses[2].intake, keep_s=30.0, check_every_s=0.2)
    teller.start()
    try:
        with deciding(buses[0], "a") as (_, one), deciding(buses[1], "b") as (_, two):
            for n in range(10):
                teller.tell(joined(n, SystemClock().now()))
                teller.tell(logged_in(n))
            both = (one, two)
            assert all(f.wait_until(lambda f=f: len(f.floor.offers) == 10, 10.0) for f in both)  # type: ignore[misc]
            master, replica = watched.master(), watched.replica()
            length = master.ask("XLEN", "{cc:" + floor + "}:journal")
            assert eventually(lambda: replica.ask("XLEN", "{cc:" + floor + "}:journal") == length)
            if lost:
                watched.cut_replication()
                for n in range(10, 15):
                    teller.tell(joined(n, SystemClock().now()))
                    teller.tell(logged_in(n))
                assert one.wait_until(lambda: len(one.floor.offers) == 15, 10.0)
            master.kill()
            watched.until_promoted(replica)
            for n in range(20, 25):
                teller.tell(joined(n, SystemClock().now()))
                teller.tell(logged_in(n))
            expected = 20 if lost else 15
            for follower in both:
                assert follower.wait_until(lambda f=follower: len(f.floor.offers) == expected, 15.0)  # type: ignore[misc]
            true, _void = replayed(buses[2].journal)
            assert len(true.offers) == expected
            for value in (0, 2):  # the call, the agent
                held = [offer[value] for offer in true.offers.values()]
                assert len(held) == len(set(held))
            terms = [entry.term for entry in entries(buses[2].journal) if entry.term]
            assert terms == sorted(terms)
            assert len(offers(buses[2].journal)) == expected
    finally:
        teller.stop()
        for bus in buses:
            bus.close()
        watched.stop()
