"""Memory that processes share. A worker reads a large file there, and nothing copies it.

The memory has no name, and the system frees it as soon as no process has it, however they end.
"""

import os
import sys
from mmap import PROT_READ, mmap
from pathlib import Path
from socket import recv_fds, send_fds, socket
from tempfile import mkstemp
from typing import Self
from weakref import finalize

Content = bytes | mmap
"""The content of a file, which can be in shared memory."""


class SharedMemory:
    """Memory that grows as it is written, until other processes map it."""

    def __init__(self) -> None:
        self.descriptor = _created()
        finalize(self, os.close, self.descriptor)

    def write(self, content: memoryview) -> None:
        """Write more content at the end. Raises OSError."""
        while content:
            content = content[os.write(self.descriptor, content) :]


class Mapping(mmap):
    """The content of shared memory, which cannot be changed."""

    memory: SharedMemory

    def __new__(cls, memory: SharedMemory) -> Self:
        """Map the memory, which has at least one byte, and keep it open."""
        self = super().__new__(cls, memory.descriptor, 0, prot=PROT_READ)
        self.memory = memory
        return self


def _created() -> int:
    """Return the file descriptor of new memory. Only Linux has files without a disk."""
    if sys.platform == "linux":
        return os.memfd_create("coaster")
    descriptor, path = mkstemp()
    Path(path).unlink()
    return descriptor


def send(content: Mapping, channel: socket) -> None:
    """Send shared memory to the process at the other end of a channel. Raises OSError."""
    send_fds(channel, [b"m"], [content.memory.descriptor])


def received(channel: socket) -> mmap:
    """Return the content of the next shared memory of a channel. Raises OSError."""
    _, (descriptor,), _, _ = recv_fds(channel, 1, 1)
    try:
        return mmap(descriptor, 0, prot=PROT_READ)
    finally:
        os.close(descriptor)
