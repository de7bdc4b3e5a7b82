"""How events travel: one model, two framings."""

from collections.abc import Callable

from service.descent.frozen import frozen
from service.pool.frames import Told

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"


@frozen
class Framing:
    """Bytes for an event, for a sign of life, and for a stream that ends although there is more:
    come back in a second.
    """

    frame: Callable[[Told], bytes]
    alive: bytes
    more: bytes


def _sse(told: Told) -> bytes:
    """Only steps have an id: it is where a reader who comes back goes on."""
    place = b"id: %d\n" % told.last if told.type == "steps" else b""
    return b"event: %s\n%sdata: %s\n\n" % (told.type.encode(), place, told.body)


def _ndjson(told: Told) -> bytes:
    return told.body + b"\n"


FRAMINGS = {
    SSE: Framing(_sse, b": alive\n\n", b"retry: 1000\n\n"),
    NDJSON: Framing(_ndjson, b"\n", b""),
}
"""By media type."""
