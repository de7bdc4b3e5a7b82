"""A polynomial of t."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le

from service.descent.methods.bounds import MAX_DEGREE
from service.descent.methods.models.model import AnyModel


@dataclass(frozen=True)
class Polynomial(AnyModel):
    """A polynomial. Its coefficients are named a, b, c, ... from the highest power down."""

    kind_required: ClassVar[bool] = False
    counted_by: ClassVar[str] = "degree"

    kind: Literal["polynomial"] = "polynomial"
    """The name of the model."""
    degree: Annotated[int, Ge(1), Le(MAX_DEGREE)] = 2
    """The highest power of t."""

    @property
    def title(self) -> str:
        """The name of the model in descriptions of pictures."""
        return f"the polynomial of degree {self.degree}"

    @property
    def size(self) -> int:
        """The number of coefficients."""
        return self.degree + 1
