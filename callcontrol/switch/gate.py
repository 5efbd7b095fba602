"""The one gate for everything that comes from outside: what passes can't be expanded by the switch, can't start a new header of a
command, can't end a dial string or a list of variables.

Two manners. Text of people (a caller's name, a number, a value to remember) is *cleansed*: what could do harm is dropped, and the
call goes on. Text of machines (an identity, a contact, a path) is *refused* with a sentence: a dial string with a piece missing would
be another dial string. Only this module makes ``Harmless``; ``commands`` takes nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from math import ceil
from typing import NewType

from callcontrol.ports.switch import SwitchError
from callcontrol.switch.causes import CAUSES

Harmless = NewType("Harmless", str)

NOTHING = Harmless("")

MAX_NAME = 80  # characters; longer than any display shows, shorter than any SIP stack refuses
MAX_NUMBER = 40
MAX_CONTACT = 255
MAX_PATH = 512
MAX_VALUE = 32_768  # a call's record is some 2 kB; the switch takes this much in one command

# Expansion ($ { } and the % of URL-encoding, which originate decodes), lists and dial strings (, | ^ ; !), groups and
# applications ( [ ] ( ) & < > ), quoting (' " ` \).
_HARMFUL = frozenset("${}[]()&<>,|^;!%'\"`\\")


class Refused(SwitchError):
    """A value that must not reach the switch. The message names what and why, never a full number."""


def _cleanse(text: str, limit: int) -> str:
    kept = []
    for character in text:
        if character in _HARMFUL:
            continue
        category = unicodedata.category(character)
        if category[0] in "CZ":  # controls, line ends, odd spaces, surrogates, direction marks
            if character != " " and (category[0] == "C" and category != "Cc"):
                continue
            character = " "
        kept.append(character)
        if len(kept) > 4 * limit:  # 10 kB names need no more reading than this
            break
    return " ".join("".join(kept).split())[:limit].strip()


def caller_name(text: str) -> Harmless:
    """A person's name for a display, in any script, at most ``MAX_NAME`` characters; may become empty."""
    # The switch itself cuts a display name at a colon or slash.
    return Harmless(_cleanse(re.sub("[:/]", " ", text[: 4 * MAX_NAME]), MAX_NAME))


def caller_number(text: str) -> Harmless:
    """A telephone number or SIP user: digits, letters, ``+ * # . _ -``; everything else is dropped."""
    return Harmless(re.sub(r"[^0-9A-Za-z+*#._-]", "", text[: 4 * MAX_NUMBER])[:MAX_NUMBER])


_PLAIN = re.compile(r"[0-9A-Za-z_./:=+-]*", re.ASCII)


def variable_value(text: str) -> Harmless:
    """The value of a channel variable. Characters that could do harm are dropped. Too long is ``Refused``: half a record is no
    record."""
    if len(text) > MAX_VALUE:
        raise Refused(
            f"A channel variable of {len(text)} characters is too long; the limit is {MAX_VALUE}. Keep less in the call's record."
        )
    if _PLAIN.fullmatch(text):  # a record, a path, a number: nearly always
        return Harmless(text)
    return Harmless(_cleanse(text, MAX_VALUE))


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}", re.ASCII)


def variable_name(text: str) -> Harmless:
    return _matching(_VARIABLE, text, "a channel variable", "letters, digits and _")


_IDENTITY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}", re.ASCII)


def identity(text: str) -> Harmless:
    """The identity of a leg, a job or an execution: a UUID, or something as plain."""
    return _matching(_IDENTITY, text, "an identity of a leg", "letters, digits and -")


_USER = r"[0-9A-Za-z+*#._~-]{1,64}"
_HOST = r"(?:[0-9A-Za-z._-]{1,128}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_NAME = r"[0-9A-Za-z._-]{1,64}"
_CONTACT = re.compile(
    rf"user/{_USER}(?:@{_HOST})?"
    rf"|sofia/gateway/{_NAME}/{_USER}"
    rf"|sofia/(?!gateway/){_NAME}/(?:sips?:)?{_USER}[@%]{_HOST}(?:;transport=(?:udp|tcp|tls|ws|wss))?"
    rf"|loopback/{_USER}(?:/{_NAME}(?:/{_NAME})?)?",
    re.ASCII,
)


def contact(text: str) -> Harmless:
    """A dial string for one phone, by a strict grammar: ``user/1001``, ``user/1001@domain``, ``sofia/PROFILE/1001@host:port``,
    ``sofia/gateway/NAME/NUMBER``, ``loopback/EXTENSION/CONTEXT``. No variables, no second destination."""
    if len(text) > MAX_CONTACT or not _CONTACT.fullmatch(text):
        raise Refused(
            f"{_shown(text)} is no contact that can be rung; write it like user/1001, user/1001@domain or"
            " sofia/internal/1001@192.0.2.7:5060."
        )
    return Harmless(text)


_PHONE = re.compile(rf"{_USER}(?:@{_HOST})?", re.ASCII)


