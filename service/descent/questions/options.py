"""What questions are made of: picklable, free of torch."""

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
    """a, b, c, ... from the highest power down: degree 2 is a t^2 + b t + c."""
    return tuple("abcdefghijk"[: degree + 1])


@frozen
class Points:
    """n points, in the caller's units: t and y as n float64 each, which is what crosses a process
    border in one copy.
    """

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
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i; the defaults are the
    lecture's.
    """

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

    @property
    def size(self) -> int:
        """How many parameters it has."""
        return self.degree + 1

    @property
    def width(self) -> int:
        """How many values there are of a point at once."""
        return 1


@frozen
class Mlp:
    """A small neural network of t: layers of hidden units, the activation after each, and a last
    layer of one unit.
    """

    kind: Literal["mlp"] = "mlp"
    hidden: tuple[int, ...] = (16, 16)
    activation: Activation = "tanh"

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Of each layer, its units and its inputs."""
        return list(zip((*self.hidden, 1), (1, *self.hidden), strict=True))

    @property
    def size(self) -> int:
        """How many parameters it has."""
        return sum(units * (inputs + 1) for units, inputs in self.shapes)

    @property
    def width(self) -> int:
        """How many values there are of a point at once, in the widest layer."""
        return max(self.hidden)


Model = Polynomial | Mlp


@frozen
class Layer:
    """Weights, a row a unit, and a bias for each."""

    weight: list[list[float]]
    bias: list[float]


@frozen
class Network:
    """The parameters of an mlp."""

    layers: list[Layer]


@frozen
class Scaled:
    """A curve in x = (t - center) / scale."""

    center: float
    scale: float
    params: Params | Network


Init = Literal["random", "zeros"] | Params | Network | Scaled


@frozen
class Stop:
    """Rules that end a descent before `steps`; any of them that is given, and none by the clock."""

    gap: float | None = None
    """The loss comes this close to the optimum's."""
    gradient: float | None = None
    """The length of the gradient, in the coordinates stepped in, is below this."""
    min_improvement: float | None = None
    """The loss fell by no more than this part of itself, in `patience` successive steps (1 if that
    is absent).
    """
    patience: int | None = None
    """For so many steps the validation loss, or the loss where there is none, was not below its
    lowest.
    """


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
