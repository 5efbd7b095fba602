"""A line with a surge mode: when more call than its queue can serve (120 %), callers hear a shorter menu, how long it takes, and
what needs no waiting first. Below the limit it is a usual line. The two loads are those of the queue's reserve, so that the mode does
not flicker.

Self-service asks the service `accounts` of the configuration, see `self_service.py`.
"""

from callcontrol.flow import (
    Call,
    Callback,
    Flow,
    Go,
    HangUp,
    Menu,
    Play,
    Prompt,
    Queue,
    Remembered,
    Seconds,
    Sub,
    Text,
    choice,
    words,
)
from ivr_flows.satisfaction import Satisfaction
from ivr_flows.self_service import Identity


class Surge(Flow):
    title = words(zh="高峰模式热线", en="Line with a surge mode")
    release = 1
    start = "opening"
    rescue = "sorry"

    hours = Text(
        default="",
        names="hours",
        help=words(zh="热线的营业时间，空表示全天", en="Opening hours of the line; empty: always open"),
    )
    queue = Text(
        default="support",
        names="queue",
        help=words(zh="进入的队列，高峰以它的负荷为准", en="The queue; its load decides whether there is a surge"),
    )
    menu_timeout = Seconds(
        default=5,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long a menu waits for a key"),
    )

    @choice("welcome", "closed")
    def opening(self, call: Call) -> str:
        return "welcome" if call.is_open(self.hours) else "closed"

    welcome = Play("hotline.welcome", then="how_full")

    # --- is there a surge? ----------------------------------------------------------------------------------------------
    @choice("say_wait", "say_busy", "menu")
    def how_full(self, call: Call) -> str | Go:
        if not call.is_surging(self.queue):
            return "menu"
        estimate = call.estimate(self.queue)
        return Go("say_wait", remember={"wait": estimate}) if estimate else "say_busy"

    menu = Menu(
        "hotline.menu",
        keys={
            "1": Go("waiting", remember={"queue": "support"}),
            "2": Go("waiting", remember={"queue": "billing"}),
        },
        on_silence="menu.silence",
        on_wrong="menu.wrong",
        silence="waiting",
        timeout_s=menu_timeout,
    )
    say_wait = Play(("surge.busy", Prompt("wait", {"value": Remembered("wait")})), then="short_menu")
    say_busy = Play("surge.busy", then="short_menu")
    short_menu = Menu(
        "surge.menu",
        keys={"1": "identity", "2": "waiting"},
        silence="waiting",
        tries=1,
        timeout_s=menu_timeout,
    )

    # --- what needs no agent --------------------------------------------------------------------------------------------
    identity = Sub(Identity, returns={"known": "balance", "unknown": "to_agent", "down": "down"})
    balance = Play(Prompt("self_service.balance", {"balance": Remembered("balance")}), then="more")
    more = Menu("self_service.more", keys={"1": "balance", "2": "waiting"}, silence="goodbye", tries=2)
    down = Play("self_service.down", then="waiting")
    to_agent = Play("self_service.to_agent", then="waiting")

    # --- an agent -------------------------------------------------------------------------------------------------------
    waiting = Queue(
        Remembered("queue", otherwise=queue),
        message="offpeak",
        stay_key="1",
        exit_keys={"2": "call_me"},
        after_talk="survey",
        still_busy="call_me",
        away="no_one",
        nobody="no_one",
        timeout="call_me",
        full="no_one",
        closed="closed",
    )
    call_me = Callback(
        Remembered("queue", otherwise=queue),
        booked="booked",
        refused="no_one",
        silence="no_one",
        timeout_s=menu_timeout,
    )
    booked = Play("callback.booked", then="end")
    no_one = Play("surge.no_one", then="end")
    closed = Play("hotline.closed", then="goodbye")
    survey = Sub(Satisfaction, returns={"told": "goodbye", "skipped": "goodbye"})
    goodbye = Play("goodbye", then="end")
    end = HangUp()

    sorry = Play("rescue.sorry", then="rescued")

    @choice("waiting", "no_one")
    def rescued(self, call: Call) -> str | Go:
        if call.system_ok and call.queue_is_open(self.queue):
            return Go("waiting", remember={"queue": self.queue})
        return "no_one"
