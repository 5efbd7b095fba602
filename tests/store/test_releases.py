"""A draft is edited, published as a numbered release that never changes, and rolled back by publishing an old one again."""

from __future__ import annotations

from dataclasses import replace

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcontrol.ports.clock import ManualClock
from callcontrol.ports.store import EditConflict, NotPublishable
from callcontrol.store.difference import difference
from callcontrol.store.store import Store
from callcontrol.values.configuration import Configuration, Queue, as_data, from_data


def configuration(**patience: float) -> Configuration:
    return from_data({"queues": {name: {"patience_s": seconds} for name, seconds in patience.items()}})


def save(store: Store, wanted: Configuration, who: str = "li") -> int:
    return store.releases.save_draft(wanted, version=store.releases.draft().version, who=who).version


def publish(store: Store, wanted: Configuration, comment: str = "") -> int:
    version = save(store, wanted)
    return store.releases.publish(version=version, who="li", comment=comment).number


def test_a_new_database_has_an_empty_draft_and_no_release(store: Store) -> None:
    draft = store.releases.draft()
    assert (draft.version, draft.based_on, draft.configuration) == (0, 0, Configuration())
    assert store.releases.current() is None
    assert store.releases.history() == []
    assert store.releases.get(1) is None


def test_a_saved_draft_is_read_back_as_it_was(store: Store, clock: ManualClock) -> None:
    wanted = configuration(support=30, billing=45)
    saved = store.releases.save_draft(wanted, version=0, who="li")
    assert saved == store.releases.draft()
    assert (saved.version, saved.changed_by, saved.changed_at) == (1, "li", clock.now())
    assert saved.configuration == wanted
    assert store.releases.current() is None


def test_publishing_gives_the_next_number_and_the_draft_goes_on_from_it(store: Store, clock: ManualClock) -> None:
    assert publish(store, configuration(support=30), "first") == 1
    clock.advance(60)
    assert publish(store, configuration(support=20), "second") == 2
    current = store.releases.current()
    assert current is not None
    assert (current.number, current.published_by, current.comment, current.published_at) == (
        2,
        "li",
        "second",
        clock.now(),
    )
    assert current.configuration == configuration(support=20)
    assert [release.number for release in store.releases.history()] == [2, 1]
    assert [release.number for release in store.releases.history(limit=1)] == [2]
    assert store.releases.get(1) == store.releases.history()[1]
    assert store.releases.draft().based_on == 2


def test_of_two_who_edit_the_same_version_the_second_learns_who_changed_what(store: Store) -> None:
    version = save(store, configuration(support=30, night=10))
    store.releases.save_draft(configuration(support=20, night=10), version=version, who="wang")
    store.releases.save_draft(configuration(support=20, day=5), version=version + 1, who="zhao")
    before = store.releases.draft()
    with pytest.raises(EditConflict) as raised:
        store.releases.save_draft(configuration(support=99), version=version, who="li")
    said = str(raised.value)
    assert "wang and zhao changed the draft" in said
    assert "queues.support.patience_s from 30.0 to 20.0" in said
    assert "queues.night is gone" in said
    assert "queues.day is new" in said
    assert store.releases.draft() == before


def test_publishing_another_version_than_the_one_that_was_seen_is_a_conflict(store: Store) -> None:
    version = save(store, configuration(support=30))
    save(store, configuration(support=20), who="wang")
    with pytest.raises(EditConflict, match="wang"):
        store.releases.publish(version=version, who="li", comment="")
    assert store.releases.current() is None


def test_publishing_twice_by_mistake_is_a_conflict(store: Store) -> None:
    version = save(store, configuration(support=30))
    store.releases.publish(version=version, who="li", comment="")
    with pytest.raises(EditConflict, match="li changed the draft"):
        store.releases.publish(version=version, who="li", comment="")
    assert len(store.releases.history()) == 1


