from typing import Any

import httpx
import pytest

from tests.support.tolerances import EPS

LECTURE = {"synthetic": {}, "seed": 42, "init": "random", "lr": 1e-5, "steps": 10}


def test_the_lecture(client: httpx.Client, lecture: dict[str, Any]) -> None:
    printed = lecture["printed_in_the_lecture"]

    answer = client.post(
        "/fit", json=LECTURE | {"precision": "float32", "include": ["gradients", "params"]}
    ).json()

    assert answer["losses"] == pytest.approx(
        [printed["loss_before_any_update"], *printed["losses_after_1_to_10_updates"]], rel=1e-6
    )
    assert {
        name: column[0] for name, column in answer["history"]["params"].items()
    } == pytest.approx(lecture["init"], rel=1e-6)
    assert [column[0] for column in answer["history"]["gradients"].values()] == pytest.approx(
        printed["gradient_before_any_update"], rel=1e-6
    )


def test_the_lectures_speeds_posted_give_the_same_to_the_digits_that_are_drawn(
    client: httpx.Client, lecture: dict[str, Any]
) -> None:
    posted = {
        "data": {"t": lecture["t"], "y": lecture["y"]},
        "init": lecture["init"],
        "lr": 1e-5,
        "steps": 10,
    }

    # Speeds and start are drawn in float32, and torch rounds their last digit differently on other
    # processors: by 2 ** -24 of their size, which is at most four times that of the residuals.
    assert client.post("/fit", json=posted).json()["losses"] == pytest.approx(
        client.post("/fit", json=LECTURE).json()["losses"], rel=2 * 4 * 2**-24
    )


@pytest.mark.parametrize("scale", ["auto", "none", "standardize", "orthonormal"])
def test_resolved_sent_again_gives_the_same_bytes(client: httpx.Client, scale: str) -> None:
    first = client.post(
        "/fit",
        json={"synthetic": {}, "lr": 1e-5, "scale": scale, "at": [20], "include": ["params"]},
    ).json()

    again = client.post("/fit", json=first["resolved"]).json()

    assert {**again, "elapsed_ms": 0} == {**first, "elapsed_ms": 0}


def test_resolved_says_what_was_decided(client: httpx.Client) -> None:
    resolved = client.post("/fit", json={"synthetic": {}, "lr": 1e-5, "steps": 25_000}).json()[
        "resolved"
    ]

    assert (resolved["scale"], resolved["solver"], resolved["record_every"], resolved["init"]) == (
        "none",
        "exact",
        3,
        "random",
    )
    assert isinstance(resolved["seed"], int)


def test_null_means_absent(client: httpx.Client) -> None:
    fields = [
        "model",
        "init",
        "steps",
        "scale",
        "solver",
        "precision",
        "at",
        "record_every",
        "include",
        "data",
    ]
    sparse = {
        "synthetic": {"points": None, "noise": None, "curve": {"a": None}},
        "seed": 42,
        "lr": 1e-5,
    }

    answer = client.post("/fit", json=sparse | dict.fromkeys(fields)).json()

    assert answer["losses"] == client.post("/fit", json=LECTURE | {"steps": 100}).json()["losses"]


def test_float32_steps_by_the_loop(client: httpx.Client) -> None:
    assert (
        client.post("/fit", json=LECTURE | {"precision": "float32"}).json()["resolved"]["solver"]
        == "loop"
    )


def test_a_diverged_fit_is_an_answer(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"lr": 1e-3, "steps": 1000})

    assert answer.status_code == 200
    assert answer.json()["outcome"] == "diverged"
    assert answer.json()["diverged_at"] == answer.json()["steps"] + 1


def test_history_has_a_column_for_everything_asked(client: httpx.Client) -> None:
    answer = client.post(
        "/fit", json=LECTURE | {"include": ["params", "gradients", "predictions", "data"]}
    ).json()

    assert set(answer["history"]) == {"step", "params", "gradients", "predictions"}
    assert (len(answer["history"]["predictions"]), len(answer["history"]["predictions"][0])) == (
        11,
        20,
    )
    assert len(answer["data"]["t"]) == 20


