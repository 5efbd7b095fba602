"""Which forms may send sounds: everything else stays as small as a text."""

from __future__ import annotations

from flask import request
from flask_login import current_user

from callcontrol.admin.security import me
from callcontrol.prompts.recordings import LARGEST

_ROUND_IT = 16 * 1024  # what a form adds to the bytes of its files
MOST_PIECES = 3 * LARGEST  # of hold music at once
SENDING = {"prompts.record": LARGEST, "music.add": MOST_PIECES}


def let_sounds_in() -> None:
    """Before a form is read: managers only, and only where sounds are sent."""
    largest = SENDING.get(request.endpoint or "")
    if largest and current_user.is_authenticated and me().may("manager"):
        request.max_content_length = largest + _ROUND_IT
