"""What is asked for an agent is answered as the floor will take it: the answer and the rules are tried against each other."""

import random

import pytest

from callcontrol.floor import entries as e
from callcontrol.floor.agents import AgentState
from callcontrol.floor.requests import Action, Answer, Request, Result, answer
from tests.floor import checks
from tests.floor.test_random_days import AGENTS, RandomDay

REFUSED_FOR = {
    Action.LOG_IN: set(),
    Action.LOG_OUT: set(),
    Action.BREAK: {Result.LOGGED_OUT, Result.WRONG_REASON},
    Action.BACK: {Result.LOGGED_OUT, Result.FIXED, Result.NOT_REGISTERED},
    Action.END_WRAP_UP: {Result.LOGGED_OUT, Result.FIXED, Result.NO_WRAP_UP},
    Action.EXTEND: {Result.LOGGED_OUT, Result.IN_CALL, Result.NO_WRAP_UP, Result.AT_CAP, Result.WRONG_SECONDS},
}


def some_request(chance: random.Random) -> Request:
    return Request(
        chance.choice(list(Action)),
        chance.choice([*AGENTS, "9999"]),
        by="somebody",
        own=chance.random() < 0.5,
        reason=chance.choice(["", "lunch", "lunch", "x" * 101, "a\nb"]),
        seconds=chance.choice([5, 60, 10_000, 0, float("nan")]),
        contact=chance.choice(["", "", "user/2001"]),
    )


def in_spite(asked: Request, now: float) -> e.Entry:
    """What would be written if it were not refused."""
    match asked.action:
        case Action.LOG_IN:
            return e.AgentLoggedIn(at=now, agent=asked.agent, contact=asked.contact)
        case Action.LOG_OUT:
            return e.AgentLoggedOut(at=now, agent=asked.agent, own=asked.own)
        case Action.BREAK:
            return e.AgentBreak(at=now, agent=asked.agent, reason=asked.reason, own=asked.own)
        case Action.EXTEND:
            return e.WrapUpExtended(at=now, agent=asked.agent, seconds=asked.seconds)
        case _:
            return e.AgentBack(at=now, agent=asked.agent, own=asked.own)


def try_one(day: RandomDay, asked: Request) -> Answer:
    floor = day.floor
    said = answer(floor, asked, day.now)
    if asked.agent not in floor.agents or asked.agent not in floor.rules.agents:
        assert said == Answer(Result.UNKNOWN)
        return said
    agent = floor.agents[asked.agent]
    before, until = agent.state, agent.wrap_up_until
    assert (said.entry is not None) == (said.result in (Result.DONE, Result.LATER))
    assert said.granted or said.result in REFUSED_FOR[asked.action]
    if asked.action is Action.EXTEND and not 0 < asked.seconds <= 3600:
        assert said.result is Result.WRONG_SECONDS
    if said.entry is None:
        if not said.result.startswith("wrong_") and asked.action is not Action.END_WRAP_UP:
            assert not day.write(in_spite(asked, day.now)), f"refused and valid: {asked}, {said}"
        return said
    assert day.write(said.entry), f"granted and void: {asked}, {said}"
    match asked.action, said.result:
        case Action.LOG_OUT, Result.DONE:
            assert asked.agent not in floor.agents or agent.state is AgentState.LOGGED_OUT
        case Action.LOG_OUT, Result.LATER:
            assert (agent.state, agent.next_state) == (before, "logged_out")
        case Action.LOG_IN, _:
            assert agent.state is not AgentState.LOGGED_OUT
            assert agent.next_state != "logged_out"
        case Action.BREAK, Result.DONE:
            assert (agent.state, agent.reason) == (AgentState.BREAK, asked.reason)
        case Action.BREAK, Result.LATER:
            assert (agent.state, agent.next_state, agent.next_reason) == (before, "break", asked.reason)
        case (Action.BACK, _) | (Action.END_WRAP_UP, _):
            assert agent.next_state != "break"
        case Action.EXTEND, Result.DONE:
            assert agent.state is AgentState.WRAP_UP
            assert agent.wrap_up_until > until
    return said


@pytest.mark.parametrize("seed", range(4))
def test_what_is_granted_comes_true_and_what_is_refused_is_not_written(seed: int) -> None:
    day = RandomDay(seed)
    chance = random.Random(seed)
    for _ in range(120):
        day.step()
        for _ in range(3):
            try_one(day, some_request(chance))
        day.check()


def test_every_answer_is_met() -> None:
    wanted = {(action, result) for action, refused in REFUSED_FOR.items() for result in refused}
    for seed in range(40):
        day, chance = RandomDay(seed), random.Random(seed)
        for _ in range(120):
            day.step()
            asked = some_request(chance)
            wanted.discard((asked.action, try_one(day, asked).result))
            if not wanted:
                return
    raise AssertionError(f"never met: {wanted}")


def test_asking_changes_nothing() -> None:
    day, chance = RandomDay(3), random.Random(3)
    for _ in range(100):
        day.step()
        before = checks.frozen(day.floor)
        answer(day.floor, some_request(chance), day.now)
        assert checks.frozen(day.floor) == before
