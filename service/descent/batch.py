"""One descent at several rates at once, and where each of them ends."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from service.descent.arrays import Array, Integers
from service.descent.exact import ClosedForm
from service.descent.frozen import frozen
from service.descent.loop import DTYPES, f
from service.descent.problem import Problem
from service.descent.recording import last_finite
from service.descent.spec import SweepSpec
from service.descent.validation import HeldOut

BLOCK = 100_000
"""Losses computed at once."""
ENTRIES = 2_000_000
"""Predictions of the loop at once."""


@frozen
class Ends:
    """The last finite step (rates,) of each descent, -1 where there is none, its loss (rates,) and its params (rates, p).

    `losses` (rates, records) are those recorded, finite or not, if they are wanted.
    """

    step: Integers
    loss: Array
    params: Array
    losses: Array | None


def descend(problem: Problem, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    """By the solver asked for."""
    return by_closed_form(problem, spec, held_out) if spec.solver == "exact" else by_loop(problem, spec, held_out)


def by_closed_form(problem: Problem, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    """All steps between are known without making them."""
    descent = problem.closed_form(np.array(spec.lrs)[:, None, None])
    rates = len(spec.lrs)
    step = last_finite(descent, held_out, finite=np.full(rates, -1), infinite=np.full(rates, spec.steps + 1))
    last = np.maximum(step, 0)[:, None, None].astype(float)
    losses = recorded(descent, spec) if "losses" in spec.include else None
    return Ends(step, descent.loss(last)[:, 0], descent.params(last)[:, 0], losses)


def recorded(descent: ClosedForm, spec: SweepSpec) -> Array:
    """The losses (rates, records)."""
    steps = np.array(spec.recorded, dtype=float)[:, None]
    block = max(1, BLOCK // len(spec.lrs))
    return np.concatenate([descent.loss(steps[first : first + block]) for first in range(0, len(steps), block)], axis=1)


def by_loop(problem: Problem, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    """Every step is made, of all rates together; of so many that their predictions fit the memory."""
    size = max(1, ENTRIES // len(problem.given.split.training.t))
    parts = [_by_loop(problem, replace(spec, lrs=spec.lrs[first : first + size]), held_out) for first in range(0, len(spec.lrs), size)]
    losses = [part.losses for part in parts if part.losses is not None]
    return Ends(
        step=np.concatenate([part.step for part in parts]),
        loss=np.concatenate([part.loss for part in parts]),
        params=np.concatenate([part.params for part in parts]),
        losses=np.concatenate(losses) if losses else None,
    )


def _by_loop(problem: Problem, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    wanted, kept = set(spec.recorded) if "losses" in spec.include else set(), []
    rates, p = len(spec.lrs), len(problem.start)
    step, loss, params = np.full(rates, -1), np.zeros(rates), np.zeros((rates, p))
    for number, (losses, coefficients) in enumerate(textbook(problem, spec)):
        here = coefficients.T.double().numpy()
        now = losses.double().numpy()
        finite = (step == number - 1) & np.isfinite(now)
        if held_out is not None:
            finite &= np.isfinite(held_out.loss(here))
        step, loss, params = np.where(finite, number, step), np.where(finite, now, loss), np.where(finite[:, None], here, params)
        if number in wanted:
            kept.append(now)
    return Ends(step, loss, params, np.array(kept).T if wanted else None)


def textbook(problem: Problem, spec: SweepSpec) -> Iterator[tuple[Tensor, Tensor]]:
    """The lecture's steps with a column a rate: the losses (rates,) and params (p, rates) of each."""
    dtype, training = DTYPES[spec.precision], problem.given.split.training
    columns = problem.coordinates.design(training.t), training.y[:, None], problem.start[:, None], spec.lrs
    x, y, start, lrs = (torch.tensor(column, dtype=dtype) for column in columns)
    params = start.repeat(1, len(spec.lrs)).requires_grad_()
    for _ in range(spec.steps + 1):
        losses = ((f(x, params) - y) ** 2).mean(0)
        (gradient,) = torch.autograd.grad(losses.sum(), params)
        yield losses.detach(), params.detach().clone()
        with torch.no_grad():
            params -= lrs * gradient
