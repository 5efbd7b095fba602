"""Why an offer failed, told apart by the switch's cause, and how long the agent is left in peace after it."""

from __future__ import annotations

from enum import StrEnum


class Failure(StrEnum):
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    TROUBLE = "trouble"
    NO_FAULT = "no_fault"


_KINDS = {
    "NO_ANSWER": Failure.NO_ANSWER,
    "ALLOTTED_TIMEOUT": Failure.NO_ANSWER,  # what the switch says when its own ring limit ends the leg
    "NOT_CONFIRMED": Failure.NO_ANSWER,  # ours: picked up for a callback, and did not press the key
    "PROGRESS_TIMEOUT": Failure.UNREACHABLE,  # the phone never even said that it rings
    "USER_BUSY": Failure.BUSY,
    "CALL_REJECTED": Failure.REJECTED,
    "NORMAL_CLEARING": Failure.REJECTED,  # taken and put down before the caller was there
    "BRIDGE_FAILED": Failure.TROUBLE,  # ours: taken, but the two could not be brought together
    "CONTROLLER_LOST": Failure.NO_FAULT,
    "ORIGINATOR_CANCEL": Failure.NO_FAULT,  # the caller went away while it rang
    "LOSE_RACE": Failure.NO_FAULT,
    "PICKED_OFF": Failure.NO_FAULT,
    "MANAGER_REQUEST": Failure.NO_FAULT,
}

# Seconds of peace after the first failure. Long enough that the caller goes to somebody else first.
BACK_OFF_S = {
    Failure.NO_ANSWER: 10.0,  # away from the desk: about the time to come back from the printer
    Failure.BUSY: 20.0,  # on a call of their own, which rarely ends sooner
    Failure.REJECTED: 15.0,  # said no: a moment to finish what they are at
    Failure.UNREACHABLE: 15.0,  # a phone that restarts registers again within this
    Failure.TROUBLE: 5.0,  # mostly a caller who went in that moment; only to keep one bad phone from taking call after call
    Failure.NO_FAULT: 0.0,
}
# Doubling stops here: five minutes is the longest that a phone which works again may be left unused.
BACK_OFF_MAX_S = 300.0
# Failures that are the agent's own; an unreachable phone is the network's, it is only tried less and less often.
MISSES = frozenset({Failure.NO_ANSWER, Failure.BUSY, Failure.REJECTED})
# Enough doublings to reach the limit from any base; more would only make the fading longer.
_MAX_STREAK = 6


def failure_of(cause: str) -> Failure:
    """The kind of a switch's cause. A cause that is not known is an unreachable phone: nobody's fault, tried later."""
    return _KINDS.get(cause, Failure.UNREACHABLE)


def back_off_s(failure: Failure, streak: int) -> float:
    """Seconds until the agent is offered a call again; ``streak`` is the number of failures before, faded by successes."""
    return min(BACK_OFF_MAX_S, BACK_OFF_S[failure] * 2.0 ** min(streak, _MAX_STREAK))


def longer(streak: int) -> int:
    return min(streak + 1, _MAX_STREAK)


def faded(streak: int) -> int:
    """After a talk the back-off fades by half, so that one good call does not wipe out a bad phone's history."""
    return streak // 2
