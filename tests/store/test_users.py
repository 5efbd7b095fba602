"""Who may sign in: by password, or by a link that works once."""

from __future__ import annotations

import gevent
import pytest
from sqlalchemy import select

from callcontrol.ports.clock import ManualClock
from callcontrol.store.passwords import Passwords
from callcontrol.store.schema import sign_in_links, users
from callcontrol.store.store import Store

PASSWORD = "four words are enough"


def test_a_new_database_has_no_user_and_no_password_opens_it(store: Store) -> None:
    assert store.users.any() is False
    assert store.users.all() == []
    assert store.users.get("admin") is None
    for name, password in (("admin", "admin"), ("", ""), ("manager", "manager")):
        assert store.users.check_password(name, password) is None


def test_a_user_signs_in_with_the_right_password_only(store: Store) -> None:
    made = store.users.create("li", "lead", password=PASSWORD, language="zh", agent="1001")
    assert (made.role, made.language, made.agent, made.active) == ("lead", "zh", "1001", True)
    assert store.users.get("li") == made
    assert store.users.all() == [made]
    assert store.users.any() is True
    assert store.users.check_password("li", PASSWORD) == made
    for wrong in ("", PASSWORD.upper(), PASSWORD + " ", PASSWORD * 200, "\0", "\ud800"):
        assert store.users.check_password("li", wrong) is None
    for name in ("LI", "l\0i", "li ", "%", "nobody"):
        assert store.users.check_password(name, PASSWORD) is None


def test_passwords_are_kept_as_argon2id_and_appear_nowhere_else(store: Store) -> None:
    store.users.create("li", "lead", password=PASSWORD)
    store.users.set_password("li", PASSWORD + "2")
    kept = store.database.read(lambda c: c.execute(select(users.c.password)).scalar_one())
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in repr(store.audit.changes())


def test_the_shipped_hash_is_argon2id_with_its_library_s_strength() -> None:
    passwords = Passwords()
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.fits(PASSWORD, kept)
    assert not passwords.is_weak(kept)


def test_hashing_lets_other_greenlets_go_on() -> None:
    turns = 0

    def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            gevent.sleep(0)

    counting = gevent.spawn(count)
    Passwords().hashed(PASSWORD)
    counting.kill()
    assert turns > 1


def test_a_weak_hash_is_made_strong_at_the_next_sign_in(store: Store, url: str) -> None:
    from callcontrol.store.store import open_store

    store.users.create("li", "lead", password=PASSWORD)
    strong = open_store(url)
    assert strong.users.check_password("li", PASSWORD) is not None
    kept = store.database.read(lambda c: c.execute(select(users.c.password)).scalar_one())
    assert "m=65536" in kept
    assert strong.users.check_password("li", PASSWORD) is not None
    strong.close()


def test_a_user_without_a_password_signs_in_by_link_only(store: Store) -> None:
    store.users.create("li", "manager")
    assert store.users.check_password("li", "") is None
    assert store.users.redeem_link(store.users.sign_in_link("li", valid_s=60)) == store.users.get("li")


def test_a_link_works_once(store: Store) -> None:
    user = store.users.create("li", "manager")
    token = store.users.sign_in_link("li", valid_s=60)
    assert store.users.redeem_link(token) == user
    assert store.users.redeem_link(token) is None


