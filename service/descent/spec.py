"""What a fit is asked to do: frozen, picklable, free of torch."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, Self

Scale = Literal["none", "standardize", "orthonormal"]
Solver = Literal["loop", "exact"]
Precision = Literal["float64", "float32"]
Include = Literal["params", "gradients", "predictions", "data"]

MAX_DEGREE = 10
FLOAT_BYTES = 8


@cache
def coefficient_names(degree: int) -> tuple[str, ...]:
    """a, b, c, ... from the highest power down: degree 2 is a t^2 + b t + c."""
    return tuple("abcdefghijk"[: degree + 1])


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Curve:
    """The parabola a (t - vertex)^2 + floor."""

    a: float = 0.75
    vertex: float = 9.5
    floor: float = 1.0


@dataclass(frozen=True)
class Synthetic:
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i; the defaults are the lecture's."""

    points: int = 20
    start: float = 0.0
    spacing: float = 1.0
    noise: float = 3.0
    curve: Curve = field(default_factory=Curve)


@dataclass(frozen=True)
class Polynomial:
    """A model of degree + 1 coefficients."""

    kind: Literal["polynomial"] = "polynomial"
    degree: int = 2


@dataclass(frozen=True)
class Scaled:
    """A curve in x = (t - center) / scale."""

    center: float
    scale: float
    params: dict[str, float]


Init = Literal["random", "zeros"] | dict[str, float] | Scaled


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A fit with every choice made; as JSON it is a request without its points."""

    synthetic: Synthetic | None = None
    model: Polynomial = field(default_factory=Polynomial)
    seed: int
    init: Init = "random"
    lr: float
    steps: int
    scale: Scale = "none"
    solver: Solver = "exact"
    precision: Precision = "float64"
    record_every: int = 1
    include: tuple[Include, ...] = ()
    at: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class FitSpec(Resolved):
    """A fit with its points; exactly one of `data` and `synthetic` is there."""

    data: Points | None = None

    def resolved(self) -> Resolved:
        """The fit without its points."""
        return Resolved(**{name: value for name, value in vars(self).items() if name != "data"})

    @property
    def n(self) -> int:
        """How many points there are."""
        if self.synthetic is not None:
            return self.synthetic.points
        assert self.data is not None
        return len(self.data)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the coefficients."""
        return coefficient_names(self.model.degree)

    @property
    def records(self) -> int:
        """How many steps are recorded: every `record_every`-th from step 0 on, and the last."""
        return 1 + -(-self.steps // self.record_every)
