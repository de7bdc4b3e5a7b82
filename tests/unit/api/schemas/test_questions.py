"""A request becomes the question that it asks, with the defaults of what it leaves out."""

import json
from dataclasses import replace
from typing import Any

import pytest

from service.api.requests import parse
from service.api.schemas.job import FitJob
from service.descent.methods.bounds import MAX_SEED
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.losses.mse import Mse
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.parameters import Layer, Network, Scaled
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.rmsprop import RmsProp
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.one_cycle import OneCycle
from service.descent.methods.schedules.step import StepDecay
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Curve, Stop, Synthetic, Validation
from service.descent.questions.points import Points, Whole
from service.descent.questions.sweep import SweepSpec
from service.jobs.submission import Submission

LECTURE: dict[str, Any] = {"synthetic": {}, "seed": 42, "lr": 1e-5}
SPEC = FitSpec(
    synthetic=Synthetic(),
    seed=42,
    lr=1e-5,
    steps=100,
    scale="none",
    solver="exact",
    record_every=1,
)
"""What LECTURE asks."""


def asked_with(**given: Any) -> FitSpec:
    return parse(json.dumps(LECTURE | given).encode(), FitSpec)


def spec(**given: Any) -> FitSpec:
    """Return a fit with its open choices made."""
    asked = asked_with(**given)
    return replace(
        asked,
        lr=asked.chosen_lr,
        scale=asked.chosen_scale,
        solver=asked.chosen_solver,
        record_every=asked.every,
    )


def test_a_request_has_the_defaults_of_the_lecture() -> None:
    assert spec() == SPEC
    assert (
        FitSpec(
            synthetic=Synthetic(20, 0.0, 1.0, 3.0, Curve(0.75, 9.5, 1.0)),
            seed=42,
            lr=1e-5,
            steps=100,
            model=Polynomial("polynomial", 2),
            loss=Mse(),
            optimizer=Sgd("sgd", 0.0, nesterov=False, weight_decay=0.0),
            schedule=Constant(),
            batch_size=None,
            batches="shuffled",
            init="random",
            scale="none",
            validation=None,
            solver="exact",
            precision="float64",
            record_every=1,
            stop=None,
            include=(),
            at=None,
        )
        == SPEC
    )


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"kind": "sgd"}, Sgd("sgd", 0.0, nesterov=False, weight_decay=0.0)),
        (
            {"kind": "sgd", "momentum": 0.5, "nesterov": True, "weight_decay": 0.25},
            Sgd("sgd", 0.5, nesterov=True, weight_decay=0.25),
        ),
        ({"kind": "adam"}, Adam("adam", (0.9, 0.999), 1e-8, 0.0, amsgrad=False)),
        ({"kind": "adamw"}, AdamW("adamw", (0.9, 0.999), 1e-8, 0.01, amsgrad=False)),
        (
            {"kind": "adamw", "weight_decay": 0},
            AdamW("adamw", (0.9, 0.999), 1e-8, 0.0, amsgrad=False),
        ),
        (
            {
                "kind": "adam",
                "betas": [0.5, 0.25],
                "eps": 0.125,
                "weight_decay": 2,
                "amsgrad": True,
            },
            Adam("adam", (0.5, 0.25), 0.125, 2.0, amsgrad=True),
        ),
        ({"kind": "rmsprop"}, RmsProp("rmsprop", 0.99, 1e-8, 0.0, 0.0, centered=False)),
        (
            {
                "kind": "rmsprop",
                "alpha": 0.5,
                "eps": 0.25,
                "weight_decay": 2,
                "momentum": 0.125,
                "centered": True,
            },
            RmsProp("rmsprop", 0.5, 0.25, 2.0, 0.125, centered=True),
        ),
    ],
)
def test_an_optimizer_has_the_defaults_of_torch(given: dict[str, Any], asked: object) -> None:
    assert spec(optimizer=given).optimizer == asked


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"kind": "constant"}, Constant()),
        ({"kind": "step", "step_size": 7}, StepDecay(step_size=7)),
        ({"kind": "step", "step_size": 7, "gamma": 1}, StepDecay(step_size=7, gamma=1.0)),
        ({"kind": "cosine"}, Cosine("cosine", 0.0)),
        ({"kind": "cosine", "eta_min": 0.5}, Cosine("cosine", 0.5)),
        ({"kind": "one_cycle"}, OneCycle("one_cycle", 0.3, 25.0, 1e4)),
        (
            {"kind": "one_cycle", "pct_start": 0.5, "div_factor": 2, "final_div_factor": 3},
            OneCycle("one_cycle", 0.5, 2.0, 3.0),
        ),
    ],
)
def test_a_schedule_has_the_defaults_of_torch(given: dict[str, Any], asked: object) -> None:
    assert spec(schedule=given).schedule == asked


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"kind": "mse"}, Mse()),
        ({"kind": "mae"}, Mae()),
        ({"kind": "huber"}, Huber("huber", 1.0)),
        ({"kind": "huber", "delta": 3}, Huber("huber", 3.0)),
    ],
)
def test_a_loss_is_the_one_asked_for(given: dict[str, Any], asked: object) -> None:
    assert spec(loss=given).loss == asked


