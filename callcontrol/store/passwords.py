"""Passwords as argon2id hashes and tokens as digests. Hashing takes a fifth of a second and 64 MiB: two at a time, beside
the hub."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from callcontrol.store.off_hub import Threads

LEAST_LENGTH = 12
GREATEST_LENGTH = 1024  # a longer one only costs memory

_threads = Threads(2)


class Passwords:
    """``hasher`` is chosen by tests, which need no strength."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = ""

    def hashed(self, password: str) -> str:
        """Raises ``ValueError`` with a sentence for one that is too short or too long."""
        if not LEAST_LENGTH <= len(password) <= GREATEST_LENGTH:
            raise ValueError(
                f"A password has {LEAST_LENGTH} to {GREATEST_LENGTH} characters; this one has {len(password)}. "
                "Choose another, such as four words."
            )
        return _threads.run(lambda: self._hasher.hash(_bytes(password)))

    def hashed_short(self, secret: str) -> str:
        """Of something that may be short because whoever guesses is stopped elsewhere: a PIN."""
        return _threads.run(lambda: self._hasher.hash(_bytes(secret[:GREATEST_LENGTH])))

    def fits(self, password: str, kept: str) -> bool:
        """Whether it is the password of ``kept``. Takes as long for an empty ``kept``, so that the time does not tell
        which users exist."""
        if not self._nobody:
            self._nobody = _threads.run(lambda: self._hasher.hash(secrets.token_bytes(16)))
        against = kept or self._nobody

        def verify() -> bool:
            try:
                return self._hasher.verify(against, _bytes(password[: GREATEST_LENGTH + 1])) and bool(kept)
            except (VerificationError, InvalidHashError):
                return False

        return _threads.run(verify)

    def is_weak(self, kept: str) -> bool:
        """Made with less than today's parameters."""
        return self._hasher.check_needs_rehash(kept)


def digest(token: str) -> str:
    """A random token needs no slow hash."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
