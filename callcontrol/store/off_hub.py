"""Work that would stop every call for a while (hashing a password or a file) runs in a few threads beside gevent's hub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import gevent
from gevent.hub import Hub
from gevent.threadpool import ThreadPool

T = TypeVar("T")


class Threads:
    """At most ``count`` threads for each hub that asks. Works whether or not the process is patched by gevent: the caller's
    greenlet (or its whole thread, where there is only one) waits, other greenlets go on."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pools: WeakKeyDictionary[Hub, ThreadPool] = WeakKeyDictionary()

    def run(self, work: Callable[[], T]) -> T:
        hub = gevent.get_hub()
        pool = self._pools.get(hub)
        if pool is None:
            pool = self._pools[hub] = ThreadPool(self._count, hub=hub)
        # An exception is carried over by hand: gevent would print each one that leaves the thread as unhandled.
        outcome: _Done[T] | BaseException = pool.apply(_caught, (work,))
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome.result

    def close(self) -> None:
        """End the threads of this hub when their work is done; those of other hubs end with the process."""
        pool = self._pools.pop(gevent.get_hub(), None)
        if pool is not None:
            pool.kill()


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    result: T


def _caught(work: Callable[[], T]) -> _Done[T] | BaseException:
    try:
        return _Done(work())
    except BaseException as error:
        return error
