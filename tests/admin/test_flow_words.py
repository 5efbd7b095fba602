"""Drawings and tables of flows speak the reader's language: every kind of step, every way from one, whatever the flow."""

import re

import pytest
from click.testing import CliRunner
from flask import Flask

from callcontrol.admin import flow_words
from callcontrol.admin.composed_words import KIND_HINTS
from callcontrol.admin.drawings import can_draw
from callcontrol.admin.flow_words import OWN_WAYS, kind_word, way_word, words, words_in
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.cli.flows import command
from callcontrol.flow import Flow
from callcontrol.flow.catalogue import load_flows
from callcontrol.flow.composed import KINDS as OFFERED
from callcontrol.flow.composed import Shape
from callcontrol.flow.composed.sketch import sketch
from callcontrol.flow.drawing import PLAIN, dot, mermaid
from callcontrol.flow.steps.step import Step
from tests.admin.composing import compose, night
from tests.admin.test_roles import As
from tests.flow.test_names import KINDS, made

CHINESE = words_in("zh")
FLOWS = sorted(load_flows(installed=False), key=lambda flow: flow.name)
# Every way that a kind of step can have: with each of its targets given.
OPTIONAL = ("missing", "wrong", "timeout", "blocked", "too_short")
CHOSEN = {
    "voice_agent": {"done"}
}  # by whoever writes the flow: what the voice agent of tests/flow/test_names.py returns


def whole(kind: type[Step]) -> Step:
    return made(
        kind, **{name: "end" for name in OPTIONAL if name in kind.__dataclass_fields__ and name not in kind.names}
    )


def chinese(word: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", word))


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.kind not in ("return", "choice")], ids=lambda kind: kind.__name__
)
def test_every_way_of_every_kind_of_step_has_a_word(kind: type[Step]):
    labels = {way.label for way in whole(kind).ways()} - {""} - CHOSEN.get(kind.kind, set())
    assert [label for label in labels if not chinese(CHINESE.way(kind.kind, label))] == []


def test_every_kind_of_step_has_a_word():
    assert {kind.kind for kind in KINDS} <= flow_words.KINDS.keys()
    assert [kind for kind in flow_words.KINDS if not chinese(CHINESE.kind(kind))] == []
    assert OFFERED.keys() == KIND_HINTS.keys()


def test_every_way_of_a_sketch_has_a_word():
    fields = {(kind.name, f.name) for kind in OFFERED.values() for f in kind.fields.values() if f.shape is Shape.TARGET}
    untold = [(kind, name) for kind, name in fields if not chinese(CHINESE.way(kind, name.replace("_", " ")))]
    assert untold == []


def labels_of(picture: str) -> set[str]:
    return set(re.findall(r'label="([^"]*)"', picture))


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_drawing_of_the_library_has_no_word_left_in_english(flow: type[Flow]):
    own = {way.label for step in flow.steps.values() if step.kind in OWN_WAYS for way in step.ways()}
    for label in labels_of(dot(flow, words=CHINESE)):
        said = label.rpartition("\\n")[2]
        assert chinese(said) or set(said.split("、")) <= own, said
    assert not re.search(
        r"\|\"(?!.*[\u4e00-\u9fff])",
        "\n".join(line for line in mermaid(flow, CHINESE).splitlines() if not any(each in line for each in own)),
    )


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_words_change_nothing_of_the_graph(flow: type[Flow]):
    def graph(picture: str) -> list[str]:
        return sorted(re.sub(r', *label="[^"]*"|label="[^"]*",? *|\[\]|\|"[^"]*"\| ', "", picture).splitlines())

    plain = graph(dot(flow))
    assert graph(dot(flow, words=CHINESE)) == plain


def test_the_page_s_drawings_speak_the_page_s_language(app: Flask):
    hotline = next(flow for flow in FLOWS if flow.name == "hotline")
    for language, word in (("zh", "未按键"), ("en", "no key")):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert word in dot(hotline, words=words())
            assert kind_word("hang_up") == {"zh": "挂断", "en": "Hang up"}[language]
            assert way_word("queue", "closed") != way_word("open_hours", "closed")
            assert way_word("menu", "key #") == {"zh": "按键 #", "en": "key #"}[language]


def test_the_table_beside_it_does_too(as_role: As):
    page = as_role("manager").get("/flows", headers={"Accept-Language": "zh"}).text
    assert "未按键 →" in page
    assert "silence →" not in page


@pytest.mark.skipif(not can_draw(), reason="Graphviz is not installed")
@pytest.mark.parametrize("wrong", [False, True], ids=["whole", "not right yet"])
def test_a_composed_flow_is_drawn_in_the_reader_s_language(as_role: As, rehearsal: Rehearsal, *, wrong: bool):
    data = night()
    if wrong:
        data["steps"]["offer"]["silence"] = "gone"
    compose(rehearsal, data)
    client = as_role("manager")
    for language, word in (("zh", "未按键"), ("en", "no key")):
        picture = client.get("/composed/night/drawing.svg", headers={"Accept-Language": language}).text
        assert word in picture
        if not wrong:
            lit = client.get("/flows/night/rehearsed.svg", headers={"Accept-Language": language}).text
            assert word in lit


def test_an_author_s_word_ends_no_label():
    data = {"start": "a", "steps": {"a": {"kind": 'x"]; y', "then": "b"}}}
    assert sketch(data, words=CHINESE).count('"') % 2 == 0


def test_the_terminal_s_drawing_speaks_the_terminal_s_language():
    def run(*given: str) -> str:
        result = CliRunner().invoke(command, ["graph", "hotline", *given], obj=None)
        assert result.exit_code == 0, result.output
        return result.output

    assert run("--language", "en") == mermaid(next(flow for flow in FLOWS if flow.name == "hotline"), PLAIN)
    assert "按键 1" in run("--language", "zh")
    assert "营业" in run("--language", "zh", "--format", "dot") or "未按键" in run(
        "--language", "zh", "--format", "dot"
    )
