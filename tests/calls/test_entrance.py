"""What a call begins with, and goes on in: also where the configuration asks for what is not loaded here."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from callcontrol.calls.entrance import Beginning, beginning, flow_of, moved_on
from callcontrol.calls.record_text import from_text, to_text
from callcontrol.calls.services import CallServices
from callcontrol.flow import Flow, HangUp, Number, words
from callcontrol.flow.catalogue import FlowNotFound, Flows
from callcontrol.flow.record import CallRecord
from callcontrol.flow.shelf import FlowShelf
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.switch import CallSession
from callcontrol.values.configuration import Configuration, Entry, Trial


def flow(name: str, release: int, code: str) -> type[Flow]:
    body = {
        "name": name,
        "release": release,
        "title": words(zh="线", en="Line"),
        "start": "end",
        "rescue": "end",
        "tries": Number(default=1, minimum=1, maximum=9, help=words(zh="次数", en="Tries")),
        "end": HangUp(),
    }
    made = type(name, (Flow,), body)
    made.code = code
    return made


OLD, NEW, DEFAULT = flow("line", 1, "old"), flow("line", 2, "new"), flow("hotline", 1, "hot")


@dataclass
class House:
    """What the entrance looks at. ``flows`` may change."""

    entry: Entry
    flows: list[type[Flow]] = field(default_factory=lambda: [OLD, NEW, DEFAULT])

    def __post_init__(self) -> None:
        self._made = Flows(tuple(self.flows))
        self.services = cast(
            CallServices,
            SimpleNamespace(
                configuration=lambda: (12, Configuration(entries={"4001": self.entry})),
                flows=FlowShelf(lambda: self._made),
                default_flow="hotline",
                clock=ManualClock(1000.0),
            ),
        )

    def has(self, *flows: type[Flow]) -> None:
        self._made = Flows(flows)

    def call(self, caller: str = "", destination: str = "4001") -> Beginning:
        session: Any = SimpleNamespace(
            uuid="a-call", caller_number="13900139000", destination=destination, node="fs1", variable=lambda _name: ""
        )
        return beginning(self.services, cast(CallSession, session), caller)


def test_a_call_begins_with_the_newest_or_the_pinned_release_and_says_so():
    newest, pinned = House(Entry("4001", "line")).call(), House(Entry("4001", "line", release=1)).call()
    assert [(b.record.flow_release, b.record.code, b.record.release) for b in (newest, pinned)] == [
        (2, "new", 12),
        (1, "old", 12),
    ]
    assert (pinned.story["flow_release"], pinned.story["release"], pinned.story["trial"]) == (1, 12, "")
    assert "lot" not in pinned.story
    assert not pinned.troubles


def test_a_trial_by_lot_says_the_lot_and_the_share():
    began = House(Entry("4001", "line", release=1, trial=Trial(release=2, share=1.0))).call()
    assert (began.record.flow_release, began.record.trial) == (2, "share")
    assert 0 <= began.story["lot"] < began.story["share"] == 1.0
    listed = House(Entry("4001", "line", release=1, trial=Trial(release=2, callers={"key": "1**"}))).call("key")
    assert (listed.record.flow_release, listed.record.trial, "lot" in listed.story) == (2, "caller", False)


def test_a_trial_of_parameters_alone_keeps_the_entry_s_release():
    began = House(Entry("4001", "line", "zh", {"tries": 2}, trial=Trial(parameters={"tries": 5}, share=1.0))).call()
    assert (began.record.flow_release, began.record.trial, began.record.parameters) == (2, "share", {"tries": 5})
    assert not began.troubles


def test_a_trial_whose_release_is_not_loaded_is_none_and_is_told():
    began = House(Entry("4001", "line", release=1, trial=Trial(release=9, share=1.0))).call()
    assert (began.record.flow_release, began.record.trial) == (1, "")
    assert "Release 9" in began.troubles[0]


def test_a_pinned_release_that_is_not_loaded_gives_way_to_the_newest_and_is_told():
    began = House(Entry("4001", "line", release=9)).call()
    assert began.record.flow_release == 2
    assert "Release 9" in began.troubles[0]


def test_a_flow_that_is_not_there_gives_way_to_the_default_flow_and_is_told():
    began = House(Entry("4001", "gone")).call()
    assert began.record.flow == "hotline"
    assert "no flow 'gone'" in began.troubles[0]
    assert House(Entry("4001", "line")).call(destination="5000").record.flow == "hotline", "a number without an entry"


def test_a_pinned_release_whose_file_went_is_kept_for_new_calls_too_while_the_process_lives():
    house = House(Entry("4001", "line", release=1))
    house.call()
    house.has(NEW, DEFAULT)
    began = house.call()
    assert began.record.flow_release == 1
    assert not began.troubles


def test_a_call_goes_on_in_what_it_began_with_and_where_that_is_gone_says_so():
    house = House(Entry("4001", "line", release=1))
    record = house.call().record
    house.has(NEW, DEFAULT)
    assert flow_of(house.services, record) is OLD
    assert moved_on(house.services, record) == ""

    other = flow("line", 1, "changed in its file")
    house.has(other, NEW, DEFAULT)
    assert flow_of(house.services, record) is OLD, "its very code, while this controller lives"
    assert house.call().record.code == other.code, "new calls get the new code"

    restarted = House(Entry("4001", "line"), [NEW, DEFAULT])
    assert flow_of(restarted.services, record) is NEW
    assert "Release 1 of the flow 'line'" in moved_on(restarted.services, record)
    changed = House(Entry("4001", "line"), [other, NEW, DEFAULT])
    assert flow_of(changed.services, record) is other
    assert "changed in its file" in moved_on(changed.services, record)
    without = House(Entry("4001", "line"), [DEFAULT])
    assert flow_of(without.services, record) is DEFAULT
    assert "'hotline'" in moved_on(without.services, record)
    with pytest.raises(FlowNotFound):
        flow_of(House(Entry("4001", "line"), [NEW]).services, record.with_(flow="gone"))


def test_a_record_travels_with_its_releases_and_an_old_or_a_newer_one_can_be_read():
    record = House(Entry("4001", "line", trial=Trial(share=1.0))).call().record
    assert from_text(to_text(record)) == record
    data = record.as_data()
    old = {name: value for name, value in data.items() if name not in ("code", "release", "trial")}
    read = CallRecord.from_data(old)
    assert (read.code, read.release, read.trial) == ("", 0, "")
    assert not {"code", "release", "trial"} & read.as_data().keys(), "so the record is as it was"
    assert flow_of(House(Entry("4001", "line"), [OLD, NEW, DEFAULT]).services, read) is NEW
    assert CallRecord.from_data({**data, "of_a_newer_controller": 1}) == record
    assert moved_on(House(Entry("4001", "line")).services, read) == ""
