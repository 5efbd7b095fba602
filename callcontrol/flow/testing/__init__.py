"""Testing flows without a telephone: stories that are played, generated, saved; what they cover; which mutants they kill.

    from callcontrol.flow.testing import Story, play, generated_stories, coverage, surviving_mutants
    from ivr_flows.hotline import Hotline

    def test_billing() -> None:
        call = play(Hotline, Story(["listen", "press 1", "press 2", "offered", "answered", "talk ends"]))
        assert call.record.step == "survey"

``callcontrol.flow.testing.plugin`` makes of every ``*.story.toml`` a test of pytest.
"""

from callcontrol.flow.rehearsal import Rehearsal, RehearsalError, is_always
from callcontrol.flow.testing.actions import act
from callcontrol.flow.testing.coverage import Coverage, coverage
from callcontrol.flow.testing.generation import Surprise, generated_stories, surprises
from callcontrol.flow.testing.mutation import Mutant, mutants, surviving_mutants
from callcontrol.flow.testing.story import Story, StoryError, play, read_story, retold, story_text

__all__ = [
    "Coverage",
    "Mutant",
    "Rehearsal",
    "RehearsalError",
    "Story",
    "StoryError",
    "Surprise",
    "act",
    "coverage",
    "generated_stories",
    "is_always",
    "mutants",
    "play",
    "read_story",
    "retold",
    "story_text",
    "surprises",
    "surviving_mutants",
]
