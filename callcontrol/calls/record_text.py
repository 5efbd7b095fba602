"""The call's record as the text of a channel variable: only letters, digits, ``-`` and ``_``, so that the switch can
neither expand it nor cut it."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

import orjson

from callcontrol.flow import sensitive
from callcontrol.flow.record import CallRecord
from callcontrol.values.sealed import seal, unseal

VARIABLE = "callcontrol_record"
# A record is some 300 to 900 bytes of text; a greater one than this is not ours (or a flow that hoards context).
MAX_TEXT = 16_384
_SEALED = "_sealed"  # in the context, in the place of what is sensitive
_AS_JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def to_text(record: CallRecord, secret: bytes = b"") -> str:
    """What is sensitive in it is sealed with ``secret``; without one it is left out. Raises ``ValueError`` for a record that is
    too large to travel with the call."""
    data = _json(record.as_data() if sensitive.NAMES not in record.context else _sealed(record, secret))
    text = base64.urlsafe_b64encode(zlib.compress(data, 1)).decode().rstrip("=")
    if len(text) > MAX_TEXT:
        raise ValueError(
            f"The call's record takes {len(text)} characters, at most {MAX_TEXT}; keep less in the context."
        )
    return text


def _sealed(record: CallRecord, secret: bytes) -> dict[str, Any]:
    context = record.context
    values = {name: context[name] for name in sensitive.names(context)}
    kept = sensitive.forgotten(context)
    if secret and values:
        kept[_SEALED] = seal(json.dumps(values, default=str), secret)
    return {**record.as_data(), "context": kept}


def _unsealed(context: dict[str, Any], secret: bytes) -> dict[str, Any]:
    """What was sealed with another secret is not there: it is asked for again, or the flow's way for that is taken."""
    text = unseal(str(context.pop(_SEALED)), secret) if secret else context.pop(_SEALED) and None
    values = json.loads(text) if text else {}
    return {**context, **values, **sensitive.marked({**context, **values}, values)} if values else context


def _json(data: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(data, default=str, option=_AS_JSON)
    except TypeError:  # a number of more than 64 bits, half a character: a flow may remember anything
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def from_text(text: str, secret: bytes = b"") -> CallRecord:
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
    if isinstance(context := data.get("context"), dict) and _SEALED in context:
        data["context"] = _unsealed(context, secret)
    return CallRecord.from_data(data)
