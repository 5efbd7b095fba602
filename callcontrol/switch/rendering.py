"""What a FreeSWITCH must be told, as text: a plan in, ``{relative path: text}`` out. Nothing is read or written here except
the templates (``dialplan/`` and ``config/switch/``). Everything in a plan is checked before it reaches a template, and
the templates escape for XML: a value can neither end an attribute nor be expanded by the switch.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from callcontrol.values.configuration import LANGUAGES, Configuration
from callcontrol.values.problems import Problem

CONTEXT = "callcontrol"
PROFILE = "internal"
APOLOGY = "system_fault"  # key of the prompt that the dialplan plays when no controller is alive
CODECS = "PCMA,PCMU"

# Only what the project uses, all of it in a stock build. ``doctor`` asks a running switch for the same list.
MODULES = (
    "mod_console",
    "mod_logfile",
    "mod_event_socket",
    "mod_commands",
    "mod_dptools",
    "mod_expr",
    "mod_dialplan_xml",
    "mod_sndfile",
    "mod_tone_stream",
    "mod_conference",
    "mod_sofia",
)

LEAST_ACTIONS = 2  # `socket` actions in a round: one that dies under the call, one that takes it over at once
HELD_S = 1  # a round that lasted longer was held by a controller; a refused one takes milliseconds
REFUSALS = 10  # rounds that nobody took before the apology ...
PAUSE_MS = 500  # ... with this pause between: a controller that is started anew is ready within these 5 s
GREATEST_ROUNDS = 60  # a call that got through so many rounds kills controllers: it must not do so for ever


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """Everything the templates need. ``entries``: number dialled -> language; ``phones``: user -> SIP password;
    ``controllers``: ``HOST:PORT`` of the outbound socket, tried in this order."""

    esl_password: str
    sounds_dir: str
    entries: Mapping[str, str]
    phones: Mapping[str, str] = field(default_factory=dict)
    controllers: tuple[str, ...] = ("127.0.0.1:8084",)
    sip_ip: str = "127.0.0.1"
    sip_port: int = 5060
    esl_ip: str = "127.0.0.1"
    esl_port: int = 8021
    rtp_start: int = 16384
    rtp_end: int = 32768
    name: str = "switch"
    max_sessions: int = 5000
    log_level: str = "info"


class PlanError(ValueError):
    """The plan can't be rendered; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def entries_of(configuration: Configuration) -> dict[str, str]:
    """Number dialled -> language, for ``SwitchPlan.entries``."""
    return {entry.number: entry.language for entry in configuration.entries.values()}


