"""Debian's nginx with the configurations of deploy/, in front of a service."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.raw import POST
from tests.support.server import PATIENCE_SECONDS, address, until

HTTP = """
pid {folder}/pid;
events {{}}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/coaster.conf;
}}
"""
"""What Debian's nginx.conf has around a file of conf.d."""

TOO_LARGE = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % sys.maxsize
"""The head of a request whose body would be too large."""


@dataclass(frozen=True)
class Proxy:
    """A running nginx with a certificate of its own."""

    plain: str
    secure: str
    folder: Path

    def client(self) -> httpx.Client:
        """Return a client that trusts the certificate."""
        return httpx.Client(base_url=self.secure, verify=self._trust, timeout=PATIENCE_SECONDS)

    def connected(self) -> ssl.SSLSocket:
        """Return a connection that trusts the certificate."""
        plain = socket.create_connection(address(self.secure), timeout=PATIENCE_SECONDS)
        return self._trust.wrap_socket(plain, server_hostname="localhost")

    def log(self) -> str:
        """Return the access log."""
        return (self.folder / "coaster.log").read_text()

    @property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "coaster.crt"))


@contextmanager
def with_tls(service: str, folder: Path) -> Iterator[Proxy]:
    """Run nginx with deploy/tls.conf in front of a service until the block ends."""
    _make_certificate(folder)
    plain, secure = free_port(), free_port()
    given = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{secure} ",
        "coaster.example.com": "localhost",
        "/etc/ssl": str(folder),
        "/var/log/nginx": str(folder),
        "http://127.0.0.1:8000": service,
    }
    (folder / "coaster.conf").write_text(_configuration("tls.conf", given))
    with _running(HTTP.format(folder=folder), secure, folder):
        yield Proxy(f"http://localhost:{plain}", f"https://localhost:{secure}", folder)


@contextmanager
def as_gateway(service: str, folder: Path) -> Iterator[str]:
    """Run nginx with deploy/gateway.conf in front of a replica until the block ends, and yield its
    address.
    """
    port = free_port()
    given = {
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "http://replica:8000": service,
        "/tmp": str(folder),
    }
    with _running(_configuration("gateway.conf", given), port, folder):
        yield f"http://127.0.0.1:{port}"


def _configuration(name: str, given: dict[str, str]) -> str:
    """Return a file of deploy/ with each of these parts replaced."""
    text = (ROOT / "deploy" / name).read_text()
    for old, new in given.items():
        assert old in text
        text = text.replace(old, new)
    return text


@contextmanager
def _running(configuration: str, port: int, folder: Path) -> Iterator[None]:
    """Run nginx until the block ends, which begins when nginx listens on a port."""
    file, errors = folder / "nginx.conf", folder / "errors"
    file.write_text(configuration)
    process = subprocess.Popen(["nginx", "-c", file, "-e", errors, "-g", "daemon off;"])
    try:
        until(lambda: _listens(port, process, errors))
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _make_certificate(folder: Path) -> None:
    """Write a self-signed certificate for localhost, and its key."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", f"{folder}/coaster.key", "-out", f"{folder}/coaster.crt"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names, *files],
        capture_output=True,
        check=True,
    )


def _listens(port: int, process: subprocess.Popen[bytes], errors: Path) -> bool:
    assert process.poll() is None, errors.read_text()
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
