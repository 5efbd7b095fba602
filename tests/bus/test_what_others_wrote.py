"""What somebody else wrote beside the living is passed over and hides nobody."""

from __future__ import annotations

from pathlib import Path

import redis

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.bus.redis_journal import open_bus


def test_what_is_no_notice_is_passed_over_and_hides_nobody(tmp_path: Path) -> None:
    engine = EmbeddedValkey(tmp_path)
    try:
        bus = open_bus(engine.ensure_running(), "main")
        bus.notices.alive("controller", "first", {"calls": 1}, 30.0)
        raw = redis.Redis(unix_socket_path=engine.address)
        (key,) = list(raw.keys("*alive*"))
        for name, value in {"a": b"nonsense", "b": b"soon {}", "c": b"", "d\xff": b"9e15 {", "e": b"9e15 [1]"}.items():
            raw.hset(key, name, value)
        raw.close()
        living = dict(bus.notices.living("controller"))
        assert living["first"] == {"calls": 1}
        assert all("unreadable" in info for name, info in living.items() if name != "first")
        bus.close()
    finally:
        engine.stop()
