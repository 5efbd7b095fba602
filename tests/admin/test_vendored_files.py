from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import callcontrol.admin

VENDOR = Path(callcontrol.admin.__file__).parent / "static/vendor"


def test_every_vendored_file_is_the_one_that_was_looked_at() -> None:
    listed = {row["file"]: row for row in tomllib.loads((VENDOR / "VENDOR.toml").read_text())["file"]}
    present = {path.name for path in VENDOR.iterdir()} - {"VENDOR.toml"}
    assert set(listed) == present
    for name, row in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == row["sha256"], name
        assert row["version"] in name
        assert row["licence"]
