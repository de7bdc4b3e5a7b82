"""The protocol of a model: what requests, costs, the loop and answers need of it."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from service.descent.methods.method import Method
from service.descent.methods.models.parameters import LETTERS, Init, Network, Params, Scaled
from service.descent.methods.option import RuleError

if TYPE_CHECKING:
    from torch import Tensor

    from service.descent.arrays import Array

ROW_SECONDS, ENTRY_SECONDS = 6e-9, 6e-10
"""Seconds per point that a step sees, and for each parameter. `make calibrate` measures them."""


class AnyModel(Method, ABC):
    """A model. Unless it says otherwise, its parameters are named a, b, c, ..."""

    always_streamed: ClassVar[bool] = True
    """True if every event of a stream has the parameters, so that a client can draw the curve."""
    counted_by: ClassVar[str] = "model"
    """The option that decides how many parameters there are, for messages."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The name of the model in descriptions of pictures."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(LETTERS[: self.size])

    @property
    def width(self) -> int:
        """The number of values that one point needs at the same time."""
        return 1

    @property
    def units(self) -> int:
        """The number of values that a step keeps of each point for its gradient."""
        return 1

    @property
    def call_seconds(self) -> float:
        """The predicted CPU seconds of one forward and backward pass, whatever the points."""
        return 0.0

    def pass_seconds(self, rows: int) -> float:
        """Return the predicted CPU seconds that `rows` points add to both passes."""
        return rows * (ROW_SECONDS + ENTRY_SECONDS * self.size)

    def check_start(self, init: Init) -> None:
        """Check that a given start has the parameters of this model. Raises RuleError."""
        if isinstance(init, Scaled):
            init = init.params
        if not isinstance(init, str):
            self.check_params(init)

    def check_params(self, params: Params | Network) -> None:
        """Check that these are parameters of this model. Raises RuleError."""
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
        """Return the parameters (p,) of a request or an answer."""
        assert isinstance(params, dict)
        return [params[name] for name in self.names]

    def named(self, row: list[float]) -> Params | Network:
        """Return parameters (p,) in the form that requests and answers have."""
        return dict(zip(self.names, row, strict=True))

    def random_start(self, drawn: "Array") -> "Array":
        """Return a random start (p,), given normal values (p,)."""
        return drawn


class FormulaModel(AnyModel):
    """A model without a closed form: the loop calls its formula."""

    @abstractmethod
    def f(self, x: "Tensor", params: "Tensor") -> "Tensor":
        """Return the curves at x (n, 1): (n, 1) of params (p,), or (n, rates) of (p, rates)."""

    @abstractmethod
    def substituted(self, params: "Array", offset: float, slope: float) -> "Array":
        """Return the parameters (..., p) of the curves f(offset + slope * x) as functions of x."""
