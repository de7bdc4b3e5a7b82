import pytest

from service.descent.parts import Stop, Synthetic
from service.descent.result import DataPoints
from service.descent.spec import Resolved
from service.workers.objects import present, resolved


@pytest.mark.parametrize(("held_out", "names"), [(None, {"t", "y"}), ([], {"t", "y", "held_out"}), ([0], {"t", "y", "held_out"})])
def test_what_does_not_apply_is_left_out_and_what_is_empty_is_not(held_out: list[int] | None, names: set[str]) -> None:
    assert set(present(DataPoints([1.0], [2.0], held_out))) == names


def test_a_rule_that_was_not_given_is_left_out_of_those_that_were() -> None:
    choices = Resolved(synthetic=Synthetic(), seed=1, steps=5, lr=0.1, scale="none", stop=Stop(patience=2))

    assert resolved(choices)["stop"] == {"patience": 2}


def test_what_is_made_of_it_leaves_the_result_as_it_was() -> None:
    points = DataPoints([1.0], [2.0], None)

    del present(points)["t"]

    assert points == DataPoints([1.0], [2.0], None)
