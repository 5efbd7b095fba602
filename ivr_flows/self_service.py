"""Self-service: who are you, and what is on your account? An example of an identity check and an HTTP look-up.

The service `accounts` of the configuration is asked with the account number and the date of birth; it answers 404 where the two
do not belong together, and else the balance and the day of the last payment. 0 leads to a person from everywhere.

    [services.accounts]
    url = "https://crm.example/accounts/{account}/summary?born={born}"
    headers = { Authorization = "env:CRM_TOKEN" }
    answers = { balance = "balance", paid_on = "last_payment.date" }
"""

import re

from callcontrol.flow import (
    AGAIN,
    AskDigits,
    AskService,
    Call,
    Count,
    Flow,
    HangUp,
    Menu,
    Play,
    Prompt,
    Queue,
    Remembered,
    Return,
    Seconds,
    Sub,
    Text,
    choice,
    words,
)

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
AMOUNT = re.compile(r"-?[0-9]{1,12}([.][0-9]{1,4})?")


def is_amount(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, str | int | float) and bool(AMOUNT.fullmatch(str(value)))


class Identity(Flow, abstract=True):
    """The part that finds out who calls. Ends with known, unknown, or down (also where the answer is none)."""

    name = "identity"
    title = words(zh="身份核实", en="Identity check")
    start = "ask_account"
    rescue = "down"

    timeout = Seconds(
        default=8, minimum=2, maximum=60, help=words(zh="等待输入的时间", en="How long digits are waited for")
    )

    ask_account = AskDigits(
        "self_service.account",
        remember="account",
        then="ask_born",
        silence="unknown",
        min_digits=6,
        max_digits=19,
        check="luhn",
        on_wrong="self_service.wrong_account",
        timeout_s=timeout,
    )
    ask_born = AskDigits(
        "self_service.born",
        remember="born",
        then="check",
        silence="unknown",
        min_digits=8,
        max_digits=8,
        check="date_ymd",
        sensitive=True,
        on_wrong="self_service.wrong_date",
        timeout_s=timeout,
    )
    check = AskService(
        "accounts",
        send={"account": Remembered("account"), "born": Remembered("born")},
        meanwhile="self_service.moment",
        then="answered",
        not_found="no_match",
        failed="down",
        optional=True,
    )

    @choice("known", "down")
    def answered(self, call: Call) -> str:
        """What a service answers is somebody else's text: only an amount is said as one."""
        return "known" if is_amount(call.context.get("balance")) else "down"

    no_match = Count(2, then="say_no_match", over="unknown")
    say_no_match = Play("self_service.no_match", then="ask_account")

    known = Return("known")
    unknown = Return("unknown")
    down = Return("down")


class SelfService(Flow):
    name = "self_service"
    title = words(zh="自助查询", en="Self-service")
    release = 1
    start = "welcome"
    rescue = "sorry"
    everywhere = {"0": "agent", "*": AGAIN}

    queue = Text(
        default="billing",
        names="queue",
        help=words(zh="转人工时进入的队列", en="The queue of those who ask for a person"),
    )

    welcome = Play("self_service.welcome", then="identity")
    identity = Sub(Identity, returns={"known": "balance", "unknown": "to_agent", "down": "down"})

    balance = Play(Prompt("self_service.balance", {"balance": Remembered("balance")}), then="paid_or_not")

    @choice("paid", "more")
    def paid_or_not(self, call: Call) -> str:
        return "paid" if DAY.fullmatch(str(call.context.get("paid_on"))) else "more"

    paid = Play(Prompt("self_service.paid", {"day": Remembered("paid_on")}), then="more")
    more = Menu("self_service.more", keys={"1": "balance", "2": "agent"}, silence="goodbye", tries=2)

    down = Play("self_service.down", then="agent")
    to_agent = Play("self_service.to_agent", then="agent")
    agent = Queue(
        queue,
        after_talk="goodbye",
        still_busy="call_later",
        away="call_later",
        nobody="call_later",
        timeout="call_later",
        full="call_later",
        closed="call_later",
    )
    call_later = Play("self_service.call_later", then="end")
    goodbye = Play("goodbye", then="end")
    end = HangUp()
    sorry = Play("rescue.sorry", then="agent")
