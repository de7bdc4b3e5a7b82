"""A descent to be made, whatever its model: points, curves, a start, and how a step is made."""

from collections.abc import Iterator
from functools import cached_property

import torch
from torch import Generator, Tensor

from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.frozen import frozen
from service.descent.loop import batches
from service.descent.loop import lecture as loop
from service.descent.loop.batches import Batch
from service.descent.loop.curves import Curves, Polynomials
from service.descent.loop.evaluation import Evaluation
from service.descent.loop.lecture import DTYPES, Step
from service.descent.loop.losses import criterion
from service.descent.loop.network import Networks
from service.descent.loop.optimizers import Lr, update
from service.descent.loop.schedules import rates
from service.descent.points.dataset import Dataset
from service.descent.points.sample import Sample, sample
from service.descent.quadratic.noise import lr_limit_mean_square
from service.descent.quadratic.problem import Problem, has
from service.descent.quadratic.problem import prepare as prepare_polynomial
from service.descent.questions.methods import Huber, Sgd
from service.descent.questions.options import Mlp, Precision, Rate
from service.descent.questions.specs import Question
from service.descent.watching.validation import HeldOut, compressed


@frozen
class Task:
    """`start` (p,) is in the coordinates stepped in. `problem` is what is known of polynomials
    before the first step; None for networks.
    """

    sample: Sample
    curves: Curves
    start: Array
    problem: Problem | None = None

    @property
    def exact(self) -> Problem | None:
        """What is known before the first step, where that is every loss to come."""
        return self.problem if self.sample.spec.computable else None

    @property
    def quadratic(self) -> Problem | None:
        """The same, where the curvature is the same everywhere."""
        return self.problem if self.sample.spec.quadratic else None

    @cached_property
    def lr_limit_mean_square(self) -> float | None:
        """The limit of plain descent with independent batches, where there is a formula for it."""
        spec, problem = self.sample.spec, self.quadratic
        if problem is None or spec.batch_size is None or spec.batches != "independent":
            return None
        plain = spec.optimizer == Sgd() and spec.schedule.kind == "constant"
        return lr_limit_mean_square(problem, spec.batch_size) if plain else None

    def rate(self, lr: Rate) -> float:
        """The rate in numbers.

        Raises NotComputableError where the precision does not have it.
        """
        if lr == "best":
            assert self.problem
            lr = self.problem.best
        if not has(self.sample.precision, lr):
            raise NotComputableError(
                'The rate does not fit float32: set `precision` to "float64", or rescale t.'
            )
        return lr

    def descend(self, lr: Lr) -> Iterator[Step]:
        """Every step, at one rate or at several (rates,)."""
        spec, training = self.sample.spec, self.sample.split.training
        x, y, start = (
            self._tensor(array)
            for array in (self.curves.inputs(training.t), training.y, self.start)
        )
        if isinstance(lr, Tensor):
            y, start = y[:, None], start[:, None].repeat(1, len(lr))
        return loop.descend(
            self.curves.f,
            criterion(spec.loss),
            start,
            batches=self._batches(x, y),
            update=update(spec.optimizer),
            lr=rates(spec.schedule, lr, spec.steps),
        )

    def _batches(self, x: Tensor, y: Tensor) -> Iterator[Batch]:
        """They are the same whenever they are drawn."""
        spec, random = self.sample.spec, self.sample.random
        if spec.batch_size is None or random is None:
            return batches.whole(x, y)
        return batches.KINDS[spec.batches](x, y, spec.batch_size, Generator().set_state(random))

    @property
    def whole(self) -> Evaluation | None:
        """The loss of all points that the descent sees, where no step sees them all."""
        return (
            None
            if self.sample.spec.batch_size is None
            else self.loss_of(self.sample.split.training)
        )

    def loss_of(self, points: Dataset) -> Evaluation:
        """The loss of any points."""
        x, y = self._tensor(self.curves.inputs(points.t)), self._tensor(points.y)
        return Evaluation(self.curves.f, criterion(self.sample.spec.loss), x, y)

    @property
    def held_out(self) -> HeldOut | None:
        """The loss of the points held out, if there are any."""
        points = self.sample.split.held_out
        if points is None:
            return None
        return compressed(self.quadratic, points) if self.quadratic else self.loss_of(points)

    def _tensor(self, array: Array) -> Tensor:
        return torch.tensor(array, dtype=DTYPES[self.sample.precision])


def prepare(spec: Question, precision: Precision = "float64") -> Task:
    """What is asked for, in its coordinates.

    Raises NotComputableError where t or y are too large, or the precision does not have the `delta`
    of the loss.
    """
    if isinstance(spec.loss, Huber) and not has(precision, spec.loss.delta):
        raise NotComputableError(
            'The `delta` does not fit float32: set `precision` to "float64", or rescale y.'
        )
    if isinstance(spec.model, Mlp):
        drawn = sample(spec, precision)
        networks = Networks(
            spec.model, drawn.frame, "none" if spec.scale == "none" else "standardize"
        )
        return Task(drawn, networks, networks.start(drawn))
    problem = prepare_polynomial(spec, precision)
    return Task(problem.given, Polynomials(problem.coordinates, spec.names), problem.start, problem)
