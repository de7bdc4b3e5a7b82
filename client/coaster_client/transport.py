"""Connections, the only module that knows httpx: outcomes of calls, as values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import closing
from typing import Any, TypedDict

import httpx

from coaster_client.calls import JSON, Call, Lost, Response
from coaster_client.events import Part
from coaster_client.uploads import Upload

TIMEOUT = httpx.Timeout(60.0, connect=5.0)
"""Seconds without a byte after which a connection is lost. Streams send a line every 15 seconds."""


class _Options(TypedDict):
    base_url: str
    headers: dict[str, str]
    timeout: httpx.Timeout
    limits: httpx.Limits
    verify: bool


def _options(base_url: str, api_key: str | None) -> _Options:
    """Return the options of a connection pool. Raises ValueError if the URL is not that of HTTP, or
    the API key cannot be sent.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{base_url!r} is not a URL: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError(f"A URL begins with http:// or https:// and a host, not {base_url!r}.")
    headers = {"Accept": JSON}
    if api_key:
        if not (api_key.isascii() and api_key.isprintable()):
            raise ValueError("The API key has characters that cannot be sent, such as a line end.")
        headers["Authorization"] = f"Bearer {api_key}"
    return {
        "base_url": base_url,
        "headers": headers,
        "timeout": TIMEOUT,
        "limits": httpx.Limits(max_connections=None),
        "verify": url.scheme == "https",  # reading certificates takes 25 ms
    }


def _headers(call: Call[Any]) -> dict[str, str]:
    headers = dict(call.headers)
    if isinstance(call.body, Upload):
        headers["Content-Length"] = str(call.body.size)
    elif call.body is not None:
        headers.setdefault("Content-Type", JSON)
    return headers


def _content(call: Call[Any]) -> dict[str, Any]:
    """Return the headers and the body of one attempt, for a client for threads."""
    body = call.body.pieces() if isinstance(call.body, Upload) else call.body
    return {"headers": _headers(call), "content": body}


def _async_content(call: Call[Any]) -> dict[str, Any]:
    """Return the headers and the body of one attempt, for a client for tasks."""
    body = _async_pieces(call.body) if isinstance(call.body, Upload) else call.body
    return {"headers": _headers(call), "content": body}


async def _async_pieces(upload: Upload) -> AsyncIterator[bytes]:
    """Yield the content of a file. To read a piece takes less time than to send it."""
    for piece in upload.pieces():
        yield piece


def _lost(error: httpx.TransportError) -> Lost:
    """Return how a connection was lost, with the address of the service but without a password."""
    url = error.request.url
    reason = str(error) or type(error).__name__
    return Lost(f"The connection to {url.scheme}://{url.netloc.decode()} failed: {reason}.")


class Transport:
    """A pool of connections for threads."""

    def __init__(self, base_url: str, api_key: str | None) -> None:
        self._http = httpx.Client(**_options(base_url, api_key))

    def send(self, call: Call[Any]) -> Response | Lost:
        """Send a call once."""
        try:
            answer = self._http.request(call.method, call.path, **_content(call))
        except httpx.TransportError as error:
            return _lost(error)
        return Response(answer.status_code, answer.headers, answer.content)

    def stream(self, call: Call[Any]) -> Generator[Part, None, None]:
        """Send a call once, and yield the parts of its answer as they arrive."""
        try:
            with self._http.stream(call.method, call.path, **_content(call)) as answer:
                if answer.status_code != 200:
                    yield Response(answer.status_code, answer.headers, answer.read())
                    return
                yield from answer.iter_bytes()
        except httpx.TransportError as error:
            yield _lost(error)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncTransport:
    """A pool of connections for tasks."""

    def __init__(self, base_url: str, api_key: str | None) -> None:
        self._http = httpx.AsyncClient(**_options(base_url, api_key))
        self._base_url, self._api_key = base_url, api_key

    async def send(self, call: Call[Any]) -> Response | Lost:
        """Send a call once."""
        try:
            answer = await self._http.request(call.method, call.path, **_async_content(call))
        except httpx.TransportError as error:
            return await self._failure(call, error)
        return Response(answer.status_code, answer.headers, answer.content)

    async def stream(self, call: Call[Any]) -> AsyncGenerator[Part, None]:
        """Send a call once, and yield the parts of its answer as they arrive."""
        try:
            async with self._http.stream(call.method, call.path, **_async_content(call)) as answer:
                if answer.status_code != 200:
                    yield Response(answer.status_code, answer.headers, await answer.aread())
                    return
                async for part in answer.aiter_bytes():
                    yield part
        except httpx.TransportError as error:
            yield await self._failure(call, error)

    async def _failure(self, call: Call[Any], error: httpx.TransportError) -> Response | Lost:
        """Return how a connection was lost. If the service ended it during a file, return its
        answer, which httpx reads in a thread, but not in a task.
        """
        if isinstance(call.body, Upload) and isinstance(error, httpx.ReadError):
            part = await asyncio.to_thread(self._first_part, call)
            if isinstance(part, Response):
                return part
        return _lost(error)

    def _first_part(self, call: Call[Any]) -> Part | None:
        """Send a call once, and return the first part of its answer."""
        with (
            closing(Transport(self._base_url, self._api_key)) as transport,
            closing(transport.stream(call)) as parts,
        ):
            return next(parts, None)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
