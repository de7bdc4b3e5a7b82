"""Describe the machine on which figures were measured."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("fastapi", "uvicorn", "pydantic", "torch", "numpy")


def machine() -> str:
    """Return a sentence with the processor and the versions of the packages."""
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    name = processor[1] if processor else platform.machine()
    return (
        f"Measured on {os.cpu_count()} cores ({name}), Python {platform.python_version()}, "
        f"{packages}."
    )
