from typing import Any

import httpx
import numpy as np
import pytest

LECTURE: dict[str, Any] = {"synthetic": {}, "seed": 42, "steps": 10}
RATES = [1e-300, 1e-6, 1e-5, 3.5e-5, 1e-3, 1e300]
QUARTER = {"fraction": 0.25, "split": "interleaved"}


def swept(client: httpx.Client, lrs: Any, **given: Any) -> dict[str, Any]:
    answer = client.post("/sweep", json=LECTURE | {"lrs": lrs} | given)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def refused(client: httpx.Client, **given: Any) -> tuple[int, str, str]:
    """The status, code and pointer of the problem."""
    answer = client.post("/sweep", json=LECTURE | given)
    problem = answer.json()
    return answer.status_code, problem["code"], problem["errors"][0]["pointer"]


@pytest.mark.parametrize("solver", ["exact", "loop"])
@pytest.mark.parametrize(
    "more",
    [{}, {"validation": QUARTER}, {"scale": "standardize", "record_every": 3}],
    ids=["plain", "held out", "thinned"],
)
def test_a_row_is_the_fit_at_its_rate(
    client: httpx.Client, solver: str, more: dict[str, Any]
) -> None:
    told = swept(client, RATES, solver=solver, include=["losses"], **more)

    for lr, row in zip(RATES, told["runs"], strict=True):
        single = client.post("/fit", json=LECTURE | more | {"lr": lr, "solver": solver}).json()
        assert (row["lr"], row["outcome"], row.get("diverged_at")) == (
            lr,
            single["outcome"],
            single.get("diverged_at"),
        )
        assert row["loss"] == pytest.approx(single["loss"], rel=1e-9)
        assert row["losses"] == pytest.approx(single["losses"], rel=1e-9)
        assert (row["verdict"]["rate"], row["verdict"]["reach"]) == (
            single["verdict"]["rate"],
            single["verdict"]["reach"],
        )
        assert ("validation_loss" in row) == ("validation" in more)


def test_a_range_is_spaced_by_one_factor_between_the_ends_as_sent(client: httpx.Client) -> None:
    rates = [run["lr"] for run in swept(client, {"from": 1e-7, "to": 1e-4, "count": 50})["runs"]]

    assert (rates[0], rates[-1], len(rates)) == (1e-7, 1e-4, 50)
    assert np.diff(np.log(rates)) == pytest.approx(np.log(1000) / 49)


def test_a_range_from_above_goes_down(client: httpx.Client) -> None:
    assert [run["lr"] for run in swept(client, {"from": 1e-4, "to": 1e-6, "count": 3})["runs"]] == [
        1e-4,
        pytest.approx(1e-5),
        1e-6,
    ]


@pytest.mark.parametrize(("count", "rates"), [(1, [1e-7]), (2, [1e-7, 1e-4])])
def test_a_short_range_is_its_ends(client: httpx.Client, count: int, rates: list[float]) -> None:
    assert [
        run["lr"] for run in swept(client, {"from": 1e-7, "to": 1e-4, "count": count})["runs"]
    ] == rates


def test_the_widest_range_is_answered(client: httpx.Client) -> None:
    told = swept(client, {"from": 5e-324, "to": 1e300, "count": 1000})

    assert len(told["runs"]) == 1000
    assert told["best"]["lr"] == min(told["runs"], key=lambda run: run["loss"])["lr"]


def test_best_is_a_row_and_exact_is_not_beaten(client: httpx.Client) -> None:
    told = swept(client, {"from": 1e-6, "to": 3.5e-5, "count": 200})

    assert told["best"]["loss"] == min(run["loss"] for run in told["runs"])
    assert told["exact"]["loss"] <= told["best"]["loss"]
    assert told["exact"]["lr"] == pytest.approx(2.5453e-5, rel=1e-5)


def test_where_points_are_held_out_their_loss_decides(client: httpx.Client) -> None:
    asked: dict[str, Any] = {
        "scale": "standardize",
        "init": "zeros",
        "steps": 300,
        "validation": QUARTER,
    }
    told = swept(client, {"from": 1e-3, "to": 0.6, "count": 40}, **asked)

    assert told["best"]["validation_loss"] == min(run["validation_loss"] for run in told["runs"])
    assert "validation_loss" in told["exact"]


def test_where_every_rate_diverges_there_is_no_best(client: httpx.Client) -> None:
    told = swept(client, [1.0, 10.0], steps=1000)

    assert "best" not in told
    assert [run["outcome"] for run in told["runs"]] == ["diverged", "diverged"]


def test_losses_are_left_out_where_they_are_not_asked_for(client: httpx.Client) -> None:
    assert "losses" not in swept(client, [1e-5])["runs"][0]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"scale": "orthonormal"},
        {"solver": "loop"},
        {"precision": "float32"},
        {"validation": QUARTER},
    ],
)
def test_resolved_sent_again_tells_the_same(client: httpx.Client, more: dict[str, Any]) -> None:
    first = swept(client, {"from": 1e-7, "to": 1e-4, "count": 5}, include=["losses"], **more)

    again = client.post("/sweep", json=first["resolved"]).json()

    assert {**again, "elapsed_ms": 0} == {**first, "elapsed_ms": 0}


