"""Where the journal's engine is: the forms of ``redis_url``, read into what the client library wants.

``/path/of.sock`` or ``unix:///path/of.sock`` · ``redis://[user:password@]host[:6379][/0]``, ``rediss://`` with TLS ·
``redis+sentinel://[user:password@]host[:26379],host2[:26379]/SERVICE[/0]``, the hosts being sentinels ·
``redis+cluster://[user:password@]host[:6379],host2[:6379]``, any nodes of the cluster. ``rediss+sentinel://`` and
``rediss+cluster://`` with TLS. These are the forms that other programs use too. What stands after ``?`` goes to the client
library (``ssl_ca_certs=/etc/ca.pem``); ``sentinel_username`` and ``sentinel_password`` are for the sentinels themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from redis.connection import parse_url as _untyped_parse_url

from callcontrol.ports.journal import JournalUnavailable

parse_url: Callable[[str], dict[str, Any]] = _untyped_parse_url

HOW = (
    " Write redis://host:port/0, rediss://..., redis+sentinel://host:26379,host2:26379/SERVICE, "
    "redis+cluster://host:6379,host2:6379, or the path of a unix socket."
)
SENTINEL_PORT = 26379
NODE_PORT = 6379

# An engine that is started again is behind by what it writes its file every second; one that takes over from another
# by what had not reached it, which in a partition is the time until the others agree that the old one is gone.
ONE_FORGETS_S = 4.0
OTHERS_FORGET_S = 30.0


class WrongAddress(JournalUnavailable, ValueError):
    """Nothing can ever answer at this address. The message is a sentence with the next move."""


@dataclass(frozen=True, slots=True)
class Address:
    """``kind``: one, sentinel, cluster. ``nodes``: (host, port) of sentinels or of nodes. ``options``: for the client
    library. ``sentinel_options``: for the sentinels' own connections. ``shown`` has no password."""

    kind: str
    shown: str
    nodes: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    sentinel_options: dict[str, Any] = field(default_factory=dict)

    @property
    def may_forget_s(self) -> float:
        """Seconds of lines that were acknowledged and may be gone when the engine is there again."""
        return ONE_FORGETS_S if self.kind == "one" else OTHERS_FORGET_S


def without_password(address: str) -> str:
    return re.sub(r"([?&]\w*password=)[^&]*", r"\1***", re.sub(r"//[^/@]*@", "//***@", address))


def read_address(address: str) -> Address:
    """Raises ``WrongAddress``."""
    shown = without_password(address)
    scheme, separator, rest = address.partition("://")
    try:
        if not separator or address.startswith("/"):
            return Address("one", shown, options={"path": address})
        if scheme == "unix":
            return Address("one", shown, options={"path": unquote(rest.partition("?")[0])})
        if scheme in ("redis", "rediss"):
            return Address("one", shown, options=parse_url(address))
        if re.fullmatch(r"rediss?\+(sentinel|cluster)", scheme):
            return _several(scheme, address, shown)
    except ValueError as error:
        raise WrongAddress(f"{shown!r} is no address of a journal ({error}).{HOW}") from error
    raise WrongAddress(f"{shown!r} is no address of a journal.{HOW}")


def _several(scheme: str, address: str, shown: str) -> Address:
    plain, _, kind = scheme.partition("+")
    parts = urlsplit(address)
    who, _, hosts = parts.netloc.rpartition("@")
    nodes = tuple(_host(host, SENTINEL_PORT if kind == "sentinel" else NODE_PORT) for host in hosts.split(",") if host)
    if not nodes:
        raise ValueError("it names no host")
    service, _, database = parts.path.strip("/").partition("/")
    if kind == "cluster":
        service, database = "", service
        if database not in ("", "0"):
            raise ValueError("a cluster has the database 0 only")
    elif not service:
        raise ValueError("the name that the sentinels know the master by stands after the hosts, such as /mymaster")
    if database and not database.isdigit():
        raise ValueError(f"{database!r} is no number of a database")
    query = dict(parse_qsl(parts.query))
    sentinel = {k.removeprefix("sentinel_"): query.pop(k) for k in list(query) if k.startswith("sentinel_")}
    options = parse_url(f"{plain}://{who + '@' if who else ''}host/{database}?{urlencode(query)}")
    options.pop("host")
    return Address(kind, shown, nodes, service, options, sentinel)


def _host(text: str, port: int) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?", text)
    if not found or int(found[2] or port) > 65535:
        raise ValueError(f"{text!r} is no host and port")
    return found[1].strip("[]"), int(found[2] or port)
