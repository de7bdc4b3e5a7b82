"""The command `coaster`, against a real service."""

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path

import httpx
import pytest

from coaster_client.command import main
from tests.support.server import Server
from tests.support.streams import Json
from tests.support.tables import parquet

CSV = "hour,load\n0,9.1\n1,4.2\n2,1.8\n3,2.3\n4,5.1\n"


@pytest.fixture
def points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> str:
    """Return the name of a file with points, for a command that knows the service."""
    monkeypatch.setenv("COASTER_URL", server.url)
    file = tmp_path / "points.csv"
    file.write_text(CSV)
    return str(file)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments]) == 0
    return capsys.readouterr().out


def test_a_fit_is_printed_as_a_table(points: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = printed(capsys, "fit", points, "--steps", "10", "--seed", "42", "--at", "5")

    rows = dict(line.split(maxsplit=1) for line in table.splitlines())
    assert rows["curve"] == "1.30827 t² - 6.22294 t + 9.09463"
    assert rows["converged"] == "yes"
    assert rows["y(5)"] == "10.6868"


def test_many_series_are_printed_as_a_table(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "series.csv"
    file.write_text("series,t,y\n" + "".join(f"cpu,{t},{2 * t}\n" for t in range(3)) + "disk,0,\n")

    table = printed(
        capsys, "series", str(file), "--degree", "1", "--at", "5", "--url", server.url
    ).splitlines()

    assert table[0].split() == ["series", "verdict", "loss", "r2", "a", "b", "y(5)"]
    name, verdict, *numbers = table[1].split()
    assert (name, verdict, numbers[2], numbers[4]) == ("cpu", "good", "2", "10")
    assert table[2] == "disk    The series has no points: send at least one."


def test_json_is_the_whole_answer(points: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = '{"optimizer": {"kind": "sgd", "momentum": 0.5}}'

    fit = json.loads(
        printed(
            capsys, "fit", points, "--json", "--lr", "0.001", "--degree", "1", "--options", options
        )
    )

    assert fit["resolved"]["model"]["degree"] == 1
    assert fit["resolved"]["optimizer"]["momentum"] == 0.5


def test_a_sweep_has_a_line_for_each_rate(points: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = printed(capsys, "sweep", points, "--lrs", "0.001", "1")

    slow, fast = table.splitlines()[1:3]
    assert slow.endswith(" too small")
    assert fast.endswith(" diverging")
    assert "The best of them is 0.001." in table


def test_an_analysis_names_the_limit(points: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "limit" in printed(capsys, "analysis", points)
    assert printed(capsys, "analysis", points, "--lr", "best").startswith("verdict")


@pytest.mark.usefixtures("points")
def test_watching_a_job_prints_its_result(
    capsys: pytest.CaptureFixture[str], client: httpx.Client
) -> None:
    job = client.post("/jobs", json={"synthetic": {}, "seed": 42, "lr": 1e-5}).json()["id"]

    assert "converged" in printed(capsys, "watch", job)


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "sweep", "synthetic": {}, "lrs": [1e-6, 1e-5]}, "The best of them is 1e-05."),
        ({"kind": "series", "t": [0, 1, 2], "y": [[1, 2, 4]]}, "series  verdict"),
    ],
)
def test_watching_a_job_that_is_not_a_fit_prints_its_table(
    capsys: pytest.CaptureFixture[str], client: httpx.Client, body: Json, words: str
) -> None:
    job = client.post("/jobs", json=body).json()["id"]

    assert words in printed(capsys, "watch", job)


def test_a_rejected_fit_is_code_1(points: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", points, "--steps", "0"]) == 1
    assert capsys.readouterr().err.startswith("coaster: out_of_range: ")


def test_a_file_of_parquet_is_sent_as_it_is(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "points.parquet"
    file.write_bytes(parquet({"hour": [0, 1, 2, 3, 4], "load": [9.1, 4.2, 1.8, 2.3, 5.1]}))

    table = printed(
        capsys,
        "fit",
        str(file),
        "--steps",
        "10",
        "--seed",
        "42",
        "--y",
        "load",
        "--url",
        server.url,
    )

    assert "1.30827 t² - 6.22294 t + 9.09463" in table


@pytest.mark.parametrize(
    "content",
    [parquet({"hour": [0, 1, 2], "load": [1.0, 2.0, 3.0]}), b"hour,load\n0,1\n1,2\n2,3\n"],
    ids=["Parquet", "CSV"],
)
def test_standard_input_is_read_for_a_dash(
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))

    table = printed(capsys, "fit", "-", "--degree", "1", "--seed", "42", "--url", server.url)

    assert "curve      1 t + 1\n" in table


def test_a_job_prints_the_table_of_a_fit(points: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["fit", points, "--steps", "10", "--seed", "42"]

    assert printed(capsys, *arguments, "--job") == printed(capsys, *arguments)


def test_a_job_adds_up_several_files(
    points: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.parquet"
    first.write_text("".join(CSV.splitlines(keepends=True)[:4]))
    second.write_bytes(parquet({"hour": [3, 4], "load": [2.3, 5.1]}))
    settings = ["--degree", "1", "--lr", "best", "--seed", "42"]

    added = printed(capsys, "fit", str(first), str(second), "--job", *settings)

    whole = printed(capsys, "fit", points, *settings)
    assert added.splitlines()[1] == whole.splitlines()[1]


def test_the_points_of_parquet_are_added_to_a_factor(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    file, factor = tmp_path / "points.parquet", tmp_path / "factor.json"
    file.write_bytes(parquet({"t": [0, 1, 2], "y": [1.0, 2.0, 3.0]}))
    arguments = ["fit", str(file), "--degree", "1", "--factor", str(factor), "--url", server.url]

    for _ in range(2):
        printed(capsys, *arguments)

    assert json.loads(factor.read_text())["points"] == 6
