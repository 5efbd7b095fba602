"""No name that a step carries is unchecked: whoever adds a kind of step, or a field, says here or there what it names."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from typing import Any

import pytest

from callcontrol.flow import Flow, HangUp, Play, Return, Sub, choice, flow_of_steps, steps, words
from callcontrol.flow.call import Call
from callcontrol.flow.catalogue import Flows
from callcontrol.flow.move import Go
from callcontrol.flow.names import ASKED, names_in
from callcontrol.flow.parameters import Remembered, Text
from callcontrol.flow.steps.agent_menu import STANDINGS
from callcontrol.flow.steps.dial import Dial
from callcontrol.flow.steps.queue import Queue as QueueStep
from callcontrol.flow.steps.remember import Remember
from callcontrol.flow.steps.rule import Rule
from callcontrol.flow.steps.step import Step
from callcontrol.flow.uses import House, check_configuration, check_names, names_of
from callcontrol.flow.when import KINDS as CONDITIONS
from callcontrol.prompts.catalogue import shipped_texts
from callcontrol.values.configuration import (
    Agent,
    Callback,
    Configuration,
    Emergency,
    Entry,
    OpeningHours,
    Queue,
    Service,
    Target,
    VoiceAgent,
)
from callcontrol.values.problems import Problem

TITLE = words(zh="线", en="Line")
GONE = "no!where"  # neither a name that there is nor a skill expression
TEXTS = {language: {**texts, "said": "x"} for language, texts in shipped_texts().by_language.items()}
HOUSE = House(TEXTS, music=("calm",), flow_numbers="0[0-9]{3,9}")
# Everything of one name: a step that asks for it is right.
RIGHT = "there"
CONFIGURATION = Configuration(
    queues={RIGHT: Queue(RIGHT, callback=Callback(enabled=True))},
    hours={RIGHT: OpeningHours(RIGHT)},
    agents={RIGHT: Agent(RIGHT)},
    services={RIGHT: Service(RIGHT, "http://x")},
    voice_agents={RIGHT: VoiceAgent(RIGHT, "user/1")},
    targets={RIGHT: Target(RIGHT)},
    emergencies={RIGHT: Emergency(RIGHT)},
    break_reasons={RIGHT: {"en": RIGHT}},
)

# Texts that name nothing of the configuration, and why.
FREE = {
    ("ask_digits", "remember"): "a name in the call",
    ("choose_break", "remember"): "a name in the call",
    ("ask_digits", "check"): "one of flow.digits, checked at import",
    ("agent_action", "action"): "one of the step's, checked at import",
    ("ask_service", "send"): "what is told to the service",
    ("voice_agent", "send"): "what is told to the voice agent",
    ("voice_agent", "sensitive"): "names of send",
    ("choice", "decide"): "its code is read, see below",
    ("choice", "targets"): "steps",
    ("conference", "room"): "rooms are made by who comes first",
    ("conference", "pin"): "a secret",
    ("hang_up", "cause"): "of the switch",
    ("queue", "stay_key"): "a key",
    ("queue", "message_when"): "conditions, see below",
    ("rule", "when"): "conditions, see below",
    ("open_hours", "hours"): "a condition, see below",
    ("queue", "zone"): "of the time zones",
    ("rule", "zone"): "of the time zones",
    ("record_message", "box"): "mailboxes are made by the first message",
    ("record_message", "end_keys"): "keys",
    ("remember", "things"): "what is remembered, see below",
    ("return", "result"): "of the part, checked at import",
    ("say_text", "text"): "what is said",
    ("sub", "flow"): "its steps are the flow's, see below",
    ("survey", "skip_key"): "a key",
}
# Texts that are keys of prompts.
PROMPTS = {
    *(("callback", field) for field in ("confirm", "ask_number", "on_wrong", "moment")),
    ("queue", "message"),
    ("choose_break", "press"),
    *(("choose_emergency", field) for field in ("on", "press")),
}
# Types of fields that can hold no name.
PLAIN = {"Target", "Target | None", "Mapping[str, Target]", "int", "float", "bool"}
PLAIN |= {f"Value[{each}]" for each in ("int", "float", "bool")}
SAID = {"Say": "{}", "Mapping[str, Say]": "all"}


class Part(Flow, abstract=True):
    title, start, rescue = TITLE, "a", "a"
    a = Return("done")


NEEDED: dict[tuple[str, str], Any] = {
    ("agent_action", "action"): "login",
    ("menu", "keys"): {"1": "end"},
    ("agent_menu", "keys"): {"1": "end"},
    ("agent_menu", "standing"): dict.fromkeys(STANDINGS, "said"),
    ("ask_digits", "remember"): "digits",
    ("conference", "room"): "room",
    ("conference", "pin"): "1234",
    ("remember", "things"): {"x": "y"},
    ("survey", "questions"): {"attitude": "said"},
    ("voice_agent", "returns"): {"done": "end"},
    ("rule", "when"): ("before 16:00",),
    ("say_text", "text"): "text",
    ("record_message", "box"): "box",
    ("sub", "flow"): Part,
    ("sub", "returns"): {"done": "end"},
    ("open_hours", "hours"): RIGHT,
}


def all_kinds() -> list[type[Step]]:
    """Every step of the room, whether it is among its public names or not."""
    modules = [
        importlib.import_module(f"{steps.__name__}.{each.name}") for each in pkgutil.iter_modules(steps.__path__)
    ]

    def below(kind: type[Step]) -> Iterator[type[Step]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    public = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    found = {each for each in below(Step) if each in public and each.kind != "step"}
    return sorted(found, key=lambda each: each.__name__)


KINDS = all_kinds()
CASES = [(kind, field.name, str(field.type)) for kind in KINDS for field in fields(kind) if field.init]


def made(kind: type[Step], **given: Any) -> Step:
    """One of that kind with nothing wrong in it, but for what is given."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        name, text = field.name, str(field.type)
        if not field.init:
            continue
        if name in kind.names:
            if kind.names[name] not in ("music", "skills"):
                values[name] = RIGHT
        elif (kind.kind, name) in NEEDED:
            values[name] = NEEDED[kind.kind, name]
        elif (kind.kind, name) in PROMPTS or text == "Say":
            values[name] = "said"
        elif field.default is MISSING and field.default_factory is MISSING:
            values[name] = {"Target": "end", "Mapping[str, Target]": {"1": "end"}, "Value[int]": 1}[text]
    return kind(**{**values, **given})


