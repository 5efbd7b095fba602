"""A marker that a caller keys in as sensitive is looked for in everything that is written or told: it is nowhere."""

from __future__ import annotations

import base64
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callcontrol.bootstrap.speaking import SpeechAside
from tests.calls.house import CONFIGURATION, House, hears
from tests.prompts.test_speaking import VOICE

FLOW = """
from callcontrol.flow import AskDigits, Call, Flow, HangUp, Play, Queue, Remember, Remembered, SayText, choice, words


class Bank(Flow):
    title = words(zh="银行", en="Bank")
    start = "pin"
    rescue = "waiting"
    pin = AskDigits("hotline.menu", remember="pin", then="copy", silence="bye", on_wrong="menu.wrong", min_digits=8,
                    max_digits=9, sensitive=True, tries=3, timeout_s=30)
    copy = Remember({"copied": Remembered("pin")}, then="say")
    say = SayText("It is {copied}.", then="check", failed="waiting")

    @choice("waiting")
    def check(self, call: Call) -> str:
        raise ValueError("no number: " + call.context["copied"])

    waiting = Queue(
        "support", after_talk="bye", still_busy="bye", away="bye", nobody="bye", timeout="bye", full="bye", closed="bye",
    )
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
ENTRY = CONFIGURATION.replace('flow = "hotline"', 'flow = "bank"').replace(
    "{ ask_language = false, menu_timeout = 1, tries = 1 }", "{}"
)
MARKER, SHORT = "73914682", "5820"  # the second one is too short, and asked for again
WITHIN_S = 25.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "bank.py").write_text(FLOW)
    (tmp_path / "voice.py").write_text(VOICE)
    made = House(speed=4, configuration=ENTRY, flows_dir=flows)
    command = f"{sys.executable} {tmp_path / 'voice.py'} {{text_file}} {{out}}"
    speech = SpeechAside(made.settings.sounds_dir, b"secret", command, deadline_s=20.0)
    object.__setattr__(made.controller.services, "speech", speech)
    yield made
    made.stop()


def unpacked(text: str) -> str:
    """A call's record as it stands in its variable."""
    return zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).decode()


def in_the_engine(house: House) -> str:
    """Everything that the journal's engine holds."""
    import redis

    engine = redis.Redis(unix_socket_path=str(house.settings.data_dir / "valkey.sock"))
    found: list[Any] = []
    for key in engine.keys("*"):
        kind = engine.type(key).decode()
        match kind:
            case "string":
                found.append((key, engine.get(key)))
            case "stream":
                found.append((key, engine.xrange(key)))
            case "hash":
                found.append((key, engine.hgetall(key)))
            case "zset":
                found.append((key, engine.zrange(key, 0, -1)))
            case "set":
                found.append((key, engine.smembers(key)))
            case "list":
                found.append((key, engine.lrange(key, 0, -1)))
    engine.close()
    return repr(found)


def test_the_marker_is_nowhere(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    told: list[dict[str, Any]] = []
    deliver = house.switch.deliver

    def overheard(event: dict[str, Any], takers: list[Any]) -> None:
        told.append(dict(event))
        deliver(event, takers)

    house.switch.deliver = overheard  # type: ignore[method-assign]
    caller = house.call()
    caller.wait_for(hears("hotline.menu"), WITHIN_S)
    caller.press(f"{SHORT}#")
    caller.wait_for(hears("menu.wrong"), WITHIN_S)
    caller.press(f"{MARKER}#")
    caller.wait_for(lambda c: any("/said/private/" in sound for sound in c.sounds), WITHIN_S)
    record = caller.channel.get("callcontrol_record") or ""
    assert '"step":"say"' in unpacked(record)
    assert MARKER not in unpacked(record)
    caller.wait_for(lambda c: c.is_over, WITHIN_S)  # by the rescue into a queue where nobody is
    house.record(caller, WITHIN_S)
    story = house.story(caller)
    assert "***" in str(story)
    assert "no number" in str(story)

    seen = [
        (event.get("Event-Name"), name)
        for event in told
        for name, value in event.items()
        if MARKER in str(value) or SHORT in str(value)
    ]
    # Only the answer to the asking itself, under a name of its own that is cleared at once.
    assert {name for _, name in seen} <= {n for _, n in seen if str(n).startswith("variable_callcontrol_keys_")}
    assert not [event for event in told if event.get("Event-Name") == "DTMF"]
    records = {event["variable_callcontrol_record"] for event in told if event.get("variable_callcontrol_record")}
    written = [
        str(story),
        in_the_engine(house),
        caplog.text,
        "".join(capfd.readouterr()),
        json.dumps([unpacked(each) for each in records]),
        " ".join(caller.sounds),
        " ".join(str(value) for value in caller.channel.vars.values()),
        caller.channel.digits_dialed,
    ]
    for text in written:
        assert MARKER not in text
        assert SHORT not in text
    for file in house.settings.data_dir.rglob("*"):
        if file.is_file():
            assert MARKER.encode() not in file.read_bytes(), file
