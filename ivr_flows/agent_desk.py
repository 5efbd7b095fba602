"""The agents' service: an agent dials it and says by keys who it is and what is wanted: log in, break, back, log out.

Read it from top to bottom, as an agent hears it. Every word in quotes is the name of a step below, or the key of a text.
"""

from callcontrol.flow import (
    AgentAction,
    AgentMenu,
    ChooseBreak,
    Flow,
    HangUp,
    Play,
    Remembered,
    Seconds,
    Sub,
    words,
)
from ivr_flows.agent_login import AgentLogin

AGENT = Remembered("agent")


class AgentDesk(Flow):
    name = "agent_desk"
    title = words(zh="坐席服务", en="Agents' service")
    release = 1
    start = "login"
    rescue = "unavailable"

    # --- what a supervisor may change -------------------------------------------------------------------------------
    tries, key_timeout = AgentLogin.tries, AgentLogin.key_timeout
    more_wrap_up = Seconds(
        default=60,
        minimum=10,
        maximum=600,
        help=words(zh="每次延长话后处理的时间", en="How much longer a wrap-up lasts each time it is extended"),
    )

    # --- who is it? ---------------------------------------------------------------------------------------------------
    login = Sub(AgentLogin, returns={"known": "menu", "over": "end"})

    # --- how things stand, and what is to be done -----------------------------------------------------------------------
    menu = AgentMenu(
        "agent.menu",
        agent=AGENT,
        standing={
            "logged_out": "agent.is_logged_out",
            "available": "agent.is_available",
            "on_break": "agent.is_on_break",
            "missed_out": "agent.is_missed_out",
            "wrap_up": "agent.is_wrapping_up",
            "unreachable": "agent.is_unreachable",
            "not_registered": "agent.is_not_registered",
            "in_call": "agent.is_in_call",
            "then_break": ("agent.is_in_call", "agent.then_break"),
            "then_logged_out": ("agent.is_in_call", "agent.then_logged_out"),
        },
        keys={
            "1": "log_in",
            "2": "which_break",
            "3": "back",
            "4": "end_wrap_up",
            "5": "extend",
            "9": "log_out",
        },
        silence="goodbye",
        tries=tries,
        timeout_s=key_timeout,
    )

    # --- doing it -------------------------------------------------------------------------------------------------------
    log_in = AgentAction("login", AGENT, done="logged_in", later="later", already="already", refused="refused")
    logged_in = Play("agent.done_login", then="goodbye")

    which_break = ChooseBreak(
        "agent.which_break", press="agent.press", then="take_break", silence="menu", timeout_s=key_timeout
    )
    take_break = AgentAction(
        "break",
        AGENT,
        reason=Remembered("reason"),
        done="break_taken",
        later="later",
        already="already",
        refused="refused",
        because={"logged_out": "log_in_first"},
    )
    break_taken = Play("agent.done_break", then="goodbye")

    back = AgentAction(
        "back",
        AGENT,
        done="is_back",
        later="later",
        already="already",
        refused="refused",
        because={"logged_out": "log_in_first", "fixed_wrap_up": "fixed", "not_registered": "no_phone"},
    )
    is_back = Play("agent.done_back", then="goodbye")

    end_wrap_up = AgentAction(
        "wrap-up-end",
        AGENT,
        done="is_back",
        later="later",
        already="already",
        refused="refused",
        because={"logged_out": "log_in_first", "fixed_wrap_up": "fixed"},
    )
    extend = AgentAction(
        "extend",
        AGENT,
        seconds=more_wrap_up,
        done="extended",
        later="extended",
        already="already",
        refused="refused",
        because={"logged_out": "log_in_first"},
    )
    extended = Play("agent.done_extend", then="goodbye")

    log_out = AgentAction("logout", AGENT, done="gone", later="later", already="already", refused="refused")
    gone = Play("agent.done_logout", then="end")

    # --- what else there is to say: then once more how things stand, or good-bye ----------------------------------------
    later = Play("agent.later", then="goodbye")
    already = Play("agent.already", then="menu")
    refused = Play("agent.refused", then="menu")
    fixed = Play("agent.wrap_up_fixed", then="menu")
    no_phone = Play("agent.is_not_registered", then="goodbye")
    log_in_first = Play("agent.log_in_first", then="menu")

    unavailable = Play("agent.unavailable", then="goodbye")
    goodbye = Play("agent.goodbye", then="end")
    end = HangUp()
