"""What is wrong with the head of a request, by RFC 9110 and RFC 9112."""

import pytest

from service.connections.heads import fault_of, parts_of

HOST = (b"host", b"coaster")
CHUNKED = (b"transfer-encoding", b"chunked")


def code(*headers: tuple[bytes, bytes], version: str = "1.1", target: bytes = b"/fit") -> str:
    """Return the code of the fault of a POST, or an empty string."""
    fault = fault_of(version, b"POST", target, headers)
    return fault[0] if fault else ""


@pytest.mark.parametrize(
    "host",
    [b"localhost", b"localhost:8000", b"127.0.0.1:80", b"[::1]:8000", b"[::1]", b"a-b_c.example:"],
)
def test_a_host_and_a_port_are_a_host(host: bytes) -> None:
    assert code((b"host", host)) == ""


@pytest.mark.parametrize(
    "host",
    [b"", b"a b", b"a/b", b"a@b", b"::1", b"[::1", b"a:b", b"a:1:2", b"a:123456", b"\xe9"],
)
def test_nonsense_is_no_host(host: bytes) -> None:
    assert code((b"host", host)) == "bad_http"


def test_a_request_without_a_host_is_rejected() -> None:
    assert code() == "bad_http"


def test_a_request_of_http_1_0_needs_no_host() -> None:
    assert code(version="1.0") == ""


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_two_hosts_are_rejected_even_if_they_are_equal(version: str) -> None:
    assert code(HOST, HOST, version=version) == "bad_http"


@pytest.mark.parametrize("version", ["0.9", "2.0"])
def test_other_versions_of_http_are_rejected(version: str) -> None:
    assert code(HOST, version=version) == "http_version_not_supported"


@pytest.mark.parametrize(
    ("codings", "expected"),
    [
        ([b"chunked"], ""),
        ([b" Chunked "], ""),
        ([b"cow"], "transfer_encoding_not_supported"),
        ([b"gzip, chunked"], "transfer_encoding_not_supported"),
        ([b"gzip", b"chunked"], "transfer_encoding_not_supported"),
        ([b"chunked, chunked"], "bad_http"),
        ([b"chunked", b"chunked"], "bad_http"),
        ([b"chunked;a=b"], "transfer_encoding_not_supported"),
    ],
)
def test_chunked_is_the_only_transfer_encoding(codings: list[bytes], expected: str) -> None:
    assert code(HOST, *((b"transfer-encoding", coding) for coding in codings)) == expected


def test_http_1_0_has_no_transfer_encoding() -> None:
    assert code(HOST, CHUNKED, version="1.0") == "bad_http"


@pytest.mark.parametrize(
    ("expectation", "version", "expected"),
    [
        (b"100-continue", "1.1", ""),
        (b"100-Continue", "1.1", ""),
        (b"417-please", "1.1", "expectation_failed"),
        (b"100-continue, 200-ok", "1.1", "expectation_failed"),
        (b"417-please", "1.0", ""),
    ],
)
def test_100_continue_is_the_only_expectation(
    expectation: bytes, version: str, expected: str
) -> None:
    assert code(HOST, (b"expect", expectation), version=version) == expected


def test_only_options_is_for_the_service_as_a_whole() -> None:
    assert code(HOST, target=b"*") == "bad_http"
    assert fault_of("1.1", b"OPTIONS", b"*", [HOST]) is None


@pytest.mark.parametrize(
    ("target", "authority", "path"),
    [
        (b"/fit", None, b"/fit"),
        (b"*", None, b"*"),
        (b"http://coaster/fit", b"coaster", b"/fit"),
        (b"http://coaster:8000/fit", b"coaster:8000", b"/fit"),
        (b"http://[::1]:8000/fit", b"[::1]:8000", b"/fit"),
        (b"http://coaster/fit?x=1", b"coaster", b"/fit?x=1"),
        (b"http://coaster", b"coaster", b"/"),
        (b"http://coaster?x=1", b"coaster", b"/?x=1"),
    ],
)
def test_a_target_in_absolute_form_names_its_host(
    target: bytes, authority: bytes | None, path: bytes
) -> None:
    assert parts_of(target) == (authority, path)
