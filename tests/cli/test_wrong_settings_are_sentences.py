"""What is wrong in the settings, the environment, the configuration or on the disk: a sentence and status 1, no traceback."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.cli.main import command
from callcontrol.settings import Settings


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(command, words, env={f"CALLCONTROL_{k.upper()}": v for k, v in environment.items()})


def is_a_sentence(done: Result, *parts: str, status: int = 1) -> None:
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == status, done.output
    for part in parts:
        assert part in done.output


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "callcontrol.toml"
    monkeypatch.setattr(Settings, "toml_path", path)
    return path


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"listen_port = = 3", "is not TOML"),
        (b"listen_prt = 3", "listen_prt: There is no such setting; did you mean listen_port?"),
        (b"[section]\na = 1", "section: There is no such setting."),
        (b'listen_port = "x"', "listen_port: Input should be a valid integer"),
        (b"\xff\xfe", "can't be read"),
    ],
)
def test_a_broken_settings_file(toml: Path, content: bytes, sentence: str) -> None:
    toml.write_bytes(content)
    is_a_sentence(run("flows", "list"), sentence)


def test_a_misspelt_variable_is_not_passed_over() -> None:
    is_a_sentence(run("flows", "list", redis_ulr="redis://h"), "did you mean CALLCONTROL_REDIS_URL?")
    assert run("flows", "list", chromium="/usr/bin/chromium").exit_code == 0, "another program's variable"


@pytest.mark.parametrize("words", [("run",), ("status",), ("agents",), ("admin",), ("demo", "--port", "18765")])
@pytest.mark.parametrize("address", ["http://x", "redis://127.0.0.1:99999", "redis://h:port/0"])
def test_a_wrong_address_of_the_journal(tmp_path: Path, words: tuple[str, ...], address: str) -> None:
    done = run(*words, "--data", str(tmp_path), redis_url=address, switch_password="x")
    is_a_sentence(done, "is no address of a journal", "Write redis://host:port/0")


@pytest.mark.parametrize(
    "words", [("calls",), ("admin", "users"), ("admin", "link"), ("db", "check"), ("db", "upgrade")]
)
@pytest.mark.parametrize("url", ["mysql://x/y", "garbage"])
def test_a_wrong_address_of_the_database(tmp_path: Path, words: tuple[str, ...], url: str) -> None:
    is_a_sentence(run(*words, "--data", str(tmp_path), database_url=url), "postgresql+psycopg://")


@pytest.mark.parametrize("option", [("--listen-port", "99999"), ("--listen-port", "-1"), ("--switch-port", "0")])
def test_a_port_that_is_none(tmp_path: Path, option: tuple[str, str]) -> None:
    is_a_sentence(run("run", *option, "--data", str(tmp_path)), "is not in the range", status=2)


def test_an_outcome_that_is_none_is_a_wrong_use() -> None:
    is_a_sentence(
        run("calls", "--outcome", "lost"), "There is no outcome 'lost'; choose one of waiting, answered", status=2
    )


@pytest.mark.parametrize(
    "words", [("prompts", "list"), ("flows", "check"), ("switch", "show"), ("doctor", "--no-switch")]
)
def test_a_configuration_that_can_not_be_read(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[queues.support]\npatience_s = nan\n")
    done = run(*words, "--data", str(tmp_path / "var"), configuration=str(file))
    is_a_sentence(done, str(file), "queues.support.patience_s")
    is_a_sentence(run(*words, configuration=str(tmp_path / "gone.toml")), "gone.toml")


def test_the_doctor_sees_that_the_first_release_can_not_be_published(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[queues.support]\nskills = "support >>= 2"\n[entries.4001]\nflow = "nope"\n')
    done = run("doctor", "--no-switch", "--data", str(tmp_path / "var"), configuration=str(file))
    is_a_sentence(done, "queues.support.skills", "There is no flow 'nope'")


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "var"
    file.touch()
    for words in (("demo", "--port", "18765"), ("run",), ("admin",), ("db", "upgrade"), ("prompts", "build")):
        done = run(*words, "--data", str(file), switch_password="x")
        is_a_sentence(done, str(file))
        assert "ending" not in done.output


def test_a_render_that_can_not_begin_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "switch"
    done = run("switch", "render", "--out", str(out), "--user", "no-such-user", "--data", str(tmp_path / "var"))
    is_a_sentence(done, "There is no user 'no-such-user'")
    assert not out.exists()
    is_a_sentence(
        run("switch", "render", "--out", "/proc/x", "--data", str(tmp_path / "var")), "another with --out DIR"
    )


def test_passwords_that_can_not_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("callcontrol.cli.switch.os.open", full)
    done = run("switch", "render", "--out", str(tmp_path / "switch"), "--data", str(tmp_path / "var"))
    is_a_sentence(done, "switch-password can't be written: No space left on device")


def test_a_full_disk_starts_no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("callcontrol.bus.embedded.os.pwrite", full)
    done = run("run", "--data", str(tmp_path), switch_password="x")
    is_a_sentence(done, "the disk is full", "Free some space")


def test_a_password_that_this_user_may_not_read(tmp_path: Path) -> None:
    (tmp_path / "switch-password").mkdir()  # unreadable for root too
    for words in (("run",), ("switch", "render", "--out", str(tmp_path / "out"))):
        is_a_sentence(run(*words, "--data", str(tmp_path)), "switch-password can't be read")


def test_a_secret_that_is_damaged_is_said_and_leaves_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "secret-numbers").write_text("not hex")
    is_a_sentence(run("run", "--data", str(tmp_path), switch_password="x"), "The secret 'numbers'", "can't be read")
    assert not EmbeddedValkey(tmp_path).answers()


def test_pages_that_can_not_start_leave_nothing_running(tmp_path: Path) -> None:
    done = run("admin", "--data", str(tmp_path), database_url="postgresql+psycopg://u:hidden@127.0.0.1:1/x")
    is_a_sentence(done, "does not answer")
    assert "hidden" not in done.output
    assert not EmbeddedValkey(tmp_path).answers()


def test_a_database_of_a_newer_program_needs_no_upgrade(tmp_path: Path) -> None:
    assert run("db", "upgrade", "--data", str(tmp_path)).exit_code == 0
    with sqlite3.connect(tmp_path / "callcontrol.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0999'")
    done = run("db", "upgrade", "--data", str(tmp_path))
    assert "made by a newer program: nothing to do" in done.output


@pytest.mark.parametrize("words", [("run",), ("demo", "--port", "18765")])
def test_a_data_directory_that_the_switch_can_not_be_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(*words, "--data", str(tmp_path / "my calls"), switch_password="x")
    is_a_sentence(done, "can't be told to the switch", "without spaces", "another with --data DIR")
    assert list(tmp_path.iterdir()) == []