def test_rates_in_numbers_are_those_of_t_as_it_is(client: httpx.Client) -> None:
    assert swept(client, [1e-5])["resolved"]["scale"] == "none"


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({}, "missing_field", ""),
        ({"lrs": []}, "too_few_items", "/lrs"),
        ({"lrs": [1e-5] * 1001}, "too_many_items", "/lrs"),
        ({"lrs": [0]}, "out_of_range", "/lrs/0"),
        ({"lrs": [1e-5, -1]}, "out_of_range", "/lrs/1"),
        ({"lrs": [1e-5, 1e301]}, "out_of_range", "/lrs/1"),
        ({"lrs": ["1e-5"]}, "wrong_type", "/lrs/0"),
        ({"lrs": [True]}, "wrong_type", "/lrs/0"),
        ({"lrs": ["best"]}, "wrong_type", "/lrs/0"),
        ({"lrs": "best"}, "wrong_type", "/lrs"),
        ({"lrs": 1e-5}, "wrong_type", "/lrs"),
        ({"lrs": None}, "wrong_type", "/lrs"),
        ({"lrs": {"from": 1e-7, "to": 1e-4, "count": 0}}, "out_of_range", "/lrs/count"),
        ({"lrs": {"from": 1e-7, "to": 1e-4, "count": 1001}}, "out_of_range", "/lrs/count"),
        ({"lrs": {"from": 1e-7, "to": 1e-4, "count": 2.0}}, "wrong_type", "/lrs/count"),
        ({"lrs": {"from": 0, "to": 1e-4, "count": 2}}, "out_of_range", "/lrs/from"),
        ({"lrs": {"from": 1e-7, "to": 1e301, "count": 2}}, "out_of_range", "/lrs/to"),
        ({"lrs": {"from": 1e-7, "to": 1e-4}}, "missing_field", "/lrs"),
        ({"lrs": {"start": 1e-7, "to": 1e-4, "count": 2}}, "invalid_body", "/lrs"),
        ({"lrs": {"from": 1e-7, "to": 1e-4, "count": 2, "base": 10}}, "unknown_field", "/lrs"),
        ({"lrs": [1e-5], "lr": 1e-5}, "unknown_field", ""),
        ({"lrs": [1e-5], "stop": {"gap": 1}}, "unknown_field", ""),
        ({"lrs": [1e-5], "at": [1]}, "unknown_field", ""),
        ({"lrs": [1e-5], "include": ["params"]}, "unknown_value", "/include/0"),
        ({"lrs": [1e-5], "precision": "float32", "solver": "exact"}, "conflicting_fields", ""),
    ],
)
def test_a_sweep_is_told_what_is_wrong_and_where(
    client: httpx.Client, given: dict[str, Any], code: str, pointer: str
) -> None:
    assert refused(client, **given) == (422, code, pointer)


def test_more_numbers_than_an_answer_may_hold_are_refused_with_what_would_do(
    client: httpx.Client,
) -> None:
    asked: dict[str, Any] = LECTURE | {
        "lrs": {"from": 1e-7, "to": 1e-4, "count": 1000},
        "steps": 10_000,
        "include": ["losses"],
    }
    problem = client.post("/sweep", json=asked).json()
    every = int(problem["detail"].split()[3])

    codes = [
        client.post("/sweep", json=asked | {"record_every": each}).status_code
        for each in (every - 1, every)
    ]

    assert problem["code"] == "answer_too_large"
    assert codes == [422, 200]


def test_a_thousand_rates_of_many_steps_are_answered(client: httpx.Client) -> None:
    told = swept(client, {"from": 1e-7, "to": 1e-4, "count": 1000}, steps=10_000_000)

    assert len(told["runs"]) == 1000


def test_a_loop_too_long_is_refused_before_it_begins(client: httpx.Client) -> None:
    problem = client.post(
        "/sweep", json=LECTURE | {"lrs": [1e-5] * 1000, "steps": 10_000_000, "solver": "loop"}
    ).json()

    assert problem["code"] == "cost_over_budget"


def test_parts_of_the_limit_are_rates(client: httpx.Client) -> None:
    limit = client.post("/analysis", json=LECTURE | {"scale": "none"}).json()["analysis"][
        "lr_limit"
    ]

    told = swept(client, {"of_limit": [0.1, 1.1]}, scale="none")

    assert [run["lr"] for run in told["runs"]] == [0.1 * limit, 1.1 * limit]


def test_parts_of_a_limit_that_is_not_known_are_refused(client: httpx.Client) -> None:
    asked = LECTURE | {"lrs": {"of_limit": [0.5]}, "optimizer": {"kind": "adam"}}

    problem = client.post("/sweep", json=asked).json()

    assert problem["code"] == "conflicting_fields"
    assert problem["errors"][0]["pointer"] == "/lrs"
    assert problem["detail"].endswith("the optimizer sgd: give numbers.")


@pytest.mark.parametrize("lrs", ["best", 1e-5, None, True])
def test_what_rates_may_be_is_told(client: httpx.Client, lrs: Any) -> None:
    told = client.post("/sweep", json=LECTURE | {"lrs": lrs}).json()

    assert told["detail"] == (
        "Rates are a list of numbers, or an object with `from`, `to` and `count`, or with "
        "`of_limit`."
    )
