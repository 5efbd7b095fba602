"""Several phones of real agents ring for one call: one answers, and the others stop ringing at once."""

from __future__ import annotations

import pytest

from tests.real_switch.esl import Event
from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Rig
from tests.real_switch.test_survival import finish

pytestmark = pytest.mark.timeout(240)

AT_ONCE_S = 2.0  # measured: some 40 ms; printed
RING_ALL = 'strategy = "ring-all"'


def seen(rig: Rig, name: str, agent: str) -> list[Event]:
    """Events of that agent's legs, in their order."""
    return [e for e in rig.conn.seen(name) if e["Channel-Name"].startswith(f"sofia/internal/{agent}@")]


def at(event: Event) -> float:
    return int(event["Event-Date-Timestamp"]) / 1e6


def rings(rig: Rig, agent: str, within_s: float = 15.0) -> Event:
    rig.eventually(lambda: seen(rig, "CHANNEL_PROGRESS", agent), f"the phone of {agent} rings", within_s)
    return seen(rig, "CHANNEL_PROGRESS", agent)[-1]


def files(hotline: Hotline) -> int:
    return len(list((hotline.rig.data / "recordings").rglob("*.wav")))


def agent(hotline: Hotline, name: str) -> tuple[str, int]:
    row = next(row for row in hotline.floor()["agents"] if row["agent"] == name)
    return row["state"], row["misses"]


def test_all_ring_one_answers_and_the_others_stop_at_once(rig: Rig) -> None:
    phones = {
        "1001": rig.silent_phone("1001"),
        "1002": rig.phone("1002", answers_after_s=2.0),
        "1003": rig.silent_phone("1003"),
    }
    hotline = Hotline(rig, {name: phone.contact for name, phone in phones.items()}, support=RING_ALL)
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    began = [at(rings(rig, name)) for name in phones]
    print(f"all ring within {max(began) - min(began):.3f} s")
    bridged = rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    (answered,) = seen(rig, "CHANNEL_ANSWER", "1002")
    for name in ("1001", "1003"):
        rig.eventually(lambda name=name: seen(rig, "CHANNEL_HANGUP", name), f"the phone of {name} stops")
        (stopped,) = seen(rig, "CHANNEL_HANGUP", name)
        print(f"{name} stopped {at(stopped) - at(answered):.3f} s after the answer")
        assert stopped["Hangup-Cause"] == "LOSE_RACE"
        assert at(stopped) <= at(bridged)
        assert at(stopped) - at(answered) < AT_ONCE_S
        messages = phones[name].messages
        assert messages is not None
        # What keeps the phone from showing a missed call.
        rig.eventually(
            lambda messages=messages: 'cause=200;text="Call completed elsewhere"' in messages.read_text(), name
        )
    hotline.until(
        lambda: [agent(hotline, name) for name in ("1001", "1003")] == [("available", 0)] * 2, "the others are free"
    )
    caller.hang_up()
    record = hotline.record(call)
    assert (record["outcome"], record["agent"]) == ("answered", "1002")
    assert len(rig.conn.seen("CHANNEL_BRIDGE", **{"Unique-ID": call})) == 1
    assert len(record["recordings"]) == 1
    assert files(hotline) == 1
    rig.eventually(lambda: not rig.legs(), "nobody is left on the switch")


def test_two_who_answer_in_the_same_instant_are_one_talk(rig: Rig) -> None:
    phones = {name: rig.phone(name, answers_after_s=1.5) for name in ("1001", "1002", "1003")}
    hotline = Hotline(rig, {name: phone.contact for name, phone in phones.items()}, support=RING_ALL)
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    rig.eventually(lambda: len(rig.legs()) == 3, "the caller, the call and one agent are left")
    hotline.until(
        lambda: sorted(agent(hotline, name) for name in phones) == [("available", 0)] * 2 + [("talking", 0)],
        "one talks, the others are free",
    )
    answered = [at(e) for name in phones for e in seen(rig, "CHANNEL_ANSWER", name)]
    print(f"{len(answered)} answered within {max(answered) - min(answered):.3f} s")
    caller.hang_up()
    record = hotline.record(call)
    assert record["outcome"] == "answered"
    assert len(rig.conn.seen("CHANNEL_BRIDGE", **{"Unique-ID": call})) == 1
    assert len(record["recordings"]) == files(hotline) == 1
    rig.eventually(lambda: not rig.legs(), "nobody is left on the switch")


def test_a_caller_who_hangs_up_stops_all_phones(rig: Rig) -> None:
    phones = {name: rig.silent_phone(name).contact for name in ("1001", "1002", "1003")}
    hotline = Hotline(rig, phones, support=RING_ALL)
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    for name in phones:
        rings(rig, name)
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "nothing rings any more", within_s=2)
    causes = [e["Hangup-Cause"] for name in phones for e in seen(rig, "CHANNEL_HANGUP", name)]
    assert causes == ["ORIGINATOR_CANCEL"] * 3
    assert hotline.record(call)["outcome"] == "abandoned_ringing"
    hotline.until(lambda: {agent(hotline, name) for name in phones} == {("available", 0)}, "all are free")


def test_progressive_rings_the_second_phone_after_its_time(rig: Rig) -> None:
    phones = {"1001": rig.silent_phone("1001"), "1002": rig.phone("1002", answers_after_s=1.0)}
    hotline = Hotline(
        rig,
        {name: phone.contact for name, phone in phones.items()},
        support='strategy = "progressive"\nprogressive_s = 2',
    )
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    first, second = at(rings(rig, "1001")), at(rings(rig, "1002"))
    print(f"the second phone rang {second - first:.3f} s after the first")
    assert 1.9 < second - first < 8
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    rig.eventually(lambda: seen(rig, "CHANNEL_HANGUP", "1001"), "the first phone stops")
    caller.hang_up()
    record = hotline.record(call)
    assert (record["agent"], len(record["recordings"]), files(hotline)) == ("1002", 1, 1)


def test_killed_while_all_phones_ring(rig: Rig) -> None:
    """No phone rings on for the controller that is gone, and nobody is left in an empty room."""
    silent = {name: rig.silent_phone(name).contact for name in ("1001", "1003")}
    contacts = {**silent, "1002": rig.talking_phone(talk_ms=1500, answers_after_ms=3000)}
    hotline = Hotline(rig, contacts, controllers=2, support=RING_ALL)
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    before = [rings(rig, name)["Unique-ID"] for name in silent]
    hotline.holder_of_a_call().kill()
    rig.wait("CHANNEL_BRIDGE", 30, **{"Unique-ID": call})
    for leg in before:
        (ended,) = rig.conn.seen("CHANNEL_HANGUP", **{"Unique-ID": leg})
        assert ended["Hangup-Cause"] == "ORIGINATOR_CANCEL"
    finish(hotline, caller, call)
