"""Is this switch fit for us? Asks a running FreeSWITCH over its event socket what it has loaded and how it is configured, and
says what is missing or dangerous. Changes nothing on it."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NewType
from xml.etree import ElementTree

import gevent
import gevent.socket

from callcontrol.ports.switch import SwitchError
from callcontrol.switch import commands, gate
from callcontrol.switch.connection import InboundConnection
from callcontrol.switch.rendering import APOLOGY, CONTEXT, MODULES, PROFILE
from callcontrol.values.configuration import LANGUAGES
from callcontrol.values.finding import Finding, dangerous, fine, hint, missing, unknown

Ask = Callable[[str], str]
Xml = NewType("Xml", ElementTree.Element)

DEFAULT_PASSWORD = "ClueCon"  # in every shipped configuration of FreeSWITCH
OLDEST = (1, 10)
CLOCK_S = 2.0  # the switch tells whole seconds
CONNECT_S = 3.0
LEAST_SESSIONS_PER_SECOND = 50  # 200 calls at once arrive when a trunk comes back; the shipped 30 refuses most of them

RENDER = "render its configuration with callcontrol switch render --out DIR and start it with that"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the rest of the installation counts on. ``controllers``: HOST:PORT where ours listen; ``entries``: numbers
    of the configuration; ``phones``: users that agents' contacts name; ``sounds_dir``: where prompts lie for the switch."""

    controllers: Sequence[str]
    entries: Sequence[str]
    phones: Sequence[str]
    sounds_dir: str


def examine(
    host: str, port: int, password: str, expected: Expected, now: Callable[[], float] = time.time
) -> list[Finding]:
    """Everything that can be seen from here. A switch that does not answer is one finding, not an error."""
    findings = list(_default_password(host, port))
    if not password:
        remedy = "Run callcontrol switch render --out DIR, which makes one, or set switch_password in the settings."
        return [*findings, missing("switch", "The password of the switch's event socket is not known.", remedy)]
    try:
        connection = connect(host, port, password)
    except (SwitchError, OSError) as error:
        says = (
            str(error)
            if isinstance(error, SwitchError)
            else f"No switch answers at {host}:{port} ({error.strerror or error})."
        )
        remedy = f"Start FreeSWITCH ({RENDER}), or correct switch_host, switch_port and switch_password."
        return [*findings, missing("switch", says, remedy)]
    try:

        def ask(question: str) -> str:
            return connection.send(commands.question(gate.question(question))).text

        return [*findings, *_all(ask, expected, now)]
    finally:
        connection.stop()


def connect(host: str, port: int, password: str, **more: Any) -> InboundConnection:
    """Logged in. ``more``: of the connection. Raises ``SwitchError``, ``OSError``."""
    sock = gevent.socket.create_connection((host, port), timeout=CONNECT_S)
    sock.settimeout(None)
    connection = InboundConnection(sock, f"{host}:{port}", _nothing, _nothing, **more)
    connection.start_event_handlers()
    try:
        connection.log_in(password, CONNECT_S)
    except BaseException:
        connection.stop()
        raise
    return connection


def _nothing(_: object) -> None:
    return


def _default_password(host: str, port: int) -> Iterator[Finding]:
    with suppress(SwitchError, OSError):
        connect(host, port, DEFAULT_PASSWORD).stop()
        yield dangerous(
            "event socket password",
            "The event socket takes the default password that everybody knows: whoever reaches it commands the switch.",
            f"Change password in event_socket.conf, or {RENDER}: it makes a random one.",
        )


def _all(ask: Ask, expected: Expected, now: Callable[[], float]) -> Iterator[Finding]:
    """Each look for itself: one that fails does not hide the others."""
    if is_simulated(ask):
        yield hint(
            "switch",
            "This is a simulated switch: no real telephone reaches it, and its configuration can't be wrong.",
            "For real calls render the configuration of a FreeSWITCH with callcontrol switch render --out DIR.",
        )
        return
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("switch version", lambda: _version(ask)),
        ("modules", lambda: _modules(ask)),
        ("event socket", lambda: _event_socket(ask)),
        ("clock", lambda: _clock(ask, now)),
        ("sip profile", lambda: _profile(ask)),
        ("dialplan", lambda: _dialplan(ask, expected)),
        ("prompts on the switch", lambda: _sounds(ask, expected)),
        ("phones", lambda: _phones(ask, expected)),
        ("capacity", lambda: _capacity(ask)),
    ]
    for check, look in looks:
        try:
            yield from look()
        except (SwitchError, ValueError, LookupError) as error:
            yield unknown(check, f"Could not be looked at: {error}", "Look at the switch's log, then try again.")


