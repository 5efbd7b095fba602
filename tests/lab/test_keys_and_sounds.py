"""What a real 1.10.12 was seen to do with keys and sounds, beyond the transcripts."""

from __future__ import annotations

import pytest

from callcontrol.lab.callers import Caller
from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab.esl import Controller, Frame, Peer

ASK = "play_and_get_digits"


@pytest.fixture
def caller(switch: SimulatedSwitch) -> Caller:
    return switch.call("4001")


@pytest.fixture
def leg(controller: Controller, caller: Caller) -> Peer:
    leg = controller.accept()
    assert caller.uuid == leg.channel["Unique-ID"]
    leg.execute("answer", uuid="a")
    leg.completed("a")
    return leg


def asked(leg: Peer, caller: Caller, data: str, *keys: str) -> Frame:
    """Ask, press each of ``keys`` once the prompt is heard, and give the completion."""
    count = len(leg.events("CHANNEL_EXECUTE_COMPLETE"))
    leg.execute(ASK, data, uuid=f"q{count}")
    if keys:
        caller.wait_for(lambda c: c.hears_now is not None)
        for key in keys:
            caller.press(key)
    return leg.completed(f"q{count}")


SOUNDS = "silence_stream://300 silence_stream://100"


def result(frame: Frame) -> tuple[str, str, str]:
    return frame.get("variable_k"), frame.get("variable_read_result"), frame.get("variable_k_invalid")


@pytest.mark.parametrize(
    ("data", "keys", "expected"),
    [
        (f"1 4 1 2000 # {SOUNDS} k \\d+ 500", "12#", ("12", "success", "")),
        (f"1 2 1 2000 # {SOUNDS} k \\d+ 500", "12", ("12", "success", "")),
        (f"1 4 1 2000 # {SOUNDS} k \\d+ 500", "12", ("12", "timeout", "")),
        (f"3 4 1 2000 # {SOUNDS} k \\d+ 500", "12#", ("12", "failure", "")),
        (f"3 4 1 2000 # {SOUNDS} k \\d+ 500", "12", ("12", "failure", "")),
        (f"1 4 1 2000 # {SOUNDS} k \\d+ 500", "#", ("", "failure", "")),
        (f"0 4 1 2000 # {SOUNDS} k \\d+ 500", "#", ("", "failure", "")),
        (f"1 1 1 1000 # {SOUNDS} k [1-3] 700", "9", ("", "success", "9")),
        (f"1 1 1 1000 # {SOUNDS} k [1-3] 700", "", ("", "failure", "")),
        (f"0 4 1 1000 # {SOUNDS} k \\d+ 700", "", ("", "timeout", "")),
        (f"1 4 1 1000 none {SOUNDS} k .+ 400", "1#", ("1#", "timeout", "")),
        (f"1 4 1 1000 # {SOUNDS} k .+ 400", "A*1", ("A*1", "timeout", "")),
        (f"1 2 1 500 # {SOUNDS} k ^\\d$ 700", "12", ("", "success", "12")),
    ],
)
def test_what_is_left_of_the_keys(
    leg: Peer, caller: Caller, data: str, keys: str, expected: tuple[str, str, str]
) -> None:
    assert result(asked(leg, caller, data, *keys)) == expected


def test_the_terminator_of_an_earlier_question_stays(leg: Peer, caller: Caller) -> None:
    asked(leg, caller, f"1 4 1 2000 # {SOUNDS} k \\d+ 500", "1#")
    later = asked(leg, caller, f"1 1 1 2000 # {SOUNDS} k2 \\d+ 500", "2")
    assert later.get("variable_read_terminator_used") == "#"


def test_a_question_whose_prompt_is_missing_takes_no_keys(leg: Peer, caller: Caller) -> None:
    done = asked(leg, caller, "1 1 1 1000 # /nowhere/x.wav silence_stream://100 k [1-3] 700")
    assert result(done) == ("", "", "")
    assert done.get("Application-Response") == "_none_"


def test_a_timeout_is_never_shorter_than_a_second(switch: SimulatedSwitch, leg: Peer, caller: Caller) -> None:
    began = switch.clock.now()
    asked(leg, caller, f"1 1 1 200 # {SOUNDS} k \\d 100")
    assert switch.clock.now() - began >= 1.4


def test_keys_beyond_the_most_are_told_and_lost(leg: Peer, caller: Caller) -> None:
    assert result(asked(leg, caller, f"1 1 1 2000 # {SOUNDS} k \\d+ 700", "1", "2"))[0] == "1"
    leg.event("DTMF", count=2)
    assert result(asked(leg, caller, f"1 1 1 1000 # {SOUNDS} k \\d+ 700"))[0] == ""


def test_keys_pressed_in_a_sleep_wait_for_the_next_question(leg: Peer, caller: Caller) -> None:
    leg.execute("sleep", "5000", uuid="s")
    leg.event("CHANNEL_EXECUTE", count=2)
    caller.press("7")
    leg.execute(ASK, f"1 1 1 1000 # {SOUNDS} k \\d 500", uuid="q")
    assert leg.completed("q").get("variable_k") == "7"


