"""Requests for fits of every kind: ways to descend, and fits to draw."""

from tests.support.streams import Json

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


FIT: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
DRAWN: dict[str, Json] = {
    "the lecture": FIT,
    "points alone": {"synthetic": {}, "seed": 42},
    "50,000 points": {"synthetic": {"points": 50_000, "spacing": 0.0004}, "seed": 1},
    "10,000 steps": FIT | {"steps": 10_000},
    "ten million steps": FIT | {"steps": 10_000_000},
    "diverged": FIT | {"lr": 1e-3, "steps": 1000},
    "diverged at step 1": FIT | {"lr": 1e300},
    "in float32 by the loop": FIT | {"precision": "float32"},
    "stopped, with points held out": {
        "synthetic": {},
        "seed": 42,
        "stop": {"patience": 5},
        "validation": {"fraction": 0.25},
    },
    "one point": {"data": {"t": [3], "y": [5]}, "seed": 1},
    "degree 10 in Unix seconds": {
        "data": {"t": [1.7e9 + 60 * i for i in range(40)], "y": [i % 7 for i in range(40)]},
        "model": {"kind": "polynomial", "degree": 10},
        "seed": 1,
    },
}
