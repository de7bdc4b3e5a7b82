"""The closed form alone: a million points and a million steps, beside one least squares of the same
points.
"""

from statistics import median
from time import perf_counter

import numpy as np
import torch

from service.descent.points.factor import factorize
from service.descent.points.scaling import frame
from service.descent.quadratic.closed_form import closed_form
from service.descent.quadratic.modes import decompose
from service.descent.quadratic.momentum import PLAIN
from service.descent.watching.recording import Selection, record_exact

ROUNDS = 5
RECORDS = 10_000
MILLION = 1_000_000


def descend(t: torch.Tensor, y: torch.Tensor, steps: int) -> float:
    """The last loss, with 10,000 recorded on the way."""
    times, targets = t.numpy(), y.numpy()
    scaled = frame(times)
    factor = factorize(times, targets, 2, scaled)
    (modes,) = decompose(factor.r[None, :, ::-1], factor.n).of_each([factor])
    start = np.zeros(3)
    descent = closed_form([modes], [start], [modes.residual(start)], [0.1], PLAIN)
    *_, last = record_exact(descent, Selection(steps=steps, every=max(1, steps // RECORDS)))
    return last.loss[-1]


def least_squares(t: torch.Tensor, y: torch.Tensor) -> float:
    x = (t - t.mean()) / t.std()
    solution = torch.linalg.lstsq(
        torch.stack([x**2, x, torch.ones_like(x)], 1), y[:, None]
    ).solution
    return float(solution[2])


def points(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    t = torch.linspace(0, 19, n, dtype=torch.float64)
    return t, 0.75 * (t - 9.5) ** 2 + 1 + torch.randn(
        n, dtype=torch.float64, generator=torch.Generator().manual_seed(42)
    )


def milliseconds(work, *arguments) -> float:
    began = perf_counter()
    work(*arguments)
    return 1000 * (perf_counter() - began)


def of_the_steps(n: int) -> float:
    """Milliseconds that a million steps take beyond one step."""
    t, y = points(n)
    return median(
        milliseconds(descend, t, y, MILLION) - milliseconds(descend, t, y, 1) for _ in range(ROUNDS)
    )


def table() -> str:
    t, y = points(MILLION)
    pairs = [
        (milliseconds(descend, t, y, MILLION), milliseconds(least_squares, t, y))
        for _ in range(ROUNDS + 1)
    ][1:]
    ours, theirs = (median(times) for times in zip(*pairs, strict=True))
    return f"""\
| one core | ms | relative |
|---|---:|---:|
| a million points, a million steps, 10,000 records | {ours:.0f} | {ours / theirs:.2f} |
| one `torch.linalg.lstsq` of the same points, including its matrix | {theirs:.0f} | 1 |
| the million steps of the first row | {of_the_steps(MILLION):.1f} | |
| a million steps of 20 points | {of_the_steps(20):.1f} | |"""
