"""How a visit of a call to a queue ended. Exactly one per visit; their sum is the number of arrivals."""

from enum import StrEnum


class Outcome(StrEnum):
    WAITING = "waiting"  # only while it lasts
    ANSWERED = "answered"
    ABANDONED_SHORT = "abandoned_short"
    ABANDONED_WAITING = "abandoned_waiting"
    ABANDONED_RINGING = "abandoned_ringing"
    ABANDONED_IN_MESSAGE = "abandoned_in_message"
    ADVISED_OFFPEAK = "advised_offpeak"
    CALLBACK_BOOKED = "callback_booked"
    CALLBACK_DONE = "callback_done"
    CALLBACK_FAILED = "callback_failed"
    CALLBACK_CANCELLED = "callback_cancelled"
    CALLBACK_SUPERSEDED = "callback_superseded"
    EXIT_KEY = "exit_key"
    TIMEOUT = "timeout"
    FULL = "full"
    CLOSED = "closed"
    EMERGENCY = "emergency"
    BLOCKED = "blocked"
    REQUEUED = "requeued"
    SYSTEM_LOST = "system_lost"
