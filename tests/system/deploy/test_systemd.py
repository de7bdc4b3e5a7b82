"""The unit of deploy/systemd, as far as it can be tried without a running systemd."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from service.settings import Settings
from tests.support.keys import bearer, key_file
from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.server import PATIENCE_SECONDS, is_ready, listens, until

UNIT = ROOT / "deploy" / "systemd" / "coaster.service"
TEXT = UNIT.read_text()
MOST_EXPOSED = 20
"""The exposure, in tenths, that `systemd-analyze security` may find: below 20 is its best grade."""


GUIDE = (ROOT / "docs" / "how-to" / "systemd.md").read_text()
OVERRIDES = [
    dedent(found) for found in re.findall(r"```ini\n( *\[Service\]\n.*?)```", GUIDE, re.DOTALL)
]
"""What the guide writes with `systemctl edit`."""


def values(name: str) -> list[str]:
    """Return the values of a setting of the service."""
    return [line.partition("=")[2] for line in TEXT.splitlines() if line.startswith(f"{name}=")]


def analyze(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on the unit, for this checkout instead of /opt/coaster."""
    unit = folder / UNIT.name
    unit.write_text(TEXT.replace("/opt/coaster", str(ROOT)))
    return subprocess.run(
        ["systemd-analyze", *arguments, unit], capture_output=True, text=True, check=False
    )


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    done = analyze("verify", folder=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("override", OVERRIDES)
def test_systemd_understands_the_overrides_of_the_guide(override: str, tmp_path: Path) -> None:
    folder = tmp_path / f"{UNIT.name}.d"
    folder.mkdir()
    (folder / "override.conf").write_text(override.replace("/opt/coaster", str(ROOT)))

    done = analyze("verify", folder=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_finds_the_unit_hardened(tmp_path: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", folder=tmp_path)

    assert done.returncode == 0, done.stdout


def test_systemd_waits_longer_than_a_shutdown_takes() -> None:
    assert int(*values("TimeoutStopSec")) > Settings().shutdown_seconds


@contextmanager
def started(folder: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command of the unit with the environment that systemd gives it, and nothing else. The
    directories of the unit are below `folder`.
    """
    defaults = (value.replace("/var", str(folder)) for value in values("Environment"))
    environment = dict(value.split("=", 1) for value in defaults) | settings
    (folder / "lib" / "coaster").mkdir(parents=True)
    (folder / "cache" / "coaster").mkdir(parents=True)
    (command,) = values("ExecStart")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command.replace("/opt/coaster", str(ROOT)).split(),
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"} | environment,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def test_the_command_of_the_unit_serves_reloads_its_keys_and_ends_well(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann"])
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"

    given = {"COASTER_PORT": port, "COASTER_WORKERS": "1", "COASTER_API_KEYS_FILE": str(file)}
    with started(tmp_path, **given) as process:
        until(lambda: listens(url) and is_ready(url))
        jobs = httpx.get(url + "/jobs", headers=bearer(keys["ann"]), timeout=PATIENCE_SECONDS)
        (reload,) = values("ExecReload")
        subprocess.run(reload.replace("$MAINPID", str(process.pid)).split(), check=True)
        until(lambda: "keys_reloaded" in (tmp_path / "log").read_text())

    assert jobs.status_code == 200
    assert process.returncode == 0
    assert (tmp_path / "lib" / "coaster" / "coaster.db").exists()
