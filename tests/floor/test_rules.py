"""Rules that are published: what acts, and what is void."""

from typing import Any

import pytest

from callcontrol.floor import entries as e
from tests.floor.scenes import Scene


@pytest.mark.parametrize("shapeless", [[], "x", 3, {"queues": 3}, {"agents": []}])
def test_rules_without_the_shape_of_rules_are_void_and_send_nobody_home(shapeless: Any) -> None:
    scene = Scene(None, "1001")
    before = scene.floor.as_data()
    assert not scene.write(e.RulesPublished, release=99, configuration=shapeless)
    assert scene.floor.as_data() == before
