"""Legal requests of every kind, for hypothesis."""

from typing import Any, get_args

from hypothesis import strategies as st

from service.descent.questions.options import Include

PLAIN: dict[str, Any] = {
    "model": {"kind": "polynomial"},
    "loss": {"kind": "mse"},
    "schedule": {"kind": "constant"},
    "optimizer": {"kind": "sgd"},
}


def legal(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body without fields that exclude each other."""
    drawn = {name: body.get(name, PLAIN[name]) for name in PLAIN}
    same = all(drawn[name]["kind"] == PLAIN[name]["kind"] for name in PLAIN)
    closed = same and "batch_size" not in body
    left_out = {
        "batches": "batch_size" not in body,
        "solver": not closed,
        "scale": drawn["model"]["kind"] == "mlp" and body.get("scale") == "orthonormal",
        "stop": drawn["model"]["kind"] == "mlp" or drawn["loss"]["kind"] != "mse",
    }
    squares = drawn["model"]["kind"] == "polynomial" and drawn["loss"]["kind"] == "mse"
    exist = {
        "intervals": bool(body.get("at")) and squares,
        "degrees": squares,
        "factor": squares,
        "filter": closed and not {"momentum", "weight_decay"} & drawn["optimizer"].keys(),
    }
    if "include" in body:
        body = body | {"include": [name for name in body["include"] if exist.get(name, True)]}
    seen = body["synthetic"]["points"] // (2 if "validation" in body else 1)
    kept = {
        name: min(value, seen) if name == "batch_size" else value
        for name, value in body.items()
        if not left_out.get(name)
    }
    limited = squares and drawn["optimizer"]["kind"] == "sgd"
    if (kept.get("lr") == "best" and not closed) or (type(kept.get("lr")) is dict and not limited):
        del kept["lr"]
    return kept


def legal_sweep(body: dict[str, Any]) -> dict[str, Any]:
    """Return a legal sweep, whose rates stand in another field."""
    kept = legal(body | {"lr": body["lrs"]})
    return {name: value for name, value in kept.items() if name != "lr"} | {
        "lrs": kept.get("lr", [1e-3])
    }


rates = st.floats(1e-12, 1e3)
parts = st.floats(1e-3, 3)
any_rate = rates | st.just("best") | st.fixed_dictionaries({"of_limit": parts})
points = {
    "synthetic": st.fixed_dictionaries({"points": st.integers(2, 30), "noise": st.floats(0, 100)})
}
setting = {
    "steps": st.integers(1, 50),
    "seed": st.integers(0, 2**53 - 1),
    "model": st.fixed_dictionaries({"kind": st.just("polynomial"), "degree": st.integers(1, 10)})
    | st.fixed_dictionaries(
        {"kind": st.just("mlp")},
        optional={
            "hidden": st.lists(st.integers(1, 8), min_size=1, max_size=3),
            "activation": st.sampled_from(["tanh", "relu", "gelu"]),
        },
    ),
    "loss": st.fixed_dictionaries({"kind": st.sampled_from(["mse", "mae"])})
    | st.fixed_dictionaries({"kind": st.just("huber")}, optional={"delta": st.floats(1e-3, 1e3)}),
    "optimizer": st.fixed_dictionaries(
        {"kind": st.just("sgd")},
        optional={"momentum": st.floats(0, 0.99), "weight_decay": st.floats(0, 0.1)},
    )
    | st.fixed_dictionaries(
        {"kind": st.just("sgd"), "momentum": st.floats(0.1, 0.99), "nesterov": st.booleans()}
    )
    | st.fixed_dictionaries(
        {"kind": st.sampled_from(["adam", "adamw"])}, optional={"amsgrad": st.booleans()}
    )
    | st.fixed_dictionaries(
        {"kind": st.just("rmsprop")},
        optional={"momentum": st.floats(0, 0.9), "centered": st.booleans()},
    ),
    "schedule": st.fixed_dictionaries(
        {"kind": st.sampled_from(["constant", "cosine", "one_cycle"])}
    )
    | st.fixed_dictionaries({"kind": st.just("step"), "step_size": st.integers(1, 20)}),
    "batch_size": st.integers(1, 10),
    "batches": st.sampled_from(["shuffled", "independent"]),
    "init": st.sampled_from(["random", "zeros"]),
    "scale": st.sampled_from(["auto", "none", "standardize", "orthonormal"]),
}
descent = {
    "solver": st.sampled_from(["auto", "loop", "exact"]),
    "record_every": st.integers(1, 60),
    "validation": st.fixed_dictionaries(
        {"fraction": st.just(0.5)},
        optional={"split": st.sampled_from(["random", "tail", "interleaved"])},
    ),
}
fits = st.fixed_dictionaries(
    points,
    optional=setting
    | descent
    | {
        "lr": any_rate,
        "include": st.lists(st.sampled_from(get_args(Include)), max_size=7),
        "at": st.lists(st.floats(-100, 100), max_size=3),
        "stop": st.fixed_dictionaries(
            {},
            optional={
                "gap": st.floats(1e-9, 1e3),
                "gradient": st.floats(1e-9, 1e3),
                "min_improvement": st.floats(1e-9, 0.5),
                "patience": st.integers(1, 5),
            },
        ),
    },
).map(legal)
sweeps = st.fixed_dictionaries(
    points
    | {
        "lrs": st.lists(rates, min_size=1, max_size=5)
        | st.fixed_dictionaries({"of_limit": st.lists(parts, min_size=1, max_size=5)})
    },
    optional=setting | descent | {"include": st.just(["losses"])},
).map(legal_sweep)
analyses = st.fixed_dictionaries(points, optional=setting | {"lr": any_rate}).map(legal)
