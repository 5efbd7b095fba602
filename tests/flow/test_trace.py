"""The ladder of a call, and the way that it took through its flow."""

from __future__ import annotations

from callcontrol.cli.trace import SPACING, WORDS, drawn, said
from callcontrol.flow.drawing import dot
from callcontrol.flow.trace import LANES, PARTY, lanes_of, rungs, steps_of, ways_of
from callcontrol.ports.journal import STORY_KINDS
from ivr_flows.hotline import Hotline

STORY = [
    (0.0, "began", {"destination": "4001", "flow": "hotline", "flow_release": 1, "language": "zh"}),
    (0.1, "step", {"step": "opening", "to_hear": []}),
    (0.1, "step", {"step": "welcome", "to_hear": ["hotline.welcome"]}),
    (3.0, "keys", {"step": "menu", "keys": "1"}),
    (4.0, "offered", {"offer": "o", "agent": "1001", "why": {"strategy": "longest_idle", "idle_s": 3.0}}),
    (5.0, "offer_failed", {"agent": "1001", "cause": "NO_ANSWER"}),
    (9.0, "talk_began", {"agent": "1002"}),
    (20.0, "talk_ended", {"agent": "1002", "by": "agent"}),
    (21.0, "a_new_one", {"x": 1}),
    (22.0, "ended", {"by": "flow", "cause": "NORMAL_CLEARING"}),
]


def test_who_says_what_to_whom() -> None:
    ways = [(rung.source, rung.target, rung.both) for rung in rungs(STORY)]
    assert ways == [
        ("caller", "controller", False),
        ("controller", "controller", False),
        ("controller", "caller", False),
        ("caller", "controller", False),
        ("controller", "agent", False),
        ("agent", "controller", False),
        ("caller", "agent", True),
        ("agent", "controller", False),
        ("controller", "controller", False),
        ("controller", "caller", False),
    ]


def test_every_kind_of_line_has_its_lanes_and_its_words_in_both_languages() -> None:
    for kind in STORY_KINDS:
        (rung,) = rungs([(0.0, kind, {})])
        assert {rung.source, rung.target} <= {*LANES, PARTY}
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for words in WORDS.values():
        for rung in rungs(STORY):
            assert "{" not in said(rung, words)


def test_somebody_who_is_no_agent_has_a_lane_where_there_is_one() -> None:
    assert lanes_of(rungs(STORY)) == LANES
    dialled = rungs([*STORY, (23.0, "party_rung", {"to": "reception"}), (24.0, "party_ended", {"by": "party"})])
    lanes = lanes_of(dialled)
    assert lanes == (*LANES, PARTY)
    assert drawn(dialled[-2], lanes).endswith("▶")
    assert (dialled[-1].source, dialled[-1].target) == (PARTY, "controller")


def test_a_rung_is_drawn_between_its_lanes() -> None:
    width = SPACING * (len(LANES) - 1) + 1
    pictures = [drawn(rung, LANES) for rung in rungs(STORY)]
    assert {len(picture) for picture in pictures} == {width}
    assert pictures[0].startswith("├─")
    assert pictures[0][2 * SPACING] == "▶"
    assert pictures[1][2 * SPACING] == "●"
    assert pictures[2][0] == "◀"
    assert (pictures[6][0], pictures[6][-1]) == ("◀", "▶")


def test_what_an_outsider_wrote_does_not_steer_the_terminal() -> None:
    (rung,) = rungs([(0.0, "trouble", {"what": "\x1b[2Jgone"})])
    assert "\x1b" not in said(rung, WORDS["en"])


def test_the_way_through_the_flow_is_lit() -> None:
    steps = steps_of(STORY)
    assert steps == ["opening", "welcome"]
    lit = dot(Hotline, ways_of(steps))
    assert '"opening" -> "welcome" [color="#0b6fcf", penwidth=2.5];' in lit
    assert lit.count("fillcolor") == 2
    assert "fillcolor" not in dot(Hotline)


def test_ways_are_as_thick_as_they_were_often_taken() -> None:
    counted = dot(Hotline, counts={("opening", "welcome"): 90, ("opening", "closed"): 10})
    assert '"opening" -> "welcome" [label="(90)", penwidth=5.0];' in counted
    assert '"opening" -> "closed" [label="(10)", penwidth=1.4];' in counted
    assert "(0)" in counted


def test_the_beginning_says_the_releases_and_why_a_call_was_on_trial() -> None:
    def told(**more: object) -> str:
        began = {"destination": "4001", "flow": "hotline", "flow_release": 2, "language": "zh", **more}
        (rung,) = rungs([(0.0, "began", began)])
        return said(rung, WORDS["en"])

    assert told() == "calls 4001: flow hotline, release 2, rules –, zh"
    assert told(release=14, trial="") == "calls 4001: flow hotline, release 2, rules 14, zh"
    assert told(release=14, trial="caller").endswith("(on trial: the number is listed)")
    assert told(release=14, trial="share", lot=0.0312, share=0.1).endswith("(on trial by lot: 3.1% is below 10.0%)")
    assert told(release=14, trial="of a newer controller").endswith("zh")
