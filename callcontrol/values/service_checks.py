"""What is wrong with the outside services of a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from callcontrol.values.configuration import Configuration, Service
from callcontrol.values.problems import Problem

METHODS = ("GET", "POST", "PUT", "DELETE")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PLACE = re.compile(r"\{(\w*)\}")
HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_FROM_ENVIRONMENT = "env:"
# name -> (least, greatest): a caller listens meanwhile, and nobody listens for half a minute
LIMITS: dict[str, tuple[float, float]] = {
    "deadline_s": (0.1, 30.0),
    "tries": (1, 5),
    "circuit_failures": (1, 1000),
    "circuit_s": (1.0, 3600.0),
}


def may_be_shown(value: str) -> bool:
    """Whether a header's value may be read by people: the name of a variable is no secret, what stands there in full may be."""
    return value.startswith(_FROM_ENVIRONMENT)


def check_services(configuration: Configuration) -> Iterator[Problem]:
    for service in configuration.services.values():
        where = f"services.{service.name}"
        if not _NAME.fullmatch(service.name):
            yield Problem(where, "a service's name is small letters, digits, - and _, at most 40; rename it.")
        yield from _address(service, where)
        if service.method not in METHODS:
            yield Problem(f"{where}.method", f"{service.method!r} is no method; use {', '.join(METHODS)}.")
        for name, (least, greatest) in LIMITS.items():
            if not least <= getattr(service, name) <= greatest:
                yield Problem(f"{where}.{name}", f"is out of range; from {least:g} to {greatest:g}.")
        for header, value in service.headers.items():
            if not HEADER.fullmatch(header) or not value.isprintable():
                yield Problem(
                    f"{where}.headers", f"{header!r} can't be a header; letters, digits and -, and a plain value."
                )
        if not service.answers:
            yield Problem(
                f"{where}.answers", "is empty: a flow learns only whether it worked; name facts.", fatal=False
            )


def _address(service: Service, where: str) -> Iterator[Problem]:
    try:
        parts = urlsplit(_PLACE.sub("x", service.url))
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or not service.url.isprintable():
        yield Problem(f"{where}.url", f"{service.url!r} is no address; write https://host/path/{{account}}.")
        return
    before_path = service.url.split("/", 3)[:3]
    if any("{" in part for part in before_path):
        yield Problem(
            f"{where}.url", "has a {value} in its host: a caller could choose whom we ask; write the host out."
        )
    if parts.username or parts.password:
        yield Problem(f"{where}.url", "holds a password; put it in a header as env:NAME.")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        yield Problem(
            f"{where}.url", "is not encrypted: what callers type can be read on the way; use https.", fatal=False
        )
