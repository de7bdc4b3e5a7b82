"""Connections, the only module that knows httpcore: outcomes of calls, as values.

httpcore is the transport of httpx. Used directly, it needs half of the CPU time per request, and
half of the time to import.
"""

from base64 import b64encode
from collections.abc import AsyncGenerator, Generator, Iterable
from typing import Any, TypedDict
from urllib.parse import SplitResult, quote, unquote, urlsplit

import httpcore

from coaster_client.calls import JSON, Call, Lost, Response
from coaster_client.events import Part
from coaster_client.version import VERSION

TIMEOUT = {"connect": 5.0, "read": 60.0, "write": 60.0}
"""Seconds without a byte after which a connection is lost. Streams send a line every 15 seconds."""
IDLE_SECONDS = 5.0
"""The time after which an unused connection is closed, before the service closes it."""
LOSSES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)


class _Options(TypedDict):
    ssl_context: Any
    proxy: httpcore.Proxy | None
    max_connections: None
    keepalive_expiry: float


class _Service:
    """The service at a URL: how its connections are made, and what a call is as a request.

    Raises ValueError if the URL is not that of HTTP, or the API key cannot be sent.
    """

    def __init__(self, base_url: str, api_key: str | None) -> None:
        self._url = urlsplit(base_url)
        if self._url.scheme not in {"http", "https"} or not self._url.hostname:
            raise ValueError(f"A URL begins with http:// or https:// and a host, not {base_url!r}.")
        try:
            self._host, self._port = self._url.hostname.encode("idna"), self._url.port
        except ValueError as error:
            raise ValueError(f"{base_url!r} is not a URL: {error}") from None
        self._path = quote(self._url.path.rstrip("/"), safe="/%")
        self._headers = {"Accept": JSON, "User-Agent": f"coaster-client/{VERSION}"}
        self._headers |= _authorization(self._url, api_key)

    def options(self) -> _Options:
        """Return the options of a connection pool."""
        is_secure = self._url.scheme == "https"
        return {
            # Reading certificates takes 25 ms.
            "ssl_context": httpcore.default_ssl_context() if is_secure else None,
            "proxy": _proxy(self._url),
            "max_connections": None,
            "keepalive_expiry": IDLE_SECONDS,
        }

    def request(self, call: Call[Any]) -> dict[str, Any]:
        """Return the arguments of a request."""
        headers = {**self._headers, **call.headers}
        if call.body:
            headers["Content-Type"] = JSON
        target = f"{self._path}{call.path}"
        url = httpcore.URL(scheme=self._url.scheme, host=self._host, port=self._port, target=target)
        return {
            "method": call.method,
            "url": url,
            "headers": headers,
            "content": call.body,
            "extensions": {"timeout": TIMEOUT},
        }


def _authorization(url: SplitResult, api_key: str | None) -> dict[str, str]:
    """Return the header with the API key or else with the user name in a URL, for a gateway."""
    if api_key:
        if not (api_key.isascii() and api_key.isprintable()):
            raise ValueError("The API key has characters that cannot be sent, such as a line end.")
        return {"Authorization": f"Bearer {api_key}"}
    if url.username:
        user = f"{unquote(url.username)}:{unquote(url.password or '')}"
        return {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}
    return {}


def _proxy(url: SplitResult) -> httpcore.Proxy | None:
    """Return the proxy for a URL that the environment or the system names, if any."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - takes 12 ms

    proxies = getproxies()
    address = proxies.get(url.scheme) or proxies.get("all")
    if not address or proxy_bypass(url.netloc.rpartition("@")[2]):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    user = proxy.username and (unquote(proxy.username), unquote(proxy.password or ""))
    return httpcore.Proxy(proxy.geturl(), auth=user or None)


def _response(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Response:
    return Response(
        status, {name.lower().decode(): value.decode("latin-1") for name, value in headers}, body
    )


def _lost(error: Exception) -> Lost:
    return Lost(f"{type(error).__name__}: {error}")


class Transport:
    """A pool of connections for threads."""

    def __init__(self, base_url: str, api_key: str | None) -> None:
        self._service = _Service(base_url, api_key)
        self._pool = httpcore.ConnectionPool(**self._service.options())

    def send(self, call: Call[Any]) -> Response | Lost:
        """Send a call once."""
        try:
            answer = self._pool.request(**self._service.request(call))
        except LOSSES as error:
            return _lost(error)
        return _response(answer.status, answer.headers, answer.content)

    def stream(self, call: Call[Any]) -> Generator[Part, None, None]:
        """Send a call once, and yield the parts of its answer as they arrive."""
        try:
            with self._pool.stream(**self._service.request(call)) as answer:
                if answer.status != 200:
                    yield _response(answer.status, answer.headers, answer.read())
                    return
                yield from answer.iter_stream()
        except LOSSES as error:
            yield _lost(error)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class AsyncTransport:
    """A pool of connections for tasks."""

    def __init__(self, base_url: str, api_key: str | None) -> None:
        self._service = _Service(base_url, api_key)
        self._pool = httpcore.AsyncConnectionPool(**self._service.options())

    async def send(self, call: Call[Any]) -> Response | Lost:
        """Send a call once."""
        try:
            answer = await self._pool.request(**self._service.request(call))
        except LOSSES as error:
            return _lost(error)
        return _response(answer.status, answer.headers, answer.content)

    async def stream(self, call: Call[Any]) -> AsyncGenerator[Part, None]:
        """Send a call once, and yield the parts of its answer as they arrive."""
        try:
            async with self._pool.stream(**self._service.request(call)) as answer:
                if answer.status != 200:
                    yield _response(answer.status, answer.headers, await answer.aread())
                    return
                async for part in answer.aiter_stream():
                    yield part
        except LOSSES as error:
            yield _lost(error)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()
