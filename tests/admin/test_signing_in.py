from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from callcontrol.admin.app import create_app
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.clock import ManualClock
from tests.admin.conftest import PASSWORD


def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_page(client: FlaskClient) -> None:
    answer = client.get("/calls?queue=support")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/calls?queue%3Dsupport"
    again = client.post(answer.location, data={"name": "leo", "password": PASSWORD})
    assert again.location == "/calls?queue=support"


def test_there_is_no_default_password(client: FlaskClient) -> None:
    for name, password in (("admin", "admin"), ("mia", ""), ("", ""), ("mia", "mia"), ("nobody", PASSWORD)):
        assert client.post("/sign-in", data={"name": name, "password": password}).status_code in (403,)


def test_a_link_signs_in_once(client: FlaskClient, rehearsal: Rehearsal) -> None:
    token = rehearsal.users.sign_in_link("mia", valid_s=60)
    assert client.head(f"/sign-in/link/{token}").status_code == 200  # a preview uses nothing up
    assert client.get(f"/sign-in/link/{token}").location == "/"
    assert client.get("/").status_code == 200
    client.post("/sign-out")
    assert client.get(f"/sign-in/link/{token}").status_code == 403


def test_an_old_link_is_refused_with_a_sentence(client: FlaskClient, rehearsal: Rehearsal, clock: ManualClock) -> None:
    token = rehearsal.users.sign_in_link("mia", valid_s=60)
    clock.advance(61)
    answer = client.get(f"/sign-in/link/{token}", headers={"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "Ask for a new one" in answer.text


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    client.post("/sign-in", data={"name": "leo", "password": PASSWORD})
    assert client.post("/sign-out").status_code == 302
    assert client.get("/calls").status_code == 302


def test_a_guesser_is_stopped_and_may_try_again_later(client: FlaskClient, clock: ManualClock) -> None:
    for _ in range(10):
        assert client.post("/sign-in", data={"name": "mia", "password": "no"}).status_code == 403
    assert client.post("/sign-in", data={"name": "mia", "password": PASSWORD}).status_code == 429
    clock.advance(301)
    assert client.post("/sign-in", data={"name": "mia", "password": PASSWORD}).status_code == 302


def test_a_session_ends_after_a_shift(client: FlaskClient, clock: ManualClock) -> None:
    client.post("/sign-in", data={"name": "leo", "password": PASSWORD})
    clock.advance(11 * 3600)
    assert client.get("/calls").status_code == 200
    clock.advance(2 * 3600)
    assert client.get("/calls").status_code == 302


def test_a_user_who_is_switched_off_is_out_at_once(client: FlaskClient, rehearsal: Rehearsal) -> None:
    client.post("/sign-in", data={"name": "leo", "password": PASSWORD})
    rehearsal.users.set_active("leo", False)
    assert client.get("/calls").status_code == 302


def test_a_new_password_ends_the_other_sessions(app: Flask, rehearsal: Rehearsal) -> None:
    here, there = app.test_client(), app.test_client()
    for client in (here, there):
        client.post("/sign-in", data={"name": "leo", "password": PASSWORD})
    new = "another long password"
    assert here.post("/account", data={"password": new, "again": new}).status_code == 302
    assert here.get("/calls").status_code == 200
    assert there.get("/calls").status_code == 302
    assert rehearsal.users.check_password("leo", new) is not None


def test_a_short_or_differing_password_is_refused(client: FlaskClient) -> None:
    client.post("/sign-in", data={"name": "leo", "password": PASSWORD})
    assert client.post("/account", data={"password": "short", "again": "short"}).status_code == 422
    assert client.post("/account", data={"password": "long enough 123", "again": "other"}).status_code == 422


def test_next_never_leads_to_another_site(client: FlaskClient) -> None:
    evil = ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "\\\\evil")
    for target in (*evil, "/\t/evil.example", "/\n/evil.example", " //evil.example"):
        answer = client.post("/sign-in", query_string={"next": target}, data={"name": "leo", "password": PASSWORD})
        assert answer.location == "/", target
        client.post("/sign-out")


def test_without_its_token_a_form_changes_nothing(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    answer = client.post("/sign-in", data={"name": "leo", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/calls").status_code == 302


def test_every_page_carries_the_headers_that_protect_it(client: FlaskClient) -> None:
    headers = client.get("/sign-in").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_the_page_speaks_the_browsers_language_and_can_be_switched(client: FlaskClient) -> None:
    assert '<html lang="zh-Hans"' in client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert '<html lang="en"' in client.get("/sign-in", headers={"Accept-Language": "en-GB"}).text
    client.post("/language/zh", data={"next": "/sign-in"})
    assert '<html lang="zh-Hans"' in client.get("/sign-in", headers={"Accept-Language": "en-GB"}).text


def test_behind_a_proxy_a_guesser_does_not_lock_out_the_others(rehearsal: Rehearsal) -> None:
    app = create_app(rehearsal.services, secret_key="only for tests " * 3, proxies=1)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    for _ in range(12):
        answer = client.post(
            "/sign-in", data={"name": "mia", "password": "no"}, headers={"X-Forwarded-For": "192.0.2.1"}
        )
    assert answer.status_code == 429
    right = {"name": "mia", "password": PASSWORD}
    assert client.post("/sign-in", data=right, headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 302


def test_over_https_the_cookie_is_bound_to_host_and_scheme(rehearsal: Rehearsal) -> None:
    app = create_app(rehearsal.services, secret_key="only for tests " * 3, secure_cookies=True)
    answer = app.test_client().get("/sign-in", base_url="https://centre.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-callcontrol=")
    assert "Secure; HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]
