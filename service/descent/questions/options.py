"""The parts of questions: picklable and independent of torch."""

from array import array
from collections.abc import Iterable
from dataclasses import field
from fractions import Fraction
from functools import cache
from typing import Literal, Self

from service.descent.frozen import frozen

Scale = Literal["none", "standardize", "orthonormal"]
Solver = Literal["loop", "exact"]
Precision = Literal["float64", "float32"]
Include = Literal["params", "gradients", "predictions", "data"]
Rate = float | Literal["best"]
Split = Literal["random", "tail", "interleaved"]
Form = Literal["svg", "png"]
AnyScale = Scale | Literal["auto"]
Activation = Literal["tanh", "relu", "gelu"]

Params = dict[str, float]

MAX_DEGREE = 10
FLOAT_BYTES = 8


@cache
def coefficient_names(degree: int) -> tuple[str, ...]:
    """Return the names a, b, c, ... of the coefficients from the highest power down: degree 2 is a
    t^2 + b t + c.
    """
    return tuple("abcdefghijk"[: degree + 1])


@frozen
class Points:
    """n points in the caller's units. `t` and `y` hold n float64 each as bytes, so that they cross
    a process border in one copy.
    """

    t: bytes
    y: bytes

    @classmethod
    def of(cls, t: Iterable[float], y: Iterable[float]) -> Self:
        """Create points from numbers."""
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
    """Generated points: y = noise * randn + curve(t) at t = start + spacing * i. The defaults are
    those of the lecture.
    """

    points: int = 20
    start: float = 0.0
    spacing: float = 1.0
    noise: float = 3.0
    curve: Curve = field(default_factory=Curve)


@frozen
class Polynomial:
    """A polynomial with degree + 1 coefficients."""

    kind: Literal["polynomial"] = "polynomial"
    degree: int = 2

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.degree + 1

    @property
    def width(self) -> int:
        """The number of values that one point needs at the same time."""
        return 1


@frozen
class Mlp:
    """A small neural network of t: layers of hidden units, each followed by the activation, and a
    last layer of one unit.
    """

    kind: Literal["mlp"] = "mlp"
    hidden: tuple[int, ...] = (16, 16)
    activation: Activation = "tanh"

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The numbers of units and of inputs of each layer."""
        return list(zip((*self.hidden, 1), (1, *self.hidden), strict=True))

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(units * (inputs + 1) for units, inputs in self.shapes)

    @property
    def width(self) -> int:
        """The number of values that one point needs at the same time, in the widest layer."""
        return max(self.hidden)


Model = Polynomial | Mlp


@frozen
class Layer:
    """One layer of a network: `weight` has one row per unit, `bias` one value per unit."""

    weight: list[list[float]]
    bias: list[float]


@frozen
class Network:
    """The parameters of a neural network."""

    layers: list[Layer]


@frozen
class Scaled:
    """A curve in the scaled coordinate x = (t - center) / scale."""

    center: float
    scale: float
    params: Params | Network


Init = Literal["random", "zeros"] | Params | Network | Scaled


@frozen
class Stop:
    """Rules that end a descent before `steps`. The first rule that applies ends it; no rule depends
    on elapsed time.
    """

    gap: float | None = None
    """The descent stops when its loss is less than this above the loss of the optimum."""
    gradient: float | None = None
    """The descent stops when its gradient, in the coordinates of the descent, is shorter than this.
    """
    min_improvement: float | None = None
    """The descent stops when its loss has fallen by at most this fraction of itself in each of
    `patience` successive steps (1 if `patience` is absent).
    """
    patience: int | None = None
    """The descent stops when its validation loss, or its loss if no points are held out, has not
    reached a new minimum for this many steps.
    """


@frozen
class Validation:
    """The held-out points: the descent does not use them, but their loss is recorded."""

    fraction: float
    split: Split = "random"

    def held_out(self, n: int) -> int:
        """Return how many of n points are held out."""
        part, whole = self.ratio
        return n * part // whole if self.split == "interleaved" else -(-n * part // whole)

    @property
    def ratio(self) -> tuple[int, int]:
        """The fraction as written, not rounded to binary: 0.29 of 100 points are 29."""
        return Fraction(str(self.fraction)).as_integer_ratio()
