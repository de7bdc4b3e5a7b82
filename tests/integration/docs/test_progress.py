import os
import re
import subprocess
from shutil import which

import pytest

from scripts.parts import part
from tests.support.paths import ROOT
from tests.support.server import PATIENCE_SECONDS, Server

PAGE = (ROOT / "docs" / "how-to" / "call.md").read_text()
TOOLS = ("bash", "curl", "jq")
BAR = re.compile(r"\n\[(#*)(\.*)\] (\d+) of 6000")


@pytest.mark.skipif(
    not all(map(which, TOOLS)) and "CI" not in os.environ, reason="needs bash, curl and jq"
)
def test_the_progress_bar_is_drawn_to_the_end(server: Server) -> None:
    example = part(PAGE, "progress").removeprefix("```sh\n").removesuffix("```\n")
    script = (
        example.replace("http://127.0.0.1:8000", server.url)
        .replace("200000", "6000")
        .replace("sleep 0.5", "sleep 0.05")
    )

    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    bars = [(len(full), len(left), int(step)) for full, left, step in BAR.findall(ended.stdout)]
    assert BAR.sub("", ended.stdout) == "\nsucceeded\n"
    assert [(40 * step // 6000, 40 - 40 * step // 6000, step) for *_, step in bars] == bars
    assert bars == sorted(bars)
    assert bars[-1] == (40, 0, 6000)
    assert any(0 < full < 40 for full, *_ in bars)
