"""A lead calls from any phone, is known by number and PIN, hears which emergency messages are on, and switches one on for some hours
or off. It is published at once, in the lead's name, as on the page.
"""

from callcontrol.flow import (
    Call,
    ChooseEmergency,
    EmergencyAction,
    Flow,
    HangUp,
    Menu,
    Number,
    Play,
    Prompt,
    Remembered,
    Sub,
    choice,
    words,
)
from ivr_flows.agent_login import AgentLogin

AGENT = Remembered("agent")


class EmergencyDesk(Flow):
    name = "emergency_desk"
    title = words(zh="紧急通知热线", en="Emergency messages by telephone")
    release = 1
    start = "login"
    rescue = "unavailable"

    # --- what a supervisor may change -------------------------------------------------------------------------------
    hours = Number(
        default=2,
        minimum=1,
        maximum=48,
        help=words(zh="播放的小时数，之后自动停止", en="For how many hours a message is switched on"),
    )
    tries, key_timeout = AgentLogin.tries, AgentLogin.key_timeout

    # --- who is it? ---------------------------------------------------------------------------------------------------
    login = Sub(AgentLogin, returns={"known": "may", "over": "end"})

    @choice("which", "not_allowed")
    def may(self, call: Call) -> str:
        """Asked again where it is done: the configuration may have changed meanwhile."""
        return "which" if call.may_switch_emergencies(str(call.context.get("agent", ""))) else "not_allowed"

    # --- which one, and what with it ------------------------------------------------------------------------------------
    which = ChooseEmergency(
        "emergency_desk.menu",
        on="emergency_desk.is_on",
        press="emergency_desk.press",
        is_on="ask_off",
        is_off="ask_on",
        none="none",
        silence="goodbye",
        on_wrong="menu.wrong",
        tries=tries,
        timeout_s=key_timeout,
    )
    ask_on = Menu(
        Prompt("emergency_desk.switch_on", {"hours": hours}),
        keys={"1": "on", "2": "which"},
        silence="goodbye",
        tries=2,
        timeout_s=key_timeout,
    )
    ask_off = Menu(
        "emergency_desk.switch_off",
        keys={"1": "off", "2": "which"},
        silence="goodbye",
        tries=2,
        timeout_s=key_timeout,
    )
    on = EmergencyAction(
        AGENT,
        Remembered("emergency"),
        hours,
        done="is_on",
        not_allowed="not_allowed",
        gone="gone",
        refused="refused",
        unavailable="not_known",
    )
    off = EmergencyAction(
        AGENT,
        Remembered("emergency"),
        0,
        done="is_off",
        not_allowed="not_allowed",
        gone="gone",
        refused="refused",
        unavailable="not_known",
    )

    # --- what came of it ------------------------------------------------------------------------------------------------
    is_on = Play(Prompt("emergency_desk.done_on", {"hours": hours}), then="goodbye")
    is_off = Play("emergency_desk.done_off", then="goodbye")
    none = Play("emergency_desk.none", then="goodbye")
    not_allowed = Play("emergency_desk.not_allowed", then="goodbye")
    gone = Play("emergency_desk.gone", then="goodbye")
    refused = Play("emergency_desk.refused", then="goodbye")
    not_known = Play("emergency_desk.not_known", then="goodbye")

    unavailable = Play("agent.unavailable", then="goodbye")
    goodbye = Play("agent.goodbye", then="end")
    end = HangUp()
