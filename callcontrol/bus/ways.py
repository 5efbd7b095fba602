"""The ways to the engine: connections without the client library's client, which costs more than the command itself (it
looks at the process's number, at the socket, at retries and measuring, for each). As many connections as there are commands
at once.

One engine or one master that sentinels name is one way. In a cluster all keys of one floor are in one slot, so that there is
one node at a time that all commands go to; the way looks for it when it does not know it, or no more.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

import redis
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.crc import key_slot
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from callcontrol.bus.addresses import Address

UNSEEN_S = 0.05  # a connection idle for longer is looked at first: the engine may have been started again
TRY_AGAIN_PAUSE_S = 0.05  # while a cluster moves the floor's slot to another node
CONNECT_DEADLINE_S = 1.5


class Way(Protocol):
    def run(self, command: tuple[Any, ...]) -> Any:
        """The answer. Raises what the client library raises; ``redis.exceptions.ConnectionError`` when the engine that
        answered before may not be the one that will answer next."""
        ...

    def close(self) -> None: ...


def way_to(address: Address, key: str, deadline_s: float) -> Way:
    """``key``: one of the floor, which says where in a cluster the floor is."""
    options = {
        "socket_timeout": deadline_s,
        "socket_connect_timeout": min(deadline_s, CONNECT_DEADLINE_S),
        # The library would send a command again of its own accord, which would write a line twice.
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
    of_node = {**address.options, **options}
    if address.kind == "cluster":
        return ClusterWay(address, key, of_node)
    if address.kind == "sentinel":
        sentinels: Any = Sentinel(  # type: ignore[no-untyped-call]
            address.nodes, sentinel_kwargs={**options, **address.sentinel_options}
        )
        secure = issubclass(of_node.pop("connection_class", object), SSLConnection)
        pool: Any = SentinelConnectionPool
        return OneWay(pool(address.service, sentinels, ssl=secure, **of_node))
    kind = UnixDomainSocketConnection if "path" in of_node else redis.Connection
    return OneWay(ConnectionPool(**{"connection_class": kind, **of_node}))


class OneWay:
    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool  # makes the connections, and closes all of them
        self._idle: list[tuple[Any, float]] = []

    def run(self, command: tuple[Any, ...], *, asking: bool = False) -> Any:
        """``asking``: of a node that a cluster moves the slot to."""
        line = self._one()
        try:
            if asking:
                line.send_command("ASKING")
                line.read_response()
            line.send_command(*command)
            return line.read_response()
        except redis.exceptions.ReadOnlyError as error:
            line.disconnect()  # the master became a replica: whoever is it now is found by connecting again
            raise redis.exceptions.ConnectionError(str(error)) from error
        except redis.exceptions.ResponseError:
            raise  # an answer like any other
        except BaseException:
            line.disconnect()  # half of something may be on it; it connects again with the next command
            raise
        finally:
            self._idle.append((line, time.monotonic()))

    def _one(self) -> Any:
        if not self._idle:
            return self._pool.get_connection()
        line, used_at = self._idle.pop()
        if time.monotonic() - used_at > UNSEEN_S:
            try:
                broken = line.can_read()  # of a connection that was asked nothing: it has ended
            except (redis.exceptions.RedisError, OSError):
                broken = True
            if broken:
                line.disconnect()
        return line

    def close(self) -> None:
        self._pool.disconnect()


class ClusterWay:
    def __init__(self, address: Address, key: str, options: dict[str, Any]) -> None:
        self._slot = key_slot(key.encode())
        self._options = options
        self._nodes = list(address.nodes)
        self._ways: dict[tuple[str, int], OneWay] = {}
        self._node: tuple[str, int] | None = None  # where the slot is

    def run(self, command: tuple[Any, ...]) -> Any:
        node = self._node or self._find()
        try:
            return self._way(node).run(command)
        except redis.exceptions.MovedError as error:
            self._node = (error.host or node[0], error.port)
            # Nothing was done. But another node answers from now on, and what it knows may be less.
            raise redis.exceptions.ConnectionError(f"the floor's slot is at {error.host}:{error.port} now") from error
        except redis.exceptions.AskError as error:
            return self._way((error.host or node[0], error.port)).run(command, asking=True)
        except (redis.exceptions.TryAgainError, redis.exceptions.ClusterDownError) as error:
            self._node = None
            time.sleep(TRY_AGAIN_PAUSE_S)
            raise redis.exceptions.ConnectionError(str(error)) from error
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError):
            self._forget(node)
            raise

    def close(self) -> None:
        for way in list(self._ways.values()):
            way.close()

    def _way(self, node: tuple[str, int]) -> OneWay:
        if node not in self._ways:
            self._ways[node] = OneWay(ConnectionPool(**{**self._options, "host": node[0], "port": node[1]}))
        return self._ways[node]

    def _find(self) -> tuple[str, int]:
        """The node that has the slot, as the first that answers says it; others are learnt by the way."""
        trouble: Exception = redis.exceptions.ConnectionError("no node of the cluster answers")
        for node in list(self._nodes):
            try:
                table = self._way(node).run(("CLUSTER", "SLOTS"))
            except redis.exceptions.ResponseError as error:
                trouble = redis.exceptions.ConnectionError(f"{node[0]}:{node[1]} is no node of a cluster: {error}")
                continue
            except (redis.exceptions.RedisError, OSError) as error:
                trouble = error
                continue
            for first, last, (host, port, *_), *_replicas in table:
                master = (_text(host) or node[0], int(port))
                if master not in self._nodes:
                    self._nodes.append(master)
                if int(first) <= self._slot <= int(last):
                    self._node = master
            if self._node is not None:
                return self._node
            trouble = redis.exceptions.ConnectionError(f"no node of the cluster has slot {self._slot}")
        raise trouble

    def _forget(self, node: tuple[str, int]) -> None:
        """It does not answer: ask the others first."""
        self._node = None
        if node in self._nodes and len(self._nodes) > 1:
            self._nodes.remove(node)
            self._nodes.append(node)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")
