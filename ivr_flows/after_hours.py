"""After hours: when we open again, and a message until then. In opening hours the line leads to its queue, and whoever can't be
answered there may leave a message too.
"""

from callcontrol.flow import (
    Call,
    Flow,
    Go,
    HangUp,
    Menu,
    Play,
    Prompt,
    Queue,
    RecordMessage,
    Remembered,
    Seconds,
    Sub,
    Text,
    choice,
    words,
)
from ivr_flows.satisfaction import Satisfaction

WEEK_DAYS = 6  # within so many days a weekday is enough to know which day is meant


class AfterHours(Flow):
    name = "after_hours"
    title = words(zh="非服务时间留言", en="After hours with voicemail")
    release = 1
    start = "opening"
    rescue = "sorry"

    # --- what a supervisor may change -------------------------------------------------------------------------------
    hours = Text(
        default="office",
        names="hours",
        help=words(zh="热线的营业时间，空表示全天", en="Opening hours of the line; empty: always open"),
    )
    queue = Text(
        default="support",
        names="queue",
        help=words(
            zh="服务时间进入的队列，也是留言的信箱", en="The queue in opening hours, and the mailbox of the messages"
        ),
    )
    longest = Seconds(
        default=120,
        minimum=10,
        maximum=600,
        help=words(zh="留言最长的时间", en="How long a message may be"),
    )
    menu_timeout = Seconds(
        default=5,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long a menu waits for a key"),
    )

    @choice("waiting", "when")
    def opening(self, call: Call) -> str:
        return "waiting" if call.is_open(self.hours) else "when"

    # --- closed: until when? --------------------------------------------------------------------------------------------
    @choice("today", "weekday", "date", "closed")
    def when(self, call: Call) -> str | Go:
        opens = call.opens_at(self.hours)
        if opens is None:
            return "closed"
        days = (opens.date() - call.now.astimezone(opens.tzinfo).date()).days
        said = {"opens_day": f"{opens:%Y-%m-%d}", "opens_time": f"{opens:%H:%M}"}
        return Go("today" if days <= 0 else "weekday" if days <= WEEK_DAYS else "date", remember=said)

    today = Play(Prompt("after_hours.today", {"time": Remembered("opens_time")}), then="offer")
    weekday = Play(
        Prompt("after_hours.weekday", {"day": Remembered("opens_day"), "time": Remembered("opens_time")}), then="offer"
    )
    date = Play(
        Prompt("after_hours.date", {"day": Remembered("opens_day"), "time": Remembered("opens_time")}), then="offer"
    )
    closed = Play("after_hours.closed", then="offer")

    # --- a message ------------------------------------------------------------------------------------------------------
    offer = Menu(
        "after_hours.offer",
        keys={"1": "message"},
        on_wrong="menu.wrong",
        silence="goodbye",
        tries=2,
        timeout_s=menu_timeout,
    )
    message = RecordMessage(
        "after_hours.message",
        box=queue,
        review="after_hours.review",
        on_silence="after_hours.nothing_said",
        max_s=longest,
        then="kept",
        silence="goodbye",
        failed="no_message",
    )
    kept = Play("after_hours.kept", then="end")
    no_message = Play("after_hours.no_message", then="goodbye")

    # --- open -----------------------------------------------------------------------------------------------------------
    waiting = Queue(
        queue,
        exit_keys={"2": "message"},
        after_talk="survey",
        still_busy="nobody",
        away="nobody",
        nobody="nobody",
        timeout="nobody",
        full="nobody",
        closed="when",
    )
    nobody = Play("after_hours.nobody", then="offer")
    survey = Sub(Satisfaction, returns={"told": "goodbye", "skipped": "goodbye"})
    goodbye = Play("goodbye", then="end")
    end = HangUp()

    sorry = Play("rescue.sorry", then="offer")