def flow_with(step: Step, **others: Step) -> type[Flow]:
    every = {"a": step, **others, "end": HangUp()}
    return flow_of_steps("line", every, start="a", rescue="end", title=TITLE)


def told(flow: type[Flow], **given: Any) -> list[Problem]:
    entry = Entry("4001", "line", parameters=given)
    return check_configuration(Flows((flow,), ()), replace(CONFIGURATION, entries={"4001": entry}), HOUSE)


@pytest.mark.parametrize(("kind", "field", "text"), CASES, ids=lambda each: getattr(each, "__name__", str(each)))
def test_every_field_says_what_it_names_or_is_known_to_name_nothing(kind: type[Step], field: str, text: str):
    sorts = [
        field in kind.names,
        (kind.kind, field) in FREE,
        (kind.kind, field) in PROMPTS,
        text in PLAIN,
        text in SAID,
    ]
    assert sum(sorts) == 1, f"{kind.__name__}.{field}: say in its names what it names, or above why it names nothing."


def test_nothing_is_declared_of_fields_that_there_are_not():
    there = {(kind.kind, field) for kind, field, _text in CASES}
    assert (FREE.keys() | PROMPTS) <= there
    assert {(kind.kind, field) for kind in KINDS for field in kind.names} <= there
    assert {sort for kind in KINDS for sort in kind.names.values()} <= names_of(CONFIGURATION, HOUSE).keys()


def checkable() -> list[type[Step]]:
    return [kind for kind in KINDS if kind.kind not in ("return", "emergency", "choice", "sub")]


@pytest.mark.parametrize("kind", checkable(), ids=lambda kind: kind.__name__)
def test_a_step_that_names_what_is_there_is_let_pass(kind: type[Step]):
    assert told(flow_with(made(kind))) == []


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in KINDS for field in kind.names],
    ids=lambda each: getattr(each, "__name__", each),
)
@pytest.mark.parametrize("written", [GONE, Remembered("x", otherwise=GONE)], ids=["plain", "remembered"])
def test_a_name_that_nobody_has_forbids_publishing_and_is_told_with_its_line(
    kind: type[Step], field: str, written: Any
):
    step = made(kind, **{field: written})
    (problem,) = told(flow_with(step))
    assert problem.where == "entries.4001"
    assert problem.fatal is (kind.names[field] != "music")  # of which callers hear what ships
    assert GONE in problem.what
    assert f"test_names.py:{step.where.partition(':')[2]}" in problem.what


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind, field, text in CASES if text in SAID or (kind.kind, field) in PROMPTS],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_a_prompt_without_a_text_forbids_publishing(kind: type[Step], field: str):
    if (kind.kind, field) in NEEDED and isinstance(NEEDED[kind.kind, field], dict):
        written: Any = dict.fromkeys(NEEDED[kind.kind, field], GONE)
    else:
        written = GONE
    problems = told(flow_with(made(kind, **{field: written})))
    assert len(problems) == 1
    assert problems[0].fatal
    assert f"'{GONE}', which has no text" in problems[0].what
    assert "(test_names.py:" in problems[0].what


def test_a_prompt_with_a_text_in_one_language_alone_is_a_warning():
    house = replace(HOUSE, texts={"zh": {"said": "x"}, "en": {}})
    entries = replace(CONFIGURATION, entries={"4001": Entry("4001", "line")})
    (problem,) = check_configuration(Flows((flow_with(Play("said", then="end")),), ()), entries, house)
    assert not problem.fatal