def is_simulated(ask: Ask) -> bool:
    """Both commands come with the same module of FreeSWITCH: only a simulation has one without the other."""
    return ask("version short")[:1].isdigit() and "not found" in ask(
        "xml_locate configuration configuration name modules.conf"
    )


def _version(ask: Ask) -> Iterator[Finding]:
    told = ask("version short")
    found = re.match(r"(\d+)\.(\d+)", told)
    if not found:
        yield unknown(
            "switch version", f"The switch tells no version ({told[:60]!r}).", "FreeSWITCH 1.10 is what was tried."
        )
    elif (int(found[1]), int(found[2])) < OLDEST:
        yield missing("switch version", f"FreeSWITCH {told} is too old.", "Install FreeSWITCH 1.10 or later.")
    else:
        yield fine("switch version", f"FreeSWITCH {told}.")


def _modules(ask: Ask) -> Iterator[Finding]:
    absent = [module for module in MODULES if ask(f"module_exists {module}") != "true"]
    for module in absent:
        yield missing(
            "modules",
            f"{module} is not loaded; an application that it brings would hang the caller up.",
            f'Add <load module="{module}"/> to modules.conf.xml and restart the switch.',
        )
    if not absent:
        yield fine("modules", f"All {len(MODULES)} modules that we use are loaded.")


def _event_socket(ask: Ask) -> Iterator[Finding]:
    configuration = located(ask, "configuration configuration name event_socket.conf")
    if configuration is None:
        yield unknown(
            "event socket", "The switch does not show its event_socket.conf.", "Check listen-ip in it by hand."
        )
        return
    settings = _parameters(configuration)
    listens = settings.get("listen-ip", "::")
    if settings.get("password", DEFAULT_PASSWORD) == DEFAULT_PASSWORD:
        # Its port may have another one until the switch is restarted: the file is what counts tomorrow.
        yield dangerous(
            "event socket password",
            "event_socket.conf holds the default password.",
            f"Change it and restart the switch, or {RENDER}.",
        )
    if _is_loopback(listens):
        yield fine("event socket", f"The event socket listens on {listens} only.")
    elif settings.get("apply-inbound-acl"):
        yield hint(
            "event socket",
            f"The event socket listens on {listens}, for the addresses of its list {settings['apply-inbound-acl']!r}.",
            "Keep its port closed to the public in the firewall as well: the password travels in the clear.",
        )
    else:
        yield dangerous(
            "event socket",
            f"The event socket listens on {listens} for everybody: whoever knows the password commands the switch.",
            "Set listen-ip to 127.0.0.1, or apply-inbound-acl to a list of the controllers.",
        )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _clock(ask: Ask, now: Callable[[], float]) -> Iterator[Finding]:
    before = now()
    told = int(ask("strepoch"))
    off_s = max(told - now(), before - (told + 1), 0.0)
    if off_s > CLOCK_S:
        yield dangerous(
            "clock",
            f"The clock of the switch differs from ours by {off_s:.0f} s: waits and recordings would carry wrong times.",
            "Let both machines follow the same time server (chrony or systemd-timesyncd); restart the switch afterwards.",
        )
    else:
        yield fine("clock", "The clock of the switch is ours.")


def _profile(ask: Ask) -> Iterator[Finding]:
    check = "sip profile"
    configuration = located(ask, "configuration configuration name sofia.conf")
    profiles = (
        {} if configuration is None else {p.get("name", ""): _parameters(p) for p in configuration.iter("profile")}
    )
    if not profiles:
        yield missing(check, "The switch has no SIP profile: nobody can call.", f"To have one, {RENDER}.")
        return
    for name, settings in profiles.items():
        if settings.get("rtp-timer-name") != "soft":
            yield missing(
                check,
                f"Profile {name!r} has rtp-timer-name {settings.get('rtp-timer-name', 'unset')!r}: to a phone that sends no"
                " audio nothing is played, and the call hangs there.",
                'Add <param name="rtp-timer-name" value="soft"/> to it and restart the profile.',
            )
        if settings.get("context") == CONTEXT and settings.get("dtmf-type", "rfc2833") != "rfc2833":
            yield hint(check, f"Profile {name!r} does not send keys by RFC 2833.", "Set dtmf-type to rfc2833.")
    running = ask("sofia xmlstatus")
    if PROFILE not in profiles:
        yield hint(
            check, f"There is no profile {PROFILE!r}; agents' contacts must name another.", f"To have it, {RENDER}."
        )
    elif not re.search(rf"<name>{PROFILE}</name>.*?<state>RUNNING", running, re.DOTALL):
        yield missing(
            check, f"Profile {PROFILE!r} does not run.", "See sofia in the switch's log: its port may be taken."
        )
    else:
        yield fine(check, f"Profile {PROFILE!r} runs, with a timer for audio.")


