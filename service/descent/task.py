"""A descent that is ready to run, for any model: points, curves, a start and the rule of a step."""

from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor

from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.loop import batches
from service.descent.loop import lecture as loop
from service.descent.loop.curves import Curves, Evaluation, FormulaCurves, Polynomials
from service.descent.loop.lecture import DTYPES, Step
from service.descent.methods.method import LearningRates
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import Dataset, Sample, sample
from service.descent.points.robust import RobustOptimum, robust_optimum
from service.descent.points.scaling import frame
from service.descent.quadratic.analysis import lr_limit_mean_square
from service.descent.quadratic.problem import (
    QuadraticProblem,
    compressed,
    has,
    prepare_polynomial,
    prepare_polynomials,
)
from service.descent.questions.options import Precision, Rate, Scale
from service.descent.questions.setting import Question
from service.descent.readonly import once, readonly
from service.descent.watching.recording import HeldOut


@readonly
class Task:
    """A descent in its coordinates.

    `start` (p,) is in these coordinates. `problem` is what is known about a polynomial before the
    first step, or None for other models. `exact_problem` is the same, or None if the losses have no
    closed form.
    """

    sample: Sample
    curves: Curves
    start: Array
    problem: QuadraticProblem | None = None
    exact_problem: QuadraticProblem | None = None

    @property
    def known_problem(self) -> QuadraticProblem:
        """The problem of a task whose losses have a closed form."""
        assert self.exact_problem
        return self.exact_problem

    @property
    def quadratic_problem(self) -> QuadraticProblem | None:
        """The problem, or None if the curvature of the loss is not the same everywhere."""
        return self.problem if self.sample.spec.quadratic else None

    @once
    def lr_limit_mean_square(self) -> float | None:
        """The limit of plain descent with independent batches, or None if no formula applies."""
        spec, problem = self.sample.spec, self.quadratic_problem
        if problem is None or spec.batch_size is None or spec.batches != "independent":
            return None
        plain = spec.plain and spec.schedule.kind == "constant"
        return lr_limit_mean_square(problem, spec.batch_size) if plain else None

    @once
    def with_all_points(self) -> QuadraticProblem | None:
        """The same descent if each step saw all points, or None if it does, or if the losses then
        have no closed form.
        """
        spec = self.sample.spec
        if spec.batch_size is None or not spec.with_all_points.computable:
            return None
        return prepare_polynomial(spec.with_all_points, self.sample.precision)

    @once
    def robust_optimum(self) -> RobustOptimum | None:
        """The optimum of a polynomial with a robust loss, or None."""
        problem, sample = self.problem, self.sample
        if problem is None or sample.spec.quadratic:
            return None
        return robust_optimum(sample.split.training, problem.sample.factor, sample.spec.loss)

    def rate(self, lr: Rate) -> float:
        """Return the learning rate as a number.

        Raises NotComputableError if it is outside the range of the precision.
        """
        if not isinstance(lr, int | float):
            assert self.problem
            lr = self.problem.best if lr == "best" else lr.of_limit * self.problem.limit
        if not lr:
            raise NotComputableError(
                "The learning rate is too small for a double: choose a larger `of_limit`."
            )
        if not has(self.sample.precision, lr):
            raise NotComputableError(
                "The learning rate is outside the range of float32: "
                'set `precision` to "float64", or rescale t.'
            )
        return lr

    def descend(self, lr: LearningRates) -> Iterator[Step]:
        """Return an iterator over every step, at one rate or at several (rates,)."""
        spec, random = self.sample.spec, self.sample.random
        training, start = self.loss_of(self.sample.split.training), self._tensor(self.start)
        if isinstance(lr, Tensor):
            start = start[:, None].repeat(1, len(lr))
        points = training.batch(start)
        drawn = batches.whole(points)
        if spec.batch_size is not None and random is not None:  # every call draws the same batches
            generator = Generator().set_state(random)
            drawn = batches.KINDS[spec.batches](points, spec.batch_size, generator)
        return loop.descend(
            training.curve,
            training.criterion,
            start,
            batches=drawn,
            update=spec.optimizer.update(),
            lr=spec.schedule.rates(lr, spec.steps),
        )

    @property
    def whole(self) -> Evaluation | None:
        """The loss on all points that the descent sees, or None if every step uses all of them."""
        if self.sample.spec.batch_size is None:
            return None
        return self.loss_of(self.sample.split.training)

    def loss_of(self, points: Dataset) -> Evaluation:
        """Return the loss on these points, as a function of the parameters."""
        x, y = self._tensor(self.curves.inputs(points.t)), self._tensor(points.y)
        weights = None if points.weights is None else self._tensor(points.weights)
        return Evaluation(self.curves.f, self.sample.spec.loss.criterion, x, y, weights)

    @property
    def held_out(self) -> HeldOut | None:
        """The loss on the held-out points, or None if no points are held out."""
        points = self.sample.split.held_out
        if points is None:
            return None
        if self.quadratic_problem is None:
            return self.loss_of(points)
        return compressed(self.quadratic_problem, points)

    def _tensor(self, array: Array) -> Tensor:
        return torch.tensor(array, dtype=DTYPES[self.sample.precision])


def prepare(spec: Question, precision: Precision = "float64") -> Task:
    """Return the task of a question in its coordinates.

    Raises NotComputableError if t or y are too large, or if an option of the loss is outside the
    range of the precision.
    """
    for name, value in spec.loss.in_precision.items():
        if not has(precision, value):
            raise NotComputableError(
                f"`{name}` is outside the range of float32: "
                'set `precision` to "float64", or rescale y.'
            )
    if isinstance(spec.model, Polynomial):
        return _of_polynomial(prepare_polynomial(spec, precision))
    drawn = sample(spec, precision)
    scale: Scale = "none" if spec.scale == "none" else "standardize"
    curves = FormulaCurves(spec.model, frame(drawn.split.training.t, spec.unit), scale)
    return Task(drawn, curves, curves.start(drawn))


def prepare_alike(specs: Sequence[Question]) -> list[Task]:
    """Return the tasks of questions that are alike and whose losses have a closed form.

    Raises NotComputableError if t or y of one of them are too large.
    """
    return [*map(_of_polynomial, prepare_polynomials(specs))]


def _of_polynomial(problem: QuadraticProblem) -> Task:
    """Return the task of a problem."""
    spec = problem.sample.spec
    polynomials = Polynomials(problem.coordinates, spec.model.names)
    exact_problem = problem if spec.computable else None
    return Task(problem.sample, polynomials, problem.start, problem, exact_problem)
