"""The parameters of models, as they are sent and returned."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Gt, Len
from pydantic import Discriminator, Field, StringConstraints, Tag

from service.descent.methods.bounds import MAX_DEGREE, MAX_LAYERS, MAX_UNITS
from service.descent.methods.method import Method
from service.descent.methods.option import Number, Option, RuleError

if TYPE_CHECKING:
    from service.descent.arrays import Array

LETTERS = "abcdefghijk"[: MAX_DEGREE + 1]
Coefficient = Annotated[str, StringConstraints(pattern=f"^[{LETTERS[0]}-{LETTERS[-1]}]$")]
Params = Annotated[dict[Coefficient, Number], Field(fail_fast=True)]
ENTRY_SECONDS = 3e-9
"""Seconds per parameter and point that a step sees. `make calibrate` measures them."""
Units = Annotated[list[Number], Len(1, MAX_UNITS), Field(fail_fast=True)]


@dataclass(frozen=True)
class Layer(Option):
    """The weights of a layer, with a row for each unit, and a bias for each unit."""

    weight: Annotated[list[Units], Len(1, MAX_UNITS), Field(fail_fast=True)]
    bias: Units

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of units and inputs, or (0, 0) if the rows differ in length or do not have
        one bias each.
        """
        units, inputs = len(self.bias), len(self.weight[0])
        if len(self.weight) != units or any(len(row) != inputs for row in self.weight):
            return (0, 0)
        return (units, inputs)


@dataclass(frozen=True)
class Network(Option):
    """The parameters of a network."""

    layers: Annotated[list[Layer], Len(2, MAX_LAYERS + 1)]


def _kind_of_params(value: object) -> str:
    if isinstance(value, Network) or (isinstance(value, dict) and "layers" in value):
        return "~network"
    return "~params"


@dataclass(frozen=True)
class Scaled(Option):
    """The `scaled` of a result: the curve in x = (t - center) / scale."""

    center: Number
    scale: Annotated[Number, Gt(0)]
    params: Annotated[
        Annotated[Params, Tag("~params")] | Annotated[Network, Tag("~network")],
        Discriminator(_kind_of_params),
    ]


def _kind_of_init(value: object) -> str:
    if isinstance(value, str):
        return "~word"
    if isinstance(value, Scaled) or (isinstance(value, dict) and "params" in value):
        return "~scaled"
    return _kind_of_params(value)


Init = Annotated[
    Annotated[Literal["random", "zeros"], Tag("~word")]
    | Annotated[Params, Tag("~params")]
    | Annotated[Network, Tag("~network")]
    | Annotated[Scaled, Tag("~scaled")],
    Discriminator(_kind_of_init),
]


class NamedModel(Method, ABC):
    """A model whose parameters have the names a, b, c, ..."""

    always_streamed: ClassVar[bool] = True
    """True if every event of a stream has the parameters, so that a client can draw the curve."""
    width: ClassVar[int] = 1
    """The number of values that one point needs at the same time."""
    swept: ClassVar[int] = 1
    """The number of values that a sweep computes for each point and rate."""
    counted_by: ClassVar[str] = "model"
    """The option that decides how many parameters there are, for messages."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(LETTERS[: self.size])

    def pass_seconds(self, rows: int) -> float:
        """Return the predicted CPU seconds of one forward and backward pass over `rows` points."""
        return ENTRY_SECONDS * rows * self.size

    def check_start(self, params: Params | Network) -> None:
        """Check that the start has the parameters of this model.

        Raises RuleError.
        """
        listed = ", ".join(self.names)
        if isinstance(params, Network):
            message = f"`init` must give {listed} for this model"
            raise RuleError("conflicting_fields", message, pointer="/init")
        if params.keys() != set(self.names):
            unknown = params.keys() - set(self.names)
            message = f"`init` must give {listed}, and nothing else, for this {self.counted_by}"
            raise RuleError(
                "unknown_field" if unknown else "missing_field", message, pointer="/init"
            )

    def row(self, params: Params | Network) -> list[float]:
        """Return named parameters in the order a, b, c, ..."""
        assert isinstance(params, dict)
        return [params[name] for name in self.names]

    def named(self, row: list[float]) -> Params:
        """Return parameters (p,) by their names."""
        return dict(zip(self.names, row, strict=True))

    def random_start(self, drawn: "Array") -> "Array":
        """Return normal values (p,) as the random start."""
        return drawn
