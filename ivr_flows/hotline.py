"""The hotline: greeting, language, menu, queue with the off-peak announcement, survey.

Read it from top to bottom, as a caller hears it. Every word in quotes is the name of a step below, or the key of a text.
"""

from callcontrol.flow import (
    Call,
    Callback,
    Flow,
    Go,
    HangUp,
    Menu,
    Number,
    Play,
    Queue,
    Remembered,
    Seconds,
    Sub,
    Text,
    YesNo,
    choice,
    words,
)
from ivr_flows.fault import Fault
from ivr_flows.satisfaction import Satisfaction


class Hotline(Flow):
    title = words(zh="服务热线", en="Service hotline")
    release = 1
    start = "opening"
    rescue = "fault"

    # --- what a supervisor may change -------------------------------------------------------------------------------
    hours = Text(
        default="",
        names="hours",
        help=words(zh="热线的营业时间，空表示全天", en="Opening hours of the hotline; empty: always open"),
    )
    ask_language = YesNo(
        default=True,
        help=words(zh="是否先请来电者选择语言", en="Whether callers choose their language first"),
    )
    tries = Number(
        default=3,
        minimum=1,
        maximum=9,
        help=words(zh="菜单最多播放的次数", en="How often a menu is said before the call goes on without an answer"),
    )
    menu_timeout = Seconds(
        default=5,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long a menu waits for a key"),
    )
    default_queue = Text(
        default="support",
        names="queue",
        help=words(zh="没有选择时进入的队列", en="The queue of those who choose nothing"),
    )

    # --- greeting -----------------------------------------------------------------------------------------------------
    @choice("welcome", "closed")
    def opening(self, call: Call) -> str:
        return "welcome" if call.is_open(self.hours) else "closed"

    welcome = Play("hotline.welcome", then="which_language")

    @choice("language", "menu")
    def which_language(self, call: Call) -> str:
        return "language" if self.ask_language else "menu"

    language = Menu(
        ("language.ask@zh", "language.ask@en"),
        keys={"1": Go("menu", language="zh"), "2": Go("menu", language="en")},
        silence="menu",
        tries=1,
        timeout_s=menu_timeout,
    )

    # --- what is it about? ----------------------------------------------------------------------------------------------
    menu = Menu(
        "hotline.menu",
        keys={
            "1": Go("in_line", remember={"queue": "support"}),
            "2": Go("in_line", remember={"queue": "billing"}),
        },
        on_silence="menu.silence",
        on_wrong="menu.wrong",
        silence="in_line",
        tries=tries,
        timeout_s=menu_timeout,
    )

    # --- the queue ------------------------------------------------------------------------------------------------------
    @choice("kept", "waiting", "fault")
    def in_line(self, call: Call) -> str:
        """Whoever is to be called back and calls again is brought back to the same place. Nobody waits while nobody decides."""
        if not call.system_ok:
            return "fault"
        queue = call.context.get("queue") or self.default_queue
        return "kept" if call.has_callback(str(queue)) else "waiting"

    kept = Play("callback.kept", then="waiting")
    waiting = Queue(
        Remembered("queue", otherwise=default_queue),
        message="offpeak",
        stay_key="1",
        exit_keys={"*": "menu", "2": "call_me"},
        after_talk="survey",
        still_busy="can_be_called",
        away="away",
        nobody="nobody",
        timeout="too_long",
        full="full",
        closed="closed",
    )

    # Everybody was busy, and still busy after the announcement: a polite end, or the caller stays, or is called back.
    @choice("advised_callback", "advised")
    def can_be_called(self, call: Call) -> str:
        queue = call.context.get("queue") or self.default_queue
        return "advised" if call.callback_refusal(str(queue)) else "advised_callback"

    advised_callback = Menu(
        "hotline.advised_callback",
        keys={"1": "waiting", "2": "call_me"},
        silence="goodbye",
        tries=1,
        timeout_s=menu_timeout,
    )
    call_me = Callback(
        Remembered("queue", otherwise=default_queue),
        booked="booked",
        refused="not_booked",
        silence="waiting",
        timeout_s=menu_timeout,
    )
    booked = Play("callback.booked", then="end")

    @choice("already", "refused")
    def not_booked(self, call: Call) -> str:
        return "already" if call.context.get("callback_refused") == "already" else "refused"

    already = Play("callback.already", then="end")
    refused = Play("callback.refused", then="waiting")

    advised = Menu(
        "hotline.advised",
        keys={"1": "waiting"},
        silence="goodbye",
        tries=1,
        timeout_s=menu_timeout,
    )
    away = Play("hotline.away", then="goodbye")
    nobody = Play("hotline.nobody", then="goodbye")
    too_long = Play("hotline.too_long", then="goodbye")
    full = Play("hotline.full", then="goodbye")
    closed = Play("hotline.closed", then="goodbye")

    # --- after the talk -------------------------------------------------------------------------------------------------
    survey = Sub(Satisfaction, returns={"told": "goodbye", "skipped": "goodbye"})
    goodbye = Play("goodbye", then="end")
    end = HangUp()

    # --- if anything above fails, by a bug or a bad edit, or the house is not itself ------------------------------------
    fault = Sub(Fault, returns={"person": "rescued", "over": "end"})

    @choice("waiting", "goodbye")
    def rescued(self, call: Call) -> str | Go:
        """To a person while there may be one, with the work of the machine no further tried."""
        if call.queue_is_open(self.default_queue):
            return Go("waiting", remember={"queue": self.default_queue})
        return "goodbye"
