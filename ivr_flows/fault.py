"""When the house is not itself: no journal, no desk, no switch to ring agents by. What a caller hears then, and can still do.

A part for the rescue of any flow, and a flow of its own for a number:

    rescue = "fault"
    fault = Sub(Fault, returns={"person": "waiting", "over": "goodbye"})

It needs neither Redis nor a desk: the operator is rung by the switch, a message is a file.
"""

from callcontrol.flow import (
    Call,
    Dial,
    Flow,
    HangUp,
    Play,
    Queue,
    RecordMessage,
    Return,
    Sub,
    Text,
    YesNo,
    choice,
    words,
)


class Fault(Flow, abstract=True):
    """Ends with ``person`` (it was the flow that failed: the house can still bring the caller before an agent) or ``over`` (all that
    can be done was done)."""

    name = "fault"
    title = words(zh="故障应急", en="System fault")
    start = "how_is_it"
    rescue = "over"

    operator = Text(
        default="",
        names="target",
        help=words(
            zh="故障时转接的值班人员，空表示不转接", en="Whom callers are connected with in a fault; empty: nobody"
        ),
    )
    fault_messages = YesNo(
        default=True,
        help=words(zh="故障时是否请来电者留言", en="Whether callers may leave a message in a fault"),
    )

    @choice("sorry", "down")
    def how_is_it(self, call: Call) -> str:
        return "sorry" if call.system_ok else "down"

    sorry = Play("rescue.sorry", then="person")
    person = Return("person")

    down = Play("fault.sorry", then="who_helps")

    @choice("say_operator", "no_operator")
    def who_helps(self, call: Call) -> str:
        return "say_operator" if self.operator else "no_operator"

    say_operator = Play("fault.operator", then="ring_operator")
    ring_operator = Dial(
        operator,
        after_talk="over",
        busy="no_operator",
        no_answer="no_operator",
        rejected="no_operator",
        unreachable="no_operator",
        failed="no_operator",
        ring_s=25.0,
    )

    @choice("message", "later")
    def no_operator(self, call: Call) -> str:
        return "message" if self.fault_messages else "later"

    message = RecordMessage("fault.message", box="fault", then="kept", silence="later", failed="later", tries=1)
    kept = Play("fault.kept", then="over")
    later = Play("fault.later", then="over")
    over = Return("over")


class SystemFault(Flow):
    """For a number that calls are sent to when something is wrong: a person where there can be one."""

    name = "system_fault"
    title = words(zh="故障应急热线", en="Line for a system fault")
    release = 1
    start = "fault"
    rescue = "later"

    queue = Text(
        default="support",
        names="queue",
        help=words(zh="系统正常时进入的队列", en="The queue where a person answers while the house is itself"),
    )

    fault = Sub(Fault, returns={"person": "waiting", "over": "end"})
    waiting = Queue(
        queue,
        after_talk="end",
        still_busy="later",
        away="later",
        nobody="later",
        timeout="later",
        full="later",
        closed="later",
    )
    later = Play("fault.later", then="end")
    end = HangUp()
