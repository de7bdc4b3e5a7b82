"""API keys: several, named, and kept as their hashes alone."""

import re
import secrets
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Self

PREFIX = "coaster_"
"""Of every key, so that people and scanners know one where it should not be."""
KEY_BYTES = 32
"""Of chance in a key: nobody guesses it, so that a fast hash without salt is enough."""
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
LINE = re.compile(rf"(?P<name>{NAME.pattern})\s+(?P<hash>[0-9a-f]{{64}})")
COMMENT = "#"


class KeysError(Exception):
    """Keys cannot be read or made; the message says why, and holds none."""


class Keys:
    """Those that the service knows; of each the name, and the hash in hex digits."""

    def __init__(self, hashes: dict[str, str]) -> None:
        self._known = [(bytes.fromhex(digits), name) for name, digits in hashes.items()]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The keys of a file: a name and a hash a line; lines that are empty or begin with # say
        nothing.

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
            raise KeysError("The file of the API keys has none: nobody could ask for anything.")
        return cls(hashes)

    def name(self, key: bytes) -> str | None:
        """The name of a key, or None. It is compared with each, and whole: the time that takes
        tells nothing.
        """
        digest, found = sha256(key).digest(), None
        for known, name in self._known:
            if compare_digest(known, digest):
                found = name
        return found


def made(name: str) -> tuple[str, str]:
    """A new key, and its line for the file.

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
    """Raises KeysError. It names the line and not what is in it: that may be a key by mistake."""
    read = LINE.fullmatch(line)
    if read is None:
        raise KeysError(
            f"Line {number} of the file of the API keys is not a name and a hash, as "
            "`python -m service key NAME` prints them."
        )
    if read["name"] in hashes:
        raise KeysError(
            f"Line {number} of the file of the API keys has a name that an earlier one has."
        )
    if read["hash"] in hashes.values():
        raise KeysError(
            f"Line {number} of the file of the API keys has a key that an earlier one has."
        )
    hashes[read["name"]] = read["hash"]


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (
        (error.strerror or type(error).__name__).lower()
        if isinstance(error, OSError)
        else "it is not text"
    )