def test_predictions_at_follow_the_order_asked(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"at": [2, 0, 1]}).json()

    a, b, c = answer["params"].values()
    assert answer["predictions_at"] == pytest.approx([a * t**2 + b * t + c for t in (2, 0, 1)])


HOURS = {
    "t": [1.7e9 + 3600 * hour for hour in range(48)],
    "y": [(hour - 20) ** 2 % 23 for hour in range(48)],
}
QUARTER = {"fraction": 0.25, "split": "interleaved"}
IMPROVABLE: dict[str, dict[str, Any]] = {
    "the lecture": LECTURE,
    "too small": LECTURE | {"lr": 1e-9},
    "bouncing": LECTURE | {"lr": 3.5e-5},
    "at the limit": LECTURE | {"lr": 3.539862944089255e-05},
    "diverging": LECTURE | {"lr": 1e-4},
    "diverged": LECTURE | {"lr": 1, "steps": 1000},
    "one step": LECTURE | {"steps": 1},
    "a rule in the way": LECTURE | {"lr": 1e-8, "stop": {"min_improvement": 0.5}},
    "several rules": LECTURE
    | {"lr": 1e-8, "stop": {"gap": 1e-3, "patience": 3, "min_improvement": 0.1}},
    "a gap": LECTURE | {"lr": 1e-8, "stop": {"gap": 1e-3}},
    "points held out": LECTURE | {"lr": 1e-7, "validation": QUARTER},
    "in float32": LECTURE | {"lr": 1e-7, "precision": "float32"},
    "by the loop": LECTURE | {"lr": 1e-7, "solver": "loop"},
    "Unix seconds": {"data": HOURS, "seed": 1, "lr": 1e-38},
    "Unix seconds, rescaled": {"data": HOURS, "seed": 1, "lr": 1e-3, "scale": "standardize"},
    "degree 10": {
        "data": HOURS,
        "seed": 1,
        "lr": 1e-4,
        "scale": "standardize",
        "model": {"kind": "polynomial", "degree": 10},
    },
    "degree 10 at its best": {
        "data": HOURS,
        "seed": 1,
        "lr": "best",
        "scale": "standardize",
        "model": {"kind": "polynomial", "degree": 10},
    },
}


@pytest.mark.parametrize("body", IMPROVABLE.values(), ids=IMPROVABLE)
def test_a_suggestion_merged_into_resolved_ends_lower(
    client: httpx.Client, body: dict[str, Any]
) -> None:
    first = client.post("/fit", json=body).json()
    points = {"data": body["data"]} if "data" in body else {}

    answer = client.post("/fit", json=first["resolved"] | points | first["verdict"]["suggestion"])

    assert answer.status_code == 200, answer.text
    assert answer.json()["loss"] < first["loss"]


@pytest.mark.parametrize(
    ("data", "degree"),
    [
        (HOURS, 2),
        (HOURS, 10),
        ({"t": [3], "y": [5]}, 2),
        ({"t": [1, 1, 1], "y": [1, 2, 3]}, 1),
        ({"t": [1e6 + i for i in range(50)], "y": [1e-25 * i * i for i in range(50)]}, 2),
    ],
)
def test_points_alone_converge(client: httpx.Client, data: dict[str, Any], degree: int) -> None:
    answer = client.post(
        "/fit", json={"data": data, "model": {"kind": "polynomial", "degree": degree}}
    ).json()

    assert answer["verdict"]["reach"] == "converged"
    assert answer["verdict"]["suggestion"] is None


@pytest.mark.parametrize(
    ("asked", "scale"),
    [
        ({"lr": 1e-5}, "none"),
        ({"lr": "best"}, "standardize"),
        ({"lr": "best", "steps": 5}, "orthonormal"),
        ({}, "standardize"),
    ],
)
def test_auto_scales_for_the_best_rate_and_leaves_t_alone_for_a_number(
    client: httpx.Client, asked: dict[str, Any], scale: str
) -> None:
    assert (
        client.post("/fit", json={"synthetic": {}, "seed": 42, **asked}).json()["resolved"]["scale"]
        == scale
    )


