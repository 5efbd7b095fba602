"""The flow of the tests that hands callers over to a voice agent."""

from callcontrol.flow import CALLER, AskDigits, Flow, HangUp, Play, Prompt, Remembered, VoiceAgent, words


class Assistant(Flow):
    title = words(zh="语音助手", en="Assistant")
    start = "account"
    rescue = "sorry"

    account = AskDigits("hotline.menu", remember="account", then="bot", silence="sorry", max_digits=8, tries=1)
    bot = VoiceAgent(
        "bot",
        returns={"done": "after", "to_agent": "queue"},
        silent="silent",
        unreachable="unreachable",
        timeout="late",
        failed="failed",
        send={"account": Remembered("account"), "number": CALLER, "not_allowed": "secret"},
    )
    after = AskDigits("survey.attitude", remember="more", then="end", silence="end", max_digits=1, timeout_s=8, tries=1)
    queue = Play((Prompt("number", {"value": Remembered("people")}),), then="end")
    silent = Play("goodbye", then="end")
    unreachable = Play("hotline.nobody", then="end")
    late = Play("hotline.too_long", then="end")
    failed = Play("menu.wrong", then="end")
    sorry = Play("rescue.sorry", then="end")
    end = HangUp()
