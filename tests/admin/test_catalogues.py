"""Both languages are whole: no text is missing, none is stale, the compiled catalogue is the one in the sources."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

import callcontrol.admin
from callcontrol.admin.problem_words import SENTENCES, translated
from callcontrol.flow import flow_of_steps, steps
from callcontrol.flow.catalogue import Flows, load_flows
from callcontrol.flow.composed.check import check_composed
from callcontrol.flow.composed.source import with_composed
from callcontrol.flow.folder import changed_in_place
from callcontrol.flow.uses import House, check_configuration
from callcontrol.prompts.catalogue import texts_of
from callcontrol.prompts.lint import music_problems
from callcontrol.values.conditions import ConditionError, parse_condition
from callcontrol.values.configuration import (
    Agent,
    Configuration,
    Entry,
    Overflow,
    Queue,
    Relaxation,
    Reserve,
    Service,
    Target,
    Trial,
    VoiceAgent,
)
from callcontrol.values.configuration_checks import check
from callcontrol.values.emergencies import Emergency
from callcontrol.values.listed_callers import MOST_CALLERS as MOST_LISTED
from callcontrol.values.listed_callers import ListedCaller
from callcontrol.values.problems import Problem
from callcontrol.values.skills import MAX_LENGTH, MAX_NESTING, SkillExpressionError, parse
from callcontrol.values.trials import MOST_CALLERS
from ivr_flows.hotline import Hotline

ROOM = Path(callcontrol.admin.__file__).parent
CHINESE = ROOM / "translations/zh/LC_MESSAGES"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def first(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


@pytest.fixture(scope="module")
def in_sources() -> set[str]:
    return {first(found[2]) for found in extract_from_dir(str(ROOM), METHODS, keywords=KEYWORDS)}


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with (CHINESE / "messages.po").open("rb") as file:
        return read_po(file)


def test_every_text_of_the_sources_is_in_the_catalogue_and_no_other(in_sources: set[str], chinese: Catalog) -> None:
    catalogue = {first(message.id) for message in chinese if message.id}
    assert catalogue == in_sources


def test_every_text_is_translated_with_its_places_kept(chinese: Catalog) -> None:
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for message in chinese:
        if not message.id:
            continue
        said = message.string if isinstance(message.string, str) else message.string[0]
        assert said, message.id
        assert not message.fuzzy, message.id
        assert sorted(places.findall(first(message.id))) == sorted(places.findall(said)), message.id


def test_the_compiled_catalogue_is_up_to_date(chinese: Catalog) -> None:
    compiled = read_mo(io.BytesIO((CHINESE / "messages.mo").read_bytes()))
    assert {first(m.id): m.string for m in compiled if m.id} == {
        first(m.id): m.string if isinstance(m.string, str) else compiled.get(first(m.id)).string  # type: ignore[union-attr]
        for m in chinese
        if m.id
    }


# --- what the checks say ---------------------------------------------------------------------------------------------
WRONG = Configuration(
    emergencies={
        "Fire!": Emergency("Fire!", {"fr": "x"}, ("9999",), ("nowhere",), until="noon"),
    },
    queues={
        "Bad Name": Queue("Bad Name", strategy="loudest", hours="never", skills="nothing_has_it", max_wait_s=2.0),
        "other": Queue("other", skills="(", ring_s=900.0),
        "fourth": Queue(
            "fourth",
            relaxation=(Relaxation("zh > 4", 30), Relaxation("zh", 5)),
            overflow=(Overflow("nowhere"), Overflow("fourth")),
            reserve=Reserve("zh > 4", 1.0, 1.2),
            wrap_up_mode="never",
            service_level="best",
            music="../x",
        ),
        "third": Queue("third", announcement=Queue("x").announcement.__class__(True, {"fr": "x"}, 7.0)),
    },
    agents={
        "Bad Agent": Agent("Bad Agent", contact="", skills={"Zh": 99}),
        "a": Agent("a", contact="x,y", skills={"zh": 3}, weight=5000.0),
    },
    callers={
        **{f"{n:016x}": ListedCaller(f"{n:016x}", "1*") for n in range(MOST_LISTED)},
        "13800138000": ListedCaller("13800138000"),
        "anna": ListedCaller("anna", "", "x" * 81, 101, language="fr"),
    },
    targets={"Bad Target": Target("Bad Target"), "a": Target("a", contact="x,y"), "b": Target("b", number="12x")},
    voice_agents={"Bad Bot": VoiceAgent("Bad Bot", "nowhere", ring_s=900.0, context=("Big",))},
    services={
        "Bad Service": Service("Bad Service", "ftp://x", "DANCE", {"a b": "x"}, tries=99),
        "open": Service("open", "http://{who}.example/"),
        "told": Service("told", "https://me:secret@crm.example/"),
    },
    entries={
        "abc": Entry("abc", "missing", "fr"),
        "4001": Entry("4001", "hotline", parameters={"default_queue": "nowhere", "nothing": 1}),
        "4002": Entry("4002", "hotline", release=-1, trial=Trial(9, {}, {"13900000000": "", "anna": ""}, share=2.0)),
        "4003": Entry("4003", "hotline", trial=Trial(-1, {}, {f"{n:016x}": "1*" for n in range(MOST_CALLERS + 1)})),
        "4004": Entry("4004", "hotline", trial=Trial(1)),
    },
)


ENDS = dict.fromkeys(("after_talk", "still_busy", "away", "nobody", "timeout", "full", "closed"), "end")
END = {"kind": "hang_up"}


def composed(**steps: Any) -> Configuration:
    """A flow that begins with the step ``a``; whatever it asks for is there, a queue ``q`` among it."""
    every = {**steps, "end": END}
    data = {"title": {"zh": "夜", "en": "Night"}, "start": "a", "rescue": "end", "steps": every}
    return Configuration(queues={"q": Queue("q")}, entries={"4001": Entry("4001", "night")}, composed={"night": data})


def rule(*when: str, **more: Any) -> Any:
    return {"kind": "rule", "when": list(when), "then": "end", "otherwise": "end", **more}


def say(*keys: str, then: str = "end", **text: str) -> Any:
    return {"kind": "play", "say": {"keys": list(keys), "text": text}, "then": then}


def wrong_flows() -> list[Problem]:
    many = {f"c{n}": {"kind": "count", "times": 9, "then": f"c{n + 1}", "over": "end"} for n in range(60)}
    menus = {
        f"m{n}": {
            "kind": "menu",
            "say": {"keys": ["goodbye"]},
            "keys": {"1": f"m{n + 1}"},
            "silence": "end",
            "tries": 9,
        }
        for n in range(40)
    }
    configurations = [
        Configuration(
            composed={"Bad Name": {}, "hotline": {"title": {}, "start": "x", "steps": {"B": {"kind": "dance"}}}}
        ),
        composed(
            a={"kind": "play", "say": {}, "then": ""},
            b={
                "kind": "queue",
                "queue": "gone",
                **ENDS,
                "exit_keys": {"x": {"step": "end", "remember": {"_": "1"}}},
                "vip": 900,
            },
            c=rule("open moon", zone="Moon"),
            f={
                "kind": "transfer",
                "to": "gone",
                **dict.fromkeys(("busy", "no_answer", "rejected", "unreachable", "failed"), "end"),
            },
            d={"kind": "ask_service", "service": "crm", "then": "end", "not_found": "end", "failed": "end"},
            e=say("offpeak", zh="好{x:gold}"),
            g={"kind": "sub", "flow": "moon", "returns": {}},
            h={"kind": "sub", "flow": "satisfaction", "returns": {"down": "end"}},
        ),
        composed(a=say("no.such.text")),
        composed(a=say("goodbye"), b=END),
        composed(a=say(zh="好", then="end")),
        composed(a=say("goodbye", then="b"), b=say("goodbye", then="a")),
        composed(a=rule("days mon", "busy q"), x=say("goodbye")),
        composed(a=rule("remembered never", then="x"), x=say("goodbye")),
        composed(a=rule("remembered never", then="x"), x=say("goodbye", then="y"), y=say("goodbye")),
        composed(a={"kind": "callback", "queue": "q", "booked": "end", "refused": "end", "silence": "end"}),
        composed(a={"kind": "count", "times": 9, "then": "c0", "over": "end"}, **many, c60=say("goodbye")),
        composed(
            a={"kind": "menu", "say": {"keys": ["goodbye"]}, "keys": {"1": "m0"}, "silence": "end"},
            **menus,
            m40=say("goodbye"),
        ),
    ]
    alone = [
        {"kind": "menu", "say": {"keys": ["goodbye"]}, "keys": {}, "silence": "end"},
        {"kind": "ask_digits", "say": {"keys": ["goodbye"]}, "remember": "_x", "then": "end", "silence": "end", "min_digits": 3},
        {"kind": "ask_digits", "say": {"keys": ["goodbye"]}, "remember": "x", "then": "end", "silence": "end", "check": "moon"},
        {"kind": "survey", "questions": {}, "then": "end"},
        {"kind": "queue", "queue": "q", **ENDS, "exit_keys": {"1": "end"}, "message_when": ["passed 2", "dance"]},
        {"kind": "callback", "queue": "q", "booked": "end", "refused": "end", "silence": "end", "min_digits": 16},
        {"kind": "remember", "things": {"_x": "1"}, "then": "end"},
        {"kind": "record_message", "say": {"keys": ["goodbye"]}, "box": "a b", "then": "end", "silence": "end", "failed": "end",
         "end_keys": "x"},
        rule(),
        rule("before 9", "waited soon q", "days someday", "language fr", "remembered _", "passed 0", "open", "heard a b",
             "busy"),
    ]  # fmt: skip
    found: list[Problem] = []
    for configuration in [*configurations, *(composed(a=row) for row in alone)]:
        texts = texts_of(configuration).by_language
        found += check_composed(configuration, ["hotline"], texts)
        found += check_configuration(with_composed(load_flows(), configuration), configuration)
    return found


def wrong_expressions() -> list[str]:
    texts = [
        "a $ b",
        "a)",
        "a b",
        "(a",
        "(a b",
        "a and",
        "and",
        "a >=",
        "a >= 1000",
        "a >= 1.5",
        "(" * (MAX_NESTING + 1),
    ]
    found = []
    for text in [*texts, "x" * (MAX_LENGTH + 1)]:
        with pytest.raises(SkillExpressionError) as error:
            parse(text)
        found.append(error.value.sentence)
    conditions = ["load", "load >", "load > 9999999", "load > 1.2345", "mood > 3", "> 3", "load > 1 and", "load $ 1"]
    for text in [*conditions, "(" * (MAX_NESTING + 1), "x" * (MAX_LENGTH + 1)]:
        with pytest.raises(ConditionError) as wrong:
            parse_condition(text)
        found.append(wrong.value.sentence)
    return found


def wrong_names() -> list[Problem]:
    """A flow that names something of every kind, and nothing of it is there."""
    ring = dict.fromkeys(("busy", "no_answer", "rejected", "unreachable", "failed"), "end")
    flow = flow_of_steps(
        "line",
        {
            "a": steps.Play("gone", then="b"),
            "b": steps.Queue("gone", prefer="gone", needs="a $", music="gone", **{**ENDS, "after_talk": "c"}),
            "c": steps.Dial("gone", **ring, after_talk="d"),
            "d": steps.VoiceAgent(
                "gone", returns={"x": "e"}, **dict.fromkeys(("silent", "unreachable", "timeout", "failed"), "end")
            ),
            "e": steps.AgentAction(
                "break", "gone", reason="gone", **{**dict.fromkeys(("later", "already", "refused"), "end"), "done": "f"}
            ),
            "f": steps.EmergencyAction(
                "gone", "gone", 1, "g", **dict.fromkeys(("not_allowed", "gone", "refused", "unavailable"), "end")
            ),
            "g": steps.AskService("gone", then="h", not_found="end", failed="end"),
            "h": steps.OpenHours("gone", open="end", closed="end"),
            "end": steps.HangUp(),
        },
        start="a",
        rescue="end",
        title={"zh": "线", "en": "Line"},
    )
    entries = Configuration(entries={"4001": Entry("4001", "line")})
    return check_configuration(Flows((flow,), ()), entries, House({"zh": {}, "en": {}}, (), ""))


def sentences() -> list[str]:
    problems: list[Problem] = [
        *wrong_names(),
        *check(WRONG),
        *check_configuration(load_flows(), WRONG),
        *wrong_flows(),
        *music_problems(WRONG, Path("nowhere")),
    ]
    return [*(problem.what for problem in problems), *wrong_expressions(), changed_in_place(Hotline)]


def test_every_sentence_of_the_checks_is_said_in_chinese(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        untranslated = [s for s in sentences() if not re.search(r"[\u4e00-\u9fff]", translated(s))]
    assert untranslated == []


def test_every_pattern_is_still_used_by_a_check(app: Flask) -> None:
    said = [sentence.partition("\n")[0] for sentence in sentences()]
    with app.test_request_context():
        unused = [p for p, _said in SENTENCES if not any(re.fullmatch(p, s, re.DOTALL) for s in said)]
    assert unused == []


def test_a_sentence_that_nobody_knows_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context():
        assert translated("something quite new.") == "something quite new."
