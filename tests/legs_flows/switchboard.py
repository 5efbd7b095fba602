"""The flow of the tests that connect callers with others than agents: what the caller keys in is dialled."""

from callcontrol.flow import AskDigits, Call, Dial, Flow, HangUp, OneOf, Play, Remembered, Transfer, choice, words

ENDS = {
    "busy": "busy",
    "no_answer": "no_answer",
    "rejected": "rejected",
    "unreachable": "unreachable",
    "failed": "failed",
    "timeout": "late",
}


class Switchboard(Flow):
    title = words(zh="总机", en="Switchboard")
    start = "who"
    rescue = "sorry"

    way = OneOf(
        default="dial",
        options=("dial", "ask", "transfer", "announce"),
        help=words(zh="接通方式", en="How it is connected"),
    )

    who = AskDigits(
        "hotline.menu", remember="who", then="how", silence="again", max_digits=15, timeout_s=8, tries=1, sensitive=True
    )

    @choice("dial", "ask", "transfer", "announce")
    def how(self, call: Call) -> str:
        return self.way

    dial = Dial(Remembered("who"), after_talk="after", ring_s=3, record=True, **ENDS)
    ask = Dial(Remembered("who"), after_talk="after", ring_s=3, confirm=True, whisper="agent.welcome", **ENDS)
    transfer = Transfer(Remembered("who"), ring_s=3, **ENDS)
    announce = Transfer(Remembered("who"), ring_s=3, confirm=True, music="", **ENDS)
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
