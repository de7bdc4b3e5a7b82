import subprocess
from shutil import which

import pytest


@pytest.fixture(scope="module", autouse=True)
def docker_answers() -> None:
    if not which("docker"):
        pytest.fail(
            "These tests need Docker: there is no `docker` command on this machine.", pytrace=False
        )
    for question in (["docker", "info"], ["docker", "compose", "version"]):
        asked = subprocess.run(question, capture_output=True, text=True, check=False)
        if asked.returncode:
            pytest.fail(
                (
                    f"These tests need Docker with compose v2: `{' '.join(question)}` says "
                    f"{asked.stderr.strip()}"
                ),
                pytrace=False,
            )
