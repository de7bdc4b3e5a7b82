"""The rules of RFC 9110 and RFC 9112 for the head of a request that the parser does not check."""

import re
from collections.abc import Iterable
from functools import lru_cache

import httptools

from service.api.problems import Code

VERSIONS = {"1.0", "1.1"}
CHECKED = {b"host", b"transfer-encoding", b"expect"}
HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(:[0-9]{0,5})?")
"""A host and a port (RFC 9110, 7.2)."""

REMEMBERED = 256
"""The number of Host headers whose check is remembered, which is faster."""

Header = tuple[bytes, bytes]
Fault = tuple[Code, str]
"""The code of a problem and its detail."""


def fault_of(version: str, method: bytes, target: bytes, headers: Iterable[Header]) -> Fault | None:
    """Return what is wrong with a head, or None. The names of the headers are in lower case."""
    checked = [header for header in headers if header[0] in CHECKED]
    if version == "1.1" and len(checked) == 1 and target != b"*" and _is_host(*checked[0]):
        return None  # the usual request
    hosts = [value for name, value in checked if name == b"host"]
    if version not in VERSIONS:
        return Code.HTTP_VERSION_NOT_SUPPORTED, "Send the request as HTTP/1.1."
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return Code.BAD_HTTP, f"A request has one Host header, and this one has {len(hosts)}."
    if hosts and not _is_host(b"host", hosts[0]):
        return Code.BAD_HTTP, "The Host header is not a host and a port."
    if target == b"*" and method != b"OPTIONS":
        return Code.BAD_HTTP, "Only OPTIONS has the target `*`."
    return _framing_fault(version, checked) or _expectation_fault(version, checked)


def parts_of(target: bytes) -> tuple[bytes | None, bytes]:
    """Return the host and the port of a target in absolute form, which replace those of the Host
    header (RFC 9112, 3.2.2), and its path and query. Of another target, return None and the target.
    Raises HttpParserError.
    """
    if target.startswith((b"/", b"*")):
        return None, target
    parsed = httptools.parse_url(target)
    if parsed.host is None:
        return None, target
    host = b"[%s]" % parsed.host if b":" in parsed.host else parsed.host
    authority = host if parsed.port is None else b"%s:%d" % (host, parsed.port)
    query = b"" if parsed.query is None else b"?" + parsed.query
    return authority, (parsed.path or b"/") + query


@lru_cache(REMEMBERED)
def _is_host(name: bytes, value: bytes) -> bool:
    """Return whether a header is a host and a port."""
    return name == b"host" and HOST.fullmatch(value) is not None


def _framing_fault(version: str, checked: Iterable[Header]) -> Fault | None:
    codings = _members(b"transfer-encoding", checked)
    if not codings or (codings == [b"chunked"] and version == "1.1"):
        return None
    if version == "1.0" or set(codings) == {b"chunked"}:
        return Code.BAD_HTTP, "Send `Transfer-Encoding: chunked` once, and in HTTP/1.1 only."
    detail = "The only transfer encoding that the service knows is chunked."
    return Code.TRANSFER_ENCODING_NOT_SUPPORTED, detail


def _expectation_fault(version: str, checked: Iterable[Header]) -> Fault | None:
    """Return what is wrong with Expect, which HTTP/1.0 does not have (RFC 9110, 10.1.1)."""
    if version == "1.0" or set(_members(b"expect", checked)) <= {b"100-continue"}:
        return None
    return Code.EXPECTATION_FAILED, "The only expectation that the service knows is 100-continue."


def _members(name: bytes, headers: Iterable[Header]) -> list[bytes]:
    """Return the members of a list, in lower case."""
    joined = b",".join(value for given, value in headers if given == name)
    return [member for each in joined.lower().split(b",") if (member := each.strip())]