def render(plan: SwitchPlan, root: Path) -> dict[str, str]:
    """The files of a configuration directory. ``root`` holds the templates. Raises ``PlanError``."""
    found = list(problems(plan))
    if found:
        raise PlanError(found)
    environment = Environment(
        loader=FileSystemLoader(root),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    values = _values(plan)
    return {
        target: environment.get_template(template).render(values)
        for target, template in sorted(_templates(root).items())
    }


def socket_rounds(controllers: tuple[str, ...]) -> list[str]:
    """The data of the ``socket`` actions of one round. Every action names all controllers, each time beginning with
    another, so that the second attempt of a call goes elsewhere first."""
    hosts = list(dict.fromkeys(controllers))
    turns = max(LEAST_ACTIONS, len(hosts))
    return ["|".join(hosts[turn % len(hosts) :] + hosts[: turn % len(hosts)]) for turn in range(turns)]


def _templates(root: Path) -> dict[str, str]:
    """Rendered path -> template path, both relative and with ``/``."""
    paths = {"dialplan/callcontrol.xml": "dialplan/callcontrol.xml.j2"}
    for template in (root / "config" / "switch").rglob("*.xml.j2"):
        inside = template.relative_to(root / "config" / "switch").as_posix().removesuffix(".j2")
        target = "directory/callcontrol.xml" if inside == "directory.xml" else inside
        paths[target] = template.relative_to(root).as_posix()
    return paths


def _values(plan: SwitchPlan) -> dict[str, object]:
    return {
        "name": plan.name,
        "context": CONTEXT,
        "profile": PROFILE,
        "apology": APOLOGY,
        "codecs": CODECS,
        "modules": MODULES,
        "languages": LANGUAGES,
        "rounds": socket_rounds(plan.controllers),
        "held_s": HELD_S,
        "refusals": REFUSALS,
        "pause_ms": PAUSE_MS,
        "greatest_rounds": GREATEST_ROUNDS,
        "entries": [
            {"number": number, "pattern": re.escape(number), "language": language}
            for number, language in sorted(plan.entries.items())
        ],
        "entry_patterns": "|".join(re.escape(number) for number in sorted(plan.entries)),
        "users": sorted(plan.phones.items()),
        "sounds_dir": plan.sounds_dir,
        "esl_password": plan.esl_password,
        "esl_ip": plan.esl_ip,
        "esl_port": plan.esl_port,
        "esl_allowed": _allowed(plan),
        "sip_ip": plan.sip_ip,
        "sip_port": plan.sip_port,
        "rtp_start": plan.rtp_start,
        "rtp_end": plan.rtp_end,
        "max_sessions": plan.max_sessions,
        "log_level": plan.log_level,
    }


def _allowed(plan: SwitchPlan) -> list[str]:
    """Networks that may open the event socket: this machine and the controllers."""
    allowed = ["127.0.0.0/8", "::1/128"]
    for controller in plan.controllers:
        address = _address(controller.rpartition(":")[0])
        if address is not None and not address.is_loopback:
            allowed.append(f"{address}/{address.max_prefixlen}")
    return list(dict.fromkeys(allowed))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


# --- checks -----------------------------------------------------------------------------------------------------------
NUMBER = re.compile(r"\+?[0-9]{1,20}")
USER = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
PASSWORD = re.compile(r"[A-Za-z0-9_-]{8,128}")
HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# No space, comma, brace, dollar, pipe: each means something to the switch in a file name.
PATH = re.compile(r"/[\w./@+-]{1,400}")


def problems(plan: SwitchPlan) -> Iterator[Problem]:
    """Everything that forbids rendering this plan."""
    yield from _network_problems(plan)
    if not plan.entries:
        yield Problem(
            "entries", "there is no entry number: nobody could call; add [entries.NUMBER] to the configuration."
        )
    for number, language in plan.entries.items():
        if not NUMBER.fullmatch(number):
            yield Problem(
                f"entries.{number!r}", "an entry is the number that is dialled: digits, perhaps a + before them."
            )
        if language not in LANGUAGES:
            yield Problem(f"entries.{number!r}.language", f"{language!r} is no language; use {', '.join(LANGUAGES)}.")
    for user, password in plan.phones.items():
        if not USER.fullmatch(user):
            yield Problem(
                f"phones.{user!r}", "a phone's user is letters, digits and _.+- ; correct the agent's contact."
            )
        if not PASSWORD.fullmatch(password):
            yield Problem(
                f"phones.{user!r}", "the password kept for this phone is not usable; delete its line and render again."
            )
    if not PASSWORD.fullmatch(plan.esl_password):
        yield Problem("esl_password", "is 8 to 128 letters, digits, - and _; delete the kept one and render again.")
    if not PATH.fullmatch(plan.sounds_dir) or ".." in PurePosixPath(plan.sounds_dir).parts:
        yield Problem(
            "sounds_dir",
            f"{plan.sounds_dir!r} can't stand in a dialplan: an absolute path of letters, digits and _./@+- is needed.",
        )
    if not NAME.fullmatch(plan.name):
        yield Problem("name", f"{plan.name!r} is no name of a switch; use letters, digits and _.- .")
    if plan.log_level not in ("debug", "info", "notice", "warning", "err"):
        yield Problem("log_level", f"{plan.log_level!r} is no level; use debug, info, notice, warning or err.")


def _network_problems(plan: SwitchPlan) -> Iterator[Problem]:
    for where, ip in (("sip_ip", plan.sip_ip), ("esl_ip", plan.esl_ip)):
        address = _address(ip)
        if address is None or address.is_multicast:
            yield Problem(where, f"{ip!r} is no address; write one of this machine, such as 192.0.2.10.")
        elif where == "sip_ip" and address.is_unspecified:
            yield Problem(where, "must be the one address that phones reach, not every address; name it.")
    if plan.esl_ip != "127.0.0.1" and all(_is_local(controller) for controller in plan.controllers):
        yield Problem(
            "esl_ip", "opens the event socket to the network though every controller is here; leave it 127.0.0.1."
        )
    for where, port in (
        ("sip_port", plan.sip_port),
        ("esl_port", plan.esl_port),
        ("rtp_start", plan.rtp_start),
        ("rtp_end", plan.rtp_end),
    ):
        if not 1 <= port <= 65535:
            yield Problem(where, f"{port} is no port; from 1 to 65535.")
    if plan.rtp_end - plan.rtp_start < 3:
        yield Problem("rtp_end", "leaves no port for a call; every leg takes two, so make the range wider.")
    if not plan.controllers:
        yield Problem("controllers", "there is none: nobody would take a call; give one with --controller HOST:PORT.")
    for controller in plan.controllers:
        host, _, port_text = controller.rpartition(":")
        if not HOST.fullmatch(host) or not re.fullmatch(r"[1-9][0-9]{0,4}", port_text) or int(port_text) > 65535:
            yield Problem(f"controllers.{controller!r}", "is no HOST:PORT; write for example 127.0.0.1:8084.")
    if not 1 <= plan.max_sessions <= 100_000:
        yield Problem("max_sessions", f"{plan.max_sessions} is out of range; from 1 to 100000.")


def _is_local(controller: str) -> bool:
    address = _address(controller.rpartition(":")[0])
    return address is not None and address.is_loopback
