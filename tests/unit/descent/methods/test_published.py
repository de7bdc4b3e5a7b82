"""Every step of the optimizers, against their papers and against a textbook. No oracle is torch's.

Each is the pseudo-code of its paper in the form of torch.optim: momentum without dampening, as
Sutskever et al. (2013) have it up to the unit of the velocity, with Nesterov's look-ahead as in
Bengio et al. (2013); Adam by Kingma and Ba (2015, algorithm 1); AdamW by Loshchilov and Hutter
(2019, algorithm 2); RMSprop by Hinton (2012), centered as Graves (2013) has it.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.rmsprop import RmsProp
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.points import Points
from tests.support.specs import fit, lecture_as_printed

Numbers = NDArray[np.float64]
Slope = Callable[[Numbers], Numbers]
LR, STEPS = 0.05, 40


def momentum(slope: Slope, theta: Numbers, beta: float) -> list[Numbers]:
    """v = beta v + g, theta = theta - lr v"""
    way, v = [theta], np.zeros_like(theta)
    for _ in range(STEPS):
        v = beta * v + slope(theta)
        theta = theta - LR * v
        way.append(theta)
    return way


def nesterov(slope: Slope, theta: Numbers, beta: float) -> list[Numbers]:
    """The gradient is taken ahead: v = beta v + g(theta - lr beta v), theta = theta - lr v. The
    answer has the points ahead, at which the gradients are taken.
    """
    way, v = [theta], np.zeros_like(theta)
    for _ in range(STEPS):
        v = beta * v + slope(theta - LR * beta * v)
        theta = theta - LR * v
        way.append(theta - LR * beta * v)
    return way


def adam(
    slope: Slope, theta: Numbers, betas: tuple[float, float], *, decay: float = 0.0, eps: float
) -> list[Numbers]:
    """m and v are the decaying means of g and of g squared, divided by what they lack at first. The
    decay shortens theta beside the step: theta = theta - lr (m / (sqrt v + eps) + decay theta).
    """
    way, m, v = [theta], np.zeros_like(theta), np.zeros_like(theta)
    beta1, beta2 = betas
    for t in range(1, STEPS + 1):
        g = slope(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        unbiased = m / (1 - beta1**t)
        scatter = np.sqrt(v / (1 - beta2**t))
        theta = theta - LR * (unbiased / (scatter + eps) + decay * theta)
        way.append(theta)
    return way


def rmsprop(
    slope: Slope, theta: Numbers, alpha: float, *, eps: float, centered: bool = False
) -> list[Numbers]:
    """s is the decaying mean of g squared; centered, less the square of the mean of g."""
    way, s, mean = [theta], np.zeros_like(theta), np.zeros_like(theta)
    for _ in range(STEPS):
        g = slope(theta)
        s = alpha * s + (1 - alpha) * g**2
        mean = alpha * mean + (1 - alpha) * g
        scatter = s - mean**2 if centered else s
        theta = theta - LR * g / (np.sqrt(scatter) + eps)
        way.append(theta)
    return way


@pytest.mark.parametrize(
    ("optimizer", "published"),
    [
        (Sgd(momentum=0.9), lambda g, at: momentum(g, at, 0.9)),
        (Sgd(momentum=0.9, nesterov=True), lambda g, at: nesterov(g, at, 0.9)),
        (Adam(), lambda g, at: adam(g, at, (0.9, 0.999), eps=1e-8)),
        (Adam(betas=(0.8, 0.9)), lambda g, at: adam(g, at, (0.8, 0.9), eps=1e-8)),
        (
            AdamW(weight_decay=0.1),
            lambda g, at: adam(g, at, (0.9, 0.999), decay=0.1, eps=1e-8),
        ),
        (RmsProp(), lambda g, at: rmsprop(g, at, 0.99, eps=1e-8)),
        (
            RmsProp(alpha=0.9, centered=True),
            lambda g, at: rmsprop(g, at, 0.9, eps=1e-8, centered=True),
        ),
    ],
    ids=[
        "momentum",
        "nesterov",
        "adam",
        "adam with other betas",
        "adamw",
        "rmsprop",
        "rmsprop centered",
    ],
)
def test_every_step_is_that_of_the_paper(
    optimizer: Optimizer, published: Callable[[Slope, Numbers], list[Numbers]]
) -> None:
    """Of the lecture's points, standardized. A step rounds some ten times: 1e-13 after forty steps.
    A centered scatter is a difference, and loses a digit more.
    """
    asked: dict[str, Any] = {**lecture_as_printed(), "scale": "standardize", "init": "zeros"}
    t, y = (np.frombuffer(column) for column in (asked["data"].t, asked["data"].y))
    x = np.vander((t - t.mean()) / t.std(), 3)
    way = published(lambda theta: 2 / len(y) * x.T @ (x @ theta - y), np.zeros(3))

    for solver in ("loop", "exact") if isinstance(optimizer, Sgd) else ("loop",):
        losses = fit(**asked, optimizer=optimizer, lr=LR, steps=STEPS, solver=solver).losses

        expected = [np.square(x @ theta - y).mean() for theta in way]
        assert losses == pytest.approx(expected, rel=1e-12)


def bowl(lr: float, steps: int, optimizer: Optimizer) -> list[float]:
    """Return where a descent on 0.1 x^2 + 2 y^2 ends that starts at (-5, -2).

    The loss of a line whose t are +-sqrt(0.05), with y = 0, is half of it, so the rate is doubled.
    """
    side = sqrt(0.05)
    result = fit(
        data=Points.of([-side, side], [0, 0]),
        model=Polynomial(degree=1),
        init={"a": -5, "b": -2},
        scale="none",
        lr=2 * lr,
        steps=steps,
        optimizer=optimizer,
    )
    return list(result.params.values())


@pytest.mark.parametrize(
    ("lr", "optimizer", "printed"),
    [
        (0.4, Sgd(), [-0.943467, -0.000073]),
        (0.6, Sgd(momentum=0.5), [0.007188, 0.002553]),
        (0.6, Sgd(momentum=0.25), [-0.126340, -0.186632]),
    ],
    ids=str,
)
def test_twenty_steps_end_where_dive_into_deep_learning_prints_it(
    lr: float, optimizer: Optimizer, printed: list[float]
) -> None:
    """Zhang et al., chapter "Momentum"."""
    assert [round(value, 6) for value in bowl(lr, 20, optimizer)] == printed
