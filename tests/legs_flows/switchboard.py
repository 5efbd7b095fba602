"""The flow of the tests that connect callers with others than agents: what the caller keys in is dialled."""

from callcontrol.flow import AskDigits, Dial, Flow, HangUp, Play, Remembered, words


class Switchboard(Flow):
    title = words(zh="总机", en="Switchboard")
    start = "who"
    rescue = "sorry"

    who = AskDigits(
        "hotline.menu",
        remember="who",
        then="ring",
        silence="again",
        max_digits=15,
        sensitive=True,
        timeout_s=8,
        tries=1,
    )
    ring = Dial(
        Remembered("who"),
        after_talk="after",
        busy="busy",
        no_answer="no_answer",
        rejected="rejected",
        unreachable="unreachable",
        failed="failed",
        timeout="late",
        ring_s=3,
        record=True,
    )
    after = AskDigits("survey.attitude", remember="more", then="end", silence="end", max_digits=1, timeout_s=8, tries=1)
    busy = Play("hotline.too_long", then="end")
    no_answer = Play("hotline.full", then="end")
    rejected = Play("hotline.closed", then="end")
    unreachable = Play("hotline.nobody", then="end")
    failed = Play("menu.wrong", then="end")
    late = Play("hotline.too_long", then="end")
    again = Play("goodbye", then="end")
    sorry = Play("rescue.sorry", then="end")
    end = HangUp()
