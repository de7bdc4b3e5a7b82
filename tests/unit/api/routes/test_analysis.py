from typing import Any

import httpx
import pytest

LECTURE: dict[str, Any] = {"synthetic": {}, "seed": 42, "steps": 10}
HOURS = {
    "t": [1.7e9 + 3600 * hour for hour in range(24)],
    "y": [(hour - 11) ** 2 % 17 for hour in range(24)],
}
ASKED: dict[str, dict[str, Any]] = {
    "the lecture": {"lr": 1e-5},
    "the best rate": {"lr": "best"},
    "ten million steps": {"lr": 1e-5, "steps": 10_000_000},
    "standardized": {"lr": 0.1, "scale": "standardize"},
    "diverging": {"lr": 1e-3, "steps": 1000},
    "from zeros": {"lr": "best", "init": "zeros"},
    "from given coefficients": {"lr": 1e-6, "init": {"a": 1, "b": 2, "c": 3}},
    "posted": {
        "synthetic": None,
        "data": HOURS,
        "lr": "best",
        "model": {"kind": "polynomial", "degree": 6},
    },
    "points held out": {"lr": "best", "validation": {"fraction": 0.25, "split": "tail"}},
    "points drawn to be held out": {"lr": 1e-3, "steps": 1000, "validation": {"fraction": 0.25}},
    "one point": {"synthetic": None, "data": {"t": [3], "y": [5]}, "lr": 0.01},
}


def told(client: httpx.Client, **given: Any) -> dict[str, Any]:
    answer = client.post("/analysis", json=LECTURE | given)
    assert answer.status_code == 200, answer.text
    known: dict[str, Any] = answer.json()
    return known


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_it_is_what_the_fit_tells(client: httpx.Client, asked: dict[str, Any]) -> None:
    known, result = told(client, **asked), client.post("/fit", json=LECTURE | asked).json()

    for part in ("optimum", "analysis", "verdict"):
        assert known[part] == result[part]
    assert (known["resolved"]["lr"], known["resolved"]["scale"]) == (
        result["resolved"]["lr"],
        result["resolved"]["scale"],
    )


def test_the_lectures_numbers(client: httpx.Client) -> None:
    known = told(client)["analysis"]

    assert known["lr_limit"] == pytest.approx(3.53986294e-5, rel=3e-9)
    assert known["lr_best"] == pytest.approx(2.5453e-5, rel=1e-5)
    assert known["steps_to_one_percent"] == {
        "lr": None,
        "lr_fastest": 697_692,
        "best": 498_015,
        "standardized": 18,
        "orthonormal": 1,
    }


def test_without_a_rate_what_depends_on_it_is_null(client: httpx.Client) -> None:
    known = told(client)

    assert "verdict" not in known
    assert "lr" not in known["resolved"]
    assert known["analysis"]["half_lives"] == [None, None, None]
    assert [mode["multiplier"] for mode in known["analysis"]["modes"]] == [None, None, None]
    assert known["analysis"]["predicted_overflow"] is None


@pytest.mark.parametrize("asked", [{}, {"lr": None}, {"scale": "auto"}])
def test_without_a_rate_it_is_about_t_as_it_is(client: httpx.Client, asked: dict[str, Any]) -> None:
    assert told(client, **asked)["resolved"]["scale"] == "none"


@pytest.mark.parametrize("asked", [{}, *ASKED.values()], ids=["without a rate", *ASKED])
def test_resolved_sent_again_tells_the_same(client: httpx.Client, asked: dict[str, Any]) -> None:
    first = told(client, **asked)

    again = client.post(
        "/analysis", json=first["resolved"] | ({"data": asked["data"]} if "data" in asked else {})
    ).json()

    assert {**again, "elapsed_ms": 0} == {**first, "elapsed_ms": 0}


def test_a_seed_is_drawn_and_told(client: httpx.Client) -> None:
    first = client.post("/analysis", json={"synthetic": {}}).json()

    assert isinstance(first["resolved"]["seed"], int)
    assert told(client, **first["resolved"])["analysis"] == first["analysis"]


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({"lr": 0}, "out_of_range", "/lr"),
        ({"lr": "fast"}, "unknown_value", "/lr"),
        ({"steps": 0}, "out_of_range", "/steps"),
        ({"solver": "loop"}, "unknown_field", ""),
        ({"stop": {"gap": 1}}, "unknown_field", ""),
        (
            {"validation": {"fraction": 0.01, "split": "interleaved"}},
            "out_of_range",
            "/validation/fraction",
        ),
        ({"synthetic": None}, "missing_field", ""),
        ({"data": HOURS}, "conflicting_fields", ""),
    ],
)
def test_it_is_told_what_is_wrong_and_where(
    client: httpx.Client, given: dict[str, Any], code: str, pointer: str
) -> None:
    answer = client.post("/analysis", json=LECTURE | given)

    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["errors"][0]["pointer"]) == (code, pointer)
