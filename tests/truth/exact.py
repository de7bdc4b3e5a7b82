"""A descent on a quadratic loss, computed again with a hundred digits and without the service's
code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath as mp

from tests.truth.columns import NOTHING, Numbers, orthonormal, substituted
from tests.truth.momentum import Momentum

HALVINGS = 120
"""The number of times that the interval of the best rate is halved."""
AT_REST = 10 * mp.mpf(2) ** -52
"""Times the number of coefficients, the part of the length of y within which a start is at the
lowest point: no double is nearer.
"""
EPS = {"float64": mp.mpf(2) ** -52, "float32": mp.mpf(2) ** -23}


@dataclass(frozen=True)
class Mode:
    """A direction of the descent: its eigenvalue, its unit vector, and the way along it from the
    lowest point to the start.
    """

    value: mp.mpf
    vector: Numbers
    way: mp.mpf

    @property
    def held(self) -> mp.mpf:
        """What is minimised, above its lowest value, that this direction holds at the start."""
        return self.value * self.way**2 / 2


@dataclass(frozen=True)
class Quadratic:
    """A full-batch descent of torch.optim.SGD at one rate on a polynomial: its request as it was
    run, and its points.

    `t` and `y` are those that the descent sees, and `held_out` are the other points. `start` has
    the coefficients before the first step, in the coordinates of the descent.
    """

    resolved: dict[str, Any]
    t: Numbers
    y: Numbers
    held_out: list[tuple[mp.mpf, mp.mpf]]
    start: Numbers

    @property
    def degree(self) -> int:
        """The degree of the polynomial."""
        return int(self.resolved["model"]["degree"])

    @cached_property
    def momentum(self) -> Momentum:
        """The momentum of the descent."""
        sgd = self.resolved["optimizer"]
        return Momentum(mp.mpf(sgd.get("momentum", 0)), sgd.get("nesterov", False))

    @cached_property
    def decay(self) -> mp.mpf:
        """The weight decay, which adds half of itself times the square of the coefficients."""
        sgd = self.resolved["optimizer"]
        return mp.mpf(sgd["weight_decay"] if sgd["kind"] == "sgd" else 0)

    @cached_property
    def lr(self) -> mp.mpf:
        """The rate of the descent."""
        return mp.mpf(self.resolved["lr"])

    @cached_property
    def frame(self) -> tuple[mp.mpf, mp.mpf]:
        """The mean and the population deviation of t."""
        mean = mp.fsum(self.t) / len(self.t)
        deviation = mp.sqrt(mp.fsum((t - mean) ** 2 for t in self.t) / len(self.t))
        return mean, deviation or mp.mpf(1)

    def design(self, scale: str) -> list[Numbers]:
        """Return the columns of the design matrix, the highest power first. The rows of the
        held-out points follow those of the others.
        """
        mean, deviation = self.frame
        every = [*self.t, *(t for t, _ in self.held_out)]
        x = every if scale == "none" else [(t - mean) / deviation for t in every]
        columns = [[each**k for each in x] for k in range(self.degree + 1)]
        if scale == "orthonormal":
            columns = orthonormal(columns, len(self.t))
        return columns[::-1]

    def from_caller(self, params: Numbers) -> Numbers:
        """Return coefficients of powers of t, highest first, in the coordinates of the descent."""
        scale, n = self.resolved["scale"], len(self.t)
        if scale == "none":
            return params
        mean, deviation = self.frame
        of_x = substituted(params, mean, deviation)
        if scale == "standardize":
            return of_x
        curve = [mp.polyval(of_x, (t - mean) / deviation) for t in self.t]
        return [mp.fdot(column[:n], curve) / n for column in self.columns]

    @cached_property
    def columns(self) -> list[Numbers]:
        """The columns in the coordinates of the descent, with the rows of held-out points."""
        return self.design(self.resolved["scale"])

    def modes(self, scale: str, start: Numbers) -> list[Mode]:
        """Return the directions that the points determine, the steepest first. A direction is at
        rest if its residual is the rounding of y in doubles.
        """
        n = len(self.t)
        columns = [column[:n] for column in self.design(scale)]
        curvature = mp.matrix([[2 * mp.fdot(a, b) / n for b in columns] for a in columns])
        pull = [2 * mp.fdot(column, self.y) / n for column in columns]
        values, vectors = mp.eigsy(curvature)
        largest, found = max(values), []
        for i, value in enumerate(values):
            vector = [vectors[j, i] for j in range(len(columns))]
            steepness = self.decay + (value if value > NOTHING * largest else 0)
            if steepness > 0:
                way = mp.fdot(vector, start) - mp.fdot(vector, pull) / steepness
                if value * way**2 / 2 <= (len(columns) * AT_REST) ** 2 * self.mean_square_y:
                    way = mp.mpf(0)
                found.append(Mode(steepness, vector, way))
        return sorted(found, key=lambda mode: mode.value, reverse=True)

    @cached_property
    def here(self) -> list[Mode]:
        """The directions in the coordinates of the descent."""
        return self.modes(self.resolved["scale"], self.start)

    @cached_property
    def condition(self) -> mp.mpf:
        """The largest eigenvalue divided by the smallest."""
        return self.here[0].value / self.here[-1].value

    @cached_property
    def rank(self) -> int:
        """The number of directions that the points determine."""
        columns = self.design("orthonormal")
        return sum(any(column[: len(self.t)]) for column in columns)

    @cached_property
    def steepest(self) -> mp.mpf:
        """The largest eigenvalue of a direction in which the descent moves, or 0 if it does not."""
        return next((mode.value for mode in self.here if mode.way), mp.mpf(0))

    @property
    def growth(self) -> mp.mpf:
        """The factor by which a step multiplies the distance in the steepest direction, in the long
        run.
        """
        return self.momentum.radius(self.lr * self.steepest)

    def oscillates(self, slack: float) -> bool:
        """Return whether the distance changes its sign again and again in some direction."""
        return any(mode.way and self.crosses(mode, self.lr, slack) for mode in self.here)

    def crosses(self, mode: Mode, lr: mp.mpf, slack: float = 0) -> bool:
        """Return whether the distance changes its sign again and again in this direction."""
        (a, b), (c, d) = self.momentum.update(lr * mode.value)
        half, product = (a + d) / 2, a * d - b * c
        return bool(half < slack or half * half < product * (1 + slack))

    def elsewhere(self, scale: str) -> list[Mode]:
        """Return the directions in other coordinates, from the same start curve."""
        curve, n = self.curve(self.start), len(self.t)
        columns = self.design(scale)
        if scale == "orthonormal":
            return self.modes(scale, [mp.fdot(column[:n], curve) / n for column in columns])
        mean, deviation = self.frame
        assert self.resolved["scale"] == "none"
        return self.modes(scale, substituted(self.start, mean, deviation))

    @cached_property
    def limit(self) -> mp.mpf:
        """The rate from which on the steepest direction grows."""
        return self.momentum.limit / self.steepest if self.steepest else mp.inf

    def params(self, steps: int, lr: mp.mpf | None = None) -> Numbers:
        """Return the coefficients after this many updates, in the coordinates of the descent."""
        lr = self.lr if lr is None else lr
        moved = list(self.start)
        for mode in self.here:
            covered = (self.momentum.left(lr * mode.value, steps) - 1) * mode.way
            moved = [q + covered * v for q, v in zip(moved, mode.vector, strict=True)]
        return moved

    def curve(self, params: Numbers) -> Numbers:
        """Return the curve at the points that the descent sees, and then at the others."""
        return [mp.fdot(params, row) for row in zip(*self.columns, strict=True)]

    def loss(self, steps: int, lr: mp.mpf | None = None) -> mp.mpf:
        """Return the mean squared error after this many updates."""
        return self.mean_square(self.curve(self.params(steps, lr)))

    def mean_square(self, curve: Sequence[mp.mpf]) -> mp.mpf:
        """Return the mean squared error of a curve."""
        return mp.fsum((y - f) ** 2 for y, f in zip(self.y, curve, strict=False)) / len(self.y)

    def held_out_loss(self, steps: int, lr: mp.mpf | None = None) -> mp.mpf:
        """Return the mean squared error on the held-out points after this many updates."""
        curve = self.curve(self.params(steps, lr))[len(self.t) :]
        apart = [(y - f) ** 2 for (_, y), f in zip(self.held_out, curve, strict=True)]
        return mp.fsum(apart) / len(apart)

    @cached_property
    def excess_at_start(self) -> mp.mpf:
        """What is minimised at the start, above its lowest value."""
        return mp.fsum(mode.held for mode in self.here)

    def excess(self, steps: int, lr: mp.mpf | None = None) -> mp.mpf:
        """Return what is minimised after this many updates, above its lowest value."""
        lr = self.lr if lr is None else lr
        return excess_after(self.here, lr, steps, self.momentum)

    @cached_property
    def variance(self) -> mp.mpf:
        """The variance of y."""
        mean = mp.fsum(self.y) / len(self.y)
        return mp.fsum((y - mean) ** 2 for y in self.y) / len(self.y)

    @cached_property
    def mean_square_y(self) -> mp.mpf:
        """The mean square of y."""
        return mp.fsum(y * y for y in self.y) / len(self.y)

    @cached_property
    def least_squares(self) -> mp.mpf:
        """The lowest mean squared error that any coefficients have."""
        n = len(self.y)
        fitted = [mp.mpf(0)] * n
        for column in self.design("orthonormal"):
            share = mp.fdot(column[:n], self.y) / n
            fitted = [f + share * c for f, c in zip(fitted, column, strict=False)]
        return self.mean_square(fitted)

    @cached_property
    def end(self) -> mp.mpf:
        """The mean squared error at the point where what is minimised is lowest."""
        if not self.decay:
            return self.least_squares
        moved = list(self.start)
        for mode in self.here:
            moved = [q - mode.way * v for q, v in zip(moved, mode.vector, strict=True)]
        return self.mean_square(self.curve(moved))

    @cached_property
    def target(self) -> mp.mpf:
        """The excess up to which a descent has arrived. If y is 0 everywhere, it is the floor."""
        if self.variance > NOTHING * self.mean_square_y:
            return max(self.end, mp.mpf("1e-6") * self.variance) / 100
        return max(self.end, mp.mpf("1e-12") * self.mean_square_y) / 100 or self.floor

    @cached_property
    def floor(self) -> mp.mpf:
        """The loss that the arithmetic cannot tell from 0."""
        eps = EPS[self.resolved["precision"]]
        return (450 * eps) ** 2 * (self.loss(0) + self.mean_square_y)

    @cached_property
    def slack(self) -> float:
        """The relative error of what doubles say about the flattest direction.

        The singular values of the points are right to some units in the last place of the largest,
        so an eigenvalue is right to that times the square root of the condition.
        """
        return float(1e-9 + 100 * EPS["float64"] * mp.sqrt(self.condition))


def excess_after(modes: list[Mode], lr: mp.mpf, steps: int, momentum: Momentum) -> mp.mpf:
    """Return what these directions hold after this many updates at one rate."""
    return mp.fsum(mode.held * momentum.left(lr * mode.value, steps) ** 2 for mode in modes)


def best_rate(modes: list[Mode], steps: int) -> mp.mpf:
    """Return the rate of plain descent with the lowest excess after this many updates. The excess
    is convex in the rate.
    """
    steepest = next((mode for mode in modes if mode.way), modes[0])
    low, high = mp.mpf(0), 2 / steepest.value
    with mp.workdps(40):
        for _ in range(HALVINGS):
            lr = (low + high) / 2
            slope = mp.fsum(
                -mode.held * mode.value * (1 - lr * mode.value) ** (2 * steps - 1) for mode in modes
            )
            if slope < 0:
                low = lr
            else:
                high = lr
    return (low + high) / 2
