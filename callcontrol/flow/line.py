"""The line of a flow's file in which something was written, for messages that an engineer can follow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent.as_posix()


def line_of_the_flow() -> str:
    """``hotline.py:41``: the innermost caller outside of this room; "" where there is none."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if not file.as_posix().startswith(_HERE) and not frame.f_code.co_filename.startswith("<"):
            return f"{file.name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
