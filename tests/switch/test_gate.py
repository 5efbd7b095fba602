"""Nothing that passes the gate can be expanded, start a header, end a dial string or a list of variables."""

import ast
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import callcontrol.switch
from callcontrol.switch import commands, gate
from callcontrol.switch.gate import Refused

nasty = st.text(
    st.one_of(
        st.sampled_from("${}[]()&<>,|^;!%'\"`\\\n\r\0\t\x0b\x85\u2028\u2029 =:/.@#*+-_019azAZ張"),
        st.characters(),
    ),
    max_size=120,
)
REFUSING: list[Callable[[str], str]] = [
    gate.variable_name,
    gate.identity,
    gate.contact,
    gate.sound,
    gate.path,
    gate.recording,
    gate.extension,
    gate.cause,
    gate.keys,
    gate.user,
    gate.room,
]
CLEANSING: list[Callable[[str], str]] = [gate.caller_name, gate.caller_number, gate.variable_value]

ATTACKS = [
    "${system(touch /x/f)}",
    "$${domain}",
    "x\nevil: 1",
    "x\r\nevil: 1",
    "x\0y",
    "user/1001,user/1002",
    "user/1001|error/busy",
    "user/1001 &system(id)",
    "{a=b}user/1001",
    "[a=b]user/1001",
    "<a=b>user/1001",
    "user/1001'",
    "^^:a=b",
    "user/${x}",
    "sofia/internal/1001@h;x={y}",
    "@include",
    "%24%7Bsystem(id)%7D",
    "a" * 10_240,
]


def no_harm(text: str) -> None:
    assert not set(text) & set("${}[]&<>|^'\"`\\\n\r\0")
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert text == text.strip()
    text.encode()


@pytest.mark.parametrize("cleanse", CLEANSING, ids=lambda f: f.__name__)
@given(text=nasty)
def test_what_people_wrote_is_cleansed_and_never_refused(cleanse: Callable[[str], str], text: str) -> None:
    passed = cleanse(text)
    no_harm(passed)
    assert not set(passed) & set("(),;%")
    assert cleanse(passed) == passed


@pytest.mark.parametrize("refuse", REFUSING, ids=lambda f: f.__name__)
@given(text=nasty)
def test_what_machines_wrote_passes_unchanged_or_not_at_all(refuse: Callable[[str], str], text: str) -> None:
    try:
        passed = refuse(text)
    except Refused as refused:
        sentence = str(refused)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert "\r" not in sentence
        return
    assert passed == text
    no_harm(passed)


@pytest.mark.parametrize("refuse", [f for f in REFUSING if f is not gate.keys], ids=lambda f: f.__name__)
@pytest.mark.parametrize("attack", ATTACKS)
def test_every_known_attack_is_refused(refuse: Callable[[str], str], attack: str) -> None:
    with pytest.raises(Refused):
        refuse(attack)


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_known_attack_is_cleansed(attack: str) -> None:
    no_harm(gate.caller_name(attack))
    assert len(gate.caller_name(attack)) <= gate.MAX_NAME
    no_harm(gate.caller_number(attack))
    assert len(gate.caller_number(attack)) <= gate.MAX_NUMBER
    no_harm(gate.variable_value(attack))


@given(record=st.text("ABCDEFabcdef0123456789-_", max_size=3000))
def test_a_call_record_passes_as_it_is(record: str) -> None:
    assert gate.variable_value(record) == record


def test_an_endless_value_is_refused_not_cut() -> None:
    with pytest.raises(Refused, match="too long"):
        gate.variable_value("a" * (gate.MAX_VALUE + 1))


@pytest.mark.parametrize("name", ["张 伟", "Zoë O’Neil", "Иван", "Anne-Marie (Sales)"])
def test_a_name_in_any_script_stays_readable(name: str) -> None:
    assert gate.caller_name(name) == name.replace("(", "").replace(")", "")


