"""Random requests for fits, grouped by their situation. A seed draws the same ones each time."""

import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from scripts.behaviour import log_uniform, maybe
from tests.support.oracle import least_squares
from tests.support.specs import largest_eigenvalue
from tests.truth.borders import border

Json = dict[str, Any]
Random = random.Random
SEED = 17
STEPS = (1, 2, 3, 5, 10, 30, 100, 300, 1000)
SCALES = ("none", "none", "standardize", "standardize", "orthonormal")
UNIX = 1767225600
"""The first second of 2026, as a time stamp."""
LETTERS = "abcdefghijk"


def spread(chance: Random, count: int) -> list[float]:
    """Return some t: evenly spaced or at random, around 0 or away from it."""
    size = log_uniform(chance, 0.1, 30)
    center = chance.choice([0.0, 0.0, 1.0, -3.0, 12.5]) * size
    if chance.random() < 0.5:
        return [float(f"{center + size * i / count:.9g}") for i in range(count)]
    return [float(f"{center + size * chance.uniform(-1, 1):.9g}") for _ in range(count)]


def heights(chance: Random, t: Sequence[float], degree: int, noise: float) -> list[float]:
    """Return y of a random polynomial at each t, with normal noise relative to its size."""
    size = log_uniform(chance, 1e-2, 1e3)
    center, width = sum(t) / len(t), max(t) - min(t) or 1.0
    shape = [chance.gauss(0, 1) for _ in range(degree + 1)]
    curve = [size * float(np.polyval(shape, 2 * (each - center) / width)) for each in t]
    return [f + noise * size * chance.gauss(0, 1) for f in curve]


def line(chance: Random, t: Sequence[float]) -> list[float]:
    """Return y of a line whose coefficients are short numbers, without noise."""
    slope, start = chance.randint(-5, 5) or 1, chance.randint(-20, 20)
    return [slope * each + start for each in t]


def points(chance: Random, degree: int) -> Json:
    """Return points on or near a polynomial, or those of the roller coaster."""
    kind = chance.random()
    if kind < 0.25:
        return {"synthetic": maybe(chance, 0.5, "points", lambda: chance.randint(5, 40))}
    count = chance.choice([4, 5, 8, 12, 20, 40])
    t = spread(chance, count)
    if kind < 0.4:
        return {"data": {"t": t, "y": line(chance, t)}}
    noise = chance.choice([0.0, 0.01, 0.1, 0.3, 1.0, 3.0])
    return {"data": {"t": t, "y": heights(chance, t, degree, noise)}}


def start(chance: Random, degree: int) -> Json:
    """Return an init: random, zeros, or coefficients."""
    kind = chance.random()
    if kind < 0.6:
        return {}
    if kind < 0.8:
        return {"init": "zeros"}
    names = LETTERS[: degree + 1]
    return {"init": {name: round(chance.gauss(0, 3), 3) for name in names}}


def limit(body: Json) -> float:
    """Return the limit of plain descent on all points of a body."""
    if "data" in body:
        t = body["data"]["t"]
    else:
        t = [float(i) for i in range(body["synthetic"].get("points", 20))]
    return 2 / largest_eigenvalue(t, body["model"]["degree"], body["scale"])


def polynomial(chance: Random, given: Json | None = None, most: int = 4) -> Json:
    """Return points, a polynomial, a start and coordinates, without a rate."""
    degree = chance.randint(1, most)
    return {
        **(given or points(chance, degree)),
        "model": {"kind": "polynomial", "degree": degree},
        **start(chance, degree),
        "scale": chance.choice(SCALES),
        "steps": chance.choice(STEPS),
        "seed": chance.randint(0, 2**32),
    }


def at_some_rate(chance: Random, body: Json, low: float = 1e-3, high: float = 3.0) -> Json:
    """Return the body with a rate that is a random part of its limit."""
    return {**body, "lr": log_uniform(chance, low, high) * limit(body)}


