"""What can't wait is published although something else is wrong already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcontrol.ports.store import NotPublishable
from callcontrol.store.store import open_store
from callcontrol.values.configuration import Configuration, Queue
from callcontrol.values.problems import Problem


def test_what_was_wrong_before_keeps_nobody_from_closing_and_what_is_wrong_now_does(url: str) -> None:
    broken: list[Problem] = []

    def check(configuration: Configuration) -> list[Problem]:
        wrong = [Problem(name, "is wrong; correct it.") for name in configuration.queues if name == "wrong"]
        return [*broken, *wrong]

    def adding(name: str) -> Configuration:
        now = store.releases.draft().configuration
        return replace(now, queues={**now.queues, name: Queue(name)})

    store = open_store(url, check=check)
    draft = store.releases.save_draft(adding("support"), version=store.releases.draft().version, who="mia")
    store.releases.publish(version=draft.version, who="mia", comment="first")
    broken.append(Problem("entries.4001.flow", "There is no flow 'line'; its file broke."))
    assert store.releases.amend(lambda _c: adding("night"), who="mia", comment="at once").number == 2
    with pytest.raises(NotPublishable) as refused:
        store.releases.amend(lambda _c: adding("wrong"), who="mia", comment="at once")
    assert [problem.where for problem in refused.value.problems] == ["wrong"]
    with pytest.raises(NotPublishable):
        store.releases.publish(version=store.releases.draft().version, who="mia", comment="the whole draft")
    store.close()