@pytest.mark.parametrize(
    "contact",
    [
        "user/1001",
        "user/1001@example.org",
        "sofia/internal/1001@127.0.0.1:6000",
        "sofia/internal/sip:1001@[2001:db8::1]:5060;transport=tcp",
        "sofia/internal/1001%example.org",
        "sofia/gateway/provider/+4930123456",
        "loopback/1001/callcontrol",
        "loopback/1001/callcontrol/xml",
    ],
)
def test_a_contact_of_the_grammar_passes(contact: str) -> None:
    assert gate.contact(contact) == contact


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1001",
        "user/",
        "sofia/internal/1001",
        "sofia/gateway/x",
        "error/user_busy",
        "group/all",
        "user/1001 ",
        " user/1001",
    ],
)
def test_what_is_no_contact_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refused, match="user/1001"):
        gate.contact(text)


@pytest.mark.parametrize(
    "sound",
    [
        "zh/welcome.wav",
        "/srv/声音/zh/1.wav",
        "silence_stream://-1",
        "silence_stream://500,1400",
        "tone_stream://%(600,0,440)",
        "tone_stream://%(1000,2000,440.0,480.0);loops=-1",
        "tone_stream://v=-7;%(100,0,440);%(100,0,880)",
        "local_stream://moh",
    ],
)
def test_a_sound_passes(sound: str) -> None:
    assert gate.sound(sound) == sound


@pytest.mark.parametrize(
    "sound",
    [
        "../secret.wav",
        "a/../b.wav",
        "a b.wav",
        "a!b.wav",
        "shout://x",
        "http://x/y.wav",
        "say:hello",
        "phrase:x",
        "@@100@@a.wav",
        "tone_stream://path=/etc/x",
        "-x.wav",
    ],
)
def test_what_is_no_sound_is_refused(sound: str) -> None:
    with pytest.raises(Refused):
        gate.sound(sound)


def test_a_full_number_is_not_in_the_sentence() -> None:
    with pytest.raises(Refused) as caught:
        gate.contact("sofia/internal/13800001111")
    assert "13800001111" not in str(caught.value)


@given(name=nasty, number=nasty, ring_s=st.floats(-10, 1e9), value=nasty)
def test_an_originate_is_one_command_with_one_prefix_and_one_destination(
    name: str, number: str, ring_s: float, value: str
) -> None:
    command = commands.ring(
        gate.identity("leg-1"),
        gate.contact("user/1001"),
        ring_s=ring_s,
        park_s=5,
        caller_name=gate.caller_name(name),
        caller_number=gate.caller_number(number),
        variables={gate.variable_name("note"): gate.variable_value(value)},
    )
    first, second = command.split("\n")
    assert second == "Job-UUID: leg-1"
    assert first.startswith("bgapi originate {")
    assert first.endswith("}user/1001 &park()")
    inside = first.removeprefix("bgapi originate {").removesuffix("}user/1001 &park()")
    assert not set(inside) & set('{}[]$&<>|^\\"`()')
    assert inside.count("'") == 2 * len(inside.split("',"))


@given(value=nasty, keys=st.text("0123456789*#ABCD", max_size=16))
def test_every_command_made_of_outside_text_is_one_block(value: str, keys: str) -> None:
    leg = gate.identity("leg-1")
    made = [
        commands.remember(leg, gate.variable_name("x"), gate.variable_value(value)),
        commands.ask(
            [gate.sound("a.wav")],
            gate.variable_name("k"),
            leg,
            max_keys=3,
            timeout_s=1,
            inter_digit_s=1,
            terminators=gate.keys(keys),
        ),
    ]
    for command in made:
        assert "\n\n" not in command
        assert not command.endswith("\n")
    assert "\n" not in made[0]


def test_only_the_gate_makes_harmless_text_and_only_commands_makes_commands() -> None:
    room = Path(callcontrol.switch.__path__[0])
    makers = {"Harmless": "gate.py", "Command": "commands.py"}
    found = []
    for file in room.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in makers and makers[name] != file.name:
                    found.append(f"{file.name}:{node.lineno} makes {name}")
    assert found == []
