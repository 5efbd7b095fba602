"""What the doctor looks at on this machine: files, disk, ports, programs, database, journal. The switch is examined by
``switch.examination``."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import socket
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from callcontrol.settings import Settings
from callcontrol.values.alarms import alarm_from_data
from callcontrol.values.configuration import Configuration
from callcontrol.values.finding import Finding, dangerous, fine, hint, missing, unknown

LEAST_FREE_BYTES = 1 << 30
LEAST_FREE_SHARE = 0.05
BYTES_A_TALK_SECOND = 32_000  # 8 kHz, 16 bit, two channels
LEAST_OPEN_FILES = 8192  # a call is some four descriptors in a controller


def looks(settings: Settings, configuration: Configuration | None) -> list[tuple[str, Callable[[], Iterator[Finding]]]]:
    """Name of each look, and the look itself; each may raise, and then hides no other."""
    return [
        ("data directory", lambda: data_directory(settings.data_dir.absolute())),
        ("secrets", lambda: secrets(settings.data_dir.absolute())),
        ("disk", lambda: disk(settings.data_dir.absolute())),
        ("open files", lambda: open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])),
        ("speech", lambda: speech(settings.tts_command)),
        ("prompts", lambda: prompts(settings.sounds_dir, configuration)),
        ("flows", lambda: flows(settings.flows_dir, configuration)),
        ("database", lambda: database(settings.effective_database_url)),
        ("journal", lambda: journal(settings)),
        ("callbacks", lambda: callbacks(settings.dial_out, configuration)),
        ("port of calls", lambda: port("port of calls", settings.listen_host, settings.listen_port, "listen_port")),
        (
            "port of the admin",
            lambda: port("port of the admin", settings.admin_host, settings.admin_port, "admin_port"),
        ),
        ("recordings", lambda: recordings(settings.recordings_dir, settings.switch_host, settings.switch_port)),
    ]


def callbacks(dial_out: str, configuration: Configuration | None) -> Iterator[Finding]:
    check = "callbacks"
    named = [name for name, queue in (configuration.queues if configuration else {}).items() if queue.callback.enabled]
    if not named:
        return
    if dial_out:
        yield fine(check, f"Callers are called back by {dial_out.replace('{number}', 'NUMBER')}.")
    else:
        yield missing(
            check,
            f"Callbacks are enabled in {', '.join(sorted(named))}, but nobody can be called: no callback is offered.",
            "Set dial_out, such as sofia/gateway/carrier/{number}, in config/callcontrol.toml.",
        )


# --- files --------------------------------------------------------------------------------------------------------------
def data_directory(path: Path) -> Iterator[Finding]:
    check = "data directory"
    if not path.exists():
        parent = next(p for p in path.parents if p.exists())
        if os.access(parent, os.W_OK):
            yield fine(check, f"{path} is not there yet; the first start makes it.")
        else:
            yield missing(
                check,
                f"{path} is not there and can't be made.",
                f"Give the right to write in {parent}, or use --data DIR.",
            )
    elif not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
        yield missing(
            check, f"{path} can't be written.", "Give it to the user that runs callcontrol (chown), or use --data DIR."
        )
    else:
        yield fine(check, f"{path} can be written.")


def secrets(path: Path) -> Iterator[Finding]:
    """Passwords that other users of this machine could read."""
    files = [path / "switch-password", path / "phones.json", *sorted(path.glob("secret-*"))]
    open_to_all = [file for file in files if file.exists() and file.stat().st_mode & (stat.S_IRWXO | stat.S_IRWXG)]
    for file in open_to_all:
        yield dangerous("secrets", f"{file} can be read by other users of this machine.", f"chmod 600 {file}")
    if not open_to_all:
        yield fine("secrets", "Only its owner reads what is secret.")


def disk(path: Path) -> Iterator[Finding]:
    existing = next(p for p in (path, *path.parents) if p.exists())
    usage = shutil.disk_usage(existing)
    hours = usage.free / BYTES_A_TALK_SECOND / 3600
    says = f"{usage.free / (1 << 30):.1f} GB are free at {existing}: some {hours:,.0f} hours of recorded talk."
    if usage.free < LEAST_FREE_BYTES or usage.free / usage.total < LEAST_FREE_SHARE:
        yield dangerous("disk", says, "Make room, or keep recordings for a shorter time.")
    else:
        yield fine("disk", says)


def open_files(limit: int) -> Iterator[Finding]:
    if 0 <= limit < LEAST_OPEN_FILES:
        yield hint(
            "open files",
            f"A process may open {limit} files: enough for some {limit // 4} calls in one controller.",
            f"Raise it: ulimit -n {LEAST_OPEN_FILES}, or LimitNOFILE={LEAST_OPEN_FILES} in the service unit.",
        )
    else:
        yield fine("open files", f"A process may open {limit if limit >= 0 else 'any number of'} files.")


# --- what callers hear ----------------------------------------------------------------------------------------------------
def speech(tts_command: str) -> Iterator[Finding]:
    from callcontrol.prompts.voice import Program

    program = Program(tts_command) if tts_command else Program()
    if absent := program.missing():
        yield missing("speech", absent, "Until then callcontrol prompts build makes silence.")
    else:
        yield fine("speech", f"Prompts are spoken by {program.name.split()[0]}.")
    if shutil.which("sox") is None:
        yield hint(
            "speech", "sox is not installed; prompts are brought to 8 kHz by a simpler filter.", "apt-get install sox"
        )


def prompts(sounds_dir: Path, configuration: Configuration | None) -> Iterator[Finding]:
    from callcontrol.prompts.builder import states
    from callcontrol.prompts.catalogue import texts_of

    all_of_them = states(texts_of(configuration or Configuration()), sounds_dir)
    count = {kind: sum(each.state == kind for each in all_of_them) for kind in ("missing", "silent")}
    if count["missing"]:
        says = f"{count['missing']} of {len(all_of_them)} sound files are missing in {sounds_dir}: callers hear gaps."
        yield missing("prompts", says, "Run callcontrol prompts build.")
    elif count["silent"]:
        says = (
            f"{count['silent']} of {len(all_of_them)} sound files are silence: they were made without a speech program."
        )
        yield missing("prompts", says, "Install espeak-ng (or set tts_command) and run callcontrol prompts build.")
    else:
        yield fine("prompts", f"All {len(all_of_them)} sound files are there.")


def flows(flows_dir: Path, configuration: Configuration | None) -> Iterator[Finding]:
    from callcontrol.flow.catalogue import load_flows
    from callcontrol.flow.composed.source import with_composed

    catalogue = with_composed(load_flows(flows_dir), configuration or Configuration())
    for problem in catalogue.broken:
        yield missing("flows", f"A flow can't be used: {problem}", "Run callcontrol flows check and correct it.")
    for entry in (configuration or Configuration()).entries.values():
        if entry.flow not in catalogue.names():
            says = f"Entry {entry.number} begins the flow {entry.flow!r}, which is not there; callers get the default flow."
            yield missing("flows", says, f"Put it into {flows_dir}, or publish a release that names another.")
            continue
        for release in {entry.release, entry.trial.release} - {0, *catalogue.releases(entry.flow)}:
            says = f"Entry {entry.number} names release {release} of the flow {entry.flow!r}, which is not there; callers get another."
            yield missing("flows", says, f"Put its file into {flows_dir}; see callcontrol flows releases {entry.flow}.")
    if not catalogue.broken:
        yield fine("flows", f"{len(catalogue.names())} can be used: {', '.join(catalogue.names())}.")


# --- what is kept -----------------------------------------------------------------------------------------------------------
def database(url: str) -> Iterator[Finding]:
    from callcontrol.ports.store import StoreUnavailable
    from callcontrol.store import migrate

    try:
        faults = migrate.faults(url)
    except StoreUnavailable as error:
        faults = [str(error)]
    for fault in faults:
        what, _, remedy = fault.rpartition("; ")
        yield missing("database", f"{what or fault}.", remedy.capitalize() if what else "See callcontrol db --help.")
    if not faults:
        yield fine("database", f"It is at revision {migrate.head()}.")


def journal(settings: Settings) -> Iterator[Finding]:
    from callcontrol.bus.embedded import EmbeddedValkey, EngineMissing, find_engine
    from callcontrol.bus.redis_journal import open_bus
    from callcontrol.ports.journal import JournalUnavailable

    engine = EmbeddedValkey(settings.data_dir)
    if not settings.redis_url and not engine.answers():
        try:
            yield fine("journal", f"An embedded Valkey will be started when needed ({find_engine()}).")
        except EngineMissing as error:
            yield missing("journal", str(error), "Install valkey or redis, or set redis_url in the settings.")
        return
    try:
        bus = open_bus(settings.redis_url or engine.address, settings.floor)
        try:
            took_s = bus.ping()
            controllers = [info for _, info in bus.notices.living("controller")]
        finally:
            bus.close()
    except JournalUnavailable as error:
        says, _, remedy = str(error).rpartition("). ")
        yield missing("journal", f"{says})." if says else str(error), remedy or "Correct redis_url in the settings.")
        return
    yield fine("journal", f"Redis answers{f' in {took_s * 1000:.1f} ms' if took_s else ''}.")
    yield from counts(controllers)


def counts(controllers: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Whether the controller in charge found counts that do not agree."""
    alarms = [alarm_from_data(data) for info in controllers for data in info.get("alarms", ())]
    told = [str(alarm) for alarm in alarms if alarm is not None]
    if told:
        says, _, remedy = told[0].partition(" See ")
        more = f" And {len(told) - 1} more: see callcontrol status." if len(told) > 1 else ""
        yield dangerous("counts", says + more, f"See {remedy}")
    elif controllers:
        yield fine("counts", "Floor, database and call records agree.")


