"""Who tells the floor of phones, what, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from callcontrol.calls.phone_watch import PhoneWatch
from callcontrol.floor import entries as e
from callcontrol.floor.phones import PHONE_LEASE_S, SAY_AGAIN_S
from callcontrol.ports.switch import PhoneNow
from tests.floor.scenes import RULES, Scene

PHONE = "user/1001"


class Switch:
    """What of a ``SwitchControl`` is asked here."""

    def __init__(self) -> None:
        self.now: dict[str, PhoneNow] = {}
        self.followed: set[str] = set()
        self.changed: Callable[[], None] = lambda: None

    def follow_phones(self, contacts: Iterable[str], changed: Callable[[], None]) -> None:
        self.followed, self.changed = set(contacts), changed

    def phones(self) -> Mapping[str, PhoneNow]:
        return {contact: self.now.get(contact, PhoneNow()) for contact in self.followed}


class Watched(Scene):
    def __init__(self) -> None:
        super().__init__(RULES, "1001")
        self.switch = Switch()
        self.told: list[e.PhoneSeen] = []  # type: ignore[assignment]
        services: Any = SimpleNamespace(
            floor=lambda: self.floor, tell=self._tell, clock=SimpleNamespace(now=lambda: self.now)
        )
        self.watch = PhoneWatch(services, self.switch, in_charge=lambda: True)  # type: ignore[arg-type]

    def _tell(self, entry: e.PhoneSeen) -> None:
        self.told.append(entry)
        self.floor.apply(entry)

    def look(self) -> list[tuple[bool | None, bool]]:
        """Look once; what was told by it."""
        before = len(self.told)
        self.watch.look()
        return [(entry.registered, entry.busy) for entry in self.told[before:]]

    def is_now(self, registered: bool | None = True, **legs: tuple[str, ...]) -> Watched:
        self.switch.now[PHONE] = PhoneNow(registered, **legs)
        return self


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_only_phones_of_those_who_are_logged_in_are_followed(watched: Watched) -> None:
    watched.look()
    assert watched.switch.followed == {PHONE}
    watched.write(e.AgentLoggedIn, agent="1002", contact="user/2002")
    watched.look()
    assert watched.switch.followed == {PHONE, "user/2002"}
    watched.write(e.AgentLoggedOut, agent="1001")
    watched.look()
    assert watched.switch.followed == {"user/2002"}


def test_a_change_is_told_once(watched: Watched) -> None:
    assert watched.look() == [], "nothing known is nothing to tell"
    assert watched.is_now(True).look() == [(True, False)]
    assert watched.look() == []
    assert watched.is_now(False).look() == [(False, False)]
    assert watched.after(1).look() == []
    assert watched.is_now(None).look() == [(None, False)]


def test_what_holds_off_is_said_again_before_it_is_forgotten(watched: Watched) -> None:
    watched.is_now(False).look()
    told = 0
    for _ in range(int(10 * PHONE_LEASE_S)):
        told += len(watched.after(1).look())
        assert watched.floor.agents["1001"].is_unregistered(watched.now)
    assert 10 * PHONE_LEASE_S / SAY_AGAIN_S - 2 <= told <= 10 * PHONE_LEASE_S / SAY_AGAIN_S + 1


def test_what_another_said_wrongly_is_put_right(watched: Watched) -> None:
    watched.is_now(True).look()
    watched.write(e.PhoneSeen, agent="1001", registered=False)
    assert watched.look() == [(True, False)]


def test_a_call_of_the_phone_s_own_is_told_at_once_and_its_end(watched: Watched) -> None:
    assert watched.is_now(True, calling=("leg",)).look() == [(True, True)]
    assert watched.is_now(True).look() == [(True, False)]


def test_a_call_to_the_phone_counts_when_it_is_seen_twice_and_is_none_of_ours(watched: Watched) -> None:
    watched.is_now(True).look()
    assert watched.is_now(True, called=("strange",)).look() == []
    assert watched.look() == [(True, True)]
    assert watched.is_now(True).look() == [(True, False)]
    assert watched.is_now(True, called=("strange",)).look() == []
    assert watched.is_now(True).look() == [], "gone before it was seen twice"


def test_legs_of_offers_are_ours_also_when_the_floor_has_forgotten_them(watched: Watched) -> None:
    watched.is_now(True).look()
    watched.join("a")
    for entry in watched.settle():
        watched.watch.on_entry(entry, True)
    offer = watched.offer_of("a")
    watched.is_now(True, called=(offer,))
    assert watched.look() == watched.look() == []
    watched.talk("a")
    watched.hang_up("a")
    assert watched.look() == watched.look() == []


def test_what_is_void_makes_no_leg_ours(watched: Watched) -> None:
    offered = e.Offered(
        at=0, offer="strange", call="c", visit="v", queue="q", agent="1001", contact=PHONE, ring_s=1, expires_at=1
    )
    watched.watch.on_entry(offered, False)
    watched.is_now(True, called=("strange",)).look()
    assert watched.look() == [(True, True)]
