"""What came of ringing somebody, in a flow's words, from the switch's."""

from __future__ import annotations

BRANCHES = ("busy", "no_answer", "rejected", "unreachable", "failed", "timeout")

# Causes that are ours.
FORBIDDEN = "FORBIDDEN"  # the target is neither in the configuration nor allowed by the settings
NO_NUMBER = "NO_NUMBER"  # outside numbers can't be dialled at all here
BRIDGE_FAILED = "BRIDGE_FAILED"
CONTROLLER_LOST = "CONTROLLER_LOST"

_CAUSES = {
    "busy": "USER_BUSY BUSY_EVERYWHERE",
    "no_answer": "NO_ANSWER NO_USER_RESPONSE NO_PICKUP ALLOTTED_TIMEOUT",
    "rejected": "CALL_REJECTED DECLINE REJECT_ALL UNWANTED INCOMING_CALL_BARRED NORMAL_CLEARING",
    "unreachable": "UNALLOCATED_NUMBER NO_ROUTE_DESTINATION NO_ROUTE_TRANSIT_NET SUBSCRIBER_ABSENT USER_NOT_REGISTERED"
    " NUMBER_CHANGED INVALID_NUMBER_FORMAT DESTINATION_OUT_OF_ORDER DOES_NOT_EXIST_ANYWHERE NORMAL_TEMPORARY_FAILURE"
    " NETWORK_OUT_OF_ORDER NORMAL_CIRCUIT_CONGESTION SWITCH_CONGESTION SERVICE_UNAVAILABLE INVALID_GATEWAY GATEWAY_DOWN"
    " INVALID_PROFILE",
    "timeout": "RECOVERY_ON_TIMER_EXPIRE PROGRESS_TIMEOUT",
}
_BRANCH = {cause: branch for branch, causes in _CAUSES.items() for cause in causes.split()}


def branch_of(cause: str, *, rang: bool) -> str:
    """One of ``BRANCHES``. ``rang``: whether the far end said that it rings. Where it never did, and our time was up, nobody
    there failed to answer: the network did."""
    branch = _BRANCH.get(cause, "failed")
    return "timeout" if cause == "NO_ANSWER" and not rang else branch