def plain(chance: Random) -> Json:
    """Plain descent, from far too small to far too large rates."""
    kind = chance.random()
    body = polynomial(chance)
    if kind < 0.2:
        return at_some_rate(chance, body, 1e-7, 1e-3)
    if kind < 0.3:
        return at_some_rate(chance, body, 3, 1e6)
    if kind < 0.6:
        return at_some_rate(chance, body, 0.3, 1.1)
    return at_some_rate(chance, body)


def noise_free(chance: Random) -> Json:
    """Points on a curve of the model."""
    degree = chance.randint(1, 3)
    t = spread(chance, chance.choice([3, 5, 10, 20]))
    y = heights(chance, t, degree, 0.0) if chance.random() < 0.5 else line(chance, t)
    body = polynomial(chance, {"data": {"t": t, "y": y}}, most=3)
    return at_some_rate(chance, body, 0.01, 1.5)


def best(chance: Random) -> Json:
    """The best rate, in coordinates of any kind or those that the service chooses."""
    body = polynomial(chance, most=6)
    return {**body, "lr": "best", "scale": chance.choice([*SCALES, "auto", "auto"])}


def edge(chance: Random) -> Json:
    """A rate at the limit, or hardly below or above it."""
    body = polynomial(chance)
    apart = chance.choice([0.0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
    return {**body, "lr": limit(body) * (1 + chance.choice([-1, 1]) * apart)}


def momentum(chance: Random) -> Json:
    """Heavy ball and Nesterov's momentum."""
    body = polynomial(chance)
    sgd = {
        "kind": "sgd",
        "momentum": chance.choice([0.3, 0.5, 0.9, 0.9, 0.99]),
        "nesterov": chance.random() < 0.5,
    }
    if chance.random() < 0.15:
        return {**body, "optimizer": sgd, "lr": "best"}
    return {**at_some_rate(chance, body, 1e-3, 3), "optimizer": sgd}


def weight_decay(chance: Random) -> Json:
    """Weight decay of plain descent, and with momentum."""
    body = at_some_rate(chance, polynomial(chance, most=3), 1e-2, 1.5)
    sgd = {
        "kind": "sgd",
        "weight_decay": log_uniform(chance, 1e-4, 30),
        **maybe(chance, 0.2, "momentum", lambda: 0.9),
    }
    return {**body, "optimizer": sgd}


def schedule(chance: Random) -> Json:
    """A schedule of every kind, also one that runs out."""
    body = at_some_rate(chance, polynomial(chance, most=3), 1e-2, 1.5)
    kind = chance.choice(["step", "step", "cosine", "one_cycle", "list"])
    fields: Json = {}
    if kind == "step":
        fields = {
            "step_size": chance.choice([1, 3, 10, 50]),
            "gamma": chance.choice([0.1, 0.5, 0.9]),
        }
    elif kind == "list":
        rates = [body["lr"] * log_uniform(chance, 0.1, 3) for _ in range(body["steps"])]
        fields, body["lr"] = {"lrs": rates}, rates[0]
    return {**body, "schedule": {"kind": kind, **fields}}


def batches(chance: Random) -> Json:
    """Batches of some points, shuffled or independent."""
    body = at_some_rate(chance, polynomial(chance, most=2), 1e-4, 1.2)
    count = len(body["data"]["t"]) if "data" in body else body["synthetic"].get("points", 20)
    return {
        **body,
        "batch_size": chance.randint(1, max(1, count - 1)),
        "batches": chance.choice(["shuffled", "independent"]),
    }


def adam(chance: Random) -> Json:
    """Adam, AdamW and RMSprop."""
    kind = chance.choice(["adam", "adam", "adamw", "rmsprop"])
    body = polynomial(chance, most=3)
    return {**body, "lr": log_uniform(chance, 1e-4, 1e4), "optimizer": {"kind": kind}}


def robust(chance: Random) -> Json:
    """Huber and mae, also with outliers."""
    body = at_some_rate(chance, polynomial(chance, most=2), 1e-3, 10)
    if "data" in body and chance.random() < 0.4:
        y = body["data"]["y"]
        y[chance.randrange(len(y))] += 10 ** chance.uniform(1, 7)
    huber = {"kind": "huber", "delta": log_uniform(chance, 0.1, 30)}
    return {**body, "loss": chance.choice([huber, huber, {"kind": "mae"}])}


def network(chance: Random) -> Json:
    """A small network, by gradient descent or Adam."""
    return {
        **points(chance, 2),
        "model": {
            "kind": "mlp",
            "hidden": [chance.choice([2, 4, 8])] * chance.randint(1, 2),
            "activation": chance.choice(["tanh", "relu", "gelu"]),
        },
        "optimizer": {"kind": chance.choice(["sgd", "sgd", "adam"])},
        "scale": chance.choice(["standardize", "standardize", "none"]),
        "lr": log_uniform(chance, 1e-5, 10),
        "steps": chance.choice([1, 5, 20, 100, 300]),
        "seed": chance.randint(0, 2**32),
        **maybe(chance, 0.2, "validation", lambda: held_out(chance)),
    }


def held_out(chance: Random) -> Json:
    """Return which points to hold out."""
    return {
        "fraction": chance.choice([0.2, 0.25, 0.5]),
        "split": chance.choice(["random", "tail", "interleaved"]),
    }


def validation(chance: Random) -> Json:
    """Points held out."""
    body = polynomial(chance)
    body["validation"] = held_out(chance)
    if chance.random() < 0.2:
        return {**body, "lr": "best"}
    return at_some_rate(chance, body, 1e-3, 1.5)


def stop(chance: Random) -> Json:
    """Rules that end the descent, with or without points held out."""
    rule = chance.choice(["gap", "gradient", "patience", "min_improvement"])
    rules: Json = {rule: log_uniform(chance, 1e-6, 100)}
    if rule == "patience":
        rules = {rule: chance.randint(1, 5)}
    if rule == "min_improvement":
        rules = {
            rule: log_uniform(chance, 1e-6, 0.3),
            **maybe(chance, 0.3, "patience", lambda: chance.randint(1, 5)),
        }
    body = at_some_rate(chance, polynomial(chance), 1e-3, 1.5)
    return {**body, "stop": rules, **maybe(chance, 0.4, "validation", lambda: held_out(chance))}


def float32(chance: Random) -> Json:
    """The arithmetic of the lecture, also where updates are lost to rounding."""
    body = at_some_rate(chance, polynomial(chance, most=3), 1e-3, 1.5)
    body["precision"] = "float32"
    if chance.random() < 0.2:
        height = 10 ** chance.randint(2, 6)
        body["data"] = {"t": [-1.0, 0.0, 1.0], "y": [height] * 3}
        body.pop("synthetic", None)
        body["model"]["degree"] = 1
        body["init"] = {"a": 0, "b": height - chance.choice([0, 1, 10])}
        body["lr"] = log_uniform(chance, 1e-6, 0.5)
    return body


def loop(chance: Random) -> Json:
    """The loop where there is a closed form, also from a start at the optimum."""
    body = plain(chance) if chance.random() < 0.5 else optimum(chance)
    return {**body, "solver": "loop", "steps": min(body["steps"], 300)}


def hostile(chance: Random) -> Json:
    """Time stamps, a t that lies far away, crowded points, and high degrees."""
    count = chance.choice([4, 8, 24, 60])
    kind = chance.choice(["stamps", "missing", "far", "crowded", "high"])
    t = [UNIX + 3600.0 * i for i in range(count)]
    if kind == "missing":
        t[0] = 0.0
    elif kind == "far":
        t = [i / count for i in range(count - 1)] + [10 ** chance.uniform(2, 6)]
    elif kind == "crowded":
        t = [float(i // 4) + 1e-6 * (i % 4) for i in range(count)]
    elif kind == "high":
        t = [i / count for i in range(count)]
    degree = chance.randint(2, 8)
    y = heights(chance, t, chance.randint(1, degree), chance.choice([0.0, 0.1, 1.0]))
    body = polynomial(chance, {"data": {"t": t, "y": y}})
    body["model"]["degree"] = degree
    body.pop("init", None)
    if chance.random() < 0.4:
        return {**body, "lr": "best", "scale": chance.choice([*SCALES, "auto"])}
    if chance.random() < 0.3:
        return {**body, "lr": log_uniform(chance, 1e-4, 1)}
    return at_some_rate(chance, body, 1e-3, 1.5)


def constant(chance: Random) -> Json:
    """The same y everywhere."""
    t = spread(chance, chance.choice([2, 5, 20]))
    y = [chance.choice([0.0, 1.0, 0.1, -5.0, 1e6])] * len(t)
    return at_some_rate(chance, polynomial(chance, {"data": {"t": t, "y": y}}, most=2), 1e-2, 1.5)


def few(chance: Random) -> Json:
    """One point, or fewer points than coefficients, or one t for all."""
    t = spread(chance, chance.choice([1, 1, 2, 3]))
    if chance.random() < 0.3:
        t = [t[0]] * 5
    y = [round(chance.gauss(0, 10), 3) for _ in t]
    body = polynomial(chance, {"data": {"t": t, "y": y}}, most=3)
    if chance.random() < 0.3:
        return {**body, "lr": "best"}
    if body["scale"] == "standardize" and len(set(t)) == 1:
        return {**body, "lr": log_uniform(chance, 1e-3, 1.5)}
    return at_some_rate(chance, body, 1e-2, 1.5)


def optimum(chance: Random) -> Json:
    """A start at the optimum, or near it."""
    degree = chance.randint(1, 2)
    t = [float(i) for i in range(chance.choice([5, 10, 20]))]
    if chance.random() < 0.5:
        y = line(chance, t)
    else:
        y = [round(each, 2) for each in heights(chance, t, degree, 0.1)]
    coefficients = least_squares(t, y, degree)
    near = chance.choice([0.0, 0.0, 1e-9, 1e-4, 0.1])
    body = polynomial(chance, {"data": {"t": t, "y": y}}, most=2)
    body["model"]["degree"] = degree
    body["init"] = {
        name: float(value + Fraction(near * chance.uniform(-1, 1)))
        for name, value in zip(LETTERS, coefficients, strict=False)
    }
    return at_some_rate(chance, body, 1e-3, 20)


def part_of_limit(chance: Random) -> Json:
    """A rate as a part of the limit, also in the coordinates that the service chooses."""
    body = chance.choice([plain, momentum, weight_decay, batches, schedule, validation])(chance)
    scale = chance.choice([body["scale"], "auto"])
    return {**body, "lr": {"of_limit": log_uniform(chance, 1e-3, 3)}, "scale": scale}


def default_rate(chance: Random) -> Json:
    """No rate, where the best one cannot be computed."""
    body = chance.choice([adam, robust, network, batches, schedule])(chance)
    del body["lr"]
    return {**body, "scale": chance.choice([body["scale"], "auto"])}


SITUATIONS: dict[str, Callable[[Random], Json]] = {
    "plain": plain,
    "noise free": noise_free,
    "best rate": best,
    "edge": edge,
    "momentum": momentum,
    "weight decay": weight_decay,
    "schedule": schedule,
    "batches": batches,
    "adam": adam,
    "robust loss": robust,
    "network": network,
    "validation": validation,
    "stop": stop,
    "float32": float32,
    "loop": loop,
    "hostile": hostile,
    "constant y": constant,
    "few points": few,
    "at the optimum": optimum,
    "borders": border,
    "part of the limit": part_of_limit,
    "default rate": default_rate,
}


def bodies(situation: str, first: int = 0) -> Iterator[Json]:
    """Yield requests of one situation without end. The number of each seeds it."""
    number = first
    while True:
        yield SITUATIONS[situation](random.Random(f"{SEED} {situation} {number}"))
        number += 1
