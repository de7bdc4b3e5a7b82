"""Fits of many samples of the same size, computed as arrays. To the last bit, each is the fit of
its points alone.

Only ordinary descents are here: plain ones, whose modes all move and whose numbers are of moderate
size. The others are left to the fit.
"""

from collections.abc import Iterator

import numpy as np

from service.descent.arrays import Array, Integers, Labels, Mask, Times, applied, product
from service.descent.judging.verdict_stack import r2s, reaches, suits
from service.descent.points.dataset import first_values, initial
from service.descent.points.newton import columns, powers
from service.descent.points.scaling import Frames, frames
from service.descent.quadratic.closed_form import ClosedForm, stacked_form
from service.descent.quadratic.excess import Excess
from service.descent.quadratic.excess_stack import ExcessStack, OutlookStack, outlooks
from service.descent.quadratic.stack import DescentStack, SampleStack, compress_samples, descents
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import PartOfLimit, Scale
from service.descent.readonly import readonly
from service.descent.watching.recording import last_finite

MODERATE = 1e50
"""The largest magnitude of the numbers of an ordinary descent. Its optimum is then far from the
largest number, so that it need not be computed.
"""


@readonly
class ManyFits:
    """The results of S fits: parameters (S, p), predictions (S, m), losses (S, r), and in the other
    columns one entry (S,) for each fit. NaN and None stand for what a fit does not have.

    `ordinary` says which fits are here. The others have no results.
    """

    ordinary: Mask
    params: Array
    loss: Array
    optimum: Array
    r2: Array
    rate: Labels
    reach: Labels
    steps_needed: Labels
    predictions: Array
    losses: Array

    def put(self, rows: Integers, others: "ManyFits") -> None:
        """Write those of other results that are ordinary into these rows."""
        fine = others.ordinary
        rows = rows[fine]
        self.ordinary[rows] = True
        self.params[rows] = others.params[fine]
        self.loss[rows] = others.loss[fine]
        self.optimum[rows] = others.optimum[fine]
        self.r2[rows] = others.r2[fine]
        self.rate[rows] = others.rate[fine]
        self.reach[rows] = others.reach[fine]
        self.steps_needed[rows] = others.steps_needed[fine]
        self.predictions[rows] = others.predictions[fine]
        self.losses[rows] = others.losses[fine]


def fit_many(spec: FitSpec, t: Times, y: Array, recorded: list[int]) -> ManyFits:
    """Return the fits of the samples t (S, n) and y (S, n), with the settings of the spec and the
    losses at the recorded steps.
    """
    found, degree = no_fits(spec, len(t), len(recorded)), spec.model.size - 1
    seen = frames(t)
    rows = np.flatnonzero(_moderate(seen, t, y, degree))
    if not spec.plain or not len(rows):
        return found
    samples = compress_samples(t[rows], y[rows], degree, seen.part(rows))
    for own, fits in _fits_of(spec, samples, recorded):
        found.put(rows[own], fits)
    return found


def no_fits(spec: FitSpec, count: int, recorded: int) -> ManyFits:
    """Return room for the results of as many fits, with as many losses each."""
    return ManyFits(
        ordinary=np.zeros(count, bool),
        params=np.full((count, spec.model.size), np.nan),
        loss=np.full(count, np.nan),
        optimum=np.full(count, np.nan),
        r2=np.full(count, np.nan),
        rate=np.full(count, None),
        reach=np.full(count, None),
        steps_needed=np.full(count, None),
        predictions=np.full((count, len(spec.places or ())), np.nan),
        losses=np.full((count, recorded), np.nan),
    )


def _moderate(seen: Frames, t: Times, y: Array, degree: int) -> Mask:
    """Return for which samples all numbers on the way to the optimum are of moderate size."""
    largest: float = MODERATE ** (1 / degree)
    away = np.maximum(np.abs(t).max(axis=1), (np.abs(seen.centers) + 1) / seen.scales)
    moderate: Mask = (away <= largest) & (np.abs(y).max(axis=1) <= MODERATE)
    return moderate


def _fits_of(
    spec: FitSpec, samples: SampleStack, recorded: list[int]
) -> Iterator[tuple[Integers, ManyFits]]:
    """Yield the fits of those samples that move in every mode, in one or two kinds of coordinates,
    with their rows.
    """
    scale = spec.chosen_scale
    if scale != "auto":
        rows, stack, outlook = _prospects(spec, scale, samples)
        yield rows, _fits(spec, stack, outlook, recorded)
        return
    rows, stack, outlook = _prospects(spec, "standardize", samples)
    arrives = outlook.converges
    near, far = np.flatnonzero(arrives), np.flatnonzero(~arrives)
    if len(near):
        yield rows[near], _fits(spec, stack.part(near), outlook.part(near), recorded)
    if len(far):
        moving, stack, outlook = _prospects(spec, "orthonormal", stack.part(far).samples)
        yield rows[far][moving], _fits(spec, stack, outlook, recorded)


