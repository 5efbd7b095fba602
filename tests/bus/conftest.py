from collections.abc import Iterator

import pytest

from callcontrol.bus.embedded import EmbeddedValkey
from tests.bus.engines import Opener, openings
from tests.bus.several import Cluster, Watched


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """The packaged Valkey, one for the session; every test has a floor of its own on it."""
    engine = EmbeddedValkey(tmp_path_factory.mktemp("engine"), die_with_parent=True)
    engine.ensure_running()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    watched = Watched(tmp_path_factory.mktemp("watched"))
    yield watched
    watched.stop()


@pytest.fixture(params=["memory", "valkey", "cluster", "sentinel"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opener]:
    engines = {"memory": "", "valkey": "engine", "cluster": "cluster", "sentinel": "watched"}
    name = engines[request.param]
    address = request.getfixturevalue(name).address if name else ""
    with openings(address) as opener:
        yield opener
