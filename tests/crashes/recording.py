"""A recording of what a run asks the system to write and to sync, made by strace."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

CALLS = "openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink"
ANY_LENGTH = "100000000"
"""The option by which strace writes down all bytes."""
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
FILE = re.compile(r"\d+<(.*?)>")
STRING = re.compile(r'"(.*?)"')
NUMBER = re.compile(r", (\d+)")
CREATING = "O_CREAT"
RESPONSES = "responses"
"""The file to which the run writes the responses that a client received."""
STORE = "jobs.db"


@dataclass(frozen=True)
class Write:
    """Bytes that are written to a place of a file."""

    file: str
    place: int
    body: bytes


@dataclass(frozen=True)
class Truncate:
    """A new length of a file."""

    file: str
    length: int


@dataclass(frozen=True)
class Sync:
    """A promise of the system that all earlier changes of a file are on the disk."""

    file: str


@dataclass(frozen=True)
class Named:
    """A file that is created, or removed if `exists` is false. Only a sync of the directory, which
    is the file "", makes this last.
    """

    file: str
    exists: bool


@dataclass(frozen=True)
class Response:
    """A response that a client received about a job."""

    what: str
    job_id: str


Step = Write | Truncate | Sync | Named | Response


def recorded(folder: Path, synchronous: str) -> Sequence[Step]:
    """Record a run whose store is in this folder, and return its steps."""
    calls = folder.with_suffix(".strace")
    tracing = ["strace", "-y", "-xx", "-s", ANY_LENGTH, "-e", f"trace={CALLS}", "-o", str(calls)]
    program = [
        sys.executable,
        "-m",
        "tests.crashes.run",
        str(folder / STORE),
        str(folder / RESPONSES),
    ]
    subprocess.run([*tracing, *program, synchronous], cwd=ROOT, check=True)
    return [*steps(calls.read_text(), folder)]


def steps(calls: str, folder: Path) -> Iterator[Step]:
    """Yield the steps that these system calls make in a folder."""
    for name, arguments, result in CALL.findall(calls):
        strings = [_bytes(text) for text in STRING.findall(arguments)]
        path = _path(name, arguments, strings)
        if int(result) < 0 or not path.is_relative_to(folder):
            continue
        file = path.name if path != folder else ""
        if name == "write" and file == RESPONSES:
            what, job_id = strings[0].decode().split()
            yield Response(what, job_id)
        elif name == "pwrite64":
            *_, place = NUMBER.findall(arguments)
            yield Write(file, int(place), strings[0])
        elif name == "ftruncate":
            yield Truncate(file, int(NUMBER.findall(arguments)[0]))
        elif name in {"fsync", "fdatasync"}:
            yield Sync(file)
        elif name == "unlink" or CREATING in arguments:
            yield Named(file, exists=name != "unlink")


def _path(name: str, arguments: str, strings: Sequence[bytes]) -> Path:
    if name in {"openat", "unlink"}:
        return Path(strings[0].decode())
    found = FILE.match(arguments)
    return Path(_bytes(found[1]).decode() if found else "")


def _bytes(text: str) -> bytes:
    r"""Return what strace writes as \x12\x34."""
    return bytes.fromhex(text.replace("\\x", ""))
