"""The parameters of models, as they are sent and returned."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Gt, Len
from pydantic import Discriminator, Field, StringConstraints, Tag

from service.descent.methods.bounds import MAX_DEGREE, MAX_LAYERS, MAX_UNITS
from service.descent.methods.option import Number, Option

LETTERS = "abcdefghijk"[: MAX_DEGREE + 1]
Coefficient = Annotated[str, StringConstraints(pattern=f"^[{LETTERS[0]}-{LETTERS[-1]}]$")]
Params = Annotated[dict[Coefficient, Number], Field(fail_fast=True)]
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
    if isinstance(value, dict) and "layers" in value:
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
    if isinstance(value, dict) and "params" in value:
        return "~scaled"
    return _kind_of_params(value)


Init = Annotated[
    Annotated[Literal["random", "zeros"], Tag("~word")]
    | Annotated[Params, Tag("~params")]
    | Annotated[Network, Tag("~network")]
    | Annotated[Scaled, Tag("~scaled")],
    Discriminator(_kind_of_init),
]