def test_keys_pressed_while_parked_are_told_and_lost(leg: Peer, caller: Caller) -> None:
    caller.press("7")
    assert leg.event("DTMF").get("DTMF-Digit") == "7"
    assert result(asked(leg, caller, f"1 1 1 1000 # {SOUNDS} k \\d 500"))[0] == ""


def test_a_wrong_key_is_followed_by_the_other_sound_and_another_try(leg: Peer, caller: Caller) -> None:
    leg.execute(ASK, "1 1 2 2000 # silence_stream://300 silence_stream://1000 k [1-3] 700", uuid="q")
    caller.wait_for(lambda c: c.hears_now == "silence_stream://300")
    caller.press("9")
    caller.wait_for(lambda c: c.hears_now == "silence_stream://1000")
    caller.press("2")  # it does not cut the sound, and counts for the next try
    done = leg.completed("q")
    assert (done.get("variable_k"), done.get("variable_k_invalid")) == ("2", "9")
    assert caller.sounds[-3:] == ["silence_stream://300", "silence_stream://1000", "silence_stream://300"]


def test_a_break_ends_the_prompt_but_not_the_waiting_for_keys(leg: Peer, caller: Caller, watch: Peer) -> None:
    leg.execute(ASK, "1 1 1 3000 # silence_stream://60000 silence_stream://100 k \\d 300", uuid="q")
    caller.wait_for(lambda c: c.hears_now is not None)
    watch.ask(f"api uuid_break {caller.uuid} all")
    caller.wait_for(lambda c: c.hears_now is None)
    watch.ask(f"api uuid_break {caller.uuid} all")
    caller.press("1")
    assert leg.completed("q").get("variable_k") == "1"


def test_a_star_ends_a_playback_unless_told_otherwise(leg: Peer, caller: Caller) -> None:
    leg.execute("playback", "silence_stream://-1", uuid="p1")
    caller.wait_for(lambda c: c.hears_now is not None)
    caller.press("5*")
    assert leg.completed("p1").get("variable_playback_terminator_used") == "*"
    leg.execute("set", "playback_terminators=none", uuid="s")
    leg.completed("s")
    leg.execute("playback", "silence_stream://2000", uuid="p2")
    caller.wait_for(lambda c: c.hears_now is not None)
    caller.press("*")
    done = leg.completed("p2")
    assert done.get("variable_playback_ms") == "2000"
    assert not done.get("variable_playback_terminator_used")


def test_a_break_before_anything_plays_does_nothing_later(leg: Peer, caller: Caller, watch: Peer) -> None:
    watch.ask(f"api uuid_break {caller.uuid} all")
    leg.execute("playback", "silence_stream://800", uuid="p")
    assert leg.completed("p").get("variable_playback_ms") == "800"


def test_a_break_of_everything_loses_an_order_that_is_on_its_way(controller: Controller) -> None:
    """The leg looks for orders once in 20 ms; what has come since is thrown away, and no completion ever tells."""
    from callcontrol.lab.dialplan import hotline_dialplan

    with SimulatedSwitch(dialplan=hotline_dialplan(f"127.0.0.1:{controller.port}"), frame_s=0.1) as slow:
        caller = slow.call("4001")
        leg = controller.accept()
        leg.execute("playback", "silence_stream://10", uuid="lost")
        caller.channel.stop_playing(everything=True)
        leg.execute("set", "a=b", uuid="next")
        leg.completed("next")
        assert [f.get("Application-UUID") for f in leg.events("CHANNEL_EXECUTE")] == ["next"]


@pytest.mark.parametrize(
    ("source", "response", "milliseconds"),
    [
        ("file_string:///no.wav!silence_stream://300", "FILE PLAYED", "300"),
        ("file_string:///no.wav!/no2.wav", "FILE NOT FOUND", ""),
        ("nosuch://x", "FILE NOT FOUND", ""),
        ("silence_stream://0", "FILE NOT FOUND", ""),
        ("silence_stream://300,1400", "FILE PLAYED", "300"),
        ("tone_stream://%(100,50,440);loops=3", "FILE PLAYED", "450"),
        ("{a=b}silence_stream://100", "FILE PLAYED", "100"),
    ],
)
def test_what_a_source_is_worth(leg: Peer, source: str, response: str, milliseconds: str) -> None:
    leg.execute("playback", source, uuid="p")
    done = leg.completed("p")
    assert (done.get("Application-Response"), done.get("variable_playback_ms")) == (response, milliseconds)


def test_an_expansion_is_noted_as_executed_and_runs_nothing(switch: SimulatedSwitch, leg: Peer) -> None:
    leg.execute("set", "x=${system(touch /tmp/f)}", uuid="s1")
    leg.completed("s1")
    leg.execute("set", "x=\\${system(id)}", uuid="s2")  # the application expands a second time
    leg.completed("s2")
    assert switch.executed == [("system", "touch /tmp/f"), ("system", "id")]


def test_a_stored_value_is_expanded_by_whatever_names_it_later(
    switch: SimulatedSwitch, leg: Peer, caller: Caller, watch: Peer
) -> None:
    watch.ask(f"api uuid_setvar {caller.uuid} who ${{system(id)}}")
    assert switch.executed == []
    leg.execute("set", "x=hello ${who}", uuid="s")
    leg.completed("s")
    assert switch.executed == [("system", "id")]
