"""The specifications of fits, analyses and sweeps: picklable and independent of torch."""

from dataclasses import field
from typing import Literal, TypeVar

from service.descent.frozen import frozen
from service.descent.questions.methods import (
    Batches,
    Constant,
    Loss,
    Mse,
    Optimizer,
    Schedule,
    Sgd,
    obstacle,
)
from service.descent.questions.options import (
    AnyScale,
    Form,
    Include,
    Init,
    Model,
    Points,
    Polynomial,
    Precision,
    Rate,
    Scale,
    Solver,
    Stop,
    Synthetic,
    Validation,
    coefficient_names,
)


@frozen(kw_only=True)
class Setting:
    """The settings that fits, analyses and sweeps have in common, without the points."""

    synthetic: Synthetic | None = None
    model: Model = field(default_factory=Polynomial)
    loss: Loss = field(default_factory=Mse)
    optimizer: Optimizer = field(default_factory=Sgd)
    schedule: Schedule = field(default_factory=Constant)
    batch_size: int | None = None
    """The number of points that a step sees. None: every step sees all points."""
    batches: Batches = "shuffled"
    seed: int
    init: Init = "random"
    steps: int
    scale: AnyScale = "none"
    """The coordinates of the descent. auto: standardize if the best rate for `steps` then comes
    within one percent of the optimum, otherwise orthonormal.

    If no best rate is requested, the API has already replaced auto.
    """
    validation: Validation | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a polynomial's coefficients."""
        assert isinstance(self.model, Polynomial)
        return coefficient_names(self.model.degree)

    @property
    def computable(self) -> bool:
        """True if every loss is known in closed form before the first step."""
        return (
            obstacle(
                model=self.model.kind,
                loss=self.loss.kind,
                optimizer=self.optimizer.kind,
                weight_decay=self.optimizer.weight_decay,
                schedule=self.schedule.kind,
                batch_size=self.batch_size,
            )
            is None
        )

    @property
    def quadratic(self) -> bool:
        """True if the loss has the same curvature everywhere, so that least squares finds its
        optimum.
        """
        return self.loss.kind == "mse" and self.model.kind == "polynomial"


def recorded(steps: int, every: int) -> list[int]:
    """Return the recorded steps: every `every`-th step from step 0, and the last."""
    return [*range(0, steps, every), steps]


@frozen(kw_only=True)
class Recording:
    """The solver, the precision and the recorded steps of a descent: every `record_every`-th step
    from step 0, and the last.
    """

    steps: int
    solver: Solver = "exact"
    precision: Precision = "float64"
    record_every: int = 1

    @property
    def records(self) -> int:
        """The number of recorded steps."""
        return 1 + -(-self.steps // self.record_every)

    @property
    def recorded(self) -> list[int]:
        """The numbers of the recorded steps."""
        return recorded(self.steps, self.record_every)


@frozen(kw_only=True)
class Choices(Recording, Setting):
    """The settings of a fit, without its points."""

    lr: Rate
    stop: Stop | None = None
    include: tuple[Include, ...] = ()
    at: tuple[float, ...] | None = None

    @property
    def watched(self) -> bool:
        """True if every step is checked, recorded or not."""
        return self.stop is not None or self.validation is not None


@frozen(kw_only=True)
class Resolved(Choices):
    """A fit request with every default and every open choice resolved, without its points."""

    lr: float
    scale: Scale


@frozen(kw_only=True)
class Question(Setting):
    """A question to a worker: settings and points. Exactly one of `data` and `synthetic` is set."""

    data: Points | None = None

    @property
    def n(self) -> int:
        """The number of points, including held-out points."""
        if self.synthetic is not None:
            return self.synthetic.points
        assert self.data is not None
        return len(self.data)


@frozen(kw_only=True)
class FitSpec(Choices, Question):
    """A fit."""

    @property
    def told(self) -> tuple[Include, ...]:
        """The quantities to return for each recorded step in addition to its losses, and `data`
        once.
        """
        return self.include


@frozen(kw_only=True)
class StreamSpec(FitSpec):
    """A fit whose events are streamed. `after` is the last step that the client already has: -1 if
    it has only the start, None if it has nothing.
    """

    after: int | None = None

    @property
    def told(self) -> tuple[Include, ...]:
        """The quantities to send. A polynomial's parameters are always sent, so that a client can
        draw the moving curve.

        A network has too many parameters: they are sent only if `include` requests them.
        """
        seen: tuple[Include, ...] = (
            ("params", "data") if self.model.kind == "polynomial" else ("data",)
        )
        return (*dict.fromkeys((*seen, *self.include)),)


@frozen(kw_only=True)
class PictureSpec(FitSpec):
    """A fit to draw; its `include` contains predictions and data."""

    form: Form


@frozen(kw_only=True)
class AnalysisSpec(Question):
    """An analysis of a descent without making a step; without `lr`, it covers all rates."""

    lr: Rate | None = None


@frozen(kw_only=True)
class ResolvedAnalysis(Setting):
    """An analysis request with every default and every open choice resolved, without its points."""

    lr: float | None = None
    scale: Scale


@frozen(kw_only=True)
class SweepChoices(Recording, Setting):
    """The settings of a sweep, without its points."""

    lrs: tuple[float, ...]
    include: tuple[Literal["losses"], ...] = ()


@frozen(kw_only=True)
class ResolvedSweep(SweepChoices):
    """A sweep request with every default and every open choice resolved, without its points."""

    scale: Scale


@frozen(kw_only=True)
class SweepSpec(SweepChoices, Question):
    """A sweep: the same fit at several rates."""


T = TypeVar("T", Resolved, ResolvedAnalysis, ResolvedSweep)


def without_points(question: Question, kind: type[T], **found: object) -> T:
    """Return the choices of a question without its points, with `found` for those that were left
    open.
    """
    choices = {**vars(question), **found}
    del choices["data"]
    choices.pop("form", None)
    choices.pop("after", None)
    return kind(**choices)
