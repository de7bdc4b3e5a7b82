"""The page over real connections. tests/unit/api/routes/test_page.py checks the headers."""

import httpx

from tests.support.paths import WEB
from tests.support.raw import answers
from tests.support.server import Server

OUTSIDE = [
    "/page/../app.py",
    "/page/%2e%2e/app.py",
    "/page/%2e%2e%2fapp.py",
    "/page/..%5capp.py",
    "/page//etc/passwd",
    "/page/%2fetc%2fpasswd",
]


def test_each_file_of_the_page_arrives_as_it_is(client: httpx.Client) -> None:
    files = {f"/page/{file.name}": file.read_bytes() for file in WEB.iterdir()}

    assert not [path for path, content in files.items() if client.get(path).content != content]


def test_no_path_leaves_the_folder(server: Server) -> None:
    """Each path is sent as it stands: httpx would resolve its dots."""
    head = "GET {} HTTP/1.1\r\nHost: coaster\r\nConnection: close\r\n\r\n"

    statuses = {path: answers(server, head.format(path).encode()).split()[1] for path in OUTSIDE}

    assert statuses == dict.fromkeys(OUTSIDE, b"404")
