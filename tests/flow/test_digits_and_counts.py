"""AskDigits and Count."""

from callcontrol.flow import AskDigits, Count, Flow, HangUp, Play, words
from callcontrol.flow import commands as cmd
from callcontrol.flow.rehearsal import Rehearsal


class Account(Flow):
    title = words(zh="账号", en="Account")
    start = "number"
    rescue = "end"
    number = AskDigits(
        "number",
        remember="account",
        then="pin",
        silence="again",
        wrong="again",
        min_digits=4,
        max_digits=6,
        tries=2,
        on_wrong="number.wrong",
    )
    again = Count(2, then="number", over="end")
    pin = AskDigits("pin", remember="pin", then="thanks", silence="end", max_digits=4, sensitive=True, tries=1)
    thanks = Play("thanks", then="end")
    end = HangUp()


def test_digits_are_remembered():
    assert Rehearsal(Account).run("12345 1").record.context["account"] == "12345"


def test_too_few_digits_are_told_and_asked_again():
    call = Rehearsal(Account).run("12 1234 1")
    assert call.heard()[:3] == ["number", "number.wrong", "number"]
    assert call.record.context["account"] == "1234"


def test_too_many_digits_are_asked_again():
    assert Rehearsal(Account).run("1234567 1234 1").record.context["account"] == "1234"


def test_letters_and_stars_are_no_digits():
    assert "account" not in Rehearsal(Account).run("12*4 AAAA - - - -").record.context


def test_sensitive_digits_never_show_in_the_story():
    call = Rehearsal(Account).run("1234 9876")
    keys = [data["keys"] for kind, data in call.story if kind == "keys"]
    assert keys == ["1234", "***"]
    assert [c.sensitive for c in call.done if isinstance(c, cmd.Ask)] == [False, True]


def test_a_count_lets_through_so_often_and_no_more():
    call = Rehearsal(Account).run()
    assert call.steps == ["number", "again", "number", "again", "number", "again", "end"]
