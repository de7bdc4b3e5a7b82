from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.postgres import Postgres, serving


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real server, for the whole session."""
    with serving() as started:
        yield started


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A file that does not exist yet."""
    return f"sqlite:///{tmp_path}/jobs.db"


@pytest.fixture
def postgresql(postgres: Postgres) -> str:
    """A fresh schema."""
    return postgres.fresh()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    given: str = request.getfixturevalue(request.param)
    return given
