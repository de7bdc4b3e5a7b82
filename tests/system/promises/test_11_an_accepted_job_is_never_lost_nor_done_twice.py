from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.system.promises.ledger import Ledger, keep, kill_for, kill_in_turn
from tests.system.promises.systems import System, on_postgresql, on_sqlite, until_ready

pytestmark = pytest.mark.untimed

SYSTEMS: dict[str, Callable[[Path], AbstractContextManager[System]]] = {
    "sqlite": on_sqlite,
    "postgresql": on_postgresql,
}
PATIENCE_SECONDS = 120
"""For one job, however often it is interrupted."""

Killing = Callable[[System, Ledger], int]


def once(system: System, ledger: Ledger) -> int:
    """Kill one process of each kind.

    A service that starts while its database is away ends. Nothing starts it again here, so it
    serves before the database is killed.
    """
    killings = system.killings()

    def kill_a_service() -> None:
        killings[0]()
        for url in system.urls:
            until_ready(url)

    return kill_in_turn([kill_a_service, *killings[-2:]], ledger)


def for_three_minutes(system: System, _: Ledger) -> int:
    return kill_for(system.killings(), seconds=180, pause=5)


def check(database: str, folder: Path, killing: Killing) -> str:
    """Keep a ledger of four clients while processes are killed; return the figure."""
    ledger = Ledger()
    with SYSTEMS[database](folder) as system, ThreadPoolExecutor() as threads:
        killings = threads.submit(killing, system, ledger)
        keep(ledger, system.urls, clients=4, enough=killings.done, patience=PATIENCE_SECONDS)
        killed = killings.result()

    lost, double, accepted = ledger.lost(), ledger.double(), ledger.accepted()
    assert len(accepted) >= killed / 2
    assert (lost, double) == ([], [])
    assert ledger.different() == []
    return (
        f"{database}: {len(accepted)} jobs accepted, {killed} killings, "
        f"{len(lost)} lost, {len(double)} done twice"
    )


@pytest.mark.quick
@pytest.mark.parametrize("database", SYSTEMS)
def test_a_ledger_is_whole_after_some_killings(
    database: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    tell(check(database, tmp_path, once))


@pytest.mark.long
def test_two_ledgers_at_once_are_whole_after_three_minutes_of_killings(
    tmp_path_factory: pytest.TempPathFactory, tell: Callable[[str], None]
) -> None:
    with ThreadPoolExecutor() as threads:
        checks = [
            threads.submit(check, database, tmp_path_factory.mktemp(database), for_three_minutes)
            for database in SYSTEMS
        ]
        for each in checks:
            tell(each.result())
