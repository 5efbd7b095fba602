"""The call's record as the text of a channel variable: only letters, digits, ``-`` and ``_``, so that the switch can
neither expand it nor cut it."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

import orjson

from callcontrol.flow.record import CallRecord

VARIABLE = "callcontrol_record"
# A record is some 300 to 900 bytes of text; a greater one than this is not ours (or a flow that hoards context).
MAX_TEXT = 16_384
_AS_JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def to_text(record: CallRecord) -> str:
    """Raises ``ValueError`` for a record that is too large to travel with the call."""
    data = _json(record.as_data())
    text = base64.urlsafe_b64encode(zlib.compress(data, 1)).decode().rstrip("=")
    if len(text) > MAX_TEXT:
        raise ValueError(
            f"The call's record takes {len(text)} characters, at most {MAX_TEXT}; keep less in the context."
        )
    return text


def _json(data: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(data, default=str, option=_AS_JSON)
    except TypeError:  # a number of more than 64 bits, half a character: a flow may remember anything
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def from_text(text: str) -> CallRecord:
    """Raises ``ValueError`` with a sentence for anything that is not a record of ours."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"The call's record has {len(text)} characters, at most {MAX_TEXT} are read.")
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        data = json.loads(unpacker.decompress(packed, MAX_TEXT * 64))
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError(f"The call's record can't be read: {error}.") from error
    if not isinstance(data, dict):
        raise ValueError("The call's record is not a table.")
    return CallRecord.from_data(data)