@pytest.mark.parametrize("word", [word for word, condition in CONDITIONS.items() if condition.of])
def test_what_conditions_name_is_checked(word: str):
    texts = {name: f"{word} {'60 ' if CONDITIONS[word].value else ''}{name}" for name in (RIGHT, GONE)}
    assert told(flow_with(Rule((texts[RIGHT],), then="end", otherwise="end"))) == []
    (problem,) = told(flow_with(Rule((texts[GONE],), then="end", otherwise="end")))
    assert problem.fatal
    assert GONE in problem.what


def test_what_is_remembered_on_the_way_to_a_step_is_checked():
    waiting = made(QueueStep, queue=Remembered("queue"))
    by_key = steps.Menu("said", keys={"1": Go("w", remember={"queue": GONE})}, silence="end")
    assert [p.fatal for p in told(flow_with(by_key, w=waiting))] == [True]
    by_step = Remember({"queue": GONE}, then="w")
    assert [p.fatal for p in told(flow_with(by_step, w=waiting))] == [True]


def test_several_things_are_told_at_once():
    found = told(flow_with(made(QueueStep, queue=GONE, prefer=GONE, after_talk="b"), b=made(Dial, to=GONE)))
    assert [p.fatal for p in found] == [True, True, True]


class Asks(Flow):
    name, title, start, rescue = "line", TITLE, "a", "end"
    line = Text(default=RIGHT, names="queue", help=TITLE)
    whom = Text(default=RIGHT, help=TITLE)

    @choice("b", "end")
    def a(self, call: Call) -> str | Go:
        return Go("b", remember={"queue": "of_code"}) if call.is_open("hours_of_code") else "end"

    b = made(QueueStep, queue=Remembered("queue", otherwise=line), after_talk="ring")
    ring = made(Dial, to=whom)
    end = HangUp()


def test_what_a_choice_was_written_with_is_checked():
    assert sorted(p.what.split("'")[3] for p in told(Asks)) == ["hours_of_code", "of_code"]
    assert all(p.fatal and "(test_names.py:" in p.what for p in told(Asks))


def test_parameters_are_checked_whether_the_entry_gives_them_or_not_and_whether_they_say_what_they_name_or_not():
    def of_parameters(**given: str) -> list[tuple[str, bool]]:
        return [(p.where, p.fatal) for p in told(Asks, **given) if "parameters" in p.where]

    assert of_parameters() == []
    assert of_parameters(line=GONE) == [("entries.4001.parameters.line", True)]
    assert of_parameters(whom=GONE) == [("entries.4001.parameters.whom", True)]
    without = replace(CONFIGURATION, queues={"of_code": Queue("of_code")}, entries={"4001": Entry("4001", "line")})
    found = [p for p in check_configuration(Flows((Asks,), ()), without, HOUSE) if "parameters" in p.where]
    assert [(p.where, p.fatal) for p in found] == [("entries.4001.parameters.line", True)]
    assert "(test_names.py:" in found[0].what


def test_a_part_s_names_are_the_flow_s():
    class Rung(Flow, abstract=True):
        title, start, rescue = TITLE, "a", "a"
        a = made(
            Dial,
            to=GONE,
            **dict.fromkeys(("after_talk", "busy", "no_answer", "rejected", "unreachable", "failed"), "b"),
        )
        b = Return("done")

    flow = flow_with(Sub(Rung, returns={"done": "end"}))
    assert [n.name for n in names_in(flow, {}) if n.kind == "party"] == [GONE]


def test_a_number_is_rung_where_the_settings_allow_it_and_else_warned_about():
    allowed, other = flow_with(made(Dial, to="0215550")), flow_with(made(Dial, to="99"))
    assert told(allowed) == []
    assert [p.fatal for p in told(other)] == [False]
    entries = replace(CONFIGURATION, entries={"4001": Entry("4001", "line")})
    assert check_configuration(Flows((other,), ()), entries) == [], "where the settings are not known"


def test_a_service_that_a_house_may_do_without_is_no_reason():
    flow = flow_with(made(steps.AskService, service=GONE, optional=True))
    assert told(flow) == []
    assert [p.fatal for p in check_names(flow, names_of(CONFIGURATION))] == [False]


def test_every_method_of_the_call_that_asks_by_a_name_is_known():
    asking = {
        name
        for name, method in inspect.getmembers(Call, inspect.isfunction)
        for parameter in inspect.signature(method).parameters.values()
        if parameter.annotation in ("str", str)
    }
    assert asking == ASKED.keys()


@pytest.mark.parametrize("whom", ["colleague", "front_desk"])
def test_agents_and_targets_can_be_rung_by_a_step_and_by_a_parameter(whom: str):
    configuration = Configuration(
        agents={"colleague": Agent("colleague")},
        targets={"front_desk": Target("front_desk")},
        entries={"4001": Entry("4001", "line", parameters={"to": whom})},
    )

    class Rings(Flow):
        name, title, start, rescue = "line", TITLE, "a", "end"
        to = Text(default="", names="target", help=TITLE)
        a = made(Dial, to=to, after_talk="b")
        b = made(Dial, to=whom)
        end = HangUp()

    assert check_configuration(Flows((Rings,), ()), configuration, HOUSE) == []
