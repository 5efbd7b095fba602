"""What acts now, changed in one place and published at once: nothing else of the draft goes with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from callcontrol.cli.common import Settings, fail, require_running

if TYPE_CHECKING:
    from callcontrol.ports.store import Release
    from callcontrol.values.configuration import Configuration


def published(settings: Settings) -> Release:
    from callcontrol.bootstrap.parts import StartError, store_as_it_is
    from callcontrol.ports.store import StoreUnavailable

    try:
        store = store_as_it_is(settings)
        try:
            release = store.releases.current()
        finally:
            store.close()
    except (StartError, StoreUnavailable) as error:
        fail(str(error))
    if release is None:
        fail("No configuration was published yet. Start callcontrol run once.")
    return release


def amend(settings: Settings, change: Callable[[Configuration], Configuration], why: str) -> Release:
    """Publish this one change, and tell the floor."""
    from callcontrol.bootstrap.parts import StartError, close_the_bus, open_the_bus, rules_published, store_as_it_is
    from callcontrol.ports.clock import SystemClock
    from callcontrol.ports.journal import JournalUnavailable
    from callcontrol.ports.store import NotPublishable, StoreUnavailable

    require_running(settings)
    try:
        store, bus = store_as_it_is(settings), open_the_bus(settings)
        try:
            release = store.releases.amend(change, who="command line", comment=why)
            bus.journal.append(rules_published(release, SystemClock()).as_data())
        finally:
            close_the_bus(settings, bus)
            store.close()
    except NotPublishable as error:
        fail(f"Nothing was published: what acts now does not pass today's checks. {error}")
    except (StartError, StoreUnavailable, JournalUnavailable) as error:
        fail(str(error))
    return release


def length(text: str) -> timedelta:
    """``30m``, ``2h``, ``1d``."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if not text[:-1].isdecimal() or text[-1:] not in units or not 0 < int(text[:-1]) <= 10_000:
        fail(f"{text!r} is no length of time; write 30m, 2h or 1d.")
    return timedelta(**{units[text[-1]]: int(text[:-1])})
