from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.questions.fit import FitSpec


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (lambda: Polynomial(degree=2), "degree"),
        (lambda: FitSpec(seed=1), "seed"),
        (AdamW, "eps"),
    ],
)
def test_a_change_is_rejected(made: Callable[[], Any], field: str) -> None:
    value = made()

    with pytest.raises(FrozenInstanceError):
        setattr(value, field, 3)
