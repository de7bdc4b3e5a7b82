"""The questions: fits, analyses and sweeps, as they are asked and as they were answered.

A question is the request that asks it, validated. Choices that a caller leaves open are properties
here, such as `chosen_solver`.
"""

import secrets
from dataclasses import field, fields
from typing import Annotated, ClassVar, Literal, TypeVar

from annotated_types import Ge, Le, MaxLen
from pydantic import AfterValidator, Field

from service.descent.frozen import frozen
from service.descent.methods.bounds import MAX_AT, MAX_POINTS, MAX_SEED, MAX_STEPS
from service.descent.methods.losses import Loss
from service.descent.methods.losses.mse import Mse
from service.descent.methods.models import Model
from service.descent.methods.models.parameters import Init
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.option import Kept, Number, Option
from service.descent.methods.schedules import Schedule
from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.listed import RateList
from service.descent.questions.options import (
    AnyScale,
    AnySolver,
    Batches,
    Form,
    Include,
    Points,
    Precision,
    Rate,
    Rates,
    Scale,
    Solver,
    Stop,
    Synthetic,
    Validation,
)

DEFAULT_RECORDS = 10_000
"""The number of recorded steps after which fewer are recorded by default."""


def draw_seed() -> int:
    """Return a random seed."""
    return secrets.randbelow(MAX_SEED + 1)


@frozen(kw_only=True)
class Setting(Option):
    """The settings that fits, analyses and sweeps have in common, without the points."""

    synthetic: Synthetic | None = None
    model: Model = Polynomial()
    loss: Loss = Mse()
    """The loss to minimise. `optimum` is always that of `mse`. `gap` and the exact analysis exist
    for `mse` only.
    """
    optimizer: Optimizer = Sgd()
    """An optimizer of torch.optim, with its options and defaults."""
    schedule: Schedule = Constant()
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler."""
    batch_size: Annotated[int, Ge(1), Le(MAX_POINTS)] | None = None
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches = "shuffled"
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement.
    """
    seed: Annotated[int, Ge(0), Le(MAX_SEED)] = field(default_factory=draw_seed)
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Init = "random"
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is.
    """
    steps: Annotated[int, Ge(1), Le(MAX_STEPS)] = 100
    """The number of updates to make."""
    scale: AnyScale = "auto"
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For the best rate: standardize if it then comes within one
    percent of the optimum in `steps` steps, otherwise orthonormal. For a network: standardize.
    """
    validation: Validation | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a polynomial's coefficients."""
        assert isinstance(self.model, Polynomial)
        return self.model.names

    @property
    def obstacle(self) -> str | None:
        """The first field that rules out a closed form of the losses, or None if they have one."""
        if not self.model.in_closed_form:
            return "model"
        if not self.loss.in_closed_form:
            return "loss"
        if not self.optimizer.in_closed_form:
            return "optimizer"
        if not self.schedule.in_closed_form:
            return "schedule"
        if self.batch_size is not None:
            return "batch_size"
        return None

    @property
    def computable(self) -> bool:
        """True if every loss is known in closed form before the first step."""
        return self.obstacle is None

    @property
    def quadratic(self) -> bool:
        """True if the loss has the same curvature everywhere, so that least squares finds its
        optimum.
        """
        return self.loss.in_closed_form and self.model.in_closed_form

    def first_rate(self, lr: Rate) -> Rate:
        """Return the first rate of a schedule that lists its rates, otherwise the given rate."""
        if isinstance(self.schedule, RateList):
            return self.schedule.lrs[0]
        return lr

    @property
    def chosen_lr(self) -> Rate | None:
        """The learning rate that is used, or the one for the first step; None if there is no single
        rate.
        """
        return None

    @property
    def chosen_scale(self) -> AnyScale:
        """The coordinates that are used. auto: standardize if the best rate for `steps` then comes
        within one percent of the optimum, otherwise orthonormal.
        """
        if self.scale != "auto":
            return self.scale
        if not self.model.in_closed_form:
            return "standardize"
        return "auto" if self.chosen_lr == "best" else "none"


