"""Numbers of those who wait for a callback, each under a key of its own with a time to live: in no stream, in no snapshot."""

from __future__ import annotations

from callcontrol.bus.connection import Connection
from callcontrol.bus.lines import dump, load
from callcontrol.ports.callbacks import CallbackSecret


class RedisCallbackSecrets:
    """See ``ports.callbacks.CallbackSecrets``."""

    def __init__(self, connection: Connection, tag: str) -> None:
        self._connection = connection
        self._tag = tag

    def keep(self, callback: str, secret: CallbackSecret, keep_s: float) -> None:
        self._connection.ask("SET", self._key(callback), secret_as_text(secret), "PX", max(1, int(keep_s * 1000)))

    def get(self, callback: str) -> CallbackSecret | None:
        return secret_of_text(self._connection.ask("GET", self._key(callback)))

    def forget(self, callback: str) -> None:
        self._connection.ask("DEL", self._key(callback))

    def _key(self, callback: str) -> str:
        return f"{self._tag}:callback:{callback}"


def secret_as_text(secret: CallbackSecret) -> bytes:
    return dump({"number": secret.number, "entry": secret.entry, "record": dict(secret.record)})


def secret_of_text(text: bytes | None) -> CallbackSecret | None:
    data = None if text is None else load(text)
    return None if data is None else CallbackSecret(data["number"], data["entry"], data["record"])
