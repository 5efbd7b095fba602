"""What entries ask of flows, and flows of the configuration."""

from pathlib import Path

from callcontrol.flow.catalogue import load_flows
from callcontrol.flow.uses import check_configuration, check_names
from callcontrol.values.configuration import Agent, Configuration, Entry, Queue, Trial
from callcontrol.values.hours import OpeningHours
from ivr_flows.hotline import Hotline

FLOWS = load_flows(installed=False)
QUEUES = {name: Queue(name) for name in ("support", "billing")}


def problems(entry: Entry, queues: dict[str, Queue] = QUEUES) -> list[tuple[str, bool]]:
    configuration = Configuration(
        queues=queues, entries={entry.number: entry}, hours={"office": OpeningHours("office")}
    )
    return [(p.where, p.fatal) for p in check_configuration(FLOWS, configuration)]


def test_a_right_entry_has_no_problem():
    assert problems(Entry("4001", "hotline", parameters={"hours": "office", "tries": 2})) == []


def test_an_unknown_flow_forbids_publishing():
    assert problems(Entry("4001", "gone")) == [("entries.4001.flow", True)]


def test_wrong_and_unknown_parameters_forbid_publishing():
    found = problems(Entry("4001", "hotline", parameters={"tries": 0, "colour": "red"}))
    assert found == [("entries.4001.parameters.tries", True), ("entries.4001.parameters.colour", True)]


def test_a_name_that_the_entry_gives_and_nobody_has_forbids_publishing():
    found = problems(Entry("4001", "hotline", parameters={"hours": "night", "default_queue": "sales"}))
    assert found == [("entries.4001.parameters.hours", True), ("entries.4001.parameters.default_queue", True)]


def test_an_agent_whom_the_entry_names_must_be_there():
    entry = Entry("4002", "vip", parameters={"agent": "1001"})
    assert ("entries.4002.parameters.agent", True) in problems(entry)
    configuration = Configuration(queues=QUEUES, entries={"4002": entry}, agents={"1001": Agent("1001")})
    assert not [p for p in check_configuration(FLOWS, configuration) if p.fatal]


def test_a_queue_that_the_flow_leads_to_and_nobody_has_forbids_publishing():
    entry = Entry("4001", "hotline", parameters={"default_queue": "support"})
    assert problems(entry, {"support": Queue("support")}) == [("entries.4001", True)]


def test_the_queues_of_the_hotline_s_menu_are_found_in_its_declaration():
    assert {p.what.split("'")[3] for p in check_names(Hotline, {"queue": (), "hours": ()}) if "names" in p.what} == {
        "support",
        "billing",
    }


def test_a_release_that_is_not_loaded_forbids_publishing():
    assert problems(Entry("4001", "hotline", release=7)) == [("entries.4001.release", True)]
    assert problems(Entry("4001", "hotline", trial=Trial(release=7, share=0.1))) == [
        ("entries.4001.trial.release", True)
    ]
    assert problems(Entry("4001", "hotline", release=1, trial=Trial(release=1, share=0.1))) == []


def test_wrong_parameters_of_a_trial_forbid_publishing_and_are_told_as_the_trial_s():
    trial = Trial(parameters={"tries": 0, "colour": "red", "hours": "night"}, share=0.1)
    found = problems(Entry("4001", "hotline", parameters={"hours": "office"}, trial=trial))
    assert found == [
        ("entries.4001.trial.parameters.tries", True),
        ("entries.4001.trial.parameters.colour", True),
        ("entries.4001.trial.parameters.hours", True),
    ]


def test_what_is_wrong_with_both_is_told_once():
    trial = Trial(parameters={"survey_on": False}, share=0.1)
    found = problems(Entry("4001", "hotline", parameters={"tries": 0}, trial=trial))
    assert found == [("entries.4001.parameters.tries", True)]


def test_a_flow_whose_file_is_wrong_can_not_be_published_and_the_reason_is_told(tmp_path: Path):
    (tmp_path / "wrong.py").write_text(
        "from callcontrol.flow import Flow, HangUp, words\n\n"
        "class Wrong(Flow):\n    title = words(zh='坏', en='Wrong')\n    start = rescue = 'gone'\n    end = HangUp()\n"
    )
    flows = load_flows(tmp_path, installed=False)
    (problem,) = check_configuration(flows, Configuration(entries={"4001": Entry("4001", "wrong")}))
    assert problem.fatal
    assert "wrong.py" in problem.what
    assert "'gone'" in problem.what