@pytest.mark.parametrize(
    "more",
    [
        {"lr": "best"},
        {"scale": "auto", "steps": 5, "lr": "best"},
        {"stop": {"gap": 1, "patience": 3}, "validation": QUARTER},
        {"validation": {"fraction": 0.3}, "init": "zeros"},
        {"precision": "float32", "stop": {"gradient": 30}},
    ],
)
def test_resolved_holds_every_choice(client: httpx.Client, more: dict[str, Any]) -> None:
    first = client.post("/fit", json={"synthetic": {}} | more).json()

    again = client.post("/fit", json=first["resolved"]).json()

    assert {**again, "elapsed_ms": 0} == {**first, "elapsed_ms": 0}


def test_points_held_out_are_told_with_the_data(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"validation": QUARTER, "include": ["data"]}).json()

    assert answer["data"]["held_out"] == [3, 7, 11, 15, 19]
    assert len(answer["validation_losses"]) == len(answer["losses"])


def test_a_rule_that_ends_the_fit_is_named(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"steps": 1000, "stop": {"gap": 669.695}}).json()

    assert (answer["outcome"], answer["stopped_by"], answer["steps"]) == ("stopped_early", "gap", 9)


def test_going_on_from_a_finished_fit_is_near_from_the_start(client: httpx.Client) -> None:
    finished = client.post("/fit", json={"synthetic": {}, "seed": 42}).json()

    warm = client.post("/fit", json=LECTURE | {"init": finished["scaled"]}).json()

    assert warm["verdict"]["message"]["en"].startswith("Near from the start.")


def test_a_start_beyond_all_numbers_is_refused(client: httpx.Client) -> None:
    start = {"a": 1e150, "b": 1e150, "c": 1e150}

    for path, rate in (
        ("/fit", {"lr": 1e-20}),
        ("/sweep", {"lrs": [1e-20]}),
        ("/analysis", {"lr": 1e-20}),
    ):
        answer = client.post(path, json={"data": HOURS, "init": start, "scale": "none", **rate})
        assert (answer.status_code, answer.json()["code"]) == (422, "not_computable")


@pytest.mark.parametrize("model", [{"degree": 1}, {"kind": None, "degree": 1}])
def test_a_model_of_a_degree_is_a_polynomial(client: httpx.Client, model: dict[str, Any]) -> None:
    result = client.post("/fit", json={"synthetic": {}, "model": model}).json()

    assert result["resolved"]["model"] == {"kind": "polynomial", "degree": 1}


@pytest.mark.parametrize("apart", [1, 100, 1000])
@pytest.mark.parametrize("scale", ["auto", "standardize", "orthonormal"])
def test_integers_beyond_doubles_keep_their_digits_on_the_way_through(
    client: httpx.Client, apart: int, scale: str
) -> None:
    """Nanoseconds of 2026 on a line: doubles are 256 apart there. A prediction, up to 13, rounds
    some ten times. The center is a double, and up to 128 away from t that deviate by 7 steps.
    """
    allowed = 10 * EPS * 13 * (1 + 128 / (7 * apart))
    t = [1767225600000000000 + apart * i for i in range(24)]
    at = [t[0] - apart, t[5], t[23] + 3 * apart]

    answer = client.post(
        "/fit",
        json={
            "data": {"t": t, "y": [i / 2 for i in range(24)]},
            "model": {"degree": 1},
            "scale": scale,
            "lr": "best",
            "steps": 200,
            "seed": 1,
            "at": at,
            "include": ["data", "predictions"],
        },
    ).json()

    assert (answer["data"]["t"], answer["resolved"]["at"]) == (t, at)
    assert (answer["optimum"]["loss"], answer["optimum"]["unique"]) == (0, True)
    assert answer["optimum"]["params"]["a"] == pytest.approx(0.5 / apart, rel=1e-14)
    assert answer["converged"]
    assert answer["predictions_at"] == pytest.approx([-0.5, 2.5, 13.0], rel=0, abs=allowed)
    made = answer["history"]["predictions"][-1]
    assert made == pytest.approx([i / 2 for i in range(24)], rel=0, abs=allowed)
