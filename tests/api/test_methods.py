from typing import Any

import httpx
import pytest

from tests.streams import NDJSON, Json, ndjson

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 0.01, "steps": 30, "scale": "standardize"}
WAYS: dict[str, Json] = {
    "momentum": {"optimizer": {"kind": "sgd", "momentum": 0.9}},
    "nesterov": {"optimizer": {"kind": "sgd", "momentum": 0.9, "nesterov": True}, "lr": "best"},
    "weight decay": {"optimizer": {"kind": "sgd", "weight_decay": 0.1}},
    "adam": {"optimizer": {"kind": "adam"}},
    "adamw": {"optimizer": {"kind": "adamw", "betas": [0.8, 0.99], "amsgrad": True}},
    "rmsprop": {"optimizer": {"kind": "rmsprop", "centered": True, "momentum": 0.5}},
    "step": {"schedule": {"kind": "step", "step_size": 10}},
    "cosine": {"schedule": {"kind": "cosine", "eta_min": 1e-3}},
    "one cycle": {"schedule": {"kind": "one_cycle"}},
    "list": {"schedule": {"kind": "list", "lrs": [0.01] * 15 + [0.001] * 15}},
    "mae": {"loss": {"kind": "mae"}},
    "huber": {"loss": {"kind": "huber", "delta": 3}},
    "shuffled": {"batch_size": 6},
    "independent": {"batch_size": 6, "batches": "independent"},
    "network": {"model": {"kind": "mlp", "hidden": [4]}, "optimizer": {"kind": "adam"}},
    "network, batches, validation": {
        "model": {"kind": "mlp", "hidden": [4, 3], "activation": "gelu"},
        "batch_size": 5,
        "validation": {"fraction": 0.25, "split": "interleaved"},
        "stop": {"patience": 5},
        "at": [20, 21],
        "include": ["params", "gradients", "predictions", "data"],
    },
    "float32": {"optimizer": {"kind": "adam"}, "batch_size": 7, "precision": "float32"},
}


def answer(client: httpx.Client, path: str, **given: Any) -> Json:
    answered = client.post(path, json=LECTURE | given)
    assert answered.status_code == 200, answered.text
    content: Json = answered.json()
    return content


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def way(request: pytest.FixtureRequest) -> Json:
    found: Json = request.param
    return found


def test_resolved_sent_again_gives_the_same_bytes(client: httpx.Client, way: Json) -> None:
    first = answer(client, "/fit", **way)
    data = {} if "synthetic" in first["resolved"] else {"data": first["data"]}

    again = client.post("/fit", json=first["resolved"] | data).json()

    assert {**again, "elapsed_ms": 0} == {**first, "elapsed_ms": 0}


def test_a_stream_adds_up_to_the_fit(client: httpx.Client, way: Json) -> None:
    whole = answer(client, "/fit", **way)

    started, *steps, done = ndjson(
        client.post("/fit/stream", json=LECTURE | way, headers={"Accept": NDJSON}).content
    )

    assert started["resolved"] == whole["resolved"]
    assert [loss for event in steps for loss in event["loss"]] == whole.pop("losses")
    assert [loss for event in steps for loss in event.get("batch_loss", [])] == whole.get(
        "batch_losses", []
    )
    assert done["result"] | {"elapsed_ms": 0} == whole | {"elapsed_ms": 0}


def test_a_job_has_the_result_of_the_fit(client: httpx.Client, way: Json) -> None:
    job = client.post("/jobs", json=LECTURE | way).headers["location"]
    client.get(f"{job}/events")

    result = client.get(f"{job}/result").json()

    assert result | {"elapsed_ms": 0} == answer(client, "/fit", **way) | {"elapsed_ms": 0}


def test_a_picture_is_drawn(client: httpx.Client, way: Json) -> None:
    drawn = client.post("/fit", json=LECTURE | way, headers={"Accept": "image/svg+xml"})

    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "The loss" in drawn.text


