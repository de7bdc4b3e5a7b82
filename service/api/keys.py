"""Named API keys, of which only the hashes are stored, and the paths that need none."""

import asyncio
import logging
import re
import secrets
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from stat import S_IWOTH

from service.api.problems import Code, ProblemError

log = logging.getLogger(__name__)

PREFIX = "coaster_"
"""The prefix of every key. People and scanners recognise a leaked key by it."""
KEY_BYTES = 32
"""Number of random bytes in a key, which cannot be guessed: a fast hash without salt is enough."""
CHECK_SECONDS = 1
"""The time between two checks whether the file of keys has changed, in seconds."""
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
LINE = re.compile(rf"(?P<name>{NAME.pattern})\s+(?P<hash>[0-9a-f]{{64}})")
OPEN_PATHS = {
    *{"/", "/livez", "/readyz", "/openapi.json", "/llms.txt"},
    *{"/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"},
}
OPEN_BELOW = ("/page/", "/problems/")
"""The paths that are open to every client, in addition to `OPEN_PATHS`.

Together they are the page, which asks for the key itself, the health checks, the contract, the
guide for language models, and the explanations of the problems.
"""


class KeysError(Exception):
    """The keys cannot be read or made. The message gives the reason and contains no key."""


class Keys:
    """The keys of a file: the name of each key, and its hash in hex digits. `follow` reads the file
    again when it changes.
    """

    def __init__(self, path: Path) -> None:
        """Read the keys. Raises KeysError."""
        self._path = path
        self._version = _version(path)
        self._hashes = read(path)

    def reload(self) -> None:
        """Read the file again. If it cannot be used, keep the keys and log the reason."""
        self._version = _version(self._path)
        try:
            self._hashes = read(self._path)
        except KeysError as error:
            log.error("keys_not_reloaded", extra={"fields": {"reason": str(error)}})  # noqa: TRY400
        else:
            log.info("keys_reloaded", extra={"fields": {"keys": len(self._hashes)}})

    async def follow(self) -> None:
        """Reload the keys within CHECK_SECONDS of each change of the file."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if _version(self._path) != self._version:
                self.reload()

    def name(self, key: bytes) -> str | None:
        """Return the name of a key, or None if the key is unknown."""
        digest, found = sha256(key).hexdigest(), None
        for name, known in self._hashes.items():  # all of them, so that the time reveals nothing
            if compare_digest(known, digest):
                found = name
        return found

    def client(self, authorization: str) -> str:
        """Return the name of the key in an Authorization header. Raises ProblemError."""
        scheme, _, key = authorization.partition(" ")
        detail = "Send `Authorization: Bearer` followed by a key."
        if scheme.lower() == "bearer":
            if name := self.name(key.encode("latin-1").strip()):
                return name
            detail = "The service does not know this key."
        raise ProblemError(Code.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


def is_open(path: str) -> bool:
    """Return whether a path is open to every client, because it holds no data."""
    return path in OPEN_PATHS or path.startswith(OPEN_BELOW)


def made(name: str) -> tuple[str, str]:
    """Return a new key and its line for the file. Raises KeysError."""
    if not NAME.fullmatch(name):
        allowed = "letters, digits, dots, dashes and underscores"
        raise KeysError(f"The name of a key has 1 to 64 characters: {allowed}.")
    key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    return key, f"{name} {sha256(key.encode()).hexdigest()}"


def read(path: Path) -> dict[str, str]:
    """Return the hash of each key in a file, by the name of the key.

    Each line has a name and a hash. Empty lines and lines that begin with # are ignored. Raises
    KeysError.
    """
    if path.is_fifo():  # reading it would wait for a writer
        raise KeysError(f"The file of the API keys, {path}, is not a file.")
    try:
        if path.stat().st_mode & S_IWOTH:
            log.warning("keys_writable", extra={"fields": {"file": str(path)}})
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = str(error.strerror).lower() if isinstance(error, OSError) else "it is not text"
        raise KeysError(f"The file of the API keys, {path}, cannot be read: {why}.") from None
    hashes: dict[str, str] = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.startswith("#"):
            _add(line, number, hashes)
    if not hashes:
        why = "has no key, so all clients would be rejected"
        raise KeysError(f"The file of the API keys {why}.")
    return hashes


def _version(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is edited or replaced, or when its permissions change, or
    None if there is no file.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ctime_ns, found.st_size, found.st_ino


def _add(line: str, number: int, hashes: dict[str, str]) -> None:
    """Add a line. Raises KeysError without the line itself, which may be a key by mistake."""
    place = f"Line {number} of the file of the API keys"
    read = LINE.fullmatch(line)
    if read is None:
        printed = "as `python -m service key NAME` prints them"
        raise KeysError(f"{place} is not a name and a hash, {printed}.")
    if read["name"] in hashes:
        raise KeysError(f"{place} repeats the name of an earlier line.")
    if read["hash"] in hashes.values():
        raise KeysError(f"{place} repeats the key of an earlier line.")
    hashes[read["name"]] = read["hash"]
