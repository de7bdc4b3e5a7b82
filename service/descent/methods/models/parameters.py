"""The parameters of models, as they are sent and returned."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Len
from pydantic import Discriminator, Field, StringConstraints, Tag

from service.descent.methods.bounds import MAX_DEGREE, MAX_LAYERS, MAX_UNITS
from service.descent.methods.option import Number, Option, Positive
from service.descent.methods.stamps import AnyTime

LETTERS = "abcdefghijk"[: MAX_DEGREE + 1]
Coefficient = Annotated[str, StringConstraints(pattern=f"^[{LETTERS[0]}-{LETTERS[-1]}]$")]
Params = Annotated[dict[Coefficient, Number], Field(fail_fast=True)]
Start = Literal["random", "zeros"]
Units = Annotated[list[Number], Len(1, MAX_UNITS), Field(fail_fast=True)]


@dataclass(frozen=True)
class Layer(Option):
    """The weights of a layer, with a row for each unit, and a bias for each unit."""

    weight: Annotated[list[Units], Len(1, MAX_UNITS), Field(fail_fast=True)]
    """The weights: a row for each unit, with a number for each input."""
    bias: Units
    """The bias of each unit."""

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
    """The hidden layers, then the output layer."""


def _kind_of_params(value: object) -> str:
    if isinstance(value, dict) and "layers" in value:
        return "~network"
    return "~params"


@dataclass(frozen=True)
class Scaled(Option):
    """The `scaled` of a result: the curve in x = (t - center) / scale."""

    center: AnyTime
    """The value of t at which x is 0. It has the form of your t: a number or a time stamp."""
    scale: Positive
    """The length in t of one unit of x. For time stamps, it is in seconds."""
    params: Annotated[
        Annotated[Params, Tag("~params")] | Annotated[Network, Tag("~network")],
        Discriminator(_kind_of_params),
    ]
    """The parameters of the curve in x."""


def _kind_of_init(value: object) -> str:
    if isinstance(value, str):
        return "~word"
    if isinstance(value, dict) and "params" in value:
        return "~scaled"
    return _kind_of_params(value)


Init = Annotated[
    Annotated[Start, Tag("~word")]
    | Annotated[Params, Tag("~params")]
    | Annotated[Network, Tag("~network")]
    | Annotated[Scaled, Tag("~scaled")],
    Discriminator(_kind_of_init),
]
