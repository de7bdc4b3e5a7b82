import pytest

from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points


@pytest.mark.parametrize(
    ("steps", "every", "records"), [(10, 1, 11), (10, 3, 5), (9, 3, 4), (1, 100, 2)]
)
def test_step_0_and_the_last_are_always_recorded(steps: int, every: int, records: int) -> None:
    assert (
        FitSpec(synthetic=Synthetic(), seed=0, lr=1, steps=steps, record_every=every).records
        == records
    )


def test_resolved_has_no_points() -> None:
    spec = FitSpec(data=Points.of([1], [2]), seed=0, lr=1, steps=1)

    assert not hasattr(spec.resolved(lr=1.0, scale="none"), "data")
