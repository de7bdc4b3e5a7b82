"""What descent can be asked: picklable, free of torch."""

from array import array
from collections.abc import Iterable
from dataclasses import field
from fractions import Fraction
from functools import cache
from typing import Literal, Self, TypeVar

from service.descent.frozen import frozen

Scale = Literal["none", "standardize", "orthonormal"]
Solver = Literal["loop", "exact"]
Precision = Literal["float64", "float32"]
Include = Literal["params", "gradients", "predictions", "data"]

Params = dict[str, float]

MAX_DEGREE = 10
FLOAT_BYTES = 8


@cache
def coefficient_names(degree: int) -> tuple[str, ...]:
    """a, b, c, ... from the highest power down: degree 2 is a t^2 + b t + c."""
    return tuple("abcdefghijk"[: degree + 1])


@frozen
class Points:
    """n points, in the caller's units: t and y as n float64 each, which is what crosses a process border in one copy."""

    t: bytes
    y: bytes

    @classmethod
    def of(cls, t: Iterable[float], y: Iterable[float]) -> Self:
        """From numbers."""
        return cls(array("d", t).tobytes(), array("d", y).tobytes())

    def __len__(self) -> int:
        return len(self.t) // FLOAT_BYTES


@frozen
class Curve:
    """The parabola a (t - vertex)^2 + floor."""

    a: float = 0.75
    vertex: float = 9.5
    floor: float = 1.0


@frozen
class Synthetic:
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i; the defaults are the lecture's."""

    points: int = 20
    start: float = 0.0
    spacing: float = 1.0
    noise: float = 3.0
    curve: Curve = field(default_factory=Curve)


@frozen
class Polynomial:
    """A model of degree + 1 coefficients."""

    kind: Literal["polynomial"] = "polynomial"
    degree: int = 2


@frozen
class Scaled:
    """A curve in x = (t - center) / scale."""

    center: float
    scale: float
    params: Params


Init = Literal["random", "zeros"] | Params | Scaled


Rate = float | Literal["best"]
Split = Literal["random", "tail", "interleaved"]
Form = Literal["svg", "png"]
AnyScale = Scale | Literal["auto"]


@frozen
class Stop:
    """Rules that end a descent before `steps`; any of them that is given, and none by the clock."""

    gap: float | None = None
    """The loss comes this close to the optimum's."""
    gradient: float | None = None
    """The length of the gradient, in the coordinates stepped in, is below this."""
    min_improvement: float | None = None
    """The loss fell by no more than this part of itself, in `patience` successive steps (1 if that is absent)."""
    patience: int | None = None
    """For so many steps the validation loss, or the loss where there is none, was not below its lowest."""


@frozen
class Validation:
    """Points held out: the descent does not see them, their losses are recorded too."""

    fraction: float
    split: Split = "random"

    def held_out(self, n: int) -> int:
        """How many of n points."""
        part, whole = self.ratio
        return n * part // whole if self.split == "interleaved" else -(-n * part // whole)

    @property
    def ratio(self) -> tuple[int, int]:
        """The fraction as written, not as rounded to binary: 0.29 of 100 points are 29."""
        return Fraction(str(self.fraction)).as_integer_ratio()


@frozen(kw_only=True)
class Setting:
    """Where a descent takes place, but for the points: what the fit, the analysis and the sweep have in common."""

    synthetic: Synthetic | None = None
    model: Polynomial = field(default_factory=Polynomial)
    seed: int
    init: Init = "random"
    steps: int
    scale: AnyScale = "none"
    """auto: the best rate for `steps` decides; standardize where it comes within one percent of the optimum, else orthonormal."""
    validation: Validation | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the coefficients."""
        return coefficient_names(self.model.degree)


def recorded(steps: int, every: int) -> list[int]:
    """The numbers of every `every`-th step from step 0 on, and of the last."""
    return [*range(0, steps, every), steps]


@frozen(kw_only=True)
class Recording:
    """How a descent is made, and which of its steps are told: every `record_every`-th from step 0 on, and the last."""

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
    """A setting with its points: what a worker can be asked. Exactly one of `data` and `synthetic` is there."""

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

    @property
    def records(self) -> int:
        """How many losses of each rate are told."""
        return super().records if "losses" in self.include else 1


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
    return kind(**choices)
