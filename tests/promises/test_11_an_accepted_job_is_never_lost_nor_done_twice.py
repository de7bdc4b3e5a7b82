from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.promises.ledger import Ledger, keep, kill
from tests.promises.systems import System, on_postgresql, on_sqlite

pytestmark = pytest.mark.untimed

SYSTEMS: dict[str, Callable[[Path], AbstractContextManager[System]]] = {
    "sqlite": on_sqlite,
    "postgresql": on_postgresql,
}


def kept(system: System, *, seconds: float, pause: float) -> tuple[Ledger, int]:
    """The ledger of four clients, and how often something was killed meanwhile."""
    ledger = Ledger()
    with ThreadPoolExecutor() as threads:
        killed = threads.submit(kill, system.killings(), seconds=seconds, pause=pause)
        keep(ledger, system.urls, clients=4, seconds=seconds, patience=60)
    return ledger, killed.result()


def check(database: str, folder: Path, seconds: float, pause: float) -> str:
    """The figure, once the ledger was found whole."""
    with SYSTEMS[database](folder) as system:
        ledger, killed = kept(system, seconds=seconds, pause=pause)

    lost, double = ledger.lost(), ledger.double()
    accepted = sum(bool(entry.ids) for entry in ledger.entries)
    assert accepted >= killed / 2
    assert killed >= seconds / pause / 2
    assert (lost, double) == ([], [])
    assert ledger.different() == []
    return (
        f"{database}: {accepted} jobs accepted, {killed} killings in {seconds:.0f} s, "
        f"{len(lost)} lost, {len(double)} done twice"
    )


@pytest.mark.quick
@pytest.mark.parametrize("database", SYSTEMS)
def test_a_ledger_is_whole_after_some_killings(
    database: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    tell(check(database, tmp_path, seconds=6, pause=2))


@pytest.mark.long
def test_two_ledgers_at_once_are_whole_after_three_minutes_of_killings(
    tmp_path_factory: pytest.TempPathFactory, tell: Callable[[str], None]
) -> None:
    with ThreadPoolExecutor() as threads:
        checks = [
            threads.submit(check, database, tmp_path_factory.mktemp(database), 180, 5)
            for database in SYSTEMS
        ]
        for each in checks:
            tell(each.result())
