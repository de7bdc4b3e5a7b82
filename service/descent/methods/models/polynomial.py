"""A polynomial of t."""

from functools import cache
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le

from service.descent.frozen import frozen
from service.descent.methods.bounds import MAX_DEGREE
from service.descent.methods.models.parameters import LETTERS, Network, Params
from service.descent.methods.option import Option, RuleError

ENTRY_SECONDS = 3e-9
"""Seconds per parameter and point that a step sees. `make calibrate` measures them."""


@frozen
class Polynomial(Option):
    """A polynomial. Its coefficients are named a, b, c, ... from the highest power down."""

    kind_required: ClassVar[bool] = False
    in_closed_form: ClassVar[bool] = True
    always_streamed: ClassVar[bool] = True
    """True if every event of a stream has the parameters, so that a client can draw the curve."""

    kind: Literal["polynomial"] = "polynomial"
    degree: Annotated[int, Ge(1), Le(MAX_DEGREE)] = 2

    @property
    def title(self) -> str:
        """The name of the model in descriptions of pictures."""
        return f"the polynomial of degree {self.degree}"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the coefficients."""
        return coefficient_names(self.degree)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.degree + 1

    @property
    def width(self) -> int:
        """The number of values that one point needs at the same time."""
        return 1

    @property
    def swept(self) -> int:
        """The number of values that a sweep computes for each point and rate."""
        return 1

    def pass_seconds(self, rows: int) -> float:
        """Return the predicted CPU seconds of one forward and backward pass over `rows` points."""
        return ENTRY_SECONDS * rows * self.size

    def check_start(self, params: Params | Network) -> None:
        """Check that the start has the coefficients of this model.

        Raises RuleError.
        """
        listed = ", ".join(self.names)
        if isinstance(params, Network):
            message = f"`init` must give {listed} for this model"
            raise RuleError("conflicting_fields", message, pointer="/init")
        if params.keys() != set(self.names):
            unknown = params.keys() - set(self.names)
            message = f"`init` must give {listed}, and nothing else, for this degree"
            raise RuleError(
                "unknown_field" if unknown else "missing_field", message, pointer="/init"
            )


@cache
def coefficient_names(degree: int) -> tuple[str, ...]:
    """Return the names a, b, c, ... of the coefficients from the highest power down: degree 2 is a
    t^2 + b t + c.
    """
    return tuple(LETTERS[: degree + 1])
