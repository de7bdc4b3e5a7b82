"""The commands of the guides, run as a reader runs them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.server import PATIENCE_SECONDS


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
