"""The models and starts of requests. Each is converted to its part of a question."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from service.api.limits import MAX_LAYERS, MAX_UNITS
from service.api.problems import Code
from service.api.schemas.fields import Number, OrNull, Params, Strict, conflict
from service.descent.questions.options import (
    MAX_DEGREE,
    Activation,
    Layer,
    Mlp,
    Network,
    Polynomial,
    Scaled,
    coefficient_names,
)
from service.descent.questions.options import Init as AnyInit


class PolynomialRequest(Strict):
    """A polynomial. Its coefficients are named a, b, c, ... from the highest power down."""

    kind: Annotated[Literal["polynomial"], OrNull()] = "polynomial"
    degree: Annotated[int, Field(ge=1, le=MAX_DEGREE), OrNull()] = 2

    def model(self) -> Polynomial:
        """Return the model for the descent."""
        return Polynomial(self.kind, self.degree)


Hidden = Annotated[
    list[Annotated[int, Field(ge=1, le=MAX_UNITS)]], Field(min_length=1, max_length=MAX_LAYERS)
]


class MlpRequest(Strict):
    """A small neural network. `hidden` lists the units of each hidden layer. The activation is
    applied after each of them, and the output layer has one unit.
    """

    kind: Literal["mlp"]
    hidden: Annotated[Hidden, OrNull()] = [16, 16]  # noqa: RUF012 - pydantic copies it
    activation: Annotated[Activation, OrNull()] = "tanh"

    def model(self) -> Mlp:
        """Return the model for the descent."""
        return Mlp(self.kind, tuple(self.hidden), self.activation)


def _kind_of_model(value: object) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "~polynomial" if kind is None else f"~{kind}"


AnyModel = Annotated[
    Annotated[PolynomialRequest, Tag("~polynomial")] | Annotated[MlpRequest, Tag("~mlp")],
    Discriminator(
        _kind_of_model,
        custom_error_type=Code.UNKNOWN_VALUE,
        custom_error_message="A model is of kind polynomial or mlp",
        custom_error_context={"pointer": "/model/kind"},
    ),
]

Units = Annotated[list[Number], Field(min_length=1, max_length=MAX_UNITS, fail_fast=True)]


class LayerRequest(Strict):
    """The weights of a layer, with a row for each unit, and a bias for each unit."""

    weight: Annotated[list[Units], Field(min_length=1, max_length=MAX_UNITS, fail_fast=True)]
    bias: Units


class NetworkRequest(Strict):
    """The parameters of a network."""

    layers: Annotated[list[LayerRequest], Field(min_length=2, max_length=MAX_LAYERS + 1)]

    def network(self) -> Network:
        """Return the network for the descent."""
        return Network([Layer(layer.weight, layer.bias) for layer in self.layers])

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The numbers of units and inputs of each layer, or (0, 0) if its rows differ in length or
        do not have one bias each.
        """
        return [
            (len(layer.bias), len(layer.weight[0]))
            if {len(row) for row in layer.weight} == {len(layer.weight[0])}
            and len(layer.weight) == len(layer.bias)
            else (0, 0)
            for layer in self.layers
        ]


def _kind_of_params(value: object) -> str:
    return (
        "~network"
        if (isinstance(value, dict) and "layers" in value) or isinstance(value, NetworkRequest)
        else "~params"
    )


class ScaledRequest(Strict):
    """The `scaled` of a result: the curve in x = (t - center) / scale."""

    center: Number
    scale: Annotated[Number, Field(gt=0)]
    params: Annotated[
        Annotated[Params, Tag("~params")] | Annotated[NetworkRequest, Tag("~network")],
        Discriminator(_kind_of_params),
    ]


def _kind_of_init(value: object) -> str:
    if isinstance(value, str):
        return "~word"
    scaled = (isinstance(value, dict) and "params" in value) or isinstance(value, ScaledRequest)
    return "~scaled" if scaled else _kind_of_params(value)


Init = Annotated[
    Annotated[Literal["random", "zeros"], Tag("~word")]
    | Annotated[Params, Tag("~params")]
    | Annotated[NetworkRequest, Tag("~network")]
    | Annotated[ScaledRequest, Tag("~scaled")],
    Discriminator(_kind_of_init),
]


def fits_polynomial(given: Params | NetworkRequest, model: PolynomialRequest) -> None:
    """Raise PydanticCustomError if the start has other coefficients than the model."""
    names = coefficient_names(model.degree)
    if isinstance(given, NetworkRequest):
        raise conflict("/init", f"`init` must give {', '.join(names)} for this model")
    if given.keys() != set(names):
        code = Code.UNKNOWN_FIELD if given.keys() - set(names) else Code.MISSING_FIELD
        text = f"`init` must give {', '.join(names)}, and nothing else, for this degree"
        raise PydanticCustomError(code, text, {"pointer": "/init"})


def fits_network(given: Params | NetworkRequest, model: MlpRequest) -> None:
    """Raise PydanticCustomError if the start has layers of other shapes than the model."""
    shapes = model.model().shapes
    if isinstance(given, NetworkRequest) and given.shapes == shapes:
        return
    wanted = ", ".join(f"{units} x {inputs}" for units, inputs in shapes)
    raise conflict(
        "/init",
        (
            f"`init` must give `layers` with weights of {wanted} for this model, and a bias for "
            "each row"
        ),
    )


def start_of(init: Literal["random", "zeros"] | Params | NetworkRequest | ScaledRequest) -> AnyInit:
    """Return the start for the descent."""
    if isinstance(init, ScaledRequest):
        return Scaled(init.center, init.scale, params_of(init.params))
    return init if isinstance(init, str) else params_of(init)


def params_of(params: Params | NetworkRequest) -> Params | Network:
    """Return the parameters for the descent."""
    return params.network() if isinstance(params, NetworkRequest) else params
