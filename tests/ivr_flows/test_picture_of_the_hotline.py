"""The picture in the documentation is the one that the code draws."""

from pathlib import Path

from callcontrol.flow.drawing import mermaid
from ivr_flows.hotline import Hotline

PAGE = Path(__file__).parents[2] / "docs" / "hotline.md"


def test_the_picture_is_not_stale():
    assert mermaid(Hotline) in PAGE.read_text("utf-8"), "draw it anew: callcontrol flows graph hotline --language en"
