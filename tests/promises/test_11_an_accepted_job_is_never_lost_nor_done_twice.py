from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.promises.ledger import Ledger, keep, kill
from tests.promises.systems import System, on_postgresql, on_sqlite

SYSTEMS: dict[str, Callable[[Path], AbstractContextManager[System]]] = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def kept(system: System, *, seconds: float, pause: float) -> tuple[Ledger, int]:
    """The ledger of four clients, and how often something was killed meanwhile."""
    ledger = Ledger()
    with ThreadPoolExecutor() as threads:
        killed = threads.submit(kill, system.killings(), seconds=seconds, pause=pause)
        keep(ledger, system.urls, clients=4, seconds=seconds, patience=60)
    return ledger, killed.result()


@pytest.mark.parametrize("database", SYSTEMS)
@pytest.mark.parametrize(("seconds", "pause"), [(12, 3), pytest.param(180, 4, marks=pytest.mark.long)])
def test_a_ledger_is_whole_after_killings(database: str, seconds: float, pause: float, tmp_path: Path, tell: Callable[[str], None]) -> None:
    with SYSTEMS[database](tmp_path) as system:
        ledger, killed = kept(system, seconds=seconds, pause=pause)

    accepted = sum(bool(entry.ids) for entry in ledger.entries)
    tell(f"{database}: {accepted} jobs accepted, {killed} killings, {len(ledger.lost())} lost, {len(ledger.double())} double")
    assert accepted >= killed / 2
    assert killed >= seconds / pause / 2
    assert ledger.lost() == []
    assert ledger.double() == []
    assert ledger.different() == []
