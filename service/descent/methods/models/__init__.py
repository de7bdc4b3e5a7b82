"""The models that a descent can fit: their options, parameters and costs. A new one is registered
here.
"""

from typing import Annotated

from pydantic import Tag

from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.option import kind_or

Model = Annotated[
    Annotated[Polynomial, Tag("polynomial")] | Annotated[Mlp, Tag("mlp")], kind_or("polynomial")
]
