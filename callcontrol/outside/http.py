"""HTTP services by urllib3. Values stand quoted in addresses and as JSON in bodies; answers are JSON objects, of which only the
named facts are kept. Neither values nor answers are logged."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import orjson
import structlog
import urllib3

from callcontrol.outside.circuit import Circuit
from callcontrol.ports.outside import Answer, Fact
from callcontrol.values.configuration import Service

log = structlog.get_logger()

MOST_BYTES = 256 * 1024  # of an answer; a record that is said on a telephone is never greater
CONNECTIONS = 20  # to one host at once
_PLACE = re.compile(r"\{(\w+)\}")
_SECRET = "env:"  # a header's value of this beginning is the environment variable named after it
_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "PUT", "DELETE"})  # RFC 9110: asking twice is asking once


class HttpServices:
    def __init__(self, now: Callable[[], float] = time.monotonic, environment: Mapping[str, str] = os.environ) -> None:
        self._now = now
        self._environment = environment
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)
        self._circuits: dict[tuple[str, str], Circuit] = {}
        self._lock = threading.Lock()

    def ask(self, service: Service, values: Mapping[str, str], key: str) -> Answer:
        circuit = self._circuit(service)
        with self._lock:
            if not circuit.lets_through(self._now()):
                return Answer(
                    "failed", why=f"{service.name} failed {circuit.failures} times and is left alone for a while."
                )
        try:
            answer = self._tried(service, values, key)
        except Exception as error:  # whatever it is, the caller goes on
            log.exception("an outside service could not be asked", service=service.name)
            answer = Answer("failed", why=f"{type(error).__name__}")
        with self._lock:
            if answer.result in ("ok", "not_found"):
                circuit.succeeded()
            else:
                circuit.failed(self._now())
        return answer

    def _circuit(self, service: Service) -> Circuit:
        place = service.name, service.url
        with self._lock:
            return self._circuits.setdefault(place, Circuit(service.circuit_failures, service.circuit_s))

    def _tried(self, service: Service, values: Mapping[str, str], key: str) -> Answer:
        until = self._now() + service.deadline_s
        tries = service.tries if service.method in _SAFE_TO_REPEAT else 1
        answer = Answer("timeout", why="There was no time to ask.")
        for _try in range(max(1, tries)):
            left = until - self._now()
            if left <= 0:
                break
            answer = self._once(service, values, key, left)
            if answer.result in ("ok", "not_found"):
                break
        return answer

    def _once(self, service: Service, values: Mapping[str, str], key: str, left: float) -> Answer:
        missing = [name for name in _PLACE.findall(service.url) if name not in values]
        if missing:
            return Answer(
                "failed", why=f"The address of {service.name} has {{{missing[0]}}}, which the flow does not send."
            )
        url = _PLACE.sub(lambda place: quote(values[place[1]], safe=""), service.url)
        body = None
        headers = {"Accept": "application/json", "Idempotency-Key": key, **self._headers(service)}
        if service.method in ("POST", "PUT"):
            sent = {
                name: _PLACE.sub(lambda place: values.get(place[1], ""), text) for name, text in service.send.items()
            }
            body, headers["Content-Type"] = orjson.dumps(sent or dict(values)), "application/json"
        timeout = urllib3.Timeout(total=left)
        try:
            response = self._pool.request(
                service.method, url, body=body, headers=headers, timeout=timeout, redirect=False, preload_content=False
            )
            data = self._whole(response, until=self._now() + left)
        except urllib3.exceptions.NewConnectionError:  # which urllib3 counts among the time-outs
            return Answer("failed", why=f"{service.name} can't be reached: nobody answers there.")
        except (urllib3.exceptions.TimeoutError, TimeoutError):
            return Answer("timeout", why=f"{service.name} did not answer within {service.deadline_s:g} s.")
        except urllib3.exceptions.HTTPError as error:
            return Answer("failed", why=f"{service.name} can't be reached: {type(error).__name__}.")
        return _read(service, response.status, data)

    def _whole(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        """The body, as far as it may go. A service that trickles byte by byte keeps within each time-out and never ends: the
        deadline is looked at between any two pieces."""
        pieces: list[bytes] = []
        size = 0
        try:
            while piece := response.read1(16 * 1024, decode_content=True):
                pieces.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    break
                if self._now() > until:
                    raise TimeoutError
        finally:
            # What was not read to its end can't be used for the next question.
            response.release_conn() if response.closed else response.close()
        return b"".join(pieces)

    def _headers(self, service: Service) -> dict[str, str]:
        return {
            name: self._environment.get(value.removeprefix(_SECRET), "") if value.startswith(_SECRET) else value
            for name, value in service.headers.items()
        }


def _read(service: Service, status: int, data: bytes) -> Answer:
    if status in (404, 410):
        return Answer("not_found", why=f"{service.name} knows of no such thing ({status}).")
    if not 200 <= status < 300:
        return Answer("failed", why=f"{service.name} answered {status}.")
    if len(data) > MOST_BYTES:
        return Answer("failed", why=f"{service.name} answered more than {MOST_BYTES // 1024} kB.")
    try:
        told = orjson.loads(data) if data.strip() else {}
    except orjson.JSONDecodeError:
        return Answer("failed", why=f"{service.name} answered no JSON.")
    return Answer("ok", {name: fact(told, path) for name, path in service.answers.items()})


def fact(told: Any, path: str) -> Fact:
    """What stands at ``account.lines.0.balance``; None where there is nothing, or no plain value."""
    for part in path.split(".") if path else ():
        if isinstance(told, Mapping):
            told = told.get(part)
        elif isinstance(told, list) and part.isdecimal() and int(part) < len(told):
            told = told[int(part)]
        else:
            return None
    return told if isinstance(told, str | int | float | bool) else None
