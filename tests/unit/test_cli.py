"""The command line, where it ends before anything starts."""

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
    assert "without an API key" in capsys.readouterr().err


def test_a_new_key_is_printed_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "ann"]) == 0

    key, line = capsys.readouterr().out.splitlines()
    assert key.startswith("API key, for the client: ")
    assert "ann" in line
