"""A store is whole after a crash at any point, whatever was written of what was not synced."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crashes.checking import crashes, faults
from tests.crashes.recording import recorded

pytestmark = pytest.mark.untimed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the store whose run is recorded."""
    made = tmp_path / "store"
    made.mkdir()
    return made


def test_a_crash_at_any_point_loses_nothing(
    folder: Path, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    steps = recorded(folder, "FULL")
    found = [faults(image, responses, tmp_path) for image, responses in crashes(steps)]

    tell(f"{len(steps)} writes, syncs and responses; {len(found)} disks after a crash")
    assert len(found) > len(steps)
    assert [each for each in found if each] == []


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_store_that_syncs_less_loses_jobs(folder: Path, tmp_path: Path, synchronous: str) -> None:
    steps = recorded(folder, synchronous)

    assert any(faults(image, responses, tmp_path) for image, responses in crashes(steps))
