"""Keys that are valid everywhere, flows as parts of flows, things remembered, checks of digits, values in prompts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import (
    AGAIN,
    OTHER_LANGUAGE,
    AskDigits,
    Call,
    Flow,
    FlowError,
    Go,
    HangUp,
    Menu,
    Number,
    Play,
    Prompt,
    Queue,
    Remember,
    Remembered,
    Return,
    Sub,
    choice,
    words,
)
from callcontrol.flow import commands as cmd
from callcontrol.flow.commands import VALUE_PROMPTS
from callcontrol.flow.digits import CHECKS, luhn
from callcontrol.flow.drawing import dot, mermaid
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.testing import Story, coverage, generated_stories, play, surprises
from callcontrol.prompts.amounts import KINDS

TITLE = words(zh="试", en="A try")


def line(name: str = "support", **more: object) -> Queue:
    back = dict.fromkeys(("after_talk", "still_busy", "away", "nobody", "timeout", "full", "closed"), "bye")
    return Queue(name, **back, **more)  # type: ignore[arg-type]


class Identity(Flow):
    """A part: asks for an account number, twice at most."""

    title = TITLE
    start = "ask"
    rescue = "given_up"
    longest = Number(default=8, help=words(zh="最长", en="Longest"))

    ask = AskDigits(
        "hotline.menu", remember="account", then="known", silence="given_up", wrong="given_up",
        min_digits=4, max_digits=8, tries=2, check="luhn", sensitive=True,
    )  # fmt: skip

    @choice("yes", "given_up")
    def known(self, call: Call) -> str:
        return "yes" if len(call.context["account"]) <= self.longest else "given_up"

    yes = Return("known")
    given_up = Return("unknown")


class Bank(Flow):
    title = TITLE
    start = "identity"
    rescue = "bye"
    everywhere = {"0": "operator", "*": AGAIN, "#": OTHER_LANGUAGE}

    identity = Sub(Identity, returns={"known": "tell", "unknown": Go("operator", remember={"why": "unknown"})})
    tell = Remember({"balance": "12.50", "twice": Remembered("account")}, then="balance")
    balance = Play(
        (Prompt("hotline.welcome", {"of": Remembered("account")}), Prompt("money", {"value": Remembered("balance")})),
        then="more",
    )
    more = Menu("hotline.menu", keys={"1": "balance", "2": "bye"}, silence="bye", tries=1)
    operator = line()
    bye = Play("goodbye", then="end")
    end = HangUp()


VALID = next(str(n) for n in range(10_000_000, 10_000_100) if luhn(str(n)))


def test_a_part_is_gone_through_and_leads_on_by_its_result() -> None:
    call = play(Bank, Story([f"press {VALID}", "listen"]))
    assert call.steps == ["identity", "identity.ask", "identity.known", "identity.yes", "tell", "balance", "more"]
    assert call.record.context["twice"] == VALID
    lost = play(Bank, Story(["silence", "silence"]))
    assert lost.record.step == "operator"
    assert lost.record.context["why"] == "unknown"


def test_digits_of_a_part_stay_secret_in_the_story() -> None:
    call = play(Bank, Story([f"press {VALID}"]))
    assert VALID not in str([data for kind, data in call.story if kind == "keys"])


def test_what_a_prompt_says_of_the_call_is_known_when_it_is_said() -> None:
    call = play(Bank, Story([f"press {VALID}"]))
    assert isinstance(call.doing, cmd.Play)
    assert call.doing.prompts == (Prompt("hotline.welcome", {"of": VALID}), Prompt("money", {"value": "12.50"}))


def test_a_call_in_the_middle_of_a_part_is_taken_up() -> None:
    call = play(Bank, Story(["silence", "taken over", f"press {VALID}"]))
    assert call.record.step == "balance"


def test_parameters_of_a_part_are_the_flows_own() -> None:
    assert "longest" in Bank.parameters
    call = play(Bank, Story([f"press {VALID}"], parameters={"longest": 5}))
    assert call.record.step == "operator"

    class Stricter(Bank):
        longest = Number(default=4, help=words(zh="最长", en="Longest"))

    assert play(Stricter, Story([f"press {VALID}"])).record.step == "operator"


def test_everything_that_can_happen_in_it_is_rehearsed_like_any_flow() -> None:
    stories = list(generated_stories(Bank))
    assert list(surprises(Bank, stories)) == []
    went = coverage(Bank, [play(Bank, story) for story in stories])
    assert went.missing_steps() == []
    assert set(went.missing_edges()) <= {("identity.known", "identity.given_up"), ("identity.ask", "identity.known")}


@pytest.mark.parametrize(
    ("returns", "sentence"),
    [
        ({"known": "bye"}, "can end with 'unknown'"),
        ({"known": "bye", "unknown": "bye", "never": "bye"}, "never ends with 'never'"),
        ({"known": "bye", "unknown": "nowhere"}, "leads to 'nowhere', which does not exist"),
    ],
)
def test_a_part_whose_ends_are_not_named_is_refused(returns: dict[str, str], sentence: str) -> None:
    body = {"title": TITLE, "start": "part", "rescue": "bye", "part": Sub(Identity, returns=returns)}
    with pytest.raises(FlowError, match=sentence):
        type("Host", (Flow,), {**body, "bye": HangUp()})


def test_a_part_by_itself_is_a_flow_and_hangs_up_at_its_end() -> None:
    call = Rehearsal(Identity)
    call.begin()
    call.press(VALID)
    assert isinstance(call.doing, cmd.HangUp)


@pytest.mark.parametrize("actions", [["press 0"], ["silence", "press 0"], [f"press {VALID}", "press 0"]])
def test_the_operator_is_one_key_away_from_everywhere(actions: list[str]) -> None:
    assert play(Bank, Story(actions)).record.step == "operator"


def test_star_says_it_again_and_hash_in_the_other_language() -> None:
    call = play(Bank, Story([f"press {VALID}"]))
    said, wait = call.doing, call.record.wait
    call.press("*")
    assert isinstance(said, cmd.Play)
    assert isinstance(call.doing, cmd.Play)
    assert (call.doing.prompts, call.record.wait) == (said.prompts, wait + 1)
    call.press("#")
    assert call.record.language == "en"
    assert isinstance(call.doing, cmd.Play)
    assert call.doing.language == "en"
    call.listen()
    assert isinstance(call.doing, cmd.Ask)
    assert call.doing.terminators == ""  # the hash means something here
    call.press("#")
    assert (call.record.language, call.record.step) == ("zh", "more")


def test_a_key_that_a_step_uses_itself_is_the_steps() -> None:
    class Own(Bank):
        more = Menu("hotline.menu", keys={"0": "bye", "1": "balance"}, silence="bye", tries=1)

    assert play(Own, Story([f"press {VALID}", "listen", "press 0"])).record.step == "bye"


def test_in_a_queue_only_its_own_keys_are_valid() -> None:
    call = play(Bank, Story(["press 0"]))
    before = call.record
    call.press("*")
    assert call.record == before


@pytest.mark.parametrize(
    ("everywhere", "sentence"),
    [({"00": "bye"}, "can't be one"), ({"x": "bye"}, "can't be one"), ({"0": "nobody"}, "leads to 'nobody'")],
)
def test_a_wrong_key_everywhere_is_refused(everywhere: dict[str, str], sentence: str) -> None:
    body = {"title": TITLE, "start": "bye", "rescue": "bye", "everywhere": everywhere, "bye": HangUp()}
    with pytest.raises(FlowError, match=sentence):
        type("Host", (Flow,), body)


def test_a_step_that_only_a_key_everywhere_leads_to_is_reached_and_drawn() -> None:
    class Plain(Flow):
        title = TITLE
        start = "hello"
        rescue = "bye"
        everywhere = {"0": "operator"}
        hello = Play("hotline.welcome", then="bye")
        operator = line()
        bye = HangUp()

    assert '"anywhere" -> "operator" [style=dotted, label="key 0"];' in dot(Plain)
    assert 'anywhere((anywhere)) -.->|"key 0"| s_operator' in mermaid(Plain)


def test_what_the_steps_keep_for_themselves_can_not_be_overwritten() -> None:
    with pytest.raises(FlowError, match="'_joined' can't be remembered"):
        type(
            "Bad",
            (Flow,),
            {"title": TITLE, "start": "a", "rescue": "b", "a": Remember({"_joined": 1}, then="b"), "b": HangUp()},
        )


def test_an_unknown_check_of_digits_is_refused() -> None:
    ask = AskDigits("hotline.menu", remember="x", then="b", silence="b", check="magic")
    with pytest.raises(FlowError, match="'magic' is no check of digits"):
        type("Bad", (Flow,), {"title": TITLE, "start": "ask", "rescue": "b", "ask": ask, "b": HangUp()})


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        ("luhn", "79927398713", "79927398710"),
        ("luhn", "4532015112830366", "4532015112830367"),
        ("id_card_cn", "11010519491231002*", "110105194912310021"),
        ("id_card_cn", "440524188001010014", "440524188013010014"),
        ("mobile_cn", "13812345678", "12812345678"),
        ("date_ymd", "20280229", "20270229"),
    ],
)
def test_digits_are_checked(check: str, right: str, wrong: str) -> None:
    assert CHECKS[check](right)
    assert not CHECKS[check](wrong)


@given(st.text("0123456789", min_size=2, max_size=19), st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, place: int, by: int) -> None:
    whole = next(number + str(d) for d in range(10) if luhn(number + str(d)))
    place %= len(whole)
    changed = whole[:place] + str((int(whole[place]) + by) % 10) + whole[place + 1 :]
    assert not luhn(changed)


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)))
def test_every_date_is_one(day: date) -> None:
    assert CHECKS["date_ymd"](f"{day:%Y%m%d}")


def test_the_language_and_the_prompts_know_the_same_kinds_of_values() -> None:
    assert set(KINDS) == VALUE_PROMPTS
