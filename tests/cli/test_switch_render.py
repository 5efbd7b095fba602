"""The rendered configuration of a switch: complete, harmless, the same again."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.cli.main import command
from callcontrol.settings import PROJECT
from callcontrol.switch import rendering
from callcontrol.switch.rendering import PlanError, SwitchPlan, render, socket_rounds

PLAN = SwitchPlan(
    esl_password="a-random-password",
    sounds_dir="/srv/sounds",
    entries={"4001": "zh", "+8610400": "en"},
    phones={"1001": "secret-of-1001", "1002": "secret-of-1002"},
)


def run(*words: str) -> Result:
    return CliRunner().invoke(command, ["switch", *words])


# --- what is in it -------------------------------------------------------------------------------------------------------
def test_every_file_is_xml() -> None:
    for path, text in render(PLAN, PROJECT).items():
        assert ElementTree.fromstring(text) is not None, path


def test_every_module_that_is_loaded_and_needs_a_configuration_has_one() -> None:
    files = render(PLAN, PROJECT)
    for module in rendering.MODULES:
        name = module.removeprefix("mod_")
        if name in ("console", "logfile", "event_socket", "sofia"):
            assert f"autoload_configs/{name}.conf.xml" in files


def test_no_value_of_the_plan_can_be_expanded_by_the_switch() -> None:
    for path, text in render(PLAN, PROJECT).items():
        for element in ElementTree.fromstring(text).iter():
            for value in element.attrib.values():
                assert "$${" not in value, (path, value)


def test_the_timer_without_which_nothing_is_heard_is_set() -> None:
    sofia = ElementTree.fromstring(render(PLAN, PROJECT)["autoload_configs/sofia.conf.xml"])
    values = {p.get("name"): p.get("value") for p in sofia.iter("param")}
    assert values["rtp-timer-name"] == "soft"
    assert values["dtmf-type"] == "rfc2833"
    assert values["accept-blind-reg"] == "false"


def test_callers_reach_the_entry_numbers_and_nothing_else() -> None:
    dialplan = ElementTree.fromstring(render(PLAN, PROJECT)["dialplan/callcontrol.xml"])
    patterns = [c.get("expression") for c in dialplan.iter("condition") if c.get("field") == "destination_number"]
    assert {p for p in patterns if p and p.startswith("^") and "callcontrol_" not in p} == {
        "^4001$",
        "^\\+8610400$",
        "^",
    }
    applications = {a.get("application") for a in dialplan.iter("action")}
    assert applications == {"set", "socket", "transfer", "sleep", "pre_answer", "playback", "hangup"}


def test_every_internal_extension_asks_for_a_call_that_came_by_an_entry_number() -> None:
    dialplan = ElementTree.fromstring(render(PLAN, PROJECT)["dialplan/callcontrol.xml"])
    for extension in dialplan.iter("extension"):
        conditions = [(c.get("field"), c.get("expression") or "") for c in extension.iter("condition")]
        if any("callcontrol_" in expression for _, expression in conditions):
            assert ("${callcontrol_entry}", "^(\\+8610400|4001)$") in conditions, extension.get("name")


def test_each_action_begins_with_another_controller_and_names_all() -> None:
    assert socket_rounds(("a:1", "b:2", "c:3")) == ["a:1|b:2|c:3", "b:2|c:3|a:1", "c:3|a:1|b:2"]
    assert socket_rounds(("a:1",)) == ["a:1", "a:1"]
    assert socket_rounds(("a:1", "a:1")) == ["a:1", "a:1"]


def test_the_event_socket_is_for_this_machine_and_the_controllers() -> None:
    far = replace(PLAN, controllers=("192.0.2.7:8084", "127.0.0.1:8084"), esl_ip="192.0.2.1")
    acl = ElementTree.fromstring(render(far, PROJECT)["autoload_configs/acl.conf.xml"])
    assert [n.get("cidr") for n in acl.iter("node")] == ["127.0.0.0/8", "::1/128", "192.0.2.7/32"]


# --- what is refused -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"sip_ip": "0.0.0.0"}, "sip_ip"),
        ({"sip_ip": "phone.example"}, "sip_ip"),
        ({"esl_ip": "0.0.0.0"}, "esl_ip"),
        ({"sip_port": 0}, "sip_port"),
        ({"esl_port": 65536}, "esl_port"),
        ({"rtp_start": 20000, "rtp_end": 20001}, "rtp_end"),
        ({"controllers": ()}, "controllers"),
        ({"controllers": ("nowhere",)}, "controllers.'nowhere'"),
        ({"controllers": ("a:1 full",)}, "controllers.'a:1 full'"),
        ({"controllers": ("a|b:1",)}, "controllers.'a|b:1'"),
        ({"entries": {}}, "entries"),
        ({"entries": {"4001": "xx"}}, "entries.'4001'.language"),
        ({"entries": {".*": "zh"}}, "entries.'.*'"),
        ({"entries": {"4001\n": "zh"}}, "entries.'4001\\n'"),
        ({"phones": {"10 01": "12345678"}}, "phones.'10 01'"),
        ({"phones": {"1001": "<short>"}}, "phones.'1001'"),
        ({"esl_password": "ClueCon"}, "esl_password"),
        ({"esl_password": 'a"/><x y="'}, "esl_password"),
        ({"sounds_dir": "sounds"}, "sounds_dir"),
        ({"sounds_dir": "/srv/my sounds"}, "sounds_dir"),
        ({"sounds_dir": "/srv/${system(x)}"}, "sounds_dir"),
        ({"sounds_dir": "/srv/../etc"}, "sounds_dir"),
        ({"name": "a b"}, "name"),
        ({"max_sessions": 0}, "max_sessions"),
        ({"log_level": "loud"}, "log_level"),
    ],
)
def test_a_value_that_the_switch_must_not_be_told_is_refused_with_its_place(
    wrong: dict[str, object], where: str
) -> None:
    with pytest.raises(PlanError) as refused:
        render(replace(PLAN, **wrong), PROJECT)  # type: ignore[arg-type]
    assert [problem.where for problem in refused.value.problems] == [where]


@given(
    st.text(max_size=40),
    st.sampled_from(["sip_ip", "esl_password", "sounds_dir", "name", "controllers", "phone", "entry"]),
)
def test_whatever_text_is_given_the_files_are_xml_of_the_same_shape_or_it_is_refused(text: str, field: str) -> None:
    match field:
        case "controllers":
            plan = replace(PLAN, controllers=(text,))
        case "phone":
            plan = replace(PLAN, phones={text: "12345678"})
        case "entry":
            plan = replace(PLAN, entries={text: "zh"})
        case _:
            plan = replace(PLAN, **{field: text})
    try:
        files = render(plan, PROJECT)
    except PlanError:
        return
    for path, rendered in files.items():
        assert "$${" not in rendered, path
        ElementTree.fromstring(rendered)


# --- the command ----------------------------------------------------------------------------------------------------------
def test_rendering_writes_a_directory_and_says_how_to_start_it(tmp_path: Path) -> None:
    done = run("render", "--out", str(tmp_path / "switch"), "--data", str(tmp_path / "var"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "switch" / "conf" / "freeswitch.xml").exists()
    assert f"freeswitch -nonat -nf -nc -conf {tmp_path}/switch/conf" in done.output
    assert f"{tmp_path}/var/phones.json" in done.output
    for name in ("log", "db", "run", "cache", "storage", "temp"):
        assert (tmp_path / "switch" / name).is_dir()


def test_passwords_are_random_kept_secret_and_the_same_when_rendered_again(tmp_path: Path) -> None:
    words = ("render", "--out", str(tmp_path / "switch"), "--data", str(tmp_path / "var"))
    run(*words)
    phones = (tmp_path / "var" / "phones.json").read_text()
    password = (tmp_path / "var" / "switch-password").read_text()
    again = run(*words, "--sip-port", "5070")
    assert (tmp_path / "var" / "phones.json").read_text() == phones
    assert (tmp_path / "var" / "switch-password").read_text() == password
    secrets = json.loads(phones)
    assert sorted(secrets) == [str(n) for n in range(1001, 1011)]
    assert len(set(secrets.values())) == 10
    for name in ("phones.json", "switch-password"):
        assert stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) == 0o600
    for secret in (password.strip(), *secrets.values()):
        assert secret not in again.output
    for file in (tmp_path / "switch" / "conf").rglob("*.xml"):
        assert not file.stat().st_mode & stat.S_IRWXO, file


def test_the_controller_reads_the_password_that_was_rendered(tmp_path: Path) -> None:
    from callcontrol.settings import load_settings

    run("render", "--out", str(tmp_path / "switch"), "--data", str(tmp_path / "var"))
    password = load_settings(data_dir=tmp_path / "var").effective_switch_password
    assert password in (tmp_path / "switch" / "conf" / "autoload_configs" / "event_socket.conf.xml").read_text()


def test_a_wrong_option_is_a_sentence_that_names_it_and_writes_nothing(tmp_path: Path) -> None:
    done = run("render", "--out", str(tmp_path / "s"), "--data", str(tmp_path / "v"), "--controller", "here")
    assert done.exit_code == 1
    assert "controllers.'here': is no HOST:PORT" in done.output
    assert not (tmp_path / "s").exists()


def test_a_configuration_that_is_not_one_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("[entries.4001]\nflow = 3\n")
    done = run(
        "render",
        "--out",
        str(tmp_path / "s"),
        "--data",
        str(tmp_path / "v"),
        "--configuration",
        str(tmp_path / "wrong.toml"),
    )
    assert done.exit_code == 1
    assert "entries.4001.flow" in done.output
    assert "Traceback" not in done.output


def test_a_directory_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("render", "--out", str(tmp_path / "file" / "switch"), "--data", str(tmp_path / "v"))
    assert done.exit_code == 1
    assert "can't be made" in done.output


def test_show_prints_a_file_without_passwords_and_makes_none(tmp_path: Path) -> None:
    done = run("show", "directory/callcontrol.xml", "--data", str(tmp_path / "v"))
    assert done.exit_code == 0, done.output
    assert done.output.count("not-shown") == 10
    assert not (tmp_path / "v").exists()


def test_show_of_a_file_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    done = run("show", "nothing.xml", "--data", str(tmp_path / "v"))
    assert done.exit_code == 1
    assert "dialplan/callcontrol.xml" in done.output


def test_a_user_that_does_not_exist_is_a_sentence(tmp_path: Path) -> None:
    done = run("render", "--out", str(tmp_path / "s"), "--data", str(tmp_path / "v"), "--user", "no-such-user")
    assert done.exit_code == 1
    assert "There is no user 'no-such-user'" in done.output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_files_can_be_given_to_the_user_of_the_switch(tmp_path: Path) -> None:
    done = run("render", "--out", str(tmp_path / "s"), "--data", str(tmp_path / "v"), "--user", "nobody")
    assert done.exit_code == 0, done.output
    for path in (
        tmp_path / "s",
        tmp_path / "s" / "db",
        tmp_path / "s" / "conf" / "freeswitch.xml",
        tmp_path / "v" / "recordings",
    ):
        assert path.owner() == "nobody"
    assert (tmp_path / "v" / "switch-password").owner() != "nobody"
