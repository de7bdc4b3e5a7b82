from typing import Any

import httpx
import pytest

LECTURE = {"synthetic": {}, "seed": 42, "init": "random", "lr": 1e-5, "steps": 10}


def test_the_lecture(client: httpx.Client, lecture: dict[str, Any]) -> None:
    printed = lecture["printed_in_the_lecture"]

    answer = client.post("/fit", json=LECTURE | {"precision": "float32", "include": ["gradients", "params"]}).json()

    assert answer["losses"] == pytest.approx([printed["loss_before_any_update"], *printed["losses_after_1_to_10_updates"]], rel=1e-6)
    assert {name: column[0] for name, column in answer["history"]["params"].items()} == pytest.approx(lecture["init"], rel=1e-6)
    assert [column[0] for column in answer["history"]["gradients"].values()] == pytest.approx(
        printed["gradient_before_any_update"], rel=1e-6
    )


def test_the_lectures_speeds_posted_give_the_same(client: httpx.Client, lecture: dict[str, Any]) -> None:
    posted = {"data": {"t": lecture["t"], "y": lecture["y"]}, "init": lecture["init"], "lr": 1e-5, "steps": 10}

    assert client.post("/fit", json=posted).json()["losses"] == client.post("/fit", json=LECTURE).json()["losses"]


@pytest.mark.parametrize("scale", ["auto", "none", "standardize", "orthonormal"])
def test_resolved_sent_again_gives_the_same_bytes(client: httpx.Client, scale: str) -> None:
    first = client.post("/fit", json={"synthetic": {}, "lr": 1e-5, "scale": scale, "at": [20], "include": ["params"]}).json()

    again = client.post("/fit", json=first["resolved"]).json()

    assert {**again, "elapsed_ms": 0} == {**first, "elapsed_ms": 0}


def test_resolved_says_what_was_decided(client: httpx.Client) -> None:
    resolved = client.post("/fit", json={"synthetic": {}, "lr": 1e-5, "steps": 25_000}).json()["resolved"]

    assert (resolved["scale"], resolved["solver"], resolved["record_every"], resolved["init"]) == ("none", "exact", 3, "random")
    assert isinstance(resolved["seed"], int)


def test_null_means_absent(client: httpx.Client) -> None:
    fields = ["model", "init", "steps", "scale", "solver", "precision", "at", "record_every", "include", "data"]
    sparse = {"synthetic": {"points": None, "noise": None, "curve": {"a": None}}, "seed": 42, "lr": 1e-5}

    answer = client.post("/fit", json=sparse | dict.fromkeys(fields)).json()

    assert answer["losses"] == client.post("/fit", json=LECTURE | {"steps": 100}).json()["losses"]


def test_float32_steps_by_the_loop(client: httpx.Client) -> None:
    assert client.post("/fit", json=LECTURE | {"precision": "float32"}).json()["resolved"]["solver"] == "loop"


def test_a_diverged_fit_is_an_answer(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"lr": 1e-3, "steps": 1000})

    assert answer.status_code == 200
    assert answer.json()["outcome"] == "diverged"
    assert answer.json()["diverged_at"] == answer.json()["steps"] + 1


def test_history_has_a_column_for_everything_asked(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"include": ["params", "gradients", "predictions", "data"]}).json()

    assert set(answer["history"]) == {"step", "params", "gradients", "predictions"}
    assert (len(answer["history"]["predictions"]), len(answer["history"]["predictions"][0])) == (11, 20)
    assert len(answer["data"]["t"]) == 20


def test_predictions_at_follow_the_order_asked(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"at": [2, 0, 1]}).json()

    a, b, c = answer["params"].values()
    assert answer["predictions_at"] == pytest.approx([a * t**2 + b * t + c for t in (2, 0, 1)])