def test_of_many_who_save_at_once_exactly_one_wins(store: Store) -> None:
    def attempt(number: int) -> bool:
        try:
            store.releases.save_draft(configuration(support=number), version=0, who=f"user{number}")
            return True
        except EditConflict:
            return False

    jobs = [gevent.spawn(attempt, number) for number in range(1, 9)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    winners = [number for number, job in enumerate(jobs, 1) if job.value]
    assert len(winners) == 1
    assert store.releases.draft().configuration == configuration(support=winners[0])
    assert store.releases.draft().version == 1
    assert {change.who for change in store.audit.changes()} == {f"user{winners[0]}"}


def test_of_many_who_publish_and_roll_back_at_once_each_release_has_its_own_number(store: Store) -> None:
    publish(store, configuration(support=1))
    jobs = [gevent.spawn(store.releases.roll_back, 1, who=f"user{n}", comment="") for n in range(6)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert sorted(job.value.number for job in jobs) == [2, 3, 4, 5, 6, 7]
    assert [release.number for release in store.releases.history()] == [7, 6, 5, 4, 3, 2, 1]


def test_what_the_checker_forbids_is_not_published_and_the_draft_stays(store: Store) -> None:
    version = save(store, configuration(forbidden=30, doubtful=30))
    with pytest.raises(NotPublishable) as raised:
        store.releases.publish(version=version, who="li", comment="")
    assert [problem.where for problem in raised.value.problems] == ["queues.forbidden"]
    assert store.releases.current() is None
    assert store.releases.draft().version == version
    assert [change.action for change in store.audit.changes()] == ["draft.saved", "draft.saved"]


def test_a_warning_does_not_forbid_publishing(store: Store) -> None:
    assert publish(store, configuration(doubtful=30)) == 1


def test_rolling_back_publishes_the_old_configuration_under_a_new_number(store: Store) -> None:
    publish(store, configuration(support=30))
    publish(store, configuration(support=20))
    release = store.releases.roll_back(1, who="wang", comment="20 was too short")
    assert (release.number, release.published_by, release.comment) == (3, "wang", "20 was too short")
    assert release.configuration == configuration(support=30)
    assert store.releases.current() == release
    draft = store.releases.draft()
    assert (draft.configuration, draft.based_on) == (configuration(support=30), 3)
    newest = store.audit.changes()[0]
    assert (newest.action, newest.object) == ("release.rolled_back", "release.3")
    assert newest.before == {"queues.support.patience_s": 20.0}
    assert newest.after == {"queues.support.patience_s": 30.0, "same_as_release": 1}


def test_rolling_back_leaves_edits_that_are_not_published_yet(store: Store) -> None:
    publish(store, configuration(support=30))
    publish(store, configuration(support=20))
    save(store, configuration(support=20, night=10))
    before = store.releases.draft()
    store.releases.roll_back(1, who="wang", comment="")
    assert store.releases.draft() == before


def test_rolling_back_to_a_release_that_never_was_is_a_sentence(store: Store) -> None:
    with pytest.raises(LookupError, match="There is no release 7"):
        store.releases.roll_back(7, who="li", comment="")


def test_discarding_brings_back_what_is_published_and_keeps_the_rest_in_the_audit(store: Store) -> None:
    publish(store, configuration(support=30))
    save(store, configuration(support=5))
    draft = store.releases.discard_draft(who="wang")
    assert (draft.configuration, draft.based_on, draft.changed_by) == (configuration(support=30), 1, "wang")
    newest = store.audit.changes()[0]
    assert (newest.action, newest.before, newest.after) == (
        "draft.discarded",
        {"patience_s": 5.0},
        {"patience_s": 30.0},
    )


def test_each_changed_object_has_its_own_line_that_is_found_by_its_name(store: Store) -> None:
    save(store, configuration(support=30, billing=30))
    save(store, configuration(support=20, billing=30), who="wang")
    lines = store.audit.changes(object_prefix="queues.support")
    assert [(line.who, line.action) for line in lines] == [("wang", "draft.saved"), ("li", "draft.saved")]
    assert (lines[0].before, lines[0].after) == ({"patience_s": 30.0}, {"patience_s": 20.0})
    assert lines[1].before is None
    assert lines[1].after["name"] == "support"
    assert store.audit.changes(object_prefix="queues_support") == []  # no wildcards
    assert len(store.audit.changes(limit=1)) == 1


def test_texts_that_a_database_would_refuse_are_stored_harmless(store: Store) -> None:
    wanted = from_data({"queues": {"support": {"title": {"zh": "支持\0\ud800"}}}})
    version = save(store, wanted, who="l\0i")
    release = store.releases.publish(version=version, who="l\0i", comment="why\0\ud800")
    assert store.releases.current() is not None
    assert release.configuration.queues["support"].title["zh"] == "支持" + "\N{REPLACEMENT CHARACTER}" * 2


names = st.sampled_from(["support", "billing", "night"])
drafts = st.dictionaries(names, st.integers(1, 5), max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("save"), drafts),
        st.tuples(st.just("publish"), st.integers(-1, 0)),
        st.tuples(st.just("roll_back"), st.integers(0, 5)),
        st.tuples(st.just("discard"), st.just(0)),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps)
def test_whatever_people_do_no_release_ever_changes_and_every_difference_is_in_the_audit(
    store: Store, steps: list
) -> None:
    published = {release.number: release for release in store.releases.history(1000)}
    for verb, argument in steps:
        before, noted = store.releases.draft(), len(store.audit.changes(limit=10_000))
        current = store.releases.current()
        try:
            match verb:
                case "save":
                    store.releases.save_draft(configuration(**argument), version=before.version, who="li")
                case "publish":
                    release = store.releases.publish(version=before.version + argument, who="li", comment="")
                    assert release.configuration == before.configuration
                    published[release.number] = release
                case "roll_back":
                    release = store.releases.roll_back(argument, who="li", comment="")
                    published[release.number] = release
                case "discard":
                    store.releases.discard_draft(who="li")
        except (EditConflict, LookupError):
            assert store.releases.draft() == before
            assert store.releases.current() == current
        after = store.releases.draft()
        assert after.version >= before.version
        assert after.configuration == before.configuration or after.version > before.version
        if verb == "save" and after.configuration != before.configuration:
            assert len(store.audit.changes(limit=10_000)) > noted
    history = store.releases.history(1000)
    assert {release.number: release for release in history} == published
    assert [release.number for release in history] == list(range(len(history), 0, -1))


@given(drafts, drafts)
def test_a_difference_names_exactly_what_differs(one: dict, other: dict) -> None:
    before, after = difference(configuration(**one), configuration(**other))
    assert (before == {} and after == {}) == (as_data(configuration(**one)) == as_data(configuration(**other)))
    for name in {*one, *other}:
        path = f"queues.{name}.patience_s"
        if name in one and name in other:
            assert (path in before, path in after) == ((one[name] != other[name]),) * 2
        else:
            assert (f"queues.{name}" in before, f"queues.{name}" in after) == (name in one, name in other)


def test_an_amendment_acts_alone_and_the_draft_keeps_its_other_edits(store: Store) -> None:
    def longer(configuration: Configuration) -> Configuration:
        support = replace(configuration.queues["support"], max_wait_s=1234)
        return replace(configuration, queues={**configuration.queues, "support": support})

    first = store.releases.save_draft(
        Configuration(queues={"support": Queue("support")}), version=store.releases.draft().version, who="mia"
    )
    store.releases.publish(version=first.version, who="mia", comment="first")
    drafted = store.releases.draft()
    edited = replace(drafted.configuration, queues={"support": replace(Queue("support"), ring_s=33)})
    store.releases.save_draft(edited, version=drafted.version, who="leo")
    release = store.releases.amend(longer, who="mia", comment="at once")
    assert (release.configuration.queues["support"].max_wait_s, release.configuration.queues["support"].ring_s) == (
        1234,
        20,
    )
    after = store.releases.draft()
    assert (after.configuration.queues["support"].max_wait_s, after.configuration.queues["support"].ring_s) == (
        1234,
        33,
    )
    assert after.based_on == release.number
    assert store.releases.current() == release


def composed(zh: str) -> Configuration:
    data = {"title": {"zh": zh, "en": "Night"}, "steps": {}}
    return Configuration(composed={"night": data})


def test_a_composed_flow_counts_up_when_it_changed_and_its_versions_stay(store: Store) -> None:
    publish(store, composed("夜"))
    publish(store, composed("夜"))
    publish(store, composed("晚"))
    acting = store.releases.current()
    assert acting is not None
    kept = acting.configuration.composed_kept["night"]
    assert (kept["release"], sorted(kept["versions"])) == (2, ["1", "2"])
    assert kept["versions"]["1"]["title"]["zh"] == "夜"
    assert store.releases.draft().configuration == acting.configuration


def test_rolling_back_is_a_new_version_of_the_composed_flow_too(store: Store) -> None:
    publish(store, composed("夜"))
    publish(store, composed("晚"))
    back = store.releases.roll_back(1, who="li", comment="")
    kept = back.configuration.composed_kept["night"]
    assert (kept["release"], sorted(kept["versions"])) == (3, ["1", "2", "3"])
    assert kept["versions"]["3"] == kept["versions"]["1"]


def test_what_the_house_keeps_is_in_no_difference(store: Store) -> None:
    publish(store, composed("夜"))
    before = store.releases.current()
    publish(store, composed("晚"))
    after = store.releases.current()
    assert before is not None
    assert after is not None
    old, new = difference(before.configuration, after.configuration)
    assert (old, new) == ({"composed.night.title.zh": "夜"}, {"composed.night.title.zh": "晚"})
