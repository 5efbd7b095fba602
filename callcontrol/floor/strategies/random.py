"""Random: drawn anew for each call, from the names of call and agent alone, so that every reader of the journal draws the
same. It is the one strategy whose rank is not kept: a decision looks at every free agent of the queue."""

from hashlib import blake2b

from callcontrol.floor.strategies.turns import Turns


def random(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    """From 0 to 1; each agent is as likely as any other to have the smallest one."""
    drawn = blake2b(f"{call}/{agent.name}".encode("utf-8", "replace"), digest_size=6).digest()
    return int.from_bytes(drawn, "big") / 2.0**48