@frozen(kw_only=True)
class Recording(Setting):
    """The method of a descent, and the steps that it reports."""

    solver: AnySolver = "auto"
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies.
    """
    precision: Precision = "float64"
    """float32 is the arithmetic of the lecture. It implies the loop."""
    record_every: Annotated[int, Ge(1), Le(MAX_STEPS)] | None = None
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """

    @property
    def chosen_solver(self) -> Solver:
        """The solver that is used."""
        if self.solver != "auto":
            return self.solver
        return "exact" if self.precision == "float64" and self.computable else "loop"

    @property
    def every(self) -> int:
        """The number of steps between records."""
        return self.record_every or -(-self.steps // DEFAULT_RECORDS)

    @property
    def records(self) -> int:
        """The number of recorded steps: every `every`-th step from step 0, and the last."""
        return 1 + -(-self.steps // self.every)

    @property
    def recorded(self) -> list[int]:
        """The numbers of the recorded steps."""
        return recorded(self.steps, self.every)


def recorded(steps: int, every: int) -> list[int]:
    """Return the recorded steps: every `every`-th step from step 0, and the last."""
    return [*range(0, steps, every), steps]


@frozen(kw_only=True)
class Question(Setting):
    """A question to a worker: settings and points. Exactly one of `data` and `synthetic` is set."""

    label: ClassVar[str]
    """The name of the question in metrics."""
    path: ClassVar[str]
    """The path of the endpoint that takes the question."""

    data: Points | None = None

    @property
    def n(self) -> int:
        """The number of points, including held-out points."""
        if self.synthetic is not None:
            return self.synthetic.points
        assert self.data is not None
        return len(self.data)

    @property
    def seen(self) -> int:
        """The number of points that the descent sees."""
        return self.n - (self.validation.held_out(self.n) if self.validation else 0)


def _if_any(stop: Stop | None) -> Stop | None:
    return None if stop == Stop() else stop


@frozen(kw_only=True)
class Choices(Recording):
    """The settings of a fit, without its points."""

    lr: Rate = "best"
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If it cannot be computed, you must give a number.
    """
    stop: Annotated[Stop | None, AfterValidator(_if_any)] = None
    include: Annotated[tuple[Include, ...], Kept(Annotated[list[Include], MaxLen(4)], tuple)] = ()
    """Additional data to return: for each recorded step `params`, `gradients` and `predictions`;
    once, `data`.
    """
    at: (
        Annotated[
            tuple[float, ...],
            Kept(Annotated[list[Number], MaxLen(MAX_AT), Field(fail_fast=True)], tuple),
        ]
        | None
    ) = None
    """The values of t at which to evaluate the fitted curve. The result is `predictions_at`."""

    @property
    def chosen_lr(self) -> Rate:
        """The learning rate that is used, or the one for the first step."""
        return self.first_rate(self.lr)

    @property
    def watched(self) -> bool:
        """True if every step is checked, recorded or not."""
        return self.stop is not None or self.validation is not None


@frozen(kw_only=True)
class FitSpec(Choices, Question):
    """Points and the settings of the descent. `lr` and `steps` are the ones that the lecture
    varies.
    """

    label: ClassVar[str] = "fit"
    path: ClassVar[str] = "/fit"

    @property
    def reported(self) -> tuple[Include, ...]:
        """The quantities to return for each recorded step in addition to its losses, and `data`
        once.
        """
        return self.include


@frozen(kw_only=True)
class StreamSpec(FitSpec):
    """A fit whose events are streamed. `after` is the last step that the client already has: -1 if
    it has only the start, None if it has nothing.
    """

    label: ClassVar[str] = "stream"
    path: ClassVar[str] = "/fit/stream"

    after: int | None = None

    @property
    def reported(self) -> tuple[Include, ...]:
        """The quantities to send. A polynomial's parameters are always sent, so that a client can
        draw the moving curve.

        A network has too many parameters: they are sent only if `include` requests them.
        """
        always: tuple[Include, ...] = ("data",)
        if self.model.always_streamed:
            always = ("params", "data")
        return (*dict.fromkeys((*always, *self.include)),)


@frozen(kw_only=True)
class PictureSpec(FitSpec):
    """A fit to draw; its `include` contains predictions and data."""

    label: ClassVar[str] = "picture"
    path: ClassVar[str] = "/fit"

    form: Form


@frozen(kw_only=True)
class Resolved(Choices):
    """A fit request with every default and every open choice resolved, without its points."""

    lr: float = field()
    scale: Scale = field()
    solver: Solver = field()
    record_every: int = field()


@frozen(kw_only=True)
class AnalysisSpec(Question):
    """Points and the descent to analyse."""

    label: ClassVar[str] = "analysis"
    path: ClassVar[str] = "/analysis"

    lr: Rate | None = None
    """The learning rate to judge. If omitted, the answer is about all rates."""

    @property
    def chosen_lr(self) -> Rate | None:
        """The learning rate that is judged, or None."""
        return None if self.lr is None else self.first_rate(self.lr)


@frozen(kw_only=True)
class ResolvedAnalysis(Setting):
    """An analysis request with every default and every open choice resolved, without its points."""

    lr: float | None = None
    scale: Scale = field()


@frozen(kw_only=True)
class SweepChoices(Recording):
    """The settings of a sweep, without its points."""

    lrs: Rates
    include: Annotated[
        tuple[Literal["losses"], ...], Kept(Annotated[list[Literal["losses"]], MaxLen(1)], tuple)
    ] = ()
    """losses: the loss at each recorded step, for each rate."""


@frozen(kw_only=True)
class SweepSpec(SweepChoices, Question):
    """The same fit at several rates. There is no `stop`, because a rule that stops only some of
    them would make the results incomparable.
    """

    label: ClassVar[str] = "sweep"
    path: ClassVar[str] = "/sweep"


@frozen(kw_only=True)
class ResolvedSweep(SweepChoices):
    """A sweep request with every default and every open choice resolved, without its points."""

    lrs: tuple[float, ...]
    scale: Scale = field()
    solver: Solver = field()
    record_every: int = field()


QUESTIONS: tuple[type[Question], ...] = (FitSpec, StreamSpec, PictureSpec, AnalysisSpec, SweepSpec)
"""The registry of questions."""

T = TypeVar("T", bound=Setting)


def converted(question: Setting, kind: type[T], **changes: object) -> T:
    """Return a question of another kind: with the fields that both kinds have, and `changes`."""
    given = vars(question)
    common = {each.name: given[each.name] for each in fields(kind) if each.name in given}
    return kind(**common | changes)


def resolved_fit(spec: FitSpec, *, lr: float, scale: Scale) -> Resolved:
    """Return a fit as it is run, without its points."""
    return converted(
        spec, Resolved, lr=lr, scale=scale, solver=spec.chosen_solver, record_every=spec.every
    )


def resolved_analysis(spec: AnalysisSpec, *, lr: float | None, scale: Scale) -> ResolvedAnalysis:
    """Return an analysis as it is made, without its points."""
    return converted(spec, ResolvedAnalysis, lr=lr, scale=scale)


def resolved_sweep(spec: SweepSpec, *, scale: Scale) -> ResolvedSweep:
    """Return a sweep as it is run, without its points."""
    return converted(
        spec,
        ResolvedSweep,
        scale=scale,
        solver=spec.chosen_solver,
        record_every=spec.every,
    )
