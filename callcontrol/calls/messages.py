"""Messages that callers leave: where each is recorded, what is told of it, and the number to call back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from callcontrol.flow import commands
from callcontrol.ports.callbacks import CallbackSecret
from callcontrol.ports.journal import JournalUnavailable

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.ports.switch import CallSession

log = structlog.get_logger()

NUMBER_KEPT_S = 30 * 24 * 3600.0  # whoever has not called back in a month does not need the number any more


def message_path(recordings_dir: Path, message: str) -> str:
    """Where that message is recorded; the same wherever it is asked."""
    return str(recordings_dir / "messages" / message[:2] / f"{message}.wav")


def number_name(message: str) -> str:
    """Under which name the caller's number is kept, beside those of callbacks."""
    return f"message-{message}"


def carry_out(
    services: CallServices,
    session: CallSession,
    command: commands.Record | commands.HearMessage | commands.DropMessage,
) -> None:
    match command:
        case commands.Record():
            _record(services, session, command)
        case commands.HearMessage(wait=wait, message=message):
            session.play(wait, [message_path(services.recordings_dir, message)])
        case commands.DropMessage(message=message):
            try:
                services.callbacks.forget(number_name(message))
            except JournalUnavailable as error:
                log.info("the number of a message is forgotten later, by its age", call=session.uuid, error=str(error))


def _record(services: CallServices, session: CallSession, command: commands.Record) -> None:
    path = message_path(services.recordings_dir, command.message)
    session.record(
        command.wait,
        path,
        max_s=command.max_s,
        silence_s=command.silence_s,
        end_keys=command.end_keys,
        goes_on=command.goes_on,
    )
    if command.goes_on:
        return
    services.story(
        session.uuid, "voicemail_began", message=command.message, box=command.box, path=path, min_s=command.min_s
    )
    try:
        number = CallbackSecret(session.caller_number, session.destination)
        services.callbacks.keep(number_name(command.message), number, NUMBER_KEPT_S)
    except JournalUnavailable as error:
        log.warning(
            "the number of a message could not be kept; it is shown masked", call=session.uuid, error=str(error)
        )
