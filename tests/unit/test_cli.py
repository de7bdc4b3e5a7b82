"""The command line, where it ends before anything starts."""

from pathlib import Path

import pytest

import service
from service.cli import main


def test_a_worker_needs_a_cluster(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COASTER_DATABASE_URL", raising=False)

    assert main(["worker"]) == 2
    assert "COASTER_DATABASE_URL=postgresql://" in capsys.readouterr().err


def test_other_machines_are_not_served_without_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("COASTER_API_KEYS_FILE", "COASTER_ALLOW_ANYONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("service.cli.serve", lambda *_: pytest.fail("it serves"))

    assert main(["--host", "0.0.0.0"]) == 2
    refusal = capsys.readouterr().err
    assert refusal.startswith(
        "coaster: other machines can reach the service at 0.0.0.0 without an API key: "
    )
    assert "COASTER_ALLOW_ANYONE=true" in refusal
    assert refusal.count("\n") == 1


def test_a_file_of_keys_that_makes_no_sense_ends_the_start_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keys").write_text("ann hunter2\n")
    monkeypatch.setenv("COASTER_API_KEYS_FILE", str(tmp_path / "keys"))
    monkeypatch.setattr("service.cli.serve", lambda *_: pytest.fail("it serves"))
    monkeypatch.setattr("service.logs.configure", lambda *_: None)

    assert main(["--port", "0"]) == 2
    refusal = capsys.readouterr().err
    assert "Line 1" in refusal
    assert "hunter2" not in refusal
    assert refusal.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("COASTER_WORKERS", "many"), ("COASTER_WORKER", "2"), ("COASTER_LOG_FORMAT", "xml")],
)
def test_a_setting_without_sense_ends_the_start_with_a_sentence(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("service.cli.serve", lambda *_: pytest.fail("it serves"))

    assert main([]) == 2
    refusal = capsys.readouterr().err
    assert name in refusal
    assert "Traceback" not in refusal


def test_a_key_with_a_name_that_is_not_allowed_is_not_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["key", "a b"]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "name" in printed.err


@pytest.mark.parametrize("command", [["key"], ["backup"], ["restore"], ["worker", "ann"]])
def test_a_command_that_is_not_complete_or_not_known_ends_with_code_2(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command)

    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Coaster {service.VERSION}\n"


def test_a_new_key_is_printed_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "ann"]) == 0

    key, line = capsys.readouterr().out.splitlines()
    assert key.startswith("API key, for the client: ")
    assert "ann" in line


def test_a_backup_of_the_wrong_folder_fails_and_creates_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COASTER_DATABASE_URL", "sqlite:///coaster.db")

    assert main(["backup", "backup.db"]) == 1
    assert capsys.readouterr().err.startswith(
        f"coaster: There is no store at {tmp_path}/coaster.db"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_postgresql_is_made_by_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COASTER_DATABASE_URL", "postgresql://nowhere/coaster")

    assert main(["backup", str(tmp_path / "backup")]) == 2
    assert "pg_dump" in capsys.readouterr().err
