"""What every journal promises, the one in memory and the one on a real engine alike."""

import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.bus.redis_journal import open_bus
from callcontrol.ports.journal import Journal, JournalUnavailable, position_key
from callcontrol.values.outcomes import Outcome
from tests.bus.engines import CuttingProxy, Opener, new_floor_name

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_lines_come_back_in_the_order_they_were_written_and_their_positions_grow(opened: Opener) -> None:
    journal = opened().journal
    positions = [journal.append({"n": 0})[0], *journal.append([{"n": n} for n in range(1, 40)])]
    lines = opened().journal.read("0")
    assert [line.data["n"] for line in lines] == list(range(40))
    assert [line.position for line in lines] == positions
    keys = [position_key(p) for p in positions]
    assert keys == sorted(set(keys))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(st.text(), plain, max_size=4))
def test_what_was_written_is_what_is_read(opened: Opener, data: dict[str, object]) -> None:
    journal = opened().journal
    journal.append({"data": data})
    assert journal.read("0")[-1].data == {"data": data}


def test_a_callers_broken_name_is_written_with_a_question_mark(opened: Opener) -> None:
    journal = opened().journal
    journal.append({"name": "B\udc80b"})
    assert journal.read("0")[0].data == {"name": "B?b"}


def test_names_of_outcomes_may_stand_as_keys(opened: Opener) -> None:
    journal = opened().journal
    journal.append({"outcomes": {Outcome.ANSWERED: 1, Outcome.TIMEOUT: 2}})
    assert journal.read("0")[0].data == {"outcomes": {"answered": 1, "timeout": 2}}


def test_nothing_to_write_is_written_as_nothing(opened: Opener) -> None:
    journal = opened().journal
    assert journal.append([]) == []
    assert journal.read("0") == []


def test_reading_goes_on_after_a_position_and_no_more_than_asked(opened: Opener) -> None:
    journal = opened().journal
    positions = journal.append([{"n": n} for n in range(30)])
    assert [line.data["n"] for line in journal.read(positions[9], limit=5)] == [10, 11, 12, 13, 14]
    assert journal.read(positions[-1]) == []


def test_a_blocked_reader_gets_the_line_when_it_is_written(opened: Opener) -> None:
    reader, writer = opened().journal, opened().journal
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(reader.read("0", block_s=5.0)), daemon=True)
    thread.start()
    writer.append({"n": 1})
    thread.join(4.0)
    assert [line.data for line in found] == [{"n": 1}]  # type: ignore[attr-defined]


def test_a_blocked_reader_gives_up_in_time(opened: Opener) -> None:
    began = time.monotonic()
    assert opened().journal.read("0", block_s=0.05) == []
    assert 0.04 < time.monotonic() - began < 1.0


def test_a_desk_keeps_its_term_while_it_renews_and_nobody_else_gets_one(opened: Opener) -> None:
    one, two = opened().journal, opened().journal
    term = one.elect("a", 10.0)
    assert term is not None
    assert one.elect("a", 10.0) == term
    assert two.elect("b", 10.0) is None
    assert two.holder() == ("a", term)


def test_the_next_holder_has_a_higher_term(opened: Opener) -> None:
    one, two = opened().journal, opened().journal
    terms = []
    for name in ("a", "b", "b", "a", "name with spaces"):
        term = one.elect(name, 10.0)
        terms.append(term)
        two.resign(name)
        assert two.holder() is None
    assert terms == sorted(set(terms))  # type: ignore[type-var]


def test_a_lease_that_was_not_renewed_is_free_and_a_late_renewal_is_a_new_term(opened: Opener) -> None:
    journal = opened().journal
    first = journal.elect("a", 0.02)
    assert first is not None
    while journal.holder() is not None:
        pass
    second = journal.elect("a", 10.0)
    assert second is not None
    assert second > first


def test_resigning_for_another_changes_nothing(opened: Opener) -> None:
    journal = opened().journal
    term = journal.elect("a", 10.0)
    journal.resign("b")
    assert journal.holder() == ("a", term)


