import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert

from service.jobs.storage.backup import BackupError, back_up
from service.jobs.storage.schema import ensure, jobs_table


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one job that is kept, and one that has expired."""
    file = tmp_path / "jobs.db"
    job = {"status": "succeeded", "steps": 1, "record_every": 1, "attempts": 0}
    times = {"touched": 1.0, "hinted": 1.0, "created_at": 1.0}
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        ensure(connection)
        for name, expired in (("kept", None), ("expired", 2.0)):
            connection.execute(
                insert(jobs_table), {"id": name, "expired_at": expired} | job | times
            )
    engine.dispose()
    return file


def reason(store: Path, backup: Path) -> str:
    """Return the reason for which no backup is made."""
    with pytest.raises(BackupError) as refused:
        back_up(store, backup)
    return str(refused.value)


def ids(file: Path) -> list[str]:
    """Return the IDs of all jobs in a file."""
    with closing(sqlite3.connect(file)) as connection:
        return [job for (job,) in connection.execute("SELECT id FROM jobs ORDER BY id")]


def test_a_backup_has_every_job(store: Path, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup.db")

    assert ids(tmp_path / "backup.db") == ["expired", "kept"]


def test_the_jobs_that_are_kept_are_counted(store: Path, tmp_path: Path) -> None:
    assert back_up(store, tmp_path / "backup.db") == 1


def test_a_backup_leaves_no_other_file(store: Path, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup.db")

    assert {file.name for file in tmp_path.iterdir()} == {"jobs.db", "backup.db"}


def test_without_a_store_nothing_is_created(tmp_path: Path) -> None:
    missing = tmp_path / "jobs.db"

    assert reason(missing, tmp_path / "backup.db").startswith(f"There is no store at {missing}.")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_not_overwritten(store: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    backup.write_text("older")

    assert reason(store, backup) == f"The file {backup} exists already. Choose another name."
    assert backup.read_text() == "older"


def test_a_link_is_not_overwritten(store: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    backup.symlink_to("nothing")

    assert reason(store, backup) == f"The file {backup} exists already. Choose another name."
    assert backup.is_symlink()


def test_other_files_beside_the_backup_are_left_alone(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "backup.db.unfinished"
    other.write_text("notes")

    back_up(store, tmp_path / "backup.db")

    assert other.read_text() == "notes"


def test_a_name_that_the_system_rejects_gives_its_reason(store: Path, tmp_path: Path) -> None:
    assert "File name too long" in reason(store, tmp_path / ("x" * 300))


def test_a_directory_that_does_not_exist_is_named(store: Path, tmp_path: Path) -> None:
    assert (
        reason(store, tmp_path / "none" / "backup.db")
        == f"The directory of the backup, {tmp_path}/none, does not exist."
    )


@pytest.mark.parametrize("content", [b"", b"These are my notes. " * 1000])
def test_a_file_that_is_no_store_gives_no_backup(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(content)

    assert reason(other, tmp_path / "backup.db").startswith(f"The store {other} cannot be copied: ")
    assert [file.name for file in tmp_path.iterdir()] == ["other.db"]


def test_a_damaged_store_gives_no_backup(store: Path, tmp_path: Path) -> None:
    content = bytearray(store.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # all but the first page
    store.write_bytes(content)

    assert reason(store, tmp_path / "backup.db").startswith(f"The store {store} cannot be copied: ")
    assert [file.name for file in tmp_path.iterdir()] == ["jobs.db"]
