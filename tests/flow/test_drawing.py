"""The pictures come from the declaration."""

import re

from callcontrol.flow.drawing import dot, mermaid
from ivr_flows.hotline import Hotline


def test_every_step_and_every_way_is_in_the_picture():
    picture = mermaid(Hotline)
    for step_name, step in Hotline.steps.items():
        name = step_name.replace(".", "__")
        assert re.search(rf'^    s_{name}[\[{{(].*"', picture, re.MULTILINE)
        for way in step.ways():
            target = way.target.replace(".", "__")
            label = r'\|".*' + re.escape(way.label) + r'.*"\| ' if way.label not in ("", "then") else ""
            assert re.search(
                rf"^    s_{name} -->{label or ' '}.*\bs_{target}$|^    s_{name} --> s_{target}$", picture, re.M
            )


def test_the_rescue_is_entered_by_a_dotted_arrow():
    assert "trouble((trouble)) -.-> s_fault" in mermaid(Hotline)
    assert '"trouble" -> "fault" [style=dotted]' in dot(Hotline)


def test_the_picture_is_the_same_every_time():
    assert mermaid(Hotline) == mermaid(Hotline)


def test_dot_text_is_balanced_and_names_every_step():
    text = dot(Hotline)
    assert text.count("{") == text.count("}")
    assert text.count('"') % 2 == 0
    assert all(f'"{name}" [shape=' in text for name in Hotline.steps)
