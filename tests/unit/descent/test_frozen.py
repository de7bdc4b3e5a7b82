from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from mypy import api

from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.questions.specs import FitSpec


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


def test_the_type_checker_refuses_to_change_a_value_of_a_fit(tmp_path: Path) -> None:
    source = """
from service.descent.answers.results import Best
Best(1, 2.0, {}).loss = 1.0
"""

    said, _, code = api.run(["--config-file=", "--cache-dir", str(tmp_path), "-c", source])

    assert 'Property "loss" defined in "Best" is read-only' in said
    assert code == 1