def test_of_many_who_redeem_a_link_at_once_exactly_one_is_let_in(store: Store) -> None:
    store.users.create("li", "manager")
    token = store.users.sign_in_link("li", valid_s=60)
    jobs = [gevent.spawn(store.users.redeem_link, token) for _ in range(8)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert sum(job.value is not None for job in jobs) == 1


def test_a_link_ends_at_its_time(store: Store, clock: ManualClock) -> None:
    store.users.create("li", "manager")
    last, late = store.users.sign_in_link("li", valid_s=60), store.users.sign_in_link("li", valid_s=60)
    clock.advance(59.9)
    assert store.users.redeem_link(last) is not None
    clock.advance(0.1)
    assert store.users.redeem_link(late) is None


def test_no_other_token_lets_anybody_in(store: Store) -> None:
    store.users.create("li", "manager")
    token = store.users.sign_in_link("li", valid_s=60)
    kept = store.database.read(lambda c: c.execute(select(sign_in_links.c.token)).scalar_one())
    assert kept != token
    for wrong in ("", kept, token[:-1], token + "a", "\0", "\ud800"):
        assert store.users.redeem_link(wrong) is None
    assert store.users.redeem_link(token) is not None


def test_who_is_not_active_gets_in_by_no_way(store: Store) -> None:
    before = store.users.create("li", "manager", password=PASSWORD)
    token = store.users.sign_in_link("li", valid_s=60)
    store.users.set_active("li", False)
    user = store.users.get("li")
    assert user is not None
    assert (user.active, user.session_key == before.session_key) == (False, False)
    assert store.users.check_password("li", PASSWORD) is None
    assert store.users.redeem_link(token) is None
    store.users.set_active("li", True)
    assert store.users.check_password("li", PASSWORD) is not None
    assert store.users.redeem_link(token) is None


def test_a_new_password_ends_sessions_links_and_the_old_password(store: Store) -> None:
    before = store.users.create("li", "manager", password=PASSWORD)
    token = store.users.sign_in_link("li", valid_s=60)
    store.users.set_password("li", "another four words")
    user = store.users.check_password("li", "another four words")
    assert user is not None
    assert user.session_key != before.session_key
    assert store.users.check_password("li", PASSWORD) is None
    assert store.users.redeem_link(token) is None


def test_a_changed_role_ends_sessions_and_is_noted_with_who_did_it(store: Store) -> None:
    before = store.users.create("li", "agent")
    store.users.set_role("li", "lead", who="wang")
    user = store.users.get("li")
    assert user is not None
    assert (user.role, user.session_key == before.session_key) == ("lead", False)
    newest = store.audit.changes(object_prefix="user.li")[0]
    assert (newest.who, newest.action, newest.before, newest.after) == (
        "wang",
        "user.role_set",
        {"role": "agent"},
        {"role": "lead"},
    )


@pytest.mark.parametrize("name", ["", " ", " li", "li\n", "l\0i", "x" * 65, "\x1b[31m"])
def test_a_name_that_can_not_be_one_is_a_sentence(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="A user's name"):
        store.users.create(name, "agent")
    assert store.users.any() is False


def test_wrong_roles_names_and_passwords_are_sentences_and_change_nothing(store: Store) -> None:
    store.users.create("li", "agent", password=PASSWORD)
    with pytest.raises(ValueError, match="already a user li"):
        store.users.create("li", "manager")
    with pytest.raises(ValueError, match="no role 'boss'"):
        store.users.create("wang", "boss")
    with pytest.raises(ValueError, match="12 to 1024 characters"):
        store.users.create("wang", "agent", password="short")
    with pytest.raises(ValueError, match="12 to 1024 characters"):
        store.users.set_password("li", "short")
    for act in (
        lambda: store.users.set_password("wang", PASSWORD),
        lambda: store.users.set_active("wang", True),
        lambda: store.users.set_role("wang", "lead"),
        lambda: store.users.sign_in_link("wang", valid_s=1),
    ):
        with pytest.raises(LookupError, match="no user 'wang'"):
            act()
    assert [user.role for user in store.users.all()] == ["agent"]
    assert [change.action for change in store.audit.changes()] == ["user.created"]


def test_every_change_of_a_user_is_noted_without_secrets(store: Store) -> None:
    store.users.create("li", "agent", password=PASSWORD)
    token = store.users.sign_in_link("li", valid_s=60, who="wang")
    store.users.redeem_link(token)
    store.users.set_active("li", False)
    lines = store.audit.changes(object_prefix="user.li")
    assert [(line.who, line.action) for line in lines] == [
        ("callcontrol", "user.deactivated"),
        ("li", "user.signed_in_by_link"),
        ("wang", "user.link_made"),
        ("callcontrol", "user.created"),
    ]
    assert token not in repr(lines)
