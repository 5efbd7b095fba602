"""The kinds of steps: one file each, named after the verb."""

from callcontrol.flow.steps.agent_action import AgentAction
from callcontrol.flow.steps.agent_menu import AgentMenu
from callcontrol.flow.steps.ask_digits import AskDigits
from callcontrol.flow.steps.ask_pin import AskPin
from callcontrol.flow.steps.ask_service import AskService
from callcontrol.flow.steps.callback import Callback
from callcontrol.flow.steps.choice import Choice, choice
from callcontrol.flow.steps.choose_break import ChooseBreak
from callcontrol.flow.steps.choose_emergency import ChooseEmergency
from callcontrol.flow.steps.conference import Conference
from callcontrol.flow.steps.count import Count
from callcontrol.flow.steps.dial import Dial
from callcontrol.flow.steps.emergency_action import EmergencyAction
from callcontrol.flow.steps.hang_up import HangUp
from callcontrol.flow.steps.look_up_caller import LookUpCaller
from callcontrol.flow.steps.menu import Menu
from callcontrol.flow.steps.play import Play
from callcontrol.flow.steps.queue import Queue
from callcontrol.flow.steps.record_message import RecordMessage
from callcontrol.flow.steps.remember import Remember
from callcontrol.flow.steps.rule import OpenHours, Rule
from callcontrol.flow.steps.say_text import SayText
from callcontrol.flow.steps.step import Say, Step, Value
from callcontrol.flow.steps.sub import Return, Sub
from callcontrol.flow.steps.survey import Survey
from callcontrol.flow.steps.transfer import Transfer
from callcontrol.flow.steps.voice_agent import VoiceAgent

__all__ = [
    "AgentAction",
    "AgentMenu",
    "AskDigits",
    "AskPin",
    "AskService",
    "Callback",
    "Choice",
    "ChooseBreak",
    "ChooseEmergency",
    "Conference",
    "Count",
    "Dial",
    "EmergencyAction",
    "HangUp",
    "LookUpCaller",
    "Menu",
    "OpenHours",
    "Play",
    "Queue",
    "RecordMessage",
    "Remember",
    "Return",
    "Rule",
    "Say",
    "SayText",
    "Step",
    "Sub",
    "Survey",
    "Transfer",
    "Value",
    "VoiceAgent",
    "choice",
]
