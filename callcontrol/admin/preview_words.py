"""What a rehearsal says of the queue, in the reader's language. A line that is not known here is shown as it is."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _

LINES: tuple[tuple[str, Any], ...] = (
    (r"everybody is busy, still after one wait: the announcement", _("All stay busy after one wait: the announcement.")),
    (r"agent (?P<a>\S+) is free: the phone rings", _("Agent %(a)s is free: the phone rings.")),
    (r"agent (?P<a>\S+) answers; they talk", _("Agent %(a)s answers; they talk.")),
    (r"the agent hangs up; the caller is back", _("The agent hangs up; the caller is back.")),
    (r"gives the call back: (?P<a>\S+)", _("The queue gives the call back: %(a)s.")),
    (r"joins (?P<a>.+); music", _("Waits in the queue %(a)s, with music.")),
    (r"the caller stays", _("The caller stays.")),
    (r"leaves \((?P<a>.+)\)", _("Leaves the queue (%(a)s).")),
    (r"asks the service (?P<a>.+)", _("The service %(a)s is asked.")),
    (r"the service (?P<a>.+) answers: (?P<b>.+)", _("The service %(a)s answers: %(b)s.")),
    (r"the callback is booked", _("The callback is booked.")),
    (r"no callback \((?P<a>.+)\)", _("No callback (%(a)s).")),
    (r"the caller hangs up", _("The caller hangs up.")),
    (r"we hang up", _("We hang up.")),
)  # fmt: skip

_COMPILED = tuple((re.compile(pattern), said) for pattern, said in LINES)


def preview_line(text: str) -> str:
    for pattern, said in _COMPILED:
        if match := pattern.fullmatch(text):
            return str(said) % match.groupdict()
    return text
