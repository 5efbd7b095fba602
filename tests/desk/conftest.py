from collections.abc import Iterator

import pytest

from callcontrol.bus.embedded import EmbeddedValkey
from tests.bus.engines import Opener, openings


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """The packaged Valkey, one for the session; every test has a floor of its own on it."""
    engine = EmbeddedValkey(tmp_path_factory.mktemp("engine"), die_with_parent=True)
    engine.ensure_running()
    yield engine
    engine.stop()


@pytest.fixture(params=["memory", "valkey"])
def opened(request: pytest.FixtureRequest, engine: EmbeddedValkey) -> Iterator[Opener]:
    with openings(engine.address if request.param == "valkey" else "") as opener:
        yield opener
