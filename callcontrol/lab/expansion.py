"""The switch's own expansion of ``${...}`` in application arguments: variables, and API commands that it *runs*.

The lab runs none of them: it notes what the real switch would have run, so that a test can prove that a hostile value did nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel


def expand(text: str, channel: Channel) -> str:
    """``text`` with its variables filled in. ``\\${`` stays as it is."""
    if "$" not in text:
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        start = text.find("${", at)
        if start < 0:
            out.append(text[at:])
            break
        if start > 0 and text[start - 1] == "\\":
            out.append(text[at : start - 1] + "${")
            at = start + 2
            continue
        end = _closing_brace(text, start + 2)
        if end < 0:
            out.append(text[at:])
            break
        out.append(text[at:start])
        out.append(_value(expand(text[start + 2 : end], channel), channel))
        at = end + 1
    return "".join(out)


def _closing_brace(text: str, at: int) -> int:
    depth = 1
    for index in range(at, len(text)):
        if text[index] == "{":
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return -1


def _value(inner: str, channel: Channel) -> str:
    name, bracket, rest = inner.partition("(")
    if bracket and rest.endswith(")"):
        channel.switch.note_executed(name.strip(), rest[:-1])
        return ""
    command, space, argument = inner.partition(" ")
    if space:
        channel.switch.note_executed(command, argument)
        return ""
    return channel.get(inner) or ""
