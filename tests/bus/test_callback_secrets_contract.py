import pytest

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.bus.redis_journal import open_bus
from callcontrol.ports.callbacks import CallbackSecret
from tests.bus.engines import Opener, eventually

SECRET = CallbackSecret("13812345678", "4001", {"v": 1, "step": "waiting", "context": {"queue": "帐单"}})


def test_a_secret_is_there_for_every_process_until_it_is_forgotten(opened: Opener) -> None:
    opened().callbacks.keep("~v:1", SECRET, 60.0)
    assert opened().callbacks.get("~v:1") == SECRET
    assert opened().callbacks.get("~v:2") is None
    opened().callbacks.keep("~v:1", CallbackSecret("13900000000"), 60.0)
    assert opened().callbacks.get("~v:1") == CallbackSecret("13900000000")
    for _ in range(2):
        opened().callbacks.forget("~v:1")
    assert opened().callbacks.get("~v:1") is None


def test_nobody_has_to_forget_it(opened: Opener) -> None:
    opened().callbacks.keep("~v:1", SECRET, 0.02)
    assert eventually(lambda: opened().callbacks.get("~v:1") is None)


def test_it_stands_in_no_stream(opened: Opener) -> None:
    bus = opened()
    bus.callbacks.keep("~v:1", SECRET, 60.0)
    assert bus.journal.read("0") == []
    assert bus.stories.read("0") == []
    assert "13812345678" not in repr(SECRET)


def test_it_outlives_a_proper_end_of_the_engine(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = EmbeddedValkey(tmp_path_factory.mktemp("again"), die_with_parent=True)
    bus = open_bus(engine.ensure_running(), "main")
    bus.callbacks.keep("~v:1", SECRET, 60.0)
    bus.close()
    engine.stop()
    again = open_bus(engine.ensure_running(), "main")
    assert again.callbacks.get("~v:1") == SECRET
    again.close()
    engine.stop()
