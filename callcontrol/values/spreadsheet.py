"""CSV that spreadsheets open as it is meant: in UTF-8, which Excel believes only after a mark, and with nothing in it that a
spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

MARK = "\ufeff"
# With what a formula may begin. A name such as "=cmd|..." would be run by who opens the file.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_text(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Texts are made harmless; numbers stay numbers; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(cell) for cell in heading])
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return MARK + out.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value
