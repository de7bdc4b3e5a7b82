"""Named API keys, of which only the hashes are stored."""

import re
import secrets
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Self

PREFIX = "coaster_"
"""The prefix of every key. People and scanners recognise a leaked key by it."""
KEY_BYTES = 32
"""Number of random bytes in a key. A key of 256 random bits cannot be guessed, so a fast hash
without salt is enough.
"""
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
LINE = re.compile(rf"(?P<name>{NAME.pattern})\s+(?P<hash>[0-9a-f]{{64}})")
COMMENT = "#"


class KeysError(Exception):
    """The keys cannot be read or made. The message gives the reason and contains no key."""


class Keys:
    """The keys that the service knows: the name of each key, and its hash in hex digits."""

    def __init__(self, hashes: dict[str, str]) -> None:
        self._known = [(bytes.fromhex(digits), name) for name, digits in hashes.items()]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the keys from a file in which each line has a name and a hash. Empty lines and lines
        that begin with # are ignored.

        Raises KeysError.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise KeysError(
                f"The file of the API keys, {path}, cannot be read: {_why(error)}."
            ) from None
        hashes: dict[str, str] = {}
        for number, line in enumerate(map(str.strip, lines), 1):
            if line and not line.startswith(COMMENT):
                _add(line, number, hashes)
        if not hashes:
            raise KeysError(
                "The file of the API keys has no key, so all clients would be rejected."
            )
        return cls(hashes)

    def name(self, key: bytes) -> str | None:
        """Return the name of a key, or None if the key is unknown.

        The whole hash is compared with that of every known key, so the time taken reveals nothing.
        """
        digest, found = sha256(key).digest(), None
        for known, name in self._known:
            if compare_digest(known, digest):
                found = name
        return found


def made(name: str) -> tuple[str, str]:
    """Return a new key and its line for the file.

    Raises KeysError.
    """
    if not NAME.fullmatch(name):
        raise KeysError(
            "The name of a key has 1 to 64 characters: letters, digits, dots, dashes and "
            "underscores."
        )
    key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    return key, f"{name} {sha256(key.encode()).hexdigest()}"


def _add(line: str, number: int, hashes: dict[str, str]) -> None:
    """Add the name and the hash of a line.

    Raises KeysError, which names the line but not its content, as that may be a key by mistake.
    """
    read = LINE.fullmatch(line)
    if read is None:
        raise KeysError(
            f"Line {number} of the file of the API keys is not a name and a hash, as "
            "`python -m service key NAME` prints them."
        )
    if read["name"] in hashes:
        raise KeysError(
            f"Line {number} of the file of the API keys repeats the name of an earlier line."
        )
    if read["hash"] in hashes.values():
        raise KeysError(
            f"Line {number} of the file of the API keys repeats the key of an earlier line."
        )
    hashes[read["name"]] = read["hash"]


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (
        (error.strerror or type(error).__name__).lower()
        if isinstance(error, OSError)
        else "it is not text"
    )