def user(text: str) -> Harmless:
    """``1001`` or ``1001@domain``"""
    return _matching(_PHONE, text, "a phone", "1001 or 1001@domain")


# No @ and no colon: "@@9@@a.wav", "say:..." and "phrase:..." mean something else to the switch.
_FILE = re.compile(r"[\w./+=~-]+")
_STREAM = re.compile(
    r"silence_stream://-?[0-9]{1,8}(?:,[0-9]{1,6})?"
    r"|tone_stream://(?:[a-z]=-?[0-9.]+;)*%\([0-9]{1,6},[0-9]{1,6}(?:,[0-9.]{1,8}){1,4}\)(?:;(?:%\([0-9]{1,6},[0-9]{1,6}(?:,[0-9.]{1,8}){1,4}\)|loops=-?[0-9]{1,6}))*"
    r"|local_stream://[\w./-]{1,64}",
    re.ASCII,
)


def sound(text: str) -> Harmless:
    """Something to play: a file (``zh/welcome.wav``, ``/srv/sounds/zh/welcome.wav``: no space, no ``..``) or a ``silence_stream://``,
    ``tone_stream://`` or ``local_stream://``."""
    if "://" in text:
        if len(text) <= MAX_PATH and _STREAM.fullmatch(text):
            return Harmless(text)
        raise Refused(
            f"{_shown(text)} is no stream that can be played; use silence_stream://, tone_stream:// or local_stream://."
        )
    return path(text)


def path(text: str) -> Harmless:
    """A file name on the switch. May hold letters of any script; no spaces, quotes or ``..``."""
    if not 0 < len(text) <= MAX_PATH or not _FILE.fullmatch(text) or ".." in text.split("/") or text.startswith("-"):
        raise Refused(
            f"{_shown(text)} is no file name for the switch; use letters, digits and . / _ - only, without spaces."
        )
    return Harmless(text)


def recording(text: str) -> Harmless:
    """Where a recording goes: an absolute ``path``."""
    if not text.startswith("/"):
        raise Refused(f"{_shown(text)} is no place for a recording; give the whole path, beginning with /.")
    return path(text)


_ROOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)


def room(text: str) -> Harmless:
    """The name of a conference."""
    return _matching(_ROOM, text, "a conference", "letters, digits, - and _")


_HEADER = re.compile(r"X-[A-Za-z0-9-]{1,60}", re.ASCII)


def header(text: str) -> Harmless:
    """The variable of a new leg that becomes this header of its INVITE."""
    return Harmless(f"sip_h_{_matching(_HEADER, text, 'a SIP header', 'X-, letters, digits and -')}")


_EXTENSION = re.compile(r"[0-9A-Za-z*#+._-]{1,64}:XML:[0-9A-Za-z._-]{1,64}", re.ASCII)


def extension(text: str) -> Harmless:
    """``EXTENSION:XML:CONTEXT``"""
    return _matching(_EXTENSION, text, "a dialplan extension", "EXTENSION:XML:CONTEXT")


def cause(text: str) -> Harmless:
    """A hang-up cause that the switch knows (NORMAL_CLEARING, USER_BUSY, ...)."""
    if text not in CAUSES:
        raise Refused(f"{_shown(text)} is no hang-up cause of the switch; use for example NORMAL_CLEARING.")
    return Harmless(text)


def keys(text: str) -> Harmless:
    """Telephone keys: 0-9, ``*``, ``#``, A-D."""
    if len(text) > 16 or re.fullmatch(r"[0-9*#A-D]*", text, re.ASCII) is None:
        raise Refused(f"{_shown(text)} are no telephone keys; use 0-9, *, # and A-D.")
    return Harmless(text)


_QUESTION = re.compile(r"[\w ./:@*+-]{1,500}")


def question(text: str) -> Harmless:
    """An ``api`` command that only asks (``module_exists mod_sofia``), with words from the settings in it."""
    return _matching(_QUESTION, text, "a question to the switch", "plain words")


def password(text: str) -> Harmless:
    if not text or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise Refused("The switch's password is empty or holds a space or line end; correct it in the settings.")
    return Harmless(text)


def whole(number: float, *, least: int = 0, most: int = 86_400_000) -> Harmless:
    """A whole number, rounded up, held between ``least`` and ``most``."""
    return Harmless(str(min(max(ceil(number), least), most)))


def _matching(pattern: re.Pattern[str], text: str, what: str, like: str) -> Harmless:
    if not pattern.fullmatch(text):
        raise Refused(f"{_shown(text)} is no name for {what}; it is written with {like}.")
    return Harmless(text)


def _shown(text: str) -> str:
    """A piece of the offending text that is safe in a log: no line ends, digits of a long number hidden."""
    piece = ascii(text[:60]) + ("…" if len(text) > 60 else "")
    return re.sub(r"\d{7,}", lambda run: run.group()[:2] + "…" + run.group()[-2:], piece)
