"""A large file that the client sends as a job."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coaster_client import Coaster
from tests.support.server import serving

POINTS = 200_000


@pytest.fixture(scope="module")
def coaster() -> Iterator[Coaster]:
    """Yield a client of a service that reads files of more than 1 MiB in parts."""
    with (
        serving("--workers", "1", COASTER_MAX_UPLOAD_BYTES=str(1024**2)) as server,
        Coaster(server.url) as opened,
    ):
        yield opened


def test_the_events_of_a_large_file_begin_with_its_reading(
    coaster: Coaster, tmp_path: Path
) -> None:
    rows = "".join(f"{t},{3 + 0.5 * t}\n" for t in range(POINTS))
    (tmp_path / "points.csv").write_text(f"t,y\n{rows}")
    job = coaster.jobs.create(data=tmp_path / "points.csv", model={"degree": 1})

    events = list(coaster.jobs.events(job.id))

    read = [event.points_read for event in events if event.type == "reading"]
    kinds = [event.type for event in events]
    assert len(read) > 1
    assert (read, read[-1]) == (sorted(set(read)), POINTS)
    assert kinds[len(read) :] == ["started", "steps", "done"]
