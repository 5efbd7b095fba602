"""Words about prompts: the state of a sound, what is awkward, why a file was refused."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from callcontrol.admin.words import Sign
from callcontrol.prompts.lint import Finding

_STATES: dict[str, tuple[Any, str, str]] = {
    "recorded": (_("recorded"), "circle-check", "good"),
    "stale": (_("recorded, older text"), "alert-triangle", "soon"),
    "synthetic": (_("synthetic"), "speakerphone", "off"),
    "silent": (_("silence"), "alert-triangle", "soon"),
    "missing": (_("missing"), "circle-x", "bad"),
}
STATES = {name: Sign(word, icon, tone) for name, (word, icon, tone) in _STATES.items()}

_FINDINGS: dict[str, Any] = {
    "missing": _("There is no text in this language; callers hear it in another."),
    "too_long": _("It takes about %(detail)s seconds; shorten it or split it."),
    "digit_first": _("The key comes before what it is for (“%(detail)s”); say what it is for first, then the key."),
    "fields": _("The other language has other fields (%(detail)s); use the same in both."),
    "stale": _("The recording is of an older text; record it again or remove it."),
}

WHY_NOT: dict[str, Any] = {
    "large": _("The file is larger than 20 MB; save it as FLAC, or in 16 bits and one channel."),
    "unknown": _("This is no WAV, FLAC or Ogg file; save the recording as WAV."),
    "unreadable": _("The file can't be read as sound; save it again as WAV with 16 bits."),
    "rate": _("The file has %(detail)s samples a second; save it with 8000 to 96000."),
    "short": _("The recording is only %(detail)s s long; at least 0.2 s are needed."),
    "long": _("The recording is %(detail)s s long; at most 120 s are taken."),
    "long_piece": _("The piece is longer than %(detail)s minutes; cut it into several."),
    "silent": _("There is nothing to hear in the recording; look at the microphone and record it again."),
    "clipped": _("The recording is overdriven (%(detail)s %% of it is cut off); record it less loud."),
    "fields": _(
        "This text has gaps (%(detail)s) that are filled in when it is said; it can't be recorded in one piece."
    ),
}


def finding_words(finding: Finding) -> str:
    return str(_FINDINGS[finding.kind]) % {"detail": finding.detail}
