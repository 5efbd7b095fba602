"""The ``socket`` application: hand the leg to a controller, or go on with the dialplan when none takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gevent.socket

from callcontrol.lab.applications import APPLICATIONS, application, park
from callcontrol.lab.connection import Connection

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel

__all__ = ["APPLICATIONS"]

_DEFAULT_PORT = 8084
# A loopback host refuses at once; this bounds one that is not there at all. Real time.
_CONNECT_S = 5.0


@application("socket")
def socket(channel: Channel, data: str) -> None:
    """``HOST:PORT|HOST:PORT async full``: the hosts in turn. A host that accepts and says nothing holds the leg for ever,
    as it does on the real switch."""
    hosts, *flags = data.split()
    connection = None
    for host in hosts.split("|"):
        name, _, port = host.rpartition(":") if ":" in host else (host, "", str(_DEFAULT_PORT))
        try:
            sock = gevent.socket.create_connection((name, int(port)), timeout=_CONNECT_S)
        except OSError as error:
            channel.switch.log(f"{channel.uuid[:8]}: no controller at {host} ({error}).")
            continue
        sock.settimeout(None)
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
        channel.set("socket_host", name)
        connection = Connection(channel.switch, sock, channel)
        channel.controllers.append(connection)
        connection.start()
        break
    if connection is None:
        return
    taken = connection
    channel.wait(None, takes_keys=False, takes_orders=False, until=lambda: taken.connected or taken.closed)
    if channel.gone or not taken.connected:
        return
    if "async" not in flags:
        channel.switch.log(
            f"{channel.uuid[:8]}: the lab's sockets are always async; '{data}' is treated as if it were."
        )
    park(channel, "")
