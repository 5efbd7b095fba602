"""Settings of one installation: ``config/callcontrol.toml``, then ``CALLCONTROL_*`` from the environment. Read once, by
``cli`` and ``bootstrap``; no other module looks at the environment."""

from __future__ import annotations

import difflib
import os
import re
import secrets
import tomllib
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PROJECT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The settings can't be used; the message says which line and what to write instead."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CALLCONTROL_", extra="forbid", frozen=True)
    toml_path: ClassVar[Path] = PROJECT / "config" / "callcontrol.toml"

    data_dir: Path = Path("var")
    floor: str = Field("main", pattern=r"^[a-z0-9_-]{1,40}$")
    redis_url: str = ""
    database_url: str = ""
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(8084, ge=0, le=65535)
    switch_name: str = "switch"
    switch_host: str = "127.0.0.1"
    switch_port: int = Field(8021, ge=0, le=65535)
    switch_password: str = ""
    admin_host: str = "127.0.0.1"
    admin_port: int = Field(8000, ge=0, le=65535)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(0, ge=0, le=65535)
    flows_dir: Path = PROJECT / "ivr_flows"
    language: str = Field("zh", pattern=r"^(zh|en)$")
    configuration: Path = PROJECT / "config" / "example.toml"
    tts_command: str = ""
    dial_out: str = ""  # how callers are reached for callbacks: sofia/gateway/carrier/{number}; empty: not at all
    dial_out_numbers: str = r"(?!00)\+?[0-9]{3,15}"  # what may be called, as a regular expression of the whole number
    flow_numbers: str = ""  # what flows may dial beyond targets and agents, likewise; empty: nothing
    fault_after_s: float = Field(45.0, ge=1)  # so long the journal or the desk may be away before callers are told
    journal_days: float = Field(400, ge=0)  # how long the journal's lines are kept in the database; 0: for ever
    log_level: str = Field("info", pattern=r"^(debug|info|warning|error)$")
    log_json: bool = False

    @field_validator("dial_out")
    @classmethod
    def with_a_number(cls, given: str) -> str:
        if given and "{number}" not in given:
            raise ValueError("dial_out has no {number} in it; write it like sofia/gateway/carrier/{number}")
        return given

    @field_validator("dial_out_numbers", "flow_numbers")
    @classmethod
    def an_expression(cls, given: str) -> str:
        try:
            re.compile(given)
        except re.error as error:
            raise ValueError(f"it is no regular expression ({error})") from error
        return given

    @field_validator("data_dir")
    @classmethod
    def without_dots(cls, given: Path) -> Path:
        """No ``..`` in it: the paths of sounds and recordings go to the switch, and there they must not climb."""
        return Path(os.path.abspath(given))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=cls.toml_path)

    # --- what follows from the data directory -------------------------------------------------------------------
    @property
    def sounds_dir(self) -> Path:
        return self.data_dir.absolute() / "sounds"

    @property
    def recordings_dir(self) -> Path:
        return self.data_dir.absolute() / "recordings"

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'callcontrol.db'}"

    @property
    def switch_password_file(self) -> Path:
        return self.data_dir.absolute() / "switch-password"

    @property
    def effective_switch_password(self) -> str:
        """The password of the switch's event socket; empty when it was neither set nor rendered."""
        if self.switch_password:
            return self.switch_password
        try:
            return self.switch_password_file.read_text().strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{self.switch_password_file} can't be read ({error}). Run as the user it belongs to, or set switch_password."
            ) from error

    def secret(self, name: str) -> bytes:
        """32 random bytes kept in the data directory, made at the first call (0600). Raises ``SettingsError``."""
        try:
            return self._secret(name)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The secret {name!r} of {self.data_dir.absolute()} can't be read or kept ({error}). "
                "Run as the user it belongs to, free the disk, or choose another --data DIR."
            ) from error

    def _secret(self, name: str) -> bytes:
        path = self.data_dir.absolute() / f"secret-{name}"
        try:
            return bytes.fromhex(path.read_text())
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{secrets.token_hex(4)}")
            try:
                fresh.touch(0o600)
                fresh.write_text(secrets.token_bytes(32).hex())
                path.hardlink_to(fresh)  # of two processes that make it at once, one wins and both read the same
            except FileExistsError:
                pass
            finally:
                fresh.unlink(missing_ok=True)
            return bytes.fromhex(path.read_text())


def load_settings(**overrides: Any) -> Settings:
    """Settings with ``overrides`` (None: not given) before environment and file. Raises ``SettingsError``."""
    given = {key: value for key, value in overrides.items() if value is not None}
    _refuse_misspelt()
    try:
        return Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{Settings.toml_path.name} is not TOML: {error}. Correct that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{Settings.toml_path} can't be read ({error}). Correct it, or its rights.") from error
    except ValidationError as error:
        lines = [_wrong(dict(each)) for each in error.errors()]
        raise SettingsError(
            "The settings are wrong; correct config/callcontrol.toml or the CALLCONTROL_ variable of that name:\n  "
            + "\n  ".join(lines)
        ) from error


def _wrong(error: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Settings.model_fields, 1)
        return f"{name}: There is no such setting" + (f"; did you mean {near[0]}?" if near else ".")
    return f"{name}: {error['msg']} (it says {error['input']!r})"


def _refuse_misspelt() -> None:
    """A variable that is nearly a setting's would be passed over in silence. Others may be somebody else's."""
    known = [f"CALLCONTROL_{name}".upper() for name in Settings.model_fields]
    for variable in os.environ:
        name = variable.upper()
        if name.startswith("CALLCONTROL_") and name not in known:
            near = difflib.get_close_matches(name, known, 1, cutoff=0.9)
            if near:
                raise SettingsError(f"There is no setting {variable}; did you mean {near[0]}?")