def _prospects(
    spec: FitSpec, scale: Scale, samples: SampleStack
) -> tuple[Integers, DescentStack, OutlookStack]:
    """Return which descents move in every mode, these descents, and their prospects."""
    start, frame = initial(spec, first_values(spec.seed, spec.model.size))
    stack = descents(
        scale,
        samples,
        np.broadcast_to(start, samples.factors.d.shape),
        Frames.of([frame]) if frame else None,
    )
    held = stack.residual * stack.residual / samples.factors.n
    moves = (stack.modes.eigenvalues > 0) & (held > 0) & (held <= MODERATE**2)
    moving = np.flatnonzero(moves.all(axis=1))
    stack = stack.part(moving)
    excess = ExcessStack(stack.modes.eigenvalues, held[moving])
    return moving, stack, outlooks(stack.samples.factors, excess, spec.steps)


def _fits(
    spec: FitSpec, stack: DescentStack, outlook: OutlookStack, recorded: list[int]
) -> ManyFits:
    """Return the fits of descents that move in every mode."""
    lr = _rates(spec, outlook)
    form = stacked_form(stack, lr)
    last, diverged = _ends(form, spec.steps)
    loss, params = form.loss(last)[:, 0], form.params(last)[:, 0]
    left = np.where(diverged, np.inf, outlook.excess.after(lr, spec.steps))
    reach = reaches(outlook, left)
    in_x = applied(stack.coordinates.to_scaled, params)
    in_units = applied(stack.coordinates.to_caller, params)
    predictions = _predictions(stack, params, in_x, np.array(spec.places or ()))
    losses = form.loss(np.array(recorded, dtype=float)[:, None])
    ordinary = lr > 0
    for column in (in_units, in_x, predictions, losses):
        ordinary &= np.isfinite(column).all(axis=1)
    return ManyFits(
        ordinary=ordinary,
        params=in_units,
        loss=loss,
        optimum=outlook.lowest,
        r2=r2s(outlook, loss),
        rate=suits(outlook, left, reach, lr),
        reach=reach,
        steps_needed=_steps_needed(outlook, reach, lr),
        predictions=predictions,
        losses=losses,
    )


def _steps_needed(outlook: OutlookStack, reach: Labels, lr: Array) -> Labels:
    """Return the number of steps (S,) after which each unfinished descent arrives, or None."""
    needed = np.full(len(lr), None)
    for row in np.flatnonzero(reach == "unfinished").tolist():
        excess = Excess(
            outlook.excess.eigenvalues[row].tolist(), outlook.excess.held[row].tolist(), rest=0.0
        )
        needed[row] = excess.steps_to(lr[row].item(), outlook.target[row].item())
    return needed


def _rates(spec: FitSpec, outlook: OutlookStack) -> Array:
    """Return the rate (S,) of each descent."""
    lr = spec.chosen_lr
    if lr == "best":
        return outlook.lr_best
    if isinstance(lr, PartOfLimit):
        return lr.of_limit * outlook.excess.limit
    return np.full(len(outlook.lowest), lr)


def _ends(form: ClosedForm, steps: int) -> tuple[Array, Mask]:
    """Return the last finite step (S, 1, 1) of each descent, and which diverged."""
    last = np.full((len(form.start), 1, 1), float(steps))
    diverged: Mask = ~np.isfinite(form.loss(last)[:, 0])
    if diverged.any():
        first = np.full(len(last), -1)
        found = last_finite(form, None, finite=first, infinite=first + steps + 2)
        last[diverged, 0, 0] = found[diverged]
    return last, diverged


def _predictions(stack: DescentStack, params: Array, in_x: Array, at: Array) -> Array:
    """Return the curves (S, m) of the params (S, p) at t (m,). Those of powers are evaluated from
    their parameters as powers of x.
    """
    samples = stack.samples
    times = np.broadcast_to(at, (len(params), len(at)))
    if stack.coordinates.combined is None:
        design = powers(samples.frames.x(times), samples.degree)[:, ::-1].swapaxes(1, 2)
        return product(design, in_x[:, :, None])[:, :, 0]
    newtons = columns(times, samples.factors.nodes, samples.frames.scales).swapaxes(1, 2)
    design = product(newtons, stack.coordinates.combined)
    return product(design, params[:, :, None])[:, :, 0]
