"""Write the hashes of torch: requirements-torch.txt, with its files on both indexes.

    TORCH_INDEX=... python -m scripts.torch_hashes

The default index has the files for macOS and Windows, and for Linux those for CUDA. PyTorch's own
index has the CPU builds for Linux. Where that index cannot be reached, the hashes of the CPU builds
that the file already has are kept.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent
LOCKED = ROOT / "requirements-torch.txt"
VERSION = re.compile(r"^torch==(\S+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
COMPILE = "uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-deps"


def of_default_index() -> str:
    """Return the requirement with the hashes of the files on the default index."""
    uv, *options = COMPILE.split()
    command = [str(Path(sys.executable).with_name(uv)), *options, "--custom-compile-command"]
    command += ["make lock", str(ROOT / "requirements-torch.in")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def of_cpu_builds(page: str, version: str) -> set[str]:
    """Return the hashes of the CPU builds of this version on a page of links."""
    file = rf"torch-{re.escape(version)}(?:\+|%2B)cpu-[^\"#]*#sha256=([0-9a-f]{{64}})"
    return set(re.findall(file, page))


def with_hashes(requirement: str, more: set[str]) -> str:
    """Return the requirement with more hashes, in order."""
    found = sorted({*HASH.findall(requirement), *more})
    first = requirement.partition("    --hash")[0]
    return first + " \\\n".join(f"    --hash=sha256:{each}" for each in found) + "\n"


def main() -> None:
    """Write the file."""
    requirement = of_default_index()
    (version,) = VERSION.findall(requirement)
    try:
        with urlopen(f"{os.environ['TORCH_INDEX']}/torch/", timeout=15) as page:
            more = of_cpu_builds(page.read().decode(), version)
    except URLError:
        print("PyTorch's index cannot be reached. The hashes of its builds are kept.")
        kept = LOCKED.read_text()
        assert VERSION.findall(kept) == [version], "a new version needs the index"
        more = set(HASH.findall(kept))
    LOCKED.write_text(with_hashes(requirement, more))


if __name__ == "__main__":
    main()
