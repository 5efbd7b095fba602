"""A headless Chromium before the admin, served on loopback from rehearsed services. Where there is no Chromium the tests
say so; ``CALLCONTROL_CHROMIUM`` names another one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from werkzeug.serving import make_server

from callcontrol.admin.app import create_app
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.clock import SystemClock
from callcontrol.values.configuration_checks import check

CHROMIUM = Path(os.environ.get("CALLCONTROL_CHROMIUM", "/usr/bin/chromium"))
PATIENCE_MS = 20_000  # a deadline for a machine that is busy with other things; nothing waits so long when all is well
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}; install it, or name it in CALLCONTROL_CHROMIUM")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Site:
    """The running admin: its address, the services behind it, and pages of signed-in users."""

    def __init__(self, browser: Browser, rehearsal: Rehearsal, address: str) -> None:
        self.rehearsal = rehearsal
        self.address = address
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def page(self, role: str = "manager", *, locale: str = "en-GB", **options: object) -> Page:
        """A page signed in by a one-time link. What its console complains about is gathered in ``complaints``."""
        context = self._browser.new_context(locale=locale, viewport={"width": 1600, "height": 900}, **options)  # type: ignore[arg-type]
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if role:
            name = {"manager": "mia", "lead": "leo", "agent": "amy"}[role]
            token = self.rehearsal.users.sign_in_link(name, valid_s=60)
            page.goto(f"{self.address}/sign-in/link/{token}")
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def site(chromium: Browser, tmp_path: Path) -> Iterator[Site]:
    rehearsal = Rehearsal(SystemClock(), check, recordings=tmp_path)
    for name, role, agent in (("mia", "manager", ""), ("leo", "lead", ""), ("amy", "agent", "1005")):
        rehearsal.users.create(name, role, password="a long enough password", agent=agent)
    app = create_app(rehearsal.services, secret_key="only for tests " * 3, timezone="Asia/Shanghai")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made = Site(chromium, rehearsal, f"http://127.0.0.1:{server.server_port}")
    yield made
    made.close()
    server.shutdown()
    thread.join(5)


@pytest.fixture
def settled() -> Callable[[Callable[[], bool]], None]:
    """Wait until a condition on the server's side holds."""
    pause = threading.Event()

    def wait(condition: Callable[[], bool]) -> None:
        for _ in range(200):
            if condition():
                return
            pause.wait(0.025)
        raise AssertionError("it did not come about within five seconds")

    return wait
