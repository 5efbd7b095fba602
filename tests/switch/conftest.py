"""One call against a peer, begun and closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.switch.session_story import Story


@pytest.fixture
def story() -> Iterator[Story]:
    story = Story(record="abc", empty="")
    story.call.begin()
    yield story
    story.call.close()
    story.peer.close()
