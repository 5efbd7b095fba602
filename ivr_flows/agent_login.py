"""Which agent is it? By the phone that calls, else by number, and always by PIN. A part of every flow that agents dial:

    login = Sub(AgentLogin, returns={"known": "menu", "over": "end"})

After ``known`` the call remembers ``agent``, and the PIN has shown that it is that agent.
"""

from callcontrol.flow import (
    AskDigits,
    AskPin,
    Call,
    Flow,
    Go,
    Number,
    Play,
    Remembered,
    Return,
    Seconds,
    YesNo,
    choice,
    words,
)


class AgentLogin(Flow, abstract=True):
    """Ends with ``known``, or with ``over``: the caller was told why not, and that the call ends."""

    name = "agent_login"
    title = words(zh="坐席身份", en="Which agent it is")
    start = "who"
    rescue = "over"

    # --- what a supervisor may change -------------------------------------------------------------------------------
    own_phones_only = YesNo(
        default=False,
        help=words(zh="是否只接受坐席自己话机的来电", en="Whether only calls from agents' own phones are taken"),
    )
    tries = Number(
        default=3,
        minimum=1,
        maximum=9,
        help=words(zh="密码和按键最多可试的次数", en="How often a PIN or a key may be tried"),
    )
    key_timeout = Seconds(
        default=6,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long a key is waited for"),
    )

    @choice("pin", "extension", "unknown_phone")
    def who(self, call: Call) -> str | Go:
        if call.facts.calling:
            return Go("pin", remember={"agent": call.facts.calling})
        return "unknown_phone" if self.own_phones_only else "extension"

    extension = AskDigits(
        ("agent.welcome", "agent.extension"),
        remember="agent",
        then="pin",
        silence="goodbye",
        max_digits=20,
        tries=tries,
        timeout_s=key_timeout,
    )
    pin = AskPin(
        "agent.pin",
        agent=Remembered("agent"),
        then="known",
        on_wrong="agent.pin_wrong",
        wrong="wrong_pin",
        closed="closed",
        unavailable="unavailable",
        tries=tries,
        timeout_s=key_timeout,
    )
    known = Return("known")

    wrong_pin = Play("agent.pin_wrong", then="goodbye")
    closed = Play("agent.closed", then="goodbye")
    unavailable = Play("agent.unavailable", then="goodbye")
    unknown_phone = Play("agent.unknown_phone", then="goodbye")
    goodbye = Play("agent.goodbye", then="over")
    over = Return("over")
