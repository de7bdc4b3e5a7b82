"""Debian's nginx with the configuration of deploy/tls.conf, in front of a service."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.server import PATIENCE_SECONDS, until

NAME = "coaster.example.com"
WHOLE = """
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
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


@dataclass(frozen=True)
class Gateway:
    """A running nginx with a certificate of its own."""

    plain: str
    secure: str
    folder: Path

    def client(self) -> httpx.Client:
        """Return a client that trusts the certificate."""
        trust = ssl.create_default_context(cafile=str(self.folder / "coaster.crt"))
        return httpx.Client(base_url=self.secure, verify=trust, timeout=PATIENCE_SECONDS)

    def log(self) -> str:
        """Return the access log."""
        return (self.folder / "coaster.log").read_text()


@contextmanager
def in_front_of(service: str, folder: Path) -> Iterator[Gateway]:
    """Run nginx in front of a service until the block ends."""
    _make_certificate(folder)
    plain, secure = free_port(), free_port()
    given = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{secure} ",
        NAME: "localhost",
        "/etc/ssl": str(folder),
        "/var/log/nginx": str(folder),
        "http://127.0.0.1:8000": service,
    }
    text = (ROOT / "deploy" / "tls.conf").read_text()
    for name, value in given.items():
        assert name in text
        text = text.replace(name, value)
    (folder / "coaster.conf").write_text(text)
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder))
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-e", folder / "errors"])
    try:
        until(lambda: _listens(secure, process, folder))
        yield Gateway(f"http://localhost:{plain}", f"https://localhost:{secure}", folder)
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


def _listens(port: int, process: subprocess.Popen[bytes], folder: Path) -> bool:
    assert process.poll() is None, (folder / "errors").read_text()
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