@pytest.mark.parametrize(
    "name", [name for name in WAYS if name not in {"list", "network, batches, validation"}]
)
def test_a_sweep_has_the_fit_of_each_rate(client: httpx.Client, name: str) -> None:
    given = {field: value for field, value in (LECTURE | WAYS[name]).items() if field != "lr"}
    lrs = [1e-4, 0.02, 0.3]

    runs = client.post("/sweep", json=given | {"lrs": lrs, "include": ["losses"]}).json()["runs"]

    for lr, run in zip(lrs, runs, strict=True):
        alone = answer(client, "/fit", **WAYS[name] | {"lr": lr})
        tolerance = 1e-3 if name == "float32" else 1e-9
        assert run["losses"] == pytest.approx(alone["losses"], rel=tolerance)
        assert (run["outcome"], run["verdict"]["rate"], run["verdict"]["reach"]) == (
            alone["outcome"],
            alone["verdict"]["rate"],
            alone["verdict"]["reach"],
        )


def test_an_analysis_is_told_without_a_step(client: httpx.Client, way: Json) -> None:
    fields = {
        "model",
        "loss",
        "optimizer",
        "schedule",
        "batch_size",
        "batches",
        "validation",
        "synthetic",
        "seed",
        "steps",
        "scale",
        "lr",
    }
    given = {name: value for name, value in (LECTURE | way).items() if name in fields}

    told, whole = client.post("/analysis", json=given).json(), answer(client, "/fit", **way)

    assert told["analysis"]["basis"] == whole["analysis"]["basis"]
    assert ("verdict" in told) == (told["analysis"]["basis"] == "exact")
    assert ("optimum" in told) == ("optimum" in whole) == ("model" not in way)


def test_the_first_rate_of_a_list_is_the_rate(client: httpx.Client) -> None:
    resolved = client.post(
        "/fit",
        json={"synthetic": {}, "steps": 2, "schedule": {"kind": "list", "lrs": [1e-5, 1e-6]}},
    ).json()["resolved"]

    assert resolved["lr"] == 1e-5


def test_a_network_steps_in_t_standardized_unless_told_otherwise(client: httpx.Client) -> None:
    assert (
        answer(client, "/fit", model={"kind": "mlp"}, scale="auto")["resolved"]["scale"]
        == "standardize"
    )
    assert (
        answer(client, "/fit", model={"kind": "mlp"}, scale="none")["resolved"]["scale"] == "none"
    )


def test_a_network_goes_on_from_where_another_stands(client: httpx.Client) -> None:
    network: Json = {"model": {"kind": "mlp"}, "optimizer": {"kind": "adam"}}
    first = answer(client, "/fit", **network)

    by_scaled, by_params = (
        answer(client, "/fit", **network, init=init) for init in (first["scaled"], first["params"])
    )

    assert by_scaled["losses"][0] == first["loss"]
    assert by_params["losses"][0] == pytest.approx(first["loss"], rel=1e-9)


def test_epochs_are_counted(client: httpx.Client) -> None:
    assert answer(client, "/fit", batch_size=6, steps=10)["epochs"] == pytest.approx(2.6)
    assert answer(client, "/fit", batch_size=6, batches="independent", steps=10)["epochs"] == 3
    assert "epochs" not in answer(client, "/fit")


def test_a_batch_has_a_loss_of_its_own_at_each_recorded_step(client: httpx.Client) -> None:
    result = answer(client, "/fit", batch_size=6, record_every=7)

    assert len(result["batch_losses"]) == len(result["losses"]) == 6


def test_batches_of_all_points_are_full_batches_in_another_order(client: httpx.Client) -> None:
    batches, whole = answer(client, "/fit", batch_size=20), answer(client, "/fit")

    assert batches["losses"] == pytest.approx(whole["losses"], rel=1e-12)
    assert batches["batch_losses"] == pytest.approx(batches["losses"], rel=1e-12)


def test_a_million_steps_cost_too_much_and_the_most_that_do_not_are_named(
    client: httpx.Client,
) -> None:
    asked = LECTURE | {"optimizer": {"kind": "adam"}, "steps": 1_000_000}

    refused = client.post("/fit", json=asked)
    largest = int(refused.json()["detail"].split()[3])

    assert (refused.status_code, refused.json()["code"]) == (422, "cost_over_budget")
    assert client.post("/analysis", json=LECTURE).status_code == 200
    assert client.post("/jobs", json=asked).json()["code"] == "cost_over_budget"
    job = client.post("/jobs", json=asked | {"steps": largest})
    assert job.status_code == 202
    client.post(f"{job.headers['location']}/cancel")