def test_a_list_of_rates_begins_with_the_rate() -> None:
    asked = spec(steps=2, lr="best", schedule={"kind": "list", "lrs": [0.5, 0.25]})

    assert (asked.lr, asked.schedule) == (0.5, RateList(lrs=(0.5, 0.25)))


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"steps": 7, "record_every": 3}, {"steps": 7, "record_every": 3}),
        ({"steps": 10_000}, {"steps": 10_000, "record_every": 1}),
        ({"steps": 10_001}, {"steps": 10_001, "record_every": 2}),
        ({"solver": "loop"}, {"solver": "loop"}),
        ({"precision": "float32"}, {"precision": "float32", "solver": "loop"}),
        ({"batch_size": 5}, {"batch_size": 5, "solver": "loop"}),
        (
            {"batch_size": 5, "batches": "independent"},
            {"batch_size": 5, "batches": "independent", "solver": "loop"},
        ),
        ({"init": "zeros"}, {"init": "zeros"}),
        ({"init": {"a": 1, "b": 2, "c": 3}}, {"init": {"a": 1.0, "b": 2.0, "c": 3.0}}),
        (
            {"init": {"center": 4, "scale": 5, "params": {"a": 1, "b": 2, "c": 3}}},
            {"init": Scaled(4.0, 5.0, {"a": 1.0, "b": 2.0, "c": 3.0})},
        ),
        ({"scale": "orthonormal"}, {"scale": "orthonormal"}),
        ({"lr": "best"}, {"lr": "best", "scale": "auto"}),
        ({"stop": {}}, {"stop": None}),
        (
            {"stop": {"gap": 1, "gradient": 2, "min_improvement": 0.5, "patience": 4}},
            {"stop": Stop(1.0, 2.0, 0.5, 4)},
        ),
        ({"validation": {"fraction": 0.25}}, {"validation": Validation(0.25, "random")}),
        (
            {"validation": {"fraction": 0.25, "split": "tail"}},
            {"validation": Validation(0.25, "tail")},
        ),
        ({"include": ["data", "params"]}, {"include": ("data", "params")}),
        ({"at": [1, 2.5]}, {"at": (1.0, 2.5)}),
        ({"at": []}, {"at": ()}),
        ({"at": [2**60 + 1, 1]}, {"at": (2**60 + 1, 1)}),
        ({"at": [2**60 + 1, 1.5]}, {"at": (2.0**60, 1.5)}),
        (
            {"synthetic": None, "data": {"t": [1, 2], "y": [3, 4]}},
            {"synthetic": None, "data": Points.of([1, 2], [3, 4])},
        ),
        (
            {
                "synthetic": {
                    "points": 5,
                    "start": 1,
                    "spacing": 2,
                    "noise": 4,
                    "curve": {"a": 6, "vertex": 7, "floor": 8},
                }
            },
            {"synthetic": Synthetic(5, 1.0, 2.0, 4.0, Curve(6.0, 7.0, 8.0))},
        ),
        (
            {"model": {"kind": "mlp"}},
            {"model": Mlp("mlp", (16, 16), "tanh"), "solver": "loop", "scale": "standardize"},
        ),
        (
            {"model": {"kind": "mlp", "hidden": [3, 4], "activation": "gelu"}, "scale": "none"},
            {"model": Mlp("mlp", (3, 4), "gelu"), "solver": "loop", "scale": "none"},
        ),
        (
            {
                "model": {"kind": "mlp", "hidden": [1]},
                "init": {
                    "layers": [
                        {"weight": [[1]], "bias": [2]},
                        {"weight": [[3]], "bias": [4]},
                    ]
                },
            },
            {
                "model": Mlp("mlp", (1,), "tanh"),
                "init": Network([Layer([[1.0]], [2.0]), Layer([[3.0]], [4.0])]),
                "solver": "loop",
                "scale": "standardize",
            },
        ),
    ],
    ids=" ".join,
)
def test_what_a_fit_asks_for_is_what_descent_is_asked(
    given: dict[str, Any], asked: dict[str, Any]
) -> None:
    assert spec(**given) == replace(SPEC, **asked)


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("loss", {"kind": "mae"}, "loss"),
        ("model", {"kind": "mlp"}, "model"),
        ("optimizer", {"kind": "adam"}, "optimizer"),
        ("schedule", {"kind": "cosine"}, "schedule"),
        ("batch_size", 5, "batch_size"),
    ],
)
def test_what_has_no_closed_form_is_made_by_the_loop(field: str, value: object, name: str) -> None:
    asked = asked_with(**{field: value})

    assert (asked.obstacle, asked.chosen_solver) == (name, "loop")


