"""Telephone numbers as people may see them: masked; and as keys that tell two callers apart without telling who they are."""

import hmac
import re

NUMBER_KEY = re.compile(r"[0-9a-f]{16}")  # as ``number_key`` makes it


def masked(number: str) -> str:
    """``13812345678`` -> ``138****5678``; short numbers and extensions keep their last two keys: ``*01``. Anything that is
    not a number (a name, an address, control characters) becomes ``?``."""
    digits = number.removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        return "?"
    if len(digits) <= 6:
        return "*" * max(len(digits) - 2, 1) + digits[-2:]
    return digits[:3] + "*" * (len(digits) - 7) + digits[-4:] if len(digits) > 7 else digits[:1] + "***" + digits[-3:]


def number_key(number: str, secret: bytes) -> str:
    """A key of 16 hex digits: the same for the same number, useless without the secret. Empty for a withheld number."""
    if number.strip("+0123456789") != "" or not number.strip("+"):
        return ""
    return hmac.digest(secret, number.encode(), "sha256").hex()[:16]
