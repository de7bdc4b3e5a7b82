"""The command, where it ends before it sends anything."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coaster_client import Coaster, command
from coaster_client.command import main
from coaster_client.command.arguments import parser
from coaster_client.command.asking import ANSWERS
from coaster_client.command.tables import curve, fitted_curve
from coaster_client.errors import problem_error
from coaster_client.fits import Fit
from coaster_client.models import FitResult, Network, PortableFactor
from coaster_client.version import VERSION


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"coaster {VERSION}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fit"],
        ["fit", "-", "--lr", "fast"],
        ["fit", "-", "--lr", "half%"],
        ["fit", "-", "--at", "now"],
        ["fit", "-", "--options", "{"],
        ["fit", "-", "--options", "[]"],
        ["sweep", "-"],
        ["fit", "-", "--job", "--factor", "factor.json"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("text", "rate"), [("0.1", 0.1), ("best", "best"), ("50%", {"of_limit": 0.5})]
)
def test_a_rate_is_a_number_or_best_or_a_part_of_the_limit(text: str, rate: object) -> None:
    assert parser().parse_args(["fit", "-", "--lr", text]).lr == rate


def test_a_prediction_may_be_at_a_time_stamp() -> None:
    given = parser().parse_args(["series", "-", "--at", "2026-01-01T00:00Z", "5"])

    assert given.at == [datetime(2026, 1, 1, tzinfo=UTC), 5.0]


def test_the_places_of_predictions_keep_all_their_digits() -> None:
    places = ["2026-01-01T09:00:00.123456789+09:00", "9007199254740993", "0.5"]

    given = parser().parse_args(["fit", "-", "--at", *places])

    assert given.at == ["2026-01-01T00:00:00.123456789+00:00", 9007199254740993, 0.5]


class Appending(Coaster):
    """A client whose answers have the factors that it was given, with one more point."""

    def append(self, factor: PortableFactor | None, **_: Any) -> Fit:
        points = 1 if factor is None else factor.points + 1
        return Fit({"factor": {"points": points}}, None, None)  # type: ignore[arg-type]


def test_a_factor_is_kept_in_its_file(tmp_path: Path) -> None:
    points, factor = tmp_path / "points.csv", tmp_path / "factor.json"
    points.write_text("0,1\n1,2\n")
    given = parser().parse_args(["fit", str(points), "--factor", str(factor), "--json"])

    for _ in range(2):
        ANSWERS["fit"](Appending(), given)

    assert json.loads(factor.read_text()) == {"points": 2}


def test_a_file_without_a_factor_is_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points, factor = tmp_path / "points.csv", tmp_path / "factor.json"
    points.write_text("0,1\n1,2\n")
    factor.write_text("")

    assert main(["fit", str(points), "--factor", str(factor)]) == 2
    assert "factor.json has no factor in JSON" in capsys.readouterr().err


def test_a_file_that_does_not_exist_is_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "nowhere.csv"]) == 2
    assert capsys.readouterr().err == (
        "coaster: The file nowhere.csv cannot be read: No such file or directory.\n"
    )


def test_a_file_without_points_is_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "points.csv").write_text("")

    assert main(["fit", str(tmp_path / "points.csv")]) == 2
    assert capsys.readouterr().err == "coaster: The file is empty.\n"


def test_a_url_without_http_is_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "1", "--url", "localhost"]) == 2
    assert "http://" in capsys.readouterr().err


def test_a_service_that_does_not_run_is_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("coaster_client.retries.FIRST_SECONDS", 0.0)
    monkeypatch.setattr(command, "RETRIES", command.A_FEW)

    assert main(["watch", "1", "--url", "http://127.0.0.1:1"]) == 3
    assert "cannot be reached" in capsys.readouterr().err


def test_a_key_that_is_pressed_to_end_is_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setitem(ANSWERS, "watch", interrupted)

    assert main(["watch", "1"]) == 130


def test_a_file_that_is_too_large_can_be_fitted_as_a_job(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> str:
        raise problem_error(413, b'{"code": "body_too_large", "detail": "At most 9 bytes."}')

    monkeypatch.setitem(ANSWERS, "fit", refused)

    assert main(["fit", "points.csv"]) == 1
    assert "add --job" in capsys.readouterr().err


def test_serve_becomes_the_service_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda _, arguments, __: became.append(arguments))

    main(["serve", "--port", "9000"])

    assert became == [[sys.executable, "-m", "service", "--port", "9000"]]


def test_the_variables_of_the_command_are_no_settings_of_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed: dict[str, str] = {}
    monkeypatch.setattr("os.execve", lambda _, __, environment: passed.update(environment))
    for name in ("COASTER_URL", "COASTER_API_KEY", "COASTER_PORT"):
        monkeypatch.setenv(name, "1")

    main(["serve"])

    assert [name for name in passed if name.startswith("COASTER_")] == ["COASTER_PORT"]


def test_serve_without_the_service_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: None)

    assert main(["serve"]) == 1
    assert "make run" in capsys.readouterr().err


def test_a_curve_is_written_as_a_formula() -> None:
    assert curve({"a": 1.5, "b": -2.0, "c": 0.25, "d": 1.0}) == "1.5 t³ - 2 t² + 0.25 t + 1"


def fitted(center: float | str) -> FitResult:
    scaled = {"center": center, "scale": 2.0, "params": {"a": 3.0, "b": 4.0}}
    return FitResult({"params": {"a": 1.5, "b": 1.0}, "scaled": scaled})


def test_a_curve_of_time_stamps_is_written_in_seconds() -> None:
    written = fitted_curve(fitted("2026-01-01T01:30:00Z"))

    assert written == "3 x + 4, x = (t - 2026-01-01T01:30:00Z) / 2 s"


def test_a_curve_of_unix_seconds_is_written_in_x() -> None:
    assert fitted_curve(fitted(1767231000.0)) == "3 x + 4, x = (t - 1767231000) / 2"


def test_a_curve_near_0_is_written_in_t() -> None:
    assert fitted_curve(fitted(2.0)) == "1.5 t + 1"


def test_a_network_is_written_as_its_size() -> None:
    assert curve(Network({"layers": [{}, {}]})) == "a network of 2 layers"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["fit"]], ids=" ".join)
def test_the_libraries_of_connections_are_not_imported_before_they_are_needed(
    arguments: list[str],
) -> None:
    script = (
        "import atexit, sys; from coaster_client.command import main\n"
        "slow = {'httpx', 'asyncio', 'ssl'}\n"
        "atexit.register(lambda: print('imported:', sorted(slow & set(sys.modules))))\n"
        f"main({arguments!r})"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert ended.stdout.endswith("imported: []\n")


@pytest.mark.parametrize("name", ["fit", "sweep", "analysis", "watch"])
def test_the_help_explains_every_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])

    *_, options = capsys.readouterr().out.partition("\noptions:\n")
    explained = re.sub(r"\n {3,}", "  ", options).splitlines()
    assert [line for line in explained if not re.search(r"\S {2,}\S", line)] == []


def test_a_rate_that_is_not_a_number_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "-", "--lr", "fast"])

    assert (
        "argument --lr: fast is neither a number, a percentage nor best" in capsys.readouterr().err
    )
