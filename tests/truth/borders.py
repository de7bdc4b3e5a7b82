"""Random requests on the borders of situations, where sentences stand that are seldom said."""

import random
from collections.abc import Callable
from math import sqrt
from typing import Any

from scripts.behaviour import log_uniform
from service.descent.questions.options import Scale
from tests.support.oracle import least_squares
from tests.support.specs import largest_eigenvalue

Json = dict[str, Any]
Random = random.Random
SCALES: list[Scale] = ["none", "standardize", "orthonormal"]
LINE: Json = {"kind": "polynomial", "degree": 1}


def noisy_line(chance: Random, count: int = 8) -> Json:
    """Return points near a line."""
    t = [float(i) for i in range(count)]
    return {"t": t, "y": [round(2 * each + chance.gauss(0, 1), 2) for each in t]}


def passing(chance: Random) -> Json:
    """Momentum that is at the optimum after one step, and swings away."""
    return {
        "data": noisy_line(chance),
        "model": LINE,
        "scale": "orthonormal",
        "seed": chance.randint(0, 2**32),
        "optimizer": {"kind": "sgd", "momentum": chance.choice([0.9, 0.99])},
        "lr": 0.5,
        "steps": chance.choice([1, 1, 2, 3, 5]),
    }


def edge_of_sgd(chance: Random) -> Json:
    """A rate at the limit of momentum or weight decay."""
    momentum, decay = chance.choice([(0.5, 0.0), (0.9, 0.0), (0.0, 0.1), (0.0, 3.0)])
    data, scale = noisy_line(chance), chance.choice(SCALES)
    steepest = largest_eigenvalue(data["t"], 1, scale) + decay
    return {
        "data": data,
        "model": LINE,
        "scale": scale,
        "seed": chance.randint(0, 2**32),
        "optimizer": {"kind": "sgd", "momentum": momentum, "weight_decay": decay},
        "lr": 2 * (1 + momentum) / steepest,
        "steps": chance.choice([1, 3, 10, 100]),
    }


def lost_updates(chance: Random) -> Json:
    """Updates of float32 that rounding loses, although they would add up."""
    height, below = 10.0 ** chance.randint(4, 6), chance.choice([1, 2])
    ulp = 2.0 ** (len(f"{int(height):b}") - 24)
    return {
        "data": {"t": [-1.0, 0.0, 1.0], "y": [height] * 3},
        "model": LINE,
        "init": {"a": 0, "b": height - below * max(1, height * 1e-4)},
        "scale": "none",
        "precision": "float32",
        "solver": "loop",
        "lr": 0.24 * ulp / below / max(1, height * 1e-4),
        "steps": 2000,
    }


def lost_updates_at_the_edge(chance: Random) -> Json:
    """The same of the constant, while the slope bounces at its limit."""
    half = chance.choice([58.0, 64.0])
    return {
        "data": {"t": [-half, 0.0, half], "y": [8200.0] * 3},
        "model": LINE,
        "init": {"a": chance.choice([0.0005, 0.001]), "b": 8200 - chance.choice([0.8, 0.9])},
        "scale": "none",
        "precision": "float32",
        "solver": "loop",
        "lr": 3 / (2 * half * half),
        "steps": 3000,
    }


def amplified_rounding(chance: Random) -> Json:
    """A loop that starts at the optimum and amplifies the rounding of its gradient."""
    data = noisy_line(chance)
    a, b = least_squares(data["t"], data["y"], 1)
    limit = 2 / largest_eigenvalue(data["t"], 1, "none")
    return {
        "data": data,
        "model": LINE,
        "init": {"a": float(a), "b": float(b)},
        "scale": "none",
        "solver": "loop",
        "lr": limit * log_uniform(chance, 1.5, 100),
        "steps": chance.choice([10, 20, 30, 100]),
    }


