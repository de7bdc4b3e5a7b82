"""A small neural network of t."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Le, Len

from service.descent.methods.bounds import MAX_LAYERS, MAX_UNITS
from service.descent.methods.models.model import ROW_SECONDS, FormulaModel
from service.descent.methods.models.parameters import Layer, Network, Params
from service.descent.methods.option import RuleError, kept

if TYPE_CHECKING:
    from torch import Tensor

    from service.descent.arrays import Array

LAYER_SECONDS = 5e-5
"""Seconds per layer and step, for calling torch in both passes. `make calibrate` measures them."""
UNIT_SECONDS = {"tanh": 1.3e-8, "relu": 8e-9, "gelu": 1.8e-8}
"""Seconds per hidden unit and point that a step sees. `make calibrate` measures them."""
WEIGHT_SECONDS = 3e-10
"""Seconds per parameter and point that a step sees. `make calibrate` measures them."""

Activation = Literal["tanh", "relu", "gelu"]
Hidden = Annotated[
    tuple[int, ...],
    kept(Annotated[list[Annotated[int, Ge(1), Le(MAX_UNITS)]], Len(1, MAX_LAYERS)], tuple),
]


@dataclass(frozen=True)
class Mlp(FormulaModel):
    """A small neural network. `hidden` lists the units of each hidden layer. The activation is
    applied after each of them, and the output layer has one unit.
    """

    always_streamed: ClassVar[bool] = False  # there are too many parameters
    title: ClassVar[str] = "the network"

    kind: Literal["mlp"] = "mlp"
    """The name of the model."""
    hidden: Hidden = (16, 16)
    """The number of units of each hidden layer."""
    activation: Activation = "tanh"
    """The function that is applied after each hidden layer."""

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
        """The number of values of one point in the widest layer."""
        return max(self.hidden)

    @property
    def units(self) -> int:
        """The number of hidden units, whose values a step keeps of each point for its gradient."""
        return sum(self.hidden)

    @property
    def call_seconds(self) -> float:
        """The predicted CPU seconds of one forward and backward pass, whatever the points."""
        return LAYER_SECONDS * (len(self.hidden) + 1)

    def pass_seconds(self, rows: int) -> float:
        """Return the predicted CPU seconds that `rows` points add to both passes."""
        units = UNIT_SECONDS[self.activation] * self.units
        return rows * (ROW_SECONDS + units + WEIGHT_SECONDS * self.size)

    def check_params(self, params: Params | Network) -> None:
        """Check that the layers have the shapes of this model. Raises RuleError."""
        if isinstance(params, Network) and [layer.shape for layer in params.layers] == self.shapes:
            return
        wanted = ", ".join(f"{units} x {inputs}" for units, inputs in self.shapes)
        message = (
            f"`init` must give `layers` with weights of {wanted} for this model, and a bias for "
            "each row"
        )
        raise RuleError("conflicting_fields", message, pointer="/init")

    def row(self, params: Params | Network) -> list[float]:
        """Return the parameters (p,), layer by layer, with the weights before the biases."""
        assert isinstance(params, Network)
        return [
            value
            for layer in params.layers
            for values in (*layer.weight, layer.bias)
            for value in values
        ]

    def named(self, row: list[float]) -> Network:
        """Return the network of parameters (p,)."""
        values = iter(row)
        return Network(
            [
                Layer(
                    [list(islice(values, inputs)) for _ in range(units)],
                    list(islice(values, units)),
                )
                for units, inputs in self.shapes
            ]
        )

    def random_start(self, drawn: "Array") -> "Array":
        """Return a start with a variance of 1 / inputs, so that the values in every layer begin
        near 1.
        """
        start: Array = drawn * [
            inputs**-0.5 for units, inputs in self.shapes for _ in range(units * (inputs + 1))
        ]
        return start

    def substituted(self, params: "Array", offset: float, slope: float) -> "Array":
        """Return the networks for the input offset + slope * x. Only the first layer changes."""
        changed, units = params.copy(), self.hidden[0]
        weight, bias = params[..., :units], params[..., units : 2 * units]
        changed[..., :units] = weight * slope
        changed[..., units : 2 * units] = bias + weight * offset
        return changed

    def f(self, x: "Tensor", params: "Tensor") -> "Tensor":
        """Return the curves at x. Each rate has its own network."""
        *hidden, (weight, bias) = self._layers(params)
        for each in hidden:
            x = self._activated(linear(x, *each))
        return linear(x, weight, bias) if params.ndim == 1 else linear(x, weight, bias)[..., 0].T

    def _layers(self, params: "Tensor") -> "Iterator[tuple[Tensor, Tensor]]":
        """Yield the weights (..., units, inputs) and the biases (..., units) of each layer, given
        params (p, ...).
        """
        sizes = [size for units, inputs in self.shapes for size in (units * inputs, units)]
        parts = iter(params.movedim(0, -1).split_with_sizes(sizes, dim=-1))
        for shape in self.shapes:
            weight, bias = next(parts), next(parts)
            yield weight.view(*weight.shape[:-1], *shape), bias

    def _activated(self, values: "Tensor") -> "Tensor":
        if self.activation == "tanh":
            return values.tanh()
        if self.activation == "relu":
            return values.relu()
        # here, because the API process reads the options and has no torch
        from torch.nn.functional import gelu  # noqa: PLC0415

        return gelu(values)


def linear(values: "Tensor", weight: "Tensor", bias: "Tensor") -> "Tensor":
    """Apply a linear layer, or one in each of several networks."""
    if weight.ndim == 2:
        return bias.addmm(values, weight.T)
    return values @ weight.mT + bias.unsqueeze(-2)
