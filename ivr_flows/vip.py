"""The VIP line: a greeting, one short question, an agent. Points put the caller in front, the own agent is waited for.

Who is a VIP, and how much of one, the line itself says (`points`), or a service of the configuration that knows the customers by
their numbers (`look_up`); where it answers nothing, or nonsense, the line's points count.

    [services.customers]
    url = "https://crm.example/customers/{number}"
    answers = { vip_points = "points", agent = "account_manager" }

The off-peak announcement is never said to a VIP. If the own team can't answer, anybody does; if nobody can, the caller is called back.
"""

from callcontrol.flow import (
    CALLER,
    AskService,
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
from ivr_flows.satisfaction import Satisfaction

MOST_POINTS = 1000


class Vip(Flow):
    title = words(zh="贵宾专线", en="VIP line")
    release = 1
    start = "opening"
    rescue = "sorry"

    # --- what a supervisor may change -------------------------------------------------------------------------------
    hours = Text(
        default="",
        names="hours",
        help=words(zh="专线的营业时间，空表示全天", en="Opening hours of the line; empty: always open"),
    )
    points = Number(
        default=20,
        minimum=1,
        maximum=MOST_POINTS,
        help=words(zh="优先分：每分相当于多等待一个目标时长", en="Points: each counts like one target of waiting more"),
    )
    look_up = YesNo(
        default=False,
        help=words(
            zh="是否用来电号码向服务 customers 查询优先分和专属坐席",
            en="Whether the service 'customers' is asked, by the caller's number, for points and own agent",
        ),
    )
    agent = Text(
        default="",
        names="agent",
        help=words(
            zh="优先接听的坐席，空表示上次接听的坐席",
            en="Agent who is waited for; empty: who talked with the caller last",
        ),
    )
    queue = Text(
        default="support",
        names="queue",
        help=words(zh="不按键时进入的队列", en="The queue of those who press nothing"),
    )
    second_queue = Text(
        default="billing",
        names="queue",
        help=words(
            zh="队列无人接听时改由哪个队列接听", en="The queue whose agents answer where those of the first can't"
        ),
    )
    menu_timeout = Seconds(
        default=3,
        minimum=1,
        maximum=60,
        help=words(zh="等待按键的时间", en="How long a menu waits for a key"),
    )

    # --- who is it? -----------------------------------------------------------------------------------------------------
    @choice("who", "welcome", "closed")
    def opening(self, call: Call) -> str:
        if not call.is_open(self.hours):
            return "closed"
        return "who" if self.look_up else "welcome"

    who = AskService(
        "customers", send={"number": CALLER}, then="known", not_found="welcome", failed="welcome", optional=True
    )

    @choice("welcome")
    def known(self, call: Call) -> Go:
        """What a service answers is somebody else's text: only what can be points and a name is taken from it."""
        points, agent = call.context.get("vip_points"), call.context.get("agent")
        sane = isinstance(points, int) and not isinstance(points, bool) and 1 <= points <= MOST_POINTS
        named = isinstance(agent, str) and len(agent) <= 40
        return Go(
            "welcome", remember={"points": points if sane else self.points, "own": agent if named else self.agent}
        )

    welcome = Play("vip.welcome", then="menu")
    menu = Menu(
        "vip.menu",
        keys={
            "1": Go("own_team", remember={"queue": "support"}),
            "2": Go("own_team", remember={"queue": "billing"}),
        },
        silence="own_team",
        tries=1,
        timeout_s=menu_timeout,
    )

    # --- an agent: of the queue, else anybody ---------------------------------------------------------------------------
    own_team = Queue(
        Remembered("queue", otherwise=queue),
        vip=Remembered("points", otherwise=points),
        prefer=Remembered("own", otherwise=agent),
        after_talk="survey",
        still_busy="anybody",
        away="anybody",
        nobody="anybody",
        timeout="anybody",
        full="anybody",
        closed="anybody",
    )
    anybody = Play("vip.anybody", then="second_team")
    second_team = Queue(
        second_queue,
        vip=Remembered("points", otherwise=points),
        after_talk="survey",
        still_busy="call_me",
        away="call_me",
        nobody="call_me",
        timeout="call_me",
        full="call_me",
        closed="call_me",
    )
    call_me = Callback(second_queue, booked="booked", refused="nobody", silence="nobody", timeout_s=menu_timeout)
    booked = Play("callback.booked", then="end")
    nobody = Play("vip.nobody", then="end")
    closed = Play("hotline.closed", then="goodbye")

    survey = Sub(Satisfaction, returns={"told": "goodbye", "skipped": "goodbye"})
    goodbye = Play("goodbye", then="end")
    end = HangUp()

    # --- if anything above fails: to a person while there may be one -----------------------------------------------------
    sorry = Play("rescue.sorry", then="rescued")

    @choice("second_team", "nobody")
    def rescued(self, call: Call) -> str:
        return "second_team" if call.queue_is_open(self.second_queue) else "nobody"
