"""The command line, where it ends before anything starts."""

from pathlib import Path

import pytest

from service.cli import main


def test_a_name_is_for_a_new_key_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COASTER_DATABASE_URL", "postgresql://nowhere/coaster")

    assert main(["worker", "ann"]) == 2
    assert capsys.readouterr().err == (
        "coaster: only the role `key` takes a name: python -m service key NAME\n"
    )


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


@pytest.mark.parametrize("arguments", [["key"], ["key", "a b"]])
def test_a_key_without_a_name_is_not_made(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "name" in printed.err


def test_a_new_key_is_printed_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "ann"]) == 0

    key, line = capsys.readouterr().out.splitlines()
    assert key.startswith("API key, for the client: ")
    assert "ann" in line
