"""``callcontrol agents`` and ``callcontrol admin token`` on what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.cli.admin import command as admin
from callcontrol.cli.agents import command as agents
from callcontrol.ports.store import PinCheck
from tests.calls.house import House

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


@pytest.fixture
def run(house: House) -> Run:
    def run(*words: str, group: object = agents, typed: str | None = None) -> Result:
        data = ["--data", str(house.settings.data_dir)]
        return CliRunner().invoke(group, [*data, *words], input=typed)  # type: ignore[arg-type]

    return run


def test_agents_come_pause_return_and_go(house: House, run: Run) -> None:
    house.switch.phone("1001")
    for words, said in (
        (("login", "1001"), "1001 is logged in."),
        (("break", "1001", "--reason", "a dentist"), "1001 is on break."),
        (("back", "1001"), "1001 is back."),
        (("logout", "1001"), "1001 is logged out."),
    ):
        result = run(*words)
        assert (result.exit_code, result.output.strip()) == (0, said)
    assert "logged_out" in run("list").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("back", "1001"), "1001: The agent is logged out; log in first."),
        (("wrap-up-end", "1001"), "1001: The agent is logged out; log in first."),
        (("extend", "1001"), "1001: The agent is logged out; log in first."),
        (("break", "9999"), "There is no agent '9999'; the agents are 1001, 1002, 1003."),
        (("login", "1001", "--contact", "x"), "'x' is no phone"),
        (("pin", "9999"), "There is no agent '9999'"),
    ],
)
def test_what_can_t_be_done_is_a_sentence_and_a_failure(run: Run, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_pin_is_asked_for_and_not_shown(house: House, run: Run) -> None:
    result = run("pin", "1001", typed="739154\n739154\n")
    assert result.exit_code == 0, result.output
    assert "739154" not in result.output
    weak = run("pin", "1001", typed="1234\n1234\n")
    assert weak.exit_code == 1
    assert "anybody tries" in weak.output
    store = open_the_store(house.settings)
    assert store.pins.check("1001", "739154") is PinCheck.RIGHT
    store.close()
    assert "no PIN any more" in run("pin", "1001", "--remove").output


def test_a_token_is_made_and_revoked(house: House, run: Run) -> None:
    store = open_the_store(house.settings)
    store.users.create("li", "lead")
    token = run("token", "li", group=admin).output.strip()
    found = store.tokens.user_of(token)
    assert found is not None
    assert found.name == "li"
    assert run("token", "li", "--revoke", group=admin).output == "1 tokens of li are revoked.\n"
    assert store.tokens.user_of(token) is None
    store.close()
    nobody = run("token", "nobody", group=admin)
    assert (nobody.exit_code, "no user" in nobody.output) == (1, True)