def _dialplan(ask: Ask, expected: Expected) -> Iterator[Finding]:
    check = "dialplan"
    again = "Render it again and have it read: callcontrol switch render --out DIR --reload."
    context = located(ask, f"dialplan context name {CONTEXT}")
    if context is None:
        yield missing(check, f"The switch has no context {CONTEXT!r}: no call reaches us.", f"To have it, {RENDER}.")
        return
    sockets = [a.get("data", "") for a in context.iter("action") if a.get("application") == "socket"]
    handed = {host for data in sockets for host in data.split(" ")[0].split("|")}
    if not handed & set(expected.controllers):
        yield missing(
            check,
            f"It hands calls to {', '.join(sorted(handed)) or 'nobody'}, but controllers listen on {', '.join(expected.controllers)}.",
            again,
        )
    resumes = [a for a in context.iter("action") if a.get("data") == "socket_resume=true"]
    if not resumes:
        yield dangerous(check, "It does not set socket_resume: a call whose controller dies would be stranded.", again)
    unreached = unknown_to(context, expected.entries)
    if unreached:
        yield missing(check, f"The entry number {', '.join(unreached)} is in the configuration but not in it.", again)
    if handed & set(expected.controllers) and resumes and not unreached:
        yield fine(check, f"It hands {', '.join(expected.entries) or 'no number'} to our controllers.")


def unknown_to(context: Xml, entries: Sequence[str]) -> list[str]:
    """Entry numbers that no extension of this context takes."""
    patterns = [e.get("expression", "") for e in context.iter("condition") if e.get("field") == "destination_number"]
    return [number for number in entries if not any(reaches(pattern, number) for pattern in patterns)]


def reaches(pattern: str, number: str) -> bool:
    try:
        return pattern not in ("^", ".*", "^.*$", "") and re.search(pattern, number) is not None
    except re.error:
        return False


def _sounds(ask: Ask, expected: Expected) -> Iterator[Finding]:
    absent = [x for x in LANGUAGES if ask(f"file_exists {expected.sounds_dir}/{x}/{APOLOGY}.wav") != "true"]
    if absent:
        yield hint(
            "prompts on the switch",
            f"The switch does not find {APOLOGY}.wav for {', '.join(absent)} in {expected.sounds_dir}: with no controller alive"
            " callers would hear a tone instead of words.",
            "Run callcontrol prompts build, and let the user of the switch read that directory.",
        )
    else:
        yield fine("prompts on the switch", f"The switch finds the prompts in {expected.sounds_dir}.")


def _phones(ask: Ask, expected: Expected) -> Iterator[Finding]:
    if not expected.phones:
        return
    told = {user: ask(f"sofia_contact */{user}") for user in expected.phones}
    there = [user for user, contact in told.items() if contact and not contact.startswith(("error", "-ERR"))]
    if there:
        yield fine("phones", f"{len(there)} of {len(told)} agents' phones are registered.")
    else:
        yield hint(
            "phones",
            f"None of the {len(told)} agents' phones is registered: nobody can be rung.",
            "Register them; users and passwords are in phones.json of the data directory.",
        )


def _capacity(ask: Ask) -> Iterator[Finding]:
    told = re.search(r"\d+", ask("fsctl sps"))
    rate = int(told[0]) if told else 0
    if told and rate < LEAST_SESSIONS_PER_SECOND:
        yield hint(
            "capacity",
            f"The switch takes {rate} new legs a second; a burst of callers would be refused.",
            "Raise sessions-per-second in switch.conf.xml.",
        )
    else:
        yield fine("capacity", f"The switch takes {rate} new legs a second." if told else "The switch tells no limit.")


def located(ask: Ask, what: str) -> Xml | None:
    """A piece of the switch's configuration as it stands now; None if it has no such piece."""
    text = ask(f"xml_locate {what}")
    if not text.startswith("<"):
        return None
    try:
        return Xml(ElementTree.fromstring(text))
    except ElementTree.ParseError as error:
        raise ValueError(f"its XML can't be read ({error})") from error


def _parameters(element: ElementTree.Element) -> dict[str, str]:
    return {p.get("name", ""): p.get("value", "") for p in element.iter("param")}