def test_lines_of_the_current_term_are_written_and_those_of_an_older_one_are_not(opened: Opener) -> None:
    one, two = opened().journal, opened().journal
    old = one.elect("a", 10.0)
    assert old is not None
    assert one.append_in_term([{"n": 1}, {"n": 2}], old)
    one.resign("a")
    new = two.elect("b", 10.0)
    assert new is not None
    assert not one.append_in_term([{"n": 3}], old)
    assert not one.append_in_term([{"n": 4}], new + 1)
    assert two.append_in_term([{"n": 5}], new)
    assert [line.data["n"] for line in one.read("0")] == [1, 2, 5]


def test_the_newest_snapshot_is_kept_whoever_saves_last(opened: Opener) -> None:
    journal = opened().journal
    assert journal.snapshot() is None
    journal.save_snapshot("20-9", {"waiting": ["a"]})
    journal.save_snapshot("20-10", {"waiting": ["b"]})
    journal.save_snapshot("20-9", {"waiting": ["late"]})
    journal.save_snapshot("9-99", {"waiting": ["later still"]})
    assert opened().journal.snapshot() == ("20-10", {"waiting": ["b"]})


def test_how_far_the_lines_are_archived_is_noted_for_all(opened: Opener) -> None:
    journal = opened().journal
    assert journal.archived() is None
    journal.note_archived("5-10")
    assert opened().journal.archived() == "5-10"
    journal.note_archived("5-9")  # a database that was restored knows less
    assert opened().journal.archived() == "5-9"


def test_trimming_keeps_what_is_asked_and_says_what_is_gone(opened: Opener) -> None:
    journal = opened().journal
    positions = journal.append([{"n": n} for n in range(3)])
    assert all(journal.holds(p) for p in ["0", *positions])
    assert not journal.holds("1-1")
    journal.trim(positions[-1], keep_s=3600.0)
    assert len(journal.read("0")) == 3


def test_what_is_no_plain_data_is_refused_with_a_sentence_and_nothing_is_written(opened: Opener) -> None:
    journal = opened().journal
    with pytest.raises(TypeError):
        journal.append([{"n": 1}, {"n": object()}])
    assert journal.read("0") == []


@pytest.mark.parametrize("after", [0, 5, 60, 150, 400])
@pytest.mark.parametrize("side", ["request", "answer"])
def test_a_line_is_never_written_twice_because_an_answer_was_lost(
    engine: EmbeddedValkey, tmp_path: Path, side: str, after: int
) -> None:
    floor = new_floor_name()
    # The first connection has said hello before it is cut, so the cut meets the line.
    proxy = CuttingProxy(engine.socket_path, tmp_path, [(side, after)])
    through, direct = open_bus(proxy.socket_path, floor), open_bus(engine.address, floor)
    acknowledged = 0
    for n in range(5):
        try:
            through.journal.append({"n": n})
            acknowledged += 1
        except JournalUnavailable:
            pass
    found = [line.data["n"] for line in direct.journal.read("0")]
    assert found == sorted(set(found))
    assert acknowledged <= len(found) <= 5
    assert acknowledged >= 4
    through.close()
    direct.close()
    proxy.close()


def test_a_reader_is_told_that_the_connection_broke_and_does_not_go_on_unawares(
    engine: EmbeddedValkey, tmp_path: Path
) -> None:
    floor = new_floor_name()
    direct = open_bus(engine.address, floor)
    position = direct.journal.append({"n": 1})[0]
    for after in (0, 20, 60):
        proxy = CuttingProxy(engine.socket_path, tmp_path, [("answer", after)])
        through = open_bus(proxy.socket_path, floor)

        def read_on(journal: Journal = through.journal) -> None:
            for _ in range(5):
                journal.read("0", block_s=0.2)
                journal.read(position, block_s=0.001)

        with pytest.raises(JournalUnavailable):
            read_on()
        through.close()
        proxy.close()
    direct.close()
