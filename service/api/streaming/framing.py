"""The two framings of events: server-sent events and newline-delimited JSON."""

from collections.abc import Callable

from service.api.endpoints import NDJSON, SSE
from service.descent.frozen import frozen
from service.pool.frames import EventBytes


@frozen
class Framing:
    """The bytes of an event, of a keep-alive, and of the end of a stream that has more events. The
    client should reconnect for those after one second.
    """

    frame: Callable[[EventBytes], bytes]
    alive: bytes
    more: bytes


def _sse(event: EventBytes) -> bytes:
    """Return an event as a server-sent event. Only `steps` has an id, which is where a client
    resumes.
    """
    last_id = b"id: %d\n" % event.last if event.type == "steps" else b""
    return b"event: %s\n%sdata: %s\n\n" % (event.type.encode(), last_id, event.body)


def _ndjson(event: EventBytes) -> bytes:
    return event.body + b"\n"


FRAMINGS = {
    SSE: Framing(_sse, b": alive\n\n", b"retry: 1000\n\n"),
    NDJSON: Framing(_ndjson, b"\n", b""),
}
"""The framings by media type."""
