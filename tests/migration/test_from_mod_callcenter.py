"""A configuration of mod_callcenter becomes ours: what is alike is alike, and what is not is said with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.cli.main import command
from callcontrol.migration.callcenter_xml import DEEPEST, LARGEST, XmlRefused, read_xml
from callcontrol.migration.from_mod_callcenter import from_mod_callcenter
from callcontrol.migration.notes import KINDS, SENTENCES, Note
from callcontrol.migration.toml_text import as_toml
from callcontrol.settings import load_settings
from callcontrol.store import migrate
from callcontrol.store.store import open_store
from callcontrol.values.configuration import Agent, Configuration, Queue, Relaxation, from_data
from callcontrol.values.configuration_checks import check
from callcontrol.values.strategies import ALIASES

CENTRE = Path(__file__).parent / "centre.xml"


def made(xml: str | bytes) -> tuple[Configuration, list[Note]]:
    return from_mod_callcenter(read_xml(xml.encode() if isinstance(xml, str) else xml))


def document(queues: str = "", agents: str = "", tiers: str = "") -> str:
    inside = f"<queues>{queues}</queues><agents>{agents}</agents><tiers>{tiers}</tiers>"
    return f'<configuration name="callcenter.conf">{inside}</configuration>'


def queue(name: str = "support@default", **params: str) -> str:
    inside = "".join(f"<param name={quoteattr(k.replace('_', '-'))} value={quoteattr(v)}/>" for k, v in params.items())
    return f"<queue name={quoteattr(name)}>{inside}</queue>"


def agent(name: str = "1000@default", **values: str) -> str:
    values = {"type": "callback", "contact": "user/1000", **values}
    attributes = " ".join(f"{key.replace('_', '-')}={quoteattr(value)}" for key, value in values.items())
    return f"<agent name={quoteattr(name)} {attributes}/>"


def tier(agent: str = "1000@default", queue: str = "support@default", level: int = 1, position: int = 1) -> str:
    return f'<tier agent={quoteattr(agent)} queue={quoteattr(queue)} level="{level}" position="{position}"/>'


def keys(notes: Iterable[Note]) -> set[str]:
    return {note.key for note in notes}


def of_levels(*levels: int, **params: str) -> tuple[Queue, dict[str, Agent], set[str]]:
    agents = "".join(agent(str(1000 + n)) for n in range(len(levels)))
    tiers = "".join(tier(str(1000 + n), "q", level) for n, level in enumerate(levels))
    configuration, notes = made(document(queue("q", **params), agents, tiers))
    return configuration.queues["q"], dict(configuration.agents), keys(notes)


# --- the example ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def centre() -> tuple[Configuration, list[Note]]:
    return made(CENTRE.read_bytes())


def test_the_centre_of_the_example(centre: tuple[Configuration, list[Note]]) -> None:
    configuration, _notes = centre
    support, sales, night = configuration.queues.values()
    assert (support.name, support.skills, support.strategy) == ("support", "support >= 3", "longest_idle")
    assert (support.max_wait_s, support.record, support.ring_s, support.wrap_up_s) == (600, True, 12, 10)
    assert support.relaxation == (Relaxation("support >= 2", 60.0), Relaxation("support >= 1", 120.0))
    assert (sales.name, sales.strategy, sales.progressive_s, sales.record) == ("sales-team", "progressive", 7, False)
    assert sales.relaxation == (Relaxation("sales_team >= 1", 0.0, "free == 0"),)
    assert (night.strategy, night.max_wait_s, night.patience_s) == ("top_down", 20, 20)
    agents = configuration.agents
    assert {name: dict(a.skills) for name, a in agents.items()} == {
        "1000": {"support": 3, "sales_team": 1, "night": 0},  # named, so that it is known; nobody has it
        "1001": {"support": 2},
        "1002": {"support": 1},
        "li-na": {"sales_team": 2},
        "odd": {},
    }
    assert [a.contact for a in agents.values()] == [
        "user/1000@default", "user/1001", "user/1002", "sofia/gateway/carrier/13800000000", "user/odd"
    ]  # fmt: skip
    assert [a.max_misses for a in agents.values()] == [3, 0, 2, 3, 0]
    assert [problem for problem in check(configuration) if problem.fatal] == []


def test_each_note_has_its_line_and_both_languages(centre: tuple[Configuration, list[Note]]) -> None:
    _configuration, notes = centre
    lines = CENTRE.read_text().splitlines()
    by_key = {note.key: note for note in notes}
    for key, inside in (
        ("strategy_unknown", "the-loudest"),
        ("unknown_param", "shout"),
        ("base_system", "time-base-score"),
        ("wait_for_ever", 'max-wait-time" value="0"'),
        ("contact_guessed", "group_call"),
        ("tier_agent", "ghost@default"),
        ("tier_queue", "nowhere"),
        ("tier_twice", 'level="9"'),
    ):
        assert inside in lines[by_key[key].line - 1], key
    for note in notes:
        assert re.search(r"[\u4e00-\u9fff]", note.said("zh"))
        assert re.search(r"[\u4e00-\u9fff]", KINDS[note.kind]["zh"])
        assert note.said("en").isprintable()
    assert by_key["status"].more == 1


def test_every_sentence_can_be_said() -> None:
    assert all(Note(key, 1, "x", "y", 3).said(language) for key in SENTENCES for language in ("zh", "en"))


# --- rule by rule -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("theirs", "ours"), ALIASES.items())
def test_each_strategy_has_ours(theirs: str, ours: str) -> None:
    for spelt in (theirs, theirs.upper()):
        configuration, notes = made(document(queue(strategy=spelt)))
        assert configuration.queues["support"].strategy == ours
        assert "strategy_unknown" not in keys(notes)


def test_without_a_strategy_it_is_the_longest_idle() -> None:
    assert made(document(queue()))[0].queues["support"].strategy == "longest_idle"


def test_one_level_needs_no_steps() -> None:
    made_queue, agents, notes = of_levels(1, 1, tier_rules_apply="true", tier_rule_wait_second="30")
    assert (made_queue.skills, made_queue.relaxation) == ("q >= 1", ())
    assert [dict(a.skills) for a in agents.values()] == [{"q": 1}, {"q": 1}]
    assert "tier_steps" not in notes


@pytest.mark.parametrize(("multiply", "waits"), [("true", [60.0, 150.0]), ("false", [30.0, 30.0])])
def test_the_waits_of_levels_are_those_of_the_rules(multiply: str, waits: list[float]) -> None:
    rules = {"tier_rules_apply": "yes", "tier_rule_wait_second": "30", "tier_rule_wait_multiply_level": multiply}
    made_queue, _agents, _notes = of_levels(5, 1, 2, **rules)
    assert [step.after_s for step in made_queue.relaxation] == waits
    assert [step.skills for step in made_queue.relaxation] == ["q >= 2", "q >= 1"]


def test_levels_without_rules_are_an_order_of_preference() -> None:
    made_queue, _agents, notes = of_levels(0, 3)
    assert made_queue.relaxation == (Relaxation("q >= 1", 0.0, "free == 0"),)
    assert "tier_free" in notes


def test_waiting_for_nobody_is_said() -> None:
    rules = {"tier_rules_apply": "true", "tier_rule_wait_second": "20", "tier_rule_no_agent_no_wait": "false"}
    assert {"no_agent_no_wait", "level_1_waits"} <= of_levels(1, 2, **rules)[2]
    assert "level_1_waits" not in of_levels(1, 2, **{**rules, "tier_rule_wait_second": "0"})[2]
    assert "no_agent_no_wait" not in of_levels(1, 2, tier_rules_apply="true")[2]


def test_more_than_ten_levels_end_in_one() -> None:
    made_queue, agents, notes = of_levels(*range(1, 13))
    assert made_queue.skills == "q >= 10"
    assert [a.skills["q"] for a in agents.values()] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1]
    assert "tier_levels_merged" in notes


def test_queues_whose_names_become_alike_stay_apart() -> None:
    configuration, _notes = made(
        document(queue("a-b") + queue("a_b") + queue("A-B@x") + queue("a-b"), agent(), tier(queue="a_b"))
    )
    assert list(configuration.queues) == ["a-b", "a_b", "a-b-2"]
    assert len({q.skills for q in configuration.queues.values()}) == 3
    assert configuration.agents["1000"].skills == {"a_b_2": 1, "a_b": 0, "a_b_2_2": 0}  # named, not had


@pytest.mark.parametrize(
    ("given", "contact", "note"),
    [
        ("user/1000", "user/1000", ""),
        ("user/1000@$${domain}", "user/1000", "contact_variables"),
        ("[leg_timeout=9]user/1000@default", "user/1000@default", "contact_variables"),
        ("{a=b,c='d e'}sofia/internal/1000@127.0.0.1:5070", "sofia/internal/1000@127.0.0.1:5070", "contact_variables"),
        ("user/1000,user/2000", "user/1000", "contact_several"),
        ("user/1000|user/2000", "user/1000", "contact_several"),
        ("${sofia_contact(1000@default)}", "user/1000", "contact_guessed"),
        ("verto.rtc/1000", "user/1000", "contact_guessed"),
        ("user/1000 & park()", "user/1000", "contact_guessed"),
        ("", "user/1000", "contact_missing"),
    ],
)
def test_a_contact_is_one_phone(given: str, contact: str, note: str) -> None:
    configuration, notes = made(document("", agent(contact=given)))
    assert configuration.agents["1000"].contact == contact
    assert {n for n in keys(notes) if n.startswith("contact")} == ({note} if note else set())


def test_times_of_agents_become_those_of_their_queues() -> None:
    agents = "".join(agent(str(n), wrap_up_time=w) for n, w in enumerate(["5", "5", "30"]))
    tiers = "".join(tier(str(n), "q") for n in range(3))
    configuration, notes = made(document(queue("q"), agents, tiers))
    assert configuration.queues["q"].wrap_up_s == 5.0
    assert "wrap_up" in keys(notes)


@pytest.mark.parametrize(("given", "ring_s"), [("2", 3.0), ("25", 25.0), ("999", 120.0)])
def test_the_time_to_ring_is_the_queues_within_its_bounds(given: str, ring_s: float) -> None:
    of = agent(contact=f"[leg_timeout={given}]user/1000")
    assert made(document(queue(), of, tier()))[0].queues["support"].ring_s == ring_s


def test_an_empty_centre_is_an_empty_configuration() -> None:
    assert made('<configuration name="callcenter.conf"/>') == (Configuration(), [])


# --- anything at all ---------------------------------------------------------------------------------------------------
names = st.sampled_from(
    ["support", "Support@default", "a b", "a-b", "a_b", "", "日本", "new", "9", "and", "x" * 70, "__", "who"]
)
values = st.sampled_from(
    ["0", "1", "30", "-5", "99999", "true", "false", "", "x", "$${domain}", "12.5", "日", "user/1", "[x]user/2"]
)
PARAMS = ["strategy", "max-wait-time", "tier-rules-apply", "tier-rule-wait-second", "tier-rule-wait-multiply-level",
          "tier-rule-no-agent-no-wait", "ring-progressively-delay", "record-template", "time-base-score", "who-knows"]  # fmt: skip
ATTRIBUTES = ["type", "contact", "status", "max-no-answer", "wrap-up-time", "reject-delay-time"]


@st.composite
def centres(draw: st.DrawFn) -> str:
    def element(tag: str, name: str, given: dict[str, str]) -> str:
        return f"<{tag} name={quoteattr(name)} {' '.join(f'{k}={quoteattr(v)}' for k, v in given.items())}/>"

    queues, agents, tiers = "", "", ""
    for name in draw(st.lists(names, max_size=5)):
        params = draw(st.dictionaries(st.sampled_from(PARAMS), values | st.sampled_from(list(ALIASES)), max_size=5))
        queues += f"<queue name={quoteattr(name)}>{''.join(element('param', k, {'value': v}) for k, v in params.items())}</queue>"
    for name in draw(st.lists(names, max_size=5)):
        agents += element("agent", name, draw(st.dictionaries(st.sampled_from(ATTRIBUTES), values, max_size=5)))
    for _ in range(draw(st.integers(0, 8))):
        given = {"agent": draw(names), "queue": draw(names), "level": draw(values), "position": draw(values)}
        tiers += f"<tier {' '.join(f'{k}={quoteattr(v)}' for k, v in given.items())}/>"
    return document(queues, agents, tiers)


@given(centres())
def test_whatever_is_in_it_what_is_made_can_be_published_and_written(xml: str) -> None:
    configuration, notes = made(xml)
    assert [problem for problem in check(configuration) if problem.fatal] == []
    assert from_data(tomllib.loads(as_toml(configuration))) == configuration
    assert all(note.said("zh") and note.said("en") for note in notes)


@given(st.text(), st.text(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5))
def test_any_text_and_number_comes_back_from_toml(key: str, text: str, number: float, level: int) -> None:
    queue = Queue("q", {"zh": text}, text, sticky_s=number, relaxation=(Relaxation(text, number, text, True),))
    configuration = Configuration({"q": queue}, {key: Agent(key, text, text, {"a": level})}, texts={key: {"zh": text}})
    assert from_data(tomllib.loads(as_toml(configuration, "about"))) == configuration


# --- what is not read ----------------------------------------------------------------------------------------------------
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("xml", "sentence"),
    [
        (BOMB + "<configuration name='callcenter.conf'>&b;</configuration>", "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        (
            '<include><X-PRE-PROCESS cmd="include" data="../secrets.xml"/></include>',
            "X-PRE-PROCESS (include ../secrets.xml)",
        ),
        ('<x><!--#include "other.xml"--></x>', "is a directive of the switch"),
        ("<x><?php evil()?></x>", "the instruction <?php?>"),
        ("<configuration name='callcenter.conf'>", "Line 1: this is no XML"),
        ("<configuration name='callcenter.conf'>&undefined;</configuration>", "this is no XML"),
        ("<x/>", "Is it the right file?"),
        ("<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1), "nested deeper"),
        ('<?xml version="1.0" encoding="klingon"?><x/>', "save it as UTF-8"),
        ("", "no XML"),
    ],
)
def test_what_is_hostile_or_not_whole_is_refused_with_a_sentence(xml: str, sentence: str) -> None:
    with pytest.raises(XmlRefused, match=re.escape(sentence)):
        read_xml(xml.encode())


def test_a_file_that_is_too_large_is_not_even_parsed() -> None:
    with pytest.raises(XmlRefused, match="Is it the right one"):
        read_xml(b"<" * (LARGEST + 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(XmlRefused):
        read_xml(data)


def test_within_a_whole_document_of_the_switch_it_is_found() -> None:
    whole = f'<document type="freeswitch/xml"><section name="configuration">{document(queue("q"))}</section></document>'
    assert list(made(whole)[0].queues) == ["q"]


# --- the command ----------------------------------------------------------------------------------------------------------
def run(*args: str) -> tuple[int, str, str]:
    said = CliRunner().invoke(command, ["import", "mod_callcenter", *args])
    return said.exit_code, said.stdout, said.stderr


def test_the_command_writes_what_can_be_read_again_and_says_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "centre.toml"
    code, _printed, told = run(str(CENTRE), "--out", str(out))
    assert code == 0
    assert list(from_data(tomllib.loads(out.read_text())).queues) == ["support", "sales-team", "night"]
    assert "line 29, queue night@default: strategy the-loudest [decided]" in told
    assert "不是有效策略" in told
    assert "warning: queues.night" in told
    assert "3 queues and 5 agents" in told


def test_it_prints_the_configuration_alone_to_the_standard_output() -> None:
    code, printed, told = run(str(CENTRE), "--language", "zh")
    assert code == 0
    assert list(from_data(tomllib.loads(printed)).agents) == ["1000", "1001", "1002", "li-na", "odd"]
    assert "is no strategy" not in told
    data = json.loads(run(str(CENTRE), "--json")[1])
    assert data["notes"][0].keys() == {"kind", "line", "what", "en", "zh"}
    assert data["configuration"]["queues"]["support"]["ring_s"] == 12


def test_it_goes_into_the_draft_and_overwrites_nothing_unasked(tmp_path: Path) -> None:
    url = load_settings(data_dir=tmp_path).effective_database_url
    migrate.upgrade(url)
    args = (str(CENTRE), "--draft", "--data", str(tmp_path))
    assert run(*args)[0] == 0
    code, _printed, told = run(*args)
    assert code == 1
    assert "has 1000, 1001" in told
    assert "nothing was saved" in told
    assert run(*args, "--replace")[0] == 0
    store = open_store(url)
    draft = store.releases.draft()
    store.close()
    assert draft.changed_by == "import"
    assert set(draft.configuration.queues) == {"support", "sales-team", "night"}


def test_wrong_uses_are_sentences(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.xml"))[0] == 2
    (tmp_path / "bad.xml").write_text(BOMB)
    code, _printed, told = run(str(tmp_path / "bad.xml"))
    assert code == 1
    assert "document type" in told
    assert run(str(CENTRE), "--draft", "--out", "x")[0] == 2
    assert "can't be written" in run(str(CENTRE), "--out", str(tmp_path / "no" / "where.toml"))[2]