def endless(chance: Random) -> Json:
    """A rate at which no descent arrives in 9e15 steps."""
    return {
        "data": noisy_line(chance),
        "model": LINE,
        "scale": chance.choice(["standardize", "orthonormal"]),
        "seed": chance.randint(0, 2**32),
        "lr": log_uniform(chance, 1e-25, 1e-17),
        "steps": chance.choice([30, 100]),
    }


def steep_in_the_way(chance: Random) -> Json:
    """Two directions, of which the steep one keeps more than its part at the best rate."""
    side = sqrt(1.5)
    noise = chance.uniform(0.5, 2)
    return {
        "data": {"t": [-side, -side, side, side], "y": [noise, -noise, noise, -noise]},
        "model": LINE,
        "init": {"a": 0.2 * noise, "b": 0.9 * noise * chance.uniform(0.9, 1.1)},
        "scale": "none",
        "lr": "best",
        "steps": 1,
    }


def hardly_falling(chance: Random) -> Json:
    """The best rate where flat directions hardly move."""
    return {
        "synthetic": {},
        "seed": chance.randint(0, 2**32),
        "scale": "none",
        "lr": "best",
        "steps": chance.choice([10, 20, 30]),
    }


def momentum_without_swing(chance: Random) -> Json:
    """Momentum that settles in the steepest direction and does not cross the valley."""
    momentum = chance.choice([0.3, 0.5])
    steepest = largest_eigenvalue([*range(20)], 2, "none")
    return {
        "synthetic": {},
        "seed": chance.randint(0, 2**32),
        "scale": "none",
        "optimizer": {"kind": "sgd", "momentum": momentum},
        "lr": chance.uniform(0.7, 0.99) * (1 - sqrt(momentum)) ** 2 / steepest,
        "steps": chance.choice([100, 300]),
    }


def nearly_all_points(chance: Random) -> Json:
    """Batches of all points but one, near the limit of all points."""
    t = [(i - 14.5) / 5 for i in range(30)]
    limit = 2 / largest_eigenvalue(t, 1, "none")
    return {
        "data": {"t": t, "y": [round(2 * each + chance.gauss(0, 0.3), 2) for each in t]},
        "model": LINE,
        "scale": "none",
        "init": {"a": 2, "b": chance.uniform(5, 20)},
        "batch_size": 29,
        "lr": limit * chance.choice([0.9, 0.97, 1 - 1e-5, 1 + 1e-5, 1.02, 1.1]),
        "steps": chance.choice([1, 3, 5, 10]),
    }


def settled_network(chance: Random) -> Json:
    """A network that fits one point, or whose rate drops to nearly nothing half way."""
    network = {"kind": "mlp", "hidden": [4], "activation": "tanh"}
    body: Json = {"model": network, "scale": "standardize", "seed": chance.randint(0, 2**32)}
    if chance.random() < 0.5:
        return {**body, "data": {"t": [1], "y": [5]}, "lr": 0.1, "steps": 300}
    drop = {"kind": "step", "step_size": 50, "gamma": 2e-6}
    return {
        **body,
        "synthetic": {},
        "lr": 1e-13,
        "steps": 100,
        "schedule": drop,
    }


def observed_stop(chance: Random) -> Json:
    """A rule that ends a descent of Adam."""
    return {
        "synthetic": {},
        "scale": "standardize",
        "seed": chance.randint(0, 2**32),
        "optimizer": {"kind": "adam"},
        "lr": log_uniform(chance, 0.1, 10),
        "steps": 100,
        "stop": {"gap": log_uniform(chance, 10, 1000)},
    }


BORDERS: list[Callable[[Random], Json]] = [
    passing,
    edge_of_sgd,
    lost_updates,
    lost_updates_at_the_edge,
    amplified_rounding,
    endless,
    steep_in_the_way,
    hardly_falling,
    momentum_without_swing,
    nearly_all_points,
    settled_network,
    observed_stop,
]


def border(chance: Random) -> Json:
    """One of the borders."""
    return chance.choice(BORDERS)(chance)
