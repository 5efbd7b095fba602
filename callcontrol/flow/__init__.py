"""The language of flows and its pure engine: (flow, record, event, facts) -> (record, commands, story).

Nothing here knows a switch, a queue's state or a clock: they come as events and facts, and leave as commands.
What an engineer needs to write a flow is imported from here.
"""

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.flow import Flow, FlowError, flow_of_steps
from callcontrol.flow.move import AGAIN, OTHER_LANGUAGE, FlowTrouble, Go, Target, words
from callcontrol.flow.parameters import CALLER, Number, OneOf, Remembered, Seconds, Text, YesNo
from callcontrol.flow.steps import (
    AgentAction,
    AgentMenu,
    AskDigits,
    AskPin,
    AskService,
    Callback,
    ChooseBreak,
    Conference,
    Count,
    Dial,
    HangUp,
    LookUpCaller,
    Menu,
    OpenHours,
    Play,
    Queue,
    RecordMessage,
    Remember,
    Return,
    Rule,
    SayText,
    Sub,
    Survey,
    Transfer,
    choice,
)

__all__ = [
    "AGAIN",
    "CALLER",
    "OTHER_LANGUAGE",
    "AgentAction",
    "AgentMenu",
    "AskDigits",
    "AskPin",
    "AskService",
    "Call",
    "Callback",
    "ChooseBreak",
    "Conference",
    "Count",
    "Dial",
    "Flow",
    "FlowError",
    "FlowTrouble",
    "Go",
    "HangUp",
    "LookUpCaller",
    "Menu",
    "Number",
    "OneOf",
    "OpenHours",
    "Play",
    "Prompt",
    "Queue",
    "RecordMessage",
    "Remember",
    "Remembered",
    "Return",
    "Rule",
    "SayText",
    "Seconds",
    "Sub",
    "Survey",
    "Target",
    "Text",
    "Transfer",
    "YesNo",
    "choice",
    "flow_of_steps",
    "words",
]
