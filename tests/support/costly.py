"""Legal requests of every size, whose predicted cost is compared with what they take."""

import json
from math import exp, log
from random import Random
from typing import Any

from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.setting import Question, adapter
from service.descent.questions.sweep import SweepSpec
from tests.support.legal import legal, legal_sweep

Body = dict[str, Any]
QUESTIONS: dict[str, type[Question]] = {
    "/fit": FitSpec,
    "/sweep": SweepSpec,
    "/analysis": AnalysisSpec,
}

OPTIMIZERS: list[Body] = [
    {"kind": "sgd"},
    {"kind": "sgd", "momentum": 0.9},
    {"kind": "sgd", "momentum": 0.999},
    {"kind": "sgd", "momentum": 0.9, "nesterov": True},
    {"kind": "sgd", "weight_decay": 0.01},
    {"kind": "adam"},
    {"kind": "adamw", "amsgrad": True},
    {"kind": "rmsprop"},
    {"kind": "rmsprop", "momentum": 0.9, "centered": True},
]
SCHEDULES: list[Body] = [
    {"kind": "cosine"},
    {"kind": "one_cycle"},
    {"kind": "step", "step_size": 10},
]
LOSSES: list[Body] = [{"kind": "mae"}, {"kind": "huber"}, {"kind": "huber", "delta": 0.01}]
STOPS: list[Body] = [
    {"patience": 10_000_000},
    {"gap": 1e-300},
    {"gradient": 1e-300},
    {"patience": 10_000_000, "gap": 1e-300, "gradient": 1e-300},
]
INCLUDED: list[list[str]] = [
    ["params"],
    ["params", "gradients"],
    ["predictions", "data"],
    ["degrees", "filter"],
]


def question(path: str, body: Body) -> Question:
    """Return the question of a request, as the API reads it. Raises RuleError."""
    asked = adapter(QUESTIONS[path]).validate_json(json.dumps({"seed": 1} | body))
    asked.check()
    return asked


def between(random: Random, least: int, most: int) -> int:
    """Return an integer between these, evenly distributed by its logarithm."""
    return round(exp(random.uniform(log(least), log(most))))


def request(random: Random) -> tuple[str, Body]:
    """Return a path and the body of a legal request to it. Its size may be beyond a limit."""
    path = random.choices(["/fit", "/sweep", "/analysis"], weights=[6, 3, 1])[0]
    points = between(random, 2, 50_000)
    body: Body = {
        "synthetic": {"points": points, "spacing": 20 / points},
        "model": _model(random),
        "optimizer": random.choice(OPTIMIZERS),
        "steps": between(random, 1, 1_000_000 if random.random() < 0.5 else 1000),
        "scale": random.choice(["auto", "none", "standardize", "orthonormal"]),
    }
    options: list[tuple[float, Body]] = [
        (0.2, {"loss": random.choice(LOSSES)}),
        (0.2, {"schedule": random.choice(SCHEDULES)}),
        (0.3, {"batch_size": between(random, 1, points)}),
        (0.3, {"batches": "independent"}),
    ]
    if path != "/analysis":
        options += [
            (0.3, {"solver": "loop"}),
            (0.3, {"record_every": between(random, 1, body["steps"])}),
            (0.2, {"validation": {"fraction": 0.5}}),
            (0.1, {"precision": "float32"}),
        ]
    if path == "/fit":
        options += [
            (0.3, {"include": random.choice(INCLUDED)}),
            (0.2, {"stop": random.choice(STOPS)}),
            (0.2, {"at": [0.5] * between(random, 1, 1000)}),
        ]
    for likelihood, option in options:
        if random.random() < likelihood:
            body |= option
    return path, _with_rates(random, path, body)


def _model(random: Random) -> Body:
    if random.random() < 0.6:
        return {"kind": "polynomial", "degree": random.randint(1, 10)}
    hidden = [between(random, 1, 64) for _ in range(random.randint(1, 4))]
    activation = random.choice(["tanh", "relu", "gelu"])
    return {"kind": "mlp", "hidden": hidden, "activation": activation}


