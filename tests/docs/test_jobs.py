import os
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.server import Server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "jobs.md").read_text()
TOOLS = ("bash", "curl", "jq")


@pytest.mark.skipif(
    not all(map(which, TOOLS)) and "CI" not in os.environ, reason="needs bash, curl and jq"
)
def test_its_progress_bar_is_drawn_to_the_end(server: Server) -> None:
    example = re.search(r"<!-- progress -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert example
    script = example[1].replace("http://127.0.0.1:8000", server.url).replace("200000", "20000")

    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "[" + "#" * 40 + "] 20000 of 20000" in ended.stdout
    assert re.search(r"\[#+\.+\] \d+ of 20000", ended.stdout)
    assert ended.stdout.endswith("\nsucceeded\n")
