"""What descent can be asked: picklable, free of torch."""

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
    """Where a descent takes place, but for the points: what the fit, the analysis and the sweep
    have in common.
    """

    synthetic: Synthetic | None = None
    model: Model = field(default_factory=Polynomial)
    loss: Loss = field(default_factory=Mse)
    optimizer: Optimizer = field(default_factory=Sgd)
    schedule: Schedule = field(default_factory=Constant)
    batch_size: int | None = None
    """None: every step sees all points."""
    batches: Batches = "shuffled"
    seed: int
    init: Init = "random"
    steps: int
    scale: AnyScale = "none"
    """auto: the best rate for `steps` decides; standardize where it comes within one percent of the
    optimum, else orthonormal.

    For a rate in numbers the border has made `none` of it.
    """
    validation: Validation | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a polynomial's coefficients."""
        assert isinstance(self.model, Polynomial)
        return coefficient_names(self.model.degree)

    @property
    def computable(self) -> bool:
        """Whether every loss to come is known in closed form."""
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
        """Whether the loss has the same curvature everywhere, and so one lowest point that least
        squares finds.
        """
        return self.loss.kind == "mse" and self.model.kind == "polynomial"


def recorded(steps: int, every: int) -> list[int]:
    """The numbers of every `every`-th step from step 0 on, and of the last."""
    return [*range(0, steps, every), steps]


@frozen(kw_only=True)
class Recording:
    """How a descent is made, and which of its steps are told: every `record_every`-th from step 0
    on, and the last.
    """

    steps: int
    solver: Solver = "exact"
    precision: Precision = "float64"
    record_every: int = 1

    @property
    def records(self) -> int:
        """How many steps are recorded."""
        return 1 + -(-self.steps // self.record_every)

    @property
    def recorded(self) -> list[int]:
        """Their numbers."""
        return recorded(self.steps, self.record_every)


@frozen(kw_only=True)
class Choices(Recording, Setting):
    """All that may be asked of a fit, but for its points."""

    lr: Rate
    stop: Stop | None = None
    include: tuple[Include, ...] = ()
    at: tuple[float, ...] | None = None

    @property
    def watched(self) -> bool:
        """Whether every step is looked at, recorded or not."""
        return self.stop is not None or self.validation is not None


@frozen(kw_only=True)
class Resolved(Choices):
    """A fit with every choice made; as JSON it is a request without its points."""

    lr: float
    scale: Scale


@frozen(kw_only=True)
class Question(Setting):
    """A setting with its points: what a worker can be asked. Exactly one of `data` and `synthetic`
    is there.
    """

    data: Points | None = None

    @property
    def n(self) -> int:
        """How many points there are, held out ones among them."""
        if self.synthetic is not None:
            return self.synthetic.points
        assert self.data is not None
        return len(self.data)


@frozen(kw_only=True)
class FitSpec(Choices, Question):
    """A fit."""

    @property
    def told(self) -> tuple[Include, ...]:
        """What is told of each recorded step beside its losses, and once of the points."""
        return self.include


@frozen(kw_only=True)
class StreamSpec(FitSpec):
    """A fit told while it runs, from the step `after` on: -1 where only the start has been told,
    None where nothing has.
    """

    after: int | None = None

    @property
    def told(self) -> tuple[Include, ...]:
        """Whoever watches sees the curve move; the parameters of a network are too many, unless
        they are asked for.
        """
        seen: tuple[Include, ...] = (
            ("params", "data") if self.model.kind == "polynomial" else ("data",)
        )
        return (*dict.fromkeys((*seen, *self.include)),)


@frozen(kw_only=True)
class PictureSpec(FitSpec):
    """A fit to be drawn; it includes predictions and data."""

    form: Form


@frozen(kw_only=True)
class AnalysisSpec(Question):
    """What is known of a descent without a step; without `lr`, of all rates."""

    lr: Rate | None = None


@frozen(kw_only=True)
class ResolvedAnalysis(Setting):
    """An analysis with every choice made; as JSON it is a request without its points."""

    lr: float | None = None
    scale: Scale


@frozen(kw_only=True)
class SweepChoices(Recording, Setting):
    """All that may be asked of a sweep, but for its points."""

    lrs: tuple[float, ...]
    include: tuple[Literal["losses"], ...] = ()


@frozen(kw_only=True)
class ResolvedSweep(SweepChoices):
    """A sweep with every choice made; as JSON it is a request without its points."""

    scale: Scale


@frozen(kw_only=True)
class SweepSpec(SweepChoices, Question):
    """The same fit at several rates."""


T = TypeVar("T", Resolved, ResolvedAnalysis, ResolvedSweep)


def without_points(question: Question, kind: type[T], **found: object) -> T:
    """The choices of a question, with what was found for those left open."""
    choices = {**vars(question), **found}
    del choices["data"]
    choices.pop("form", None)
    choices.pop("after", None)
    return kind(**choices)
