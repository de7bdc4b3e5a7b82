"""The commands of the guides, run as a reader runs them."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.paths import CLIENT, ROOT
from tests.support.server import PATIENCE_SECONDS, Server


def run_in(folder: Path, script: str) -> str:
    """Run commands in a folder that has a virtual environment, as a checkout does after `make run`,
    and return their output.
    """
    environment = folder / ".venv"
    if not environment.exists():
        environment.symlink_to(sys.prefix)
    return subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout


def run_command(folder: Path, script: str, server: Server) -> str:
    """Run commands of which some are `coaster`, the command of the client, as `run_in` does."""
    ours = re.sub("^coaster ", ".venv/bin/python -m coaster_client ", script, flags=re.MULTILINE)
    return run_in(folder, f"export PYTHONPATH={CLIENT} COASTER_URL={server.url}\n{ours}")
