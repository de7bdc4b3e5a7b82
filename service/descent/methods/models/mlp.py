"""A small neural network of t."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le, Len

from service.descent.frozen import frozen
from service.descent.methods.bounds import MAX_LAYERS, MAX_UNITS
from service.descent.methods.models.parameters import Network, Params
from service.descent.methods.models.polynomial import ENTRY_SECONDS
from service.descent.methods.option import Kept, Option, RuleError

LAYER_SECONDS = 1e-4
"""Seconds per layer and step, for calling torch in both passes. `make calibrate` measures them."""
UNIT_SECONDS = 3e-8
"""Seconds per hidden unit and point that a step sees. `make calibrate` measures them."""

Activation = Literal["tanh", "relu", "gelu"]
Hidden = Annotated[
    tuple[int, ...],
    Kept(Annotated[list[Annotated[int, Ge(1), Le(MAX_UNITS)]], Len(1, MAX_LAYERS)], tuple),
]


@frozen
class Mlp(Option):
    """A small neural network. `hidden` lists the units of each hidden layer. The activation is
    applied after each of them, and the output layer has one unit.
    """

    in_closed_form: ClassVar[bool] = False
    always_streamed: ClassVar[bool] = False
    """True if every event of a stream has the parameters. A network has too many."""
    title: ClassVar[str] = "the network"
    """The name of the model in descriptions of pictures."""

    kind: Literal["mlp"] = "mlp"
    hidden: Hidden = (16, 16)
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

    @property
    def swept(self) -> int:
        """The number of values that a sweep computes for each point and rate."""
        return 4 * sum(self.hidden)

    def pass_seconds(self, rows: int) -> float:
        """Return the predicted CPU seconds of one forward and backward pass over `rows` points."""
        each = ENTRY_SECONDS * self.size + UNIT_SECONDS * sum(self.hidden)
        return LAYER_SECONDS * (len(self.hidden) + 1) + rows * each

    def check_start(self, params: Params | Network) -> None:
        """Check that the start has layers of the same shapes as the model.

        Raises RuleError.
        """
        if isinstance(params, Network) and [layer.shape for layer in params.layers] == self.shapes:
            return
        wanted = ", ".join(f"{units} x {inputs}" for units, inputs in self.shapes)
        message = (
            f"`init` must give `layers` with weights of {wanted} for this model, and a bias for "
            "each row"
        )
        raise RuleError("conflicting_fields", message, pointer="/init")
