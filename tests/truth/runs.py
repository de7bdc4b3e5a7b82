"""A request with its answer, and what is true of it by the losses made and by the oracle."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import mpmath as mp
import numpy as np
from orjson import dumps, loads
from scipy.special import ndtr

from service.descent.errors import NotComputableError
from service.descent.methods.option import RuleError
from service.descent.questions.fit import FitSpec
from service.descent.questions.setting import adapter
from service.worker.answers import Answered, answer
from tests.truth.columns import Numbers, random_start
from tests.truth.exact import Quadratic
from tests.truth.lowest import Lowest, lowest_loss

Json = dict[str, Any]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Run:
    """A request, and its answer with the points and the loss of every step.

    `points` is the oracle of a polynomial, or None.
    """

    situation: str
    body: Json
    answer: Json
    points: Quadratic | None

    @property
    def quadratic(self) -> Quadratic | None:
        """The oracle of a polynomial whose mean squared error is minimised, or None."""
        return self.points if self.resolved["loss"]["kind"] == "mse" else None

    @property
    def polynomial(self) -> Quadratic:
        """The points and the coordinates of a polynomial."""
        assert self.points, "the model is no polynomial"
        return self.points

    @property
    def resolved(self) -> Json:
        """The request as it was run, without its points."""
        resolved: Json = self.answer["resolved"]
        return resolved

    @property
    def verdict(self) -> Json:
        """The verdict."""
        verdict: Json = self.answer["verdict"]
        return verdict

    @property
    def facts(self) -> Json:
        """The facts that apply."""
        return {name: value for name, value in self.verdict["facts"].items() if value is not None}

    @property
    def losses(self) -> list[float]:
        """The losses made."""
        losses: list[float] = self.answer["losses"]
        return losses

    @property
    def steps(self) -> int:
        """The number of updates made."""
        return int(self.answer["steps"])

    @property
    def diverged(self) -> bool:
        """Whether a loss was not finite."""
        return self.answer.get("diverged_at") is not None

    @property
    def foreseen(self) -> Quadratic | None:
        """The oracle if it knows every step, or None if only its lowest loss applies."""
        return self.with_all_points if self.resolved.get("batch_size") is None else None

    @property
    def with_all_points(self) -> Quadratic | None:
        """The oracle that knows every step if each sees all points, or None."""
        resolved = self.resolved
        sgd, constant = (resolved[name]["kind"] for name in ("optimizer", "schedule"))
        return self.quadratic if (sgd, constant) == ("sgd", "constant") else None

    @property
    def exact(self) -> Quadratic | None:
        """The oracle if the answer comes from the closed form, or None."""
        return self.foreseen if self.resolved["solver"] == "exact" else None

    @property
    def known(self) -> Quadratic:
        """The oracle that knows every step. A sentence that needs it is false without it."""
        q = self.with_all_points
        assert q, "the steps of this descent are not known before they are made"
        return q

    @cached_property
    def seen(self) -> tuple[list[float], list[float]]:
        """The t and y that the descent sees."""
        data = self.answer["data"]
        held_out = set(data.get("held_out") or ())
        kept = [i for i in range(len(data["t"])) if i not in held_out]
        return [data["t"][i] for i in kept], [data["y"][i] for i in kept]

    @cached_property
    def lowest(self) -> float | None:
        """The lowest loss of what is minimised, or None if it is not known."""
        if self.quadratic:
            return float(self.quadratic.end)
        return self.robust.loss if self.robust else None

    @cached_property
    def robust(self) -> Lowest | None:
        """The lowest robust loss, or None for networks and the mean squared error."""
        if self.quadratic or "optimum" not in self.answer:
            return None
        optimum = list(self.answer["optimum"]["params"].values())
        return lowest_loss(self.resolved, optimum, *self.seen)

    @cached_property
    def frame(self) -> tuple[float, float]:
        """The mean and the deviation of t."""
        t = np.array(self.seen[0])
        return float(t.mean()), float(t.std()) or 1.0

    @cached_property
    def variance(self) -> float:
        """The variance of y."""
        return float(np.var(self.seen[1]))

    @cached_property
    def noise(self) -> float:
        """The size of the residuals that rounding makes, as the square root of a loss."""
        eps = float(np.finfo(self.resolved["precision"]).eps)
        return 450 * eps * sqrt(self.losses[0] + float(np.mean(np.square(self.seen[1]))))

    @property
    def floor(self) -> float:
        """The loss that the arithmetic cannot tell from 0."""
        return self.noise**2

    def same_loss(self, value: float, true: mp.mpf, relative: float, amplified: float = 1) -> bool:
        """Return whether a loss is right, but for a relative error and for rounding. A loss is 0 if
        the arithmetic cannot tell it from 0.
        """
        if value == 0:
            return bool(true <= 2 * self.floor)
        root = mp.sqrt(true)
        return bool(abs(sqrt(value) - root) <= relative / 2 * root + amplified * self.noise)

    @cached_property
    def residuals(self) -> Array:
        """The differences of the answered curve from y."""
        t, y = self.seen
        scaled = self.answer["scaled"]
        x = (np.array(t) - scaled["center"]) / scaled["scale"]
        if self.resolved["model"]["kind"] == "polynomial":
            curve: Array = np.polyval(list(scaled["params"].values()), x)
            return np.subtract(curve, y)
        values = x[:, None]
        *hidden, last = scaled["params"]["layers"]
        activation = ACTIVATIONS[self.resolved["model"]["activation"]]
        for layer in hidden:
            values = activation(values @ np.array(layer["weight"]).T + layer["bias"])
        curve = (values @ np.array(last["weight"]).T + last["bias"])[:, 0]
        return np.subtract(curve, y)

    @property
    def left(self) -> mp.mpf | None:
        """What is minimised at the end, above its lowest value; None if that is not known."""
        return mp.inf if self.diverged else self.left_after(self.steps)

    @property
    def begun(self) -> mp.mpf | None:
        """What is minimised at the start, above its lowest value; None if that is not known."""
        return self.left_after(0)

    def left_after(self, steps: int) -> mp.mpf | None:
        """Return what is minimised after this step, above its lowest value, or None."""
        q = self.quadratic
        if q and (self.exact or (q.decay and self.foreseen)):
            return q.excess(steps)
        if self.lowest is None:
            return None
        return mp.mpf(self.losses[steps]) - (q.end if q else self.lowest)

    @cached_property
    def target(self) -> mp.mpf | None:
        """The excess up to which a descent has arrived, or None without a lowest loss."""
        if self.quadratic:
            return self.quadratic.target
        return mp.mpf(self.robust.target) if self.robust else None

    @property
    def resolution(self) -> mp.mpf:
        """The error of an excess that is the difference of two losses."""
        if self.exact:
            return mp.mpf(self.floor)
        eps = float(np.finfo(self.resolved["precision"]).eps)
        return mp.mpf(self.floor + 1000 * eps * (self.lowest or 0))

    @property
    def missing(self) -> mp.mpf | None:
        """The part of the variance that the curve misses and the best one explains, or None."""
        q = self.quadratic
        if not q or not q.variance or self.diverged:
            return None
        return (mp.mpf(self.losses[-1]) - q.end) / q.variance

    @property
    def outside(self) -> float:
        """How much more the held-out points feel of a change of the curve than the others."""
        q = self.quadratic
        assert q
        rows = [
            mp.fsum(value**2 for value in row) for row in zip(*q.design("orthonormal"), strict=True)
        ]
        return float(max(rows[len(q.t) :])) * len(q.t)


def gelu(x: Array) -> Array:
    """Return x times the probability that a normal number is below x."""
    made: Array = x * ndtr(x)
    return made


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "gelu": gelu,
}


def made(situation: str, body: Json) -> Run | None:
    """Return the run of a request, or None if it is refused."""
    try:
        spec: FitSpec = adapter(FitSpec).validate_json(
            dumps({**body, "record_every": 1, "include": ["data", "params"]})
        )
        spec.check()
        *_, answered = answer(spec)
    except (RuleError, NotComputableError):
        return None
    assert isinstance(answered, Answered)
    content = loads(dumps(answered.content))
    return Run(situation, body, content, oracle(body, content))


def again(run: Run, changes: Json) -> Run | None:
    """Return the run of the same request with other settings, or None if it is refused."""
    points: Json = {name: run.body[name] for name in ("data", "synthetic") if name in run.body}
    resolved: Json = {name: value for name, value in run.resolved.items() if value is not None}
    return made(run.situation, {**resolved, **points, **changes})


def oracle(body: Json, answer: Json) -> Quadratic | None:
    """Return the oracle of an answer, or None if the model is no polynomial."""
    resolved, data = answer["resolved"], answer["data"]
    if resolved["model"]["kind"] != "polynomial":
        return None
    held_out = set(data.get("held_out") or ())
    points = [(mp.mpf(t), mp.mpf(y)) for t, y in zip(data["t"], data["y"], strict=True)]
    seen = [point for i, point in enumerate(points) if i not in held_out]
    others = [point for i, point in enumerate(points) if i in held_out]
    t, y = ([point[i] for point in seen] for i in range(2))
    size, init = resolved["model"]["degree"] + 1, resolved["init"]
    start: Numbers = [mp.mpf(0)] * size
    if init == "random":
        drawn = body["synthetic"].get("points", 20) if body.get("synthetic") is not None else None
        start = random_start(resolved["seed"], drawn, size)
    q = Quadratic(resolved, t, y, others, start)
    if isinstance(init, dict):
        given = [mp.mpf(value) for value in init.values()]
        q = Quadratic(resolved, t, y, others, q.from_caller(given))
    return q
