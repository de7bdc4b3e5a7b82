from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.streams import NDJSON, Json, ndjson, timeless
from tests.support.ways import LECTURE, WAYS


def answer(client: httpx.Client, path: str, **given: Any) -> Json:
    answered = client.post(path, json=LECTURE | given)
    assert answered.status_code == 200, answered.text
    content: Json = answered.json()
    return content


@dataclass(frozen=True)
class Way:
    """A way to descend, and the fit that goes it."""

    given: Json
    fit: Json


@pytest.fixture(scope="module", params=WAYS.values(), ids=list(WAYS))
def way(request: pytest.FixtureRequest, client: httpx.Client) -> Way:
    given: Json = request.param
    return Way(given, timeless(answer(client, "/fit", **given)))


def test_resolved_sent_again_gives_the_same_answer(client: httpx.Client, way: Way) -> None:
    again = client.post("/fit", json=way.fit["resolved"]).json()

    assert timeless(again) == way.fit


def test_a_stream_adds_up_to_the_fit(client: httpx.Client, way: Way) -> None:
    started, *steps, done = ndjson(
        client.post("/fit/stream", json=LECTURE | way.given, headers={"Accept": NDJSON}).content
    )

    assert started["resolved"] == way.fit["resolved"]
    assert [loss for event in steps for loss in event["loss"]] == way.fit["losses"]
    assert [loss for event in steps for loss in event.get("batch_loss", [])] == way.fit.get(
        "batch_losses", []
    )
    whole = {name: value for name, value in way.fit.items() if name != "losses"}
    assert timeless(done["result"]) == whole


def test_a_job_has_the_result_of_the_fit(client: httpx.Client, way: Way) -> None:
    job = client.post("/jobs", json=LECTURE | way.given).headers["location"]
    client.get(f"{job}/events")

    assert timeless(client.get(f"{job}/result").json()) == way.fit


def test_a_network_is_drawn(client: httpx.Client) -> None:
    """tests/integration/api/test_pictures.py draws every way."""
    drawn = client.post("/fit", json=LECTURE | WAYS["network"], headers={"Accept": "image/svg+xml"})

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


def test_an_analysis_says_the_same_without_a_step(client: httpx.Client, way: Way) -> None:
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
    given = {name: value for name, value in (LECTURE | way.given).items() if name in fields}

    known = client.post("/analysis", json=given).json()

    assert known["analysis"]["basis"] == way.fit["analysis"]["basis"]
    assert ("verdict" in known) == (known["analysis"]["basis"] == "exact")
    assert ("optimum" in known) == ("optimum" in way.fit) == ("model" not in way.given)


def test_the_first_rate_of_a_list_is_the_rate(client: httpx.Client) -> None:
    resolved = client.post(
        "/fit",
        json={"synthetic": {}, "steps": 2, "schedule": {"kind": "list", "lrs": [1e-5, 1e-6]}},
    ).json()["resolved"]

    assert resolved["lr"] == 1e-5


def test_a_network_steps_in_standardized_t_by_default(client: httpx.Client) -> None:
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