def _with_rates(random: Random, path: str, body: Body) -> Body:
    """Return a legal body with rates at which most descents do not diverge."""
    slow = 10 ** -(3 + 9 * random.random())
    if path == "/sweep":
        count = between(random, 1, 1000)
        rates: Body = {"of_limit": [(i + 1) / count for i in range(count)]}
        kept = legal_sweep(body | {"lrs": rates})
        if isinstance(kept["lrs"], list) or random.random() < 0.7:
            kept["lrs"] = {"from": slow / 10, "to": slow, "count": count}
    else:
        lr = random.choice([slow, slow, "best", {"of_limit": 0.5}, None])
        kept = legal(body | ({} if lr is None else {"lr": lr}))
    if kept.get("precision") == "float32" and kept.get("solver") == "exact":
        del kept["solver"]
    return kept


SWINGING: Body = {"optimizer": {"kind": "sgd", "momentum": 0.9}}
WATCHED: Body = {"stop": STOPS[-1], "validation": {"fraction": 0.5}}
TINY: Body = {"noise": 1e-310, "curve": {"a": 1e-312, "floor": 1e-311}}
DEEP: Body = {"kind": "mlp", "hidden": [64, 64, 64, 64], "activation": "relu"}
ONE_BATCH: Body = {"optimizer": OPTIMIZERS[-1], "batch_size": 1}
KNOWN: dict[str, tuple[str, Body]] = {
    "subnormal y": (
        "/fit",
        {"synthetic": {"points": 50_000} | TINY, "solver": "loop", "lr": 1e-10, "steps": 60},
    ),
    "subnormal y and delta": (
        "/fit",
        {
            "synthetic": {"points": 50_000} | TINY,
            "loss": {"kind": "huber", "delta": 1e-312},
            "lr": 1e-10,
            "steps": 30,
        },
    ),
    "a sweep of a deep network with batches of one": (
        "/sweep",
        {"synthetic": {"points": 20}, "model": DEEP, "lrs": {"from": 1e-7, "to": 1e-3, "count": 30}}
        | ONE_BATCH
        | {"steps": 30},
    ),
    "a sweep of a network": (
        "/sweep",
        {
            "synthetic": {},
            "model": {"kind": "mlp", "hidden": [15, 60, 17]},
            "lrs": {"from": 1e-7, "to": 1e-3, "count": 100},
        },
    ),
    "momentum, watched": (
        "/fit",
        {"synthetic": {}, "lr": 1e-7, "steps": 200_000} | SWINGING | WATCHED,
    ),
    "momentum, recorded": (
        "/fit",
        {"synthetic": {}, "lr": 1e-7, "steps": 390_000, "record_every": 1} | SWINGING,
    ),
    "a sweep with a momentum near 1": (
        "/sweep",
        {
            "synthetic": {},
            "model": {"degree": 10},
            "optimizer": {"kind": "sgd", "momentum": 0.999999},
            "lrs": {"from": 1e-9, "to": 1e-2, "count": 100},
            "steps": 10_000_000,
            "scale": "orthonormal",
        },
    ),
    "tiny powers in float32": (
        "/fit",
        {
            "synthetic": {"points": 20_000, "spacing": 1e-8},
            "model": {"degree": 10},
            "precision": "float32",
            "lr": 1e-3,
        },
    ),
}
"""Requests of classes whose predictions were far too low, each with a path."""
REFUSED: dict[str, tuple[str, Body]] = {
    "momentum, watched": (
        "/fit",
        {"synthetic": {}, "lr": 1e-7, "steps": 1_300_000} | SWINGING | WATCHED,
    ),
    "a sweep of a deep network with batches of one": (
        "/sweep",
        {
            "synthetic": {"points": 1},
            "model": DEEP,
            "lrs": {"from": 1e-7, "to": 1e-2, "count": 1000},
            "steps": 20,
        }
        | ONE_BATCH,
    ),
}
"""Requests that take more than the ten seconds that a service allows by default."""
