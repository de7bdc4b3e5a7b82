"""Every claim of an answer is true: of its sentences, its facts and its fields."""

import pytest
from hypothesis import settings

from tests.truth.questions import SITUATIONS
from tests.truth.table import checked, falsehoods, followed_to_the_end

REQUESTS = max(3, settings().max_examples // 3)
"""The number of requests of each situation: 3 in `make test`, 16 in `make test-all`."""


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_an_answer_claims_is_true(situation: str) -> None:
    assert falsehoods(checked(situation, 0, REQUESTS)) == []


def test_three_suggestions_lead_any_descent_to_the_optimum() -> None:
    assert falsehoods(followed_to_the_end(0, REQUESTS)) == []
