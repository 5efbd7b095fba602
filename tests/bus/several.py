"""Engines in numbers, as real processes on loopback: a cluster, and a master with its replica and sentinels."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import redis

from callcontrol.bus.embedded import find_engine
from tests.bus.engines import eventually
from tests.bus.partition import Partition

SLOTS = 16384


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that the kernel gives to outgoing connections: a process may be killed and
    find its port again. The cluster's own port, 10,000 above, is there as well."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.randrange(12_000, 22_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            ports.append(port)
    return ports


class Engine:
    """One process of the packaged Valkey."""

    def __init__(self, folder: Path, port: int, *options: str, config: str = "") -> None:
        self.port = port
        self._folder = folder / str(port)
        self._folder.mkdir()
        arguments = []
        if config:
            file = self._folder / "engine.conf"
            file.write_text(config)
            arguments = [str(file)]
        self._command = [
            find_engine(), *arguments, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(self._folder),
            "--logfile", str(self._folder / "log"), "--save", "", *options,
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert eventually(self._answers, 10.0), (self._folder / "log").read_text()[-500:]

    def ask(self, *command: Any) -> Any:
        client = redis.Redis(port=self.port, socket_timeout=2.0)
        try:
            return client.execute_command(*command)
        finally:
            client.close()

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except (redis.exceptions.RedisError, OSError):
            return False

    def kill(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class Cluster:
    """Three masters, each with a third of the slots."""

    def __init__(self, folder: Path) -> None:
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--appendonly", "no")
        self.nodes = [Engine(folder, port, *options) for port in free_ports(3)]
        thirds = [0, SLOTS // 3, 2 * SLOTS // 3, SLOTS]
        for node, first, after in zip(self.nodes, thirds, thirds[1:], strict=False):
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, after - 1)
        for node in self.nodes[1:]:
            self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port)
        assert eventually(lambda: all(self._ready(node) for node in self.nodes), 20.0)

    @staticmethod
    def _ready(node: Engine) -> bool:
        info = node.ask("CLUSTER", "INFO")
        text = info.decode() if isinstance(info, bytes) else str(info)
        return "cluster_state:ok" in text and "cluster_known_nodes:3" in text

    @property
    def address(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def node_of(self, slot: int) -> Engine:
        return self.nodes[min(slot * 3 // SLOTS, 2)]

    def stop(self) -> None:
        for node in self.nodes:
            node.kill()


class Watched:
    """A master, its replica, and a sentinel that promotes the replica when the master was away for ``DOWN_MS``."""

    DOWN_MS = 600
    NAME = "floors"

    def __init__(self, folder: Path) -> None:
        first, second, watch = free_ports(3)
        master = Engine(folder, first)
        self._link = Partition(("127.0.0.1", first))
        self.engines = [master, Engine(folder, second, "--replicaof", f"127.0.0.1 {self._link.port}")]
        assert eventually(lambda: self._info(self.engines[1], "master_link_status") == "up", 15.0)
        config = (
            f"sentinel monitor {self.NAME} 127.0.0.1 {first} 1\n"
            f"sentinel down-after-milliseconds {self.NAME} {self.DOWN_MS}\n"
            f"sentinel failover-timeout {self.NAME} 3000\n"
        )
        self.sentinel = Engine(folder, watch, "--sentinel", config=config)
        assert eventually(lambda: len(self.sentinel.ask("SENTINEL", "REPLICAS", self.NAME)) == 1, 15.0)

    @staticmethod
    def _info(engine: Engine, name: str) -> str:
        info = redis.Redis(port=engine.port).info("replication")
        return str(info.get(name))

    @property
    def address(self) -> str:
        return f"redis+sentinel://127.0.0.1:{self.sentinel.port}/{self.NAME}"

    def master(self) -> Engine:
        _host, port = self.sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.NAME)
        return next(engine for engine in self.engines if engine.port == int(port))

    def replica(self) -> Engine:
        master = self.master()
        return next(engine for engine in self.engines if engine is not master)

    def cut_replication(self) -> None:
        """The replica hears nothing of the master any more, though the sentinel sees both."""
        self._link.cut()

    def until_promoted(self, engine: Engine) -> None:
        def promoted() -> bool:
            with contextlib.suppress(redis.exceptions.RedisError, OSError):
                return self._info(engine, "role") == "master"
            return False

        assert eventually(promoted, 20.0), "the replica was not promoted"

    def stop(self) -> None:
        self._link.close()
        for engine in (self.sentinel, *self.engines):
            engine.kill()