# --- ports and rights ---------------------------------------------------------------------------------------------------------
def port(check: str, host: str, number: int, setting: str) -> Iterator[Finding]:
    """Free, or ours; else who has it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, number))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            owner = owner_of(number) if taken else None
            if owner and "callcontrol" in owner[1]:
                yield fine(check, f"{host}:{number} is held by callcontrol (process {owner[0]}).")
                return
            who = f"process {owner[0]} ({owner[1][:60]})" if owner else "a process of another user"
            says = f"{host}:{number} can't be used: {error.strerror}"
            says += f", {who} has it." if taken else "."
            yield missing(check, says, f"End that process, or choose another {setting} in the settings.")
            return
    yield fine(check, f"{host}:{number} is free.")


def owner_of(port_number: int) -> tuple[int, str] | None:
    """Process that listens on a TCP port of this machine, and its command line; None if it can't be seen."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, rows):
            if columns[3] == "0A" and int(columns[1].rpartition(":")[2], 16) == port_number:
                inodes.add(f"socket:[{columns[9]}]")
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            if any(os.readlink(fd) in inodes for fd in (process / "fd").iterdir()):
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return int(process.name), line
        except OSError:
            continue
    return None


def recordings(path: Path, switch_host: str, switch_port: int) -> Iterator[Finding]:
    """Whether the user that runs the switch can write there. Only where the switch runs on this machine."""
    check = "recordings"
    if not path.exists():
        yield fine(check, f"{path} is not there yet; the first start makes it.")
        return
    owner = owner_of(switch_port) if switch_host in ("127.0.0.1", "::1", "localhost") else None
    if owner is None:
        yield unknown(
            check, f"Whether the switch can write to {path} can't be seen from here.", "Make sure that it can."
        )
        return
    try:
        uid, gids = _user_of(owner[0])
    except (OSError, LookupError):
        yield unknown(
            check, f"The user that runs the switch (process {owner[0]}) can't be seen.", "Run doctor as root."
        )
        return
    blocked = next((p for p in reversed((path, *path.parents)) if not may(p, uid, gids, write=p == path)), None)
    if blocked is not None:
        yield missing(
            check,
            f"The switch runs as user {uid}, which can't {'write to' if blocked == path else 'enter'} {blocked}: talks are not recorded.",
            f"Give it the right, for example: setfacl -m u:{uid}:{'rwx' if blocked == path else 'x'} {blocked}",
        )
    else:
        yield fine(check, f"The switch can write to {path}.")


def _user_of(pid: int) -> tuple[int, set[int]]:
    fields = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    return int(fields["Uid"].split()[1]), {int(g) for g in (fields["Gid"].split()[1], *fields["Groups"].split())}


def may(path: Path, uid: int, gids: set[int], *, write: bool) -> bool:
    """Whether that user may enter the directory (and write in it), by its mode bits."""
    if uid == 0:
        return True
    info = path.stat()
    shift = 6 if info.st_uid == uid else 3 if info.st_gid in gids else 0
    wanted = 0o3 if write else 0o1
    return (info.st_mode >> shift) & wanted == wanted