@pytest.mark.parametrize(
    "optimizer",
    [
        {"kind": "sgd"},
        {"kind": "sgd", "momentum": 0.9, "nesterov": True},
        {"kind": "sgd", "weight_decay": 0.1},
    ],
    ids=str,
)
def test_every_sgd_has_a_closed_form(optimizer: dict[str, object]) -> None:
    asked = asked_with(optimizer=optimizer)

    assert (asked.obstacle, asked.chosen_solver) == (None, "exact")


def test_a_sweep_has_its_rates_and_no_other() -> None:
    body = {"synthetic": {}, "seed": 42, "lrs": [2, 1], "include": ["losses"]}

    asked = parse(json.dumps(body).encode(), SweepSpec)

    assert asked == SweepSpec(
        synthetic=Synthetic(), seed=42, steps=100, lrs=(2.0, 1.0), include=("losses",)
    )


def test_an_analysis_needs_no_rate() -> None:
    asked = parse(b'{"synthetic": {}, "seed": 42}', AnalysisSpec)

    assert asked == AnalysisSpec(synthetic=Synthetic(), seed=42, steps=100, lr=None)


def test_without_a_seed_each_question_has_another() -> None:
    seeds = {parse(b'{"synthetic": {}}', FitSpec).seed for _ in range(10)}

    assert len(seeds) == 10
    assert all(0 <= seed <= MAX_SEED for seed in seeds)


@pytest.mark.parametrize("seed", [0, MAX_SEED])
def test_the_first_and_the_last_seed_are_taken(seed: int) -> None:
    assert spec(seed=seed).seed == seed


def stored(body: dict[str, Any]) -> Any:
    sent = json.dumps(body).encode()
    spec = parse(sent, FitJob)
    return Submission.of(sent, spec, spec.metadata, "key", owner="ann")


def test_a_job_is_stored_as_it_was_sent_with_its_points_apart() -> None:
    points = {"t": [1.5, 2.0], "y": [3.0, 4.0]}
    body = {"data": points, "seed": 5, "steps": 20, "record_every": 3, "metadata": {"a": "b"}}

    made = stored(body)

    assert json.loads(made.request) == {"seed": 5, "steps": 20, "record_every": 3}
    assert json.loads(made.points) == points
    assert (made.metadata, made.key, made.owner) == ({"a": "b"}, "key", "ann")
    assert (made.steps, made.record_every) == (20, 3)


@pytest.mark.parametrize(
    ("t", "kept"),
    [
        ([2**53 + 1, 1], (2**53 + 1, 1)),
        ([2**62 - 1, 1 - 2**62], (2**62 - 1, 1 - 2**62)),
        ([2**53 - 1, 1], None),
        ([2**62, 1], None),
        ([2**53 + 1, 1.5], None),
        ([2.0**60, 1.0], None),
    ],
)
def test_integers_that_a_double_would_round_stay_integers(
    t: list[float], kept: tuple[int, ...] | None
) -> None:
    data = spec(synthetic=None, data={"t": t, "y": [1, 2]}).data

    assert data
    assert isinstance(data.t, Whole) == (kept is not None)
    assert data.columns()["t"] == [*(kept or map(float, t))]


def test_the_points_of_a_job_keep_their_time_stamps() -> None:
    points = {"t": ["2024-02-29T00:00:00.000000001Z", None], "y": [3.0, 4.0]}

    assert json.loads(stored({"data": points}).points) == points


def test_the_points_of_a_job_keep_their_integers() -> None:
    points = {"t": [1767225600000000001, 1767225600000001001], "y": [3.0, 4.0]}

    assert json.loads(stored({"data": points}).points) == points


def test_a_job_without_a_seed_is_stored_with_one_and_is_the_same_request_when_sent_again() -> None:
    first, again = (stored({"synthetic": {}}) for _ in range(2))

    assert first.digest == again.digest
    assert json.loads(first.request)["seed"] != json.loads(again.request)["seed"]


def test_the_order_of_metadata_makes_no_other_request() -> None:
    one, other = (
        stored({"synthetic": {}, "metadata": metadata})
        for metadata in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    )

    assert one.digest == other.digest
