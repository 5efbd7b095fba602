"""A short text made unreadable without the secret, and noticed when changed: HMAC-SHA256 as the key stream and as the seal.

For what travels with a call where others can see it, for minutes. Not for files."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets

_NONCE, _SEAL = 12, 16


def seal(text: str, secret: bytes) -> str:
    """Letters, digits, ``-`` and ``_``; another one each time."""
    nonce = secrets.token_bytes(_NONCE)
    hidden = _crossed(text.encode("utf-8", "replace"), nonce, secret)
    return base64.urlsafe_b64encode(nonce + hidden + _seal_of(nonce + hidden, secret)).decode().rstrip("=")


def unseal(sealed: str, secret: bytes) -> str | None:
    """None for what was sealed with another secret, or changed."""
    try:
        data = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except (binascii.Error, ValueError):
        return None
    body, mark = data[:-_SEAL], data[-_SEAL:]
    if len(body) < _NONCE or not hmac.compare_digest(mark, _seal_of(body, secret)):
        return None
    return _crossed(body[_NONCE:], body[:_NONCE], secret).decode("utf-8", "replace")


def _crossed(data: bytes, nonce: bytes, secret: bytes) -> bytes:
    key = hmac.digest(secret, b"stream", "sha256")
    stream = b"".join(
        hmac.digest(key, nonce + number.to_bytes(4, "big"), "sha256") for number in range(len(data) // 32 + 1)
    )
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def _seal_of(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(hmac.digest(secret, b"seal", "sha256"), body, "sha256")[:_SEAL]
