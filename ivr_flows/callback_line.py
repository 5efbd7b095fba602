"""A number for being called back. Whoever finds an agent free is simply served; the others have a place in the queue, and may hang up
and keep it. Who can't be called back may wait, or leave a message.
"""

from callcontrol.flow import (
    Call,
    Callback,
    Flow,
    HangUp,
    Menu,
    Play,
    Queue,
    RecordMessage,
    Seconds,
    Text,
    choice,
    words,
)


class CallbackLine(Flow):
    name = "callback_line"
    title = words(zh="预约回电热线", en="Line for callbacks")
    release = 1
    start = "opening"
    rescue = "sorry"

    # --- what a supervisor may change -------------------------------------------------------------------------------
    queue = Text(
        default="support",
        names="queue",
        help=words(
            zh="保留位置的队列，也是留言的信箱", en="The queue of the kept places, and the mailbox of the messages"
        ),
    )
    hours = Text(
        default="",
        names="hours",
        help=words(zh="热线的营业时间，空表示全天", en="Opening hours of the line; empty: always open"),
    )
    menu_timeout = Seconds(
        default=5,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long a menu waits for a key"),
    )

    @choice("welcome", "wait_only", "has_one", "closed", "down")
    def opening(self, call: Call) -> str:
        """A callback is offered only to those who can have one."""
        if not call.is_open(self.hours):
            return "closed"
        if not call.system_ok:
            return "down"
        if call.has_callback(self.queue):
            return "has_one"
        return "wait_only" if call.callback_refusal(self.queue) else "welcome"

    # --- one is booked already ------------------------------------------------------------------------------------------
    has_one = Menu(
        "callback_line.has_one",
        keys={"1": "keeps", "2": "kept"},
        on_wrong="menu.wrong",
        silence="keeps",
        tries=2,
        timeout_s=menu_timeout,
    )
    keeps = Play("callback_line.keeps", then="end")
    kept = Play("callback.kept", then="waiting")

    # --- a place in the queue -------------------------------------------------------------------------------------------
    welcome = Play("callback_line.welcome", then="waiting")
    waiting = Queue(
        queue,
        message="callback_line.offer",
        stay_key="2",
        exit_keys={"1": "call_me"},
        after_talk="goodbye",
        still_busy="ask",
        away="ask",
        nobody="call_me",
        timeout="ask",
        full="refused",
        closed="closed",
    )
    ask = Menu(
        "callback_line.ask",
        keys={"1": "call_me", "2": "waiting"},
        on_wrong="menu.wrong",
        silence="message",
        tries=2,
        timeout_s=menu_timeout,
    )
    call_me = Callback(
        queue,
        booked="booked",
        refused="not_booked",
        silence="message",
        timeout_s=menu_timeout,
    )
    booked = Play("callback.booked", then="end")

    @choice("already", "refused")
    def not_booked(self, call: Call) -> str:
        return "already" if call.context.get("callback_refused") == "already" else "refused"

    already = Play("callback.already", then="end")
    refused = Play("callback.refused", then="message")

    # --- no callback can be had: wait like anybody ----------------------------------------------------------------------
    wait_only = Play("callback_line.wait_only", then="waiting_only")
    waiting_only = Queue(
        queue,
        after_talk="goodbye",
        still_busy="no_one",
        away="no_one",
        nobody="no_one",
        timeout="no_one",
        full="no_one",
        closed="closed",
    )
    no_one = Play("after_hours.nobody", then="message")

    # --- a message: it needs no key, and no queue -----------------------------------------------------------------------
    closed = Play("after_hours.closed", then="message")
    down = Play("fault.sorry", then="message")
    message = RecordMessage(
        "after_hours.message",
        box=queue,
        on_silence="after_hours.nothing_said",
        then="message_kept",
        silence="goodbye",
        failed="no_message",
    )
    message_kept = Play("after_hours.kept", then="end")
    no_message = Play("after_hours.no_message", then="goodbye")
    goodbye = Play("goodbye", then="end")
    end = HangUp()

    sorry = Play("rescue.sorry", then="message")
