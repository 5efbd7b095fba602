"""Which text is said."""

import pytest

from callcontrol.flow.commands import Prompt
from callcontrol.prompts.catalogue import shipped_texts, texts_of
from callcontrol.prompts.sounds import spoken
from callcontrol.values.configuration import Announcement, Configuration, Queue

OWN = Configuration(
    queues={
        "support": Queue("support", announcement=Announcement(text={"zh": "请晚上再打。", "en": " "})),
        "billing": Queue("billing"),
    },
    texts={"goodbye": {"en": "Bye!"}, "sales.hello": {"en": "Sales."}},
)


def test_both_languages_have_the_same_keys_but_for_pieces_of_numbers():
    zh, en = ({k for k in shipped_texts().by_language[x] if not k.startswith("say.")} for x in ("zh", "en"))
    assert zh == en


def test_a_supervisor_s_text_comes_before_the_shipped_one():
    texts = texts_of(OWN)
    assert spoken(Prompt("goodbye"), "en", texts) == "Bye!"
    assert spoken(Prompt("goodbye"), "zh", texts) == spoken(Prompt("goodbye"), "zh", shipped_texts())
    assert spoken(Prompt("queue.support.offpeak"), "zh", texts) == "请晚上再打。"


@pytest.mark.parametrize(("queue", "language"), [("billing", "zh"), ("support", "en"), ("unknown", "en")])
def test_a_queue_without_its_own_announcement_says_the_shipped_one(queue: str, language: str):
    said = spoken(Prompt(f"queue.{queue}.offpeak"), language, texts_of(OWN))
    assert said == shipped_texts().by_language[language]["offpeak"]


def test_a_key_can_be_bound_to_a_language():
    assert spoken(Prompt("language.ask@en"), "zh", shipped_texts()).startswith("For English")


def test_a_text_that_lacks_a_language_is_said_in_another_rather_than_not_at_all():
    assert spoken(Prompt("sales.hello"), "zh", texts_of(OWN)) == "Sales."


def test_a_prompt_without_any_text_shows_its_key():
    assert spoken(Prompt("nothing.here"), "zh", shipped_texts()) == "[nothing.here]"


def test_values_are_said_inside_the_text():
    assert spoken(Prompt("queue.position", {"ahead": 3}), "en", shipped_texts()) == "There are 3 callers before you."
