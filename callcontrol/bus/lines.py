"""How a line is written down: JSON, whatever a caller's name may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from callcontrol.ports.journal import StoryLine


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} can't stand in a journal line; make it plain JSON first")


def dump(data: Mapping[str, Any]) -> bytes:
    """JSON of ``data``. Text that is no Unicode (a lone surrogate of a broken caller's name) becomes ``?``: a call must
    not end by it. Raises ``TypeError`` with a sentence for what is no plain data."""
    try:
        return orjson.dumps(data, default=_plain)
    except TypeError as error:
        if "surrogates" in str(error):
            text = json.dumps(data, default=_plain, ensure_ascii=False)
            return text.encode("utf-8", "replace")
        if "key must be str" in str(error):  # an Outcome is one, but not for orjson
            return orjson.dumps(data, default=_plain, option=orjson.OPT_NON_STR_KEYS)
        raise


def load(line: bytes) -> Any:
    return orjson.loads(line)


def load_line(line: bytes | None) -> Mapping[str, Any]:
    """The data of a journal line. What somebody else put into the stream is no reason to stop reading: it comes as
    ``{"unreadable": ...}``, which is of no known kind."""
    try:
        data = load(line or b"")
    except ValueError:
        data = None
    return data if isinstance(data, dict) else {"unreadable": repr(line)[:80]}


def dump_story(line: StoryLine) -> bytes:
    return dump({"call": line.call, "at": line.at, "kind": line.kind, "data": line.data})


def load_story(line: bytes | None) -> StoryLine:
    data = load_line(line)
    try:
        return StoryLine(data["call"], data["at"], data["kind"], data["data"])
    except KeyError:
        what = f"A line of the stories can't be read: {repr(line)[:80]}."
        return StoryLine("", 0.0, "trouble", {"what": what})
