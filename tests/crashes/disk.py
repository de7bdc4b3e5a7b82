"""A disk that keeps what was synced, and after a crash has some of the rest."""

from collections.abc import Mapping
from random import Random

from tests.crashes.recording import Named, Step, Sync, Truncate, Write

SECTOR = 512
"""The bytes that a disk writes as a whole."""
MEMORY = ("-shm", "responses")
"""The ends of the names of files that are shared memory or do not belong to the store."""
Image = Mapping[str, bytes]
"""The content of each file after a crash."""


class Disk:
    """The files of a directory, as they are surely on the disk, and the changes after that."""

    def __init__(self) -> None:
        self._synced: dict[str, bytes] = {}
        """The content of each file as of its last sync."""
        self._names: set[str] = set()
        """The files that exist as of the last sync of the directory."""
        self._changes: list[Write | Truncate] = []
        self._namings: list[Named] = []

    def apply(self, step: Step) -> None:
        """Take the next step of a run."""
        if isinstance(step, Sync):
            self._sync(step.file)
        elif isinstance(step, Named):
            if not step.file.endswith(MEMORY):
                self._namings.append(step)
        elif isinstance(step, Write | Truncate) and not step.file.endswith(MEMORY):
            self._changes.append(step)

    def _sync(self, file: str) -> None:
        if not file:
            self._names = _named(self._names, self._namings)
            self._namings.clear()
            return
        ours = [change for change in self._changes if change.file == file]
        self._synced[file] = _changed(self._synced.get(file, b""), ours)
        self._changes = [change for change in self._changes if change.file != file]

    def lost_process(self) -> Image:
        """Return what is there if only the process ends: everything."""
        return self._image(self._changes, self._namings)

    def lost_power(self) -> Image:
        """Return what is there if nothing was written but what was synced."""
        return self._image([], [])

    def lost_some(self, random: Random) -> Image:
        """Return what is there if some of the other changes were written, the last one in part."""
        kept = [change for change in self._changes if random.random() < 0.5]
        if kept and isinstance(last := kept[-1], Write):
            torn = random.randrange(0, len(last.body) + 1, SECTOR)
            kept[-1] = Write(last.file, last.place, last.body[:torn])
        return self._image(kept, self._namings[: random.randint(0, len(self._namings))])

    def _image(self, changes: list[Write | Truncate], namings: list[Named]) -> Image:
        return {
            file: _changed(
                self._synced.get(file, b""), [change for change in changes if change.file == file]
            )
            for file in _named(self._names, namings)
        }


def _named(names: set[str], namings: list[Named]) -> set[str]:
    existing = set(names)
    for naming in namings:
        if naming.exists:
            existing.add(naming.file)
        else:
            existing.discard(naming.file)
    return existing


def _changed(content: bytes, changes: list[Write | Truncate]) -> bytes:
    if not changes:
        return content
    changed = bytearray(content)
    for change in changes:
        if isinstance(change, Truncate):
            del changed[change.length :]
            changed.extend(bytes(change.length - len(changed)))
        else:
            changed.extend(bytes(max(0, change.place - len(changed))))
            changed[change.place : change.place + len(change.body)] = change.body
    return bytes(changed)
