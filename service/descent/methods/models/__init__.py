"""The models that a descent can fit: their options, parameters and costs. A new one is registered
here.
"""

from typing import Annotated

from pydantic import Discriminator, Tag

from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial


def _kind(value: object) -> str:
    """Return the kind of a model as it is sent. Without a `kind`, it is a polynomial."""
    kind = value.get("kind") if isinstance(value, dict) else None
    return str(kind or "polynomial")


Model = Annotated[
    Annotated[Polynomial, Tag("polynomial")] | Annotated[Mlp, Tag("mlp")], Discriminator(_kind)
]
