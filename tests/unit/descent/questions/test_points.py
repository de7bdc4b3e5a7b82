from typing import Any

import pytest
from pydantic import ValidationError

from service.descent.questions.points import Points
from tests.support.specs import points_of


def refusal(**columns: Any) -> str:
    """What is said about points that are not accepted."""
    with pytest.raises(ValidationError) as refused:
        points_of(**columns)
    (error,) = refused.value.errors()
    return error["msg"].removeprefix("Value error, ")


def test_points_have_a_length() -> None:
    assert len(Points.of([1, 2, 3], [4, 5, 6])) == 3


def test_points_with_a_null_or_the_weight_0_do_not_count() -> None:
    points = points_of(t=[1, None, 3, 4, 5], y=[1, 2, None, 4, 5], weights=[1, 1, 1, 0, 2])

    assert (points.rows, len(points)) == ((0, 4), 2)


def test_a_missing_weight_is_a_missing_point() -> None:
    points = points_of(t=[1, 2], y=[1, 2], weights=[1, None])

    assert (points.rows, points.missing) == ((0,), 1)


def test_a_point_with_several_nulls_is_missing_once() -> None:
    assert points_of(t=[None, 2, 3], y=[None, None, 3]).missing == 2


def test_points_without_gaps_all_count() -> None:
    assert points_of(t=[1, 2], y=[1, 2], weights=[1, 3]).rows is None


def test_large_integers_keep_their_digits_beside_gaps() -> None:
    sent = [2**53 + 1, None, 2**53 + 3]
    assert points_of(t=sent, y=[1, 2, 3]).columns()["t"] == sent


@pytest.mark.parametrize(
    "columns",
    [
        {"t": [1.0, None], "y": [2.0, 3.0]},
        {"t": ["2024-02-29T00:00:00Z", None, "2024-02-29T00:00:00.001Z"], "y": [2.0, 3.0, 4.0]},
        {"t": [1.0, 2.0], "y": [2.0, 3.0], "weights": [1.0, 0.0]},
        {"t": [1.0, 2.0], "y": [2.0, 3.0], "sigma": [1.0, 0.5], "sigma_is": "absolute"},
    ],
    ids="-".join,
)
def test_points_are_written_as_they_were_sent(columns: dict[str, Any]) -> None:
    assert points_of(**columns).columns() == columns


def test_points_that_are_all_left_out_are_refused() -> None:
    said = refusal(t=[1, None], y=[1, 2], weights=[0, 1])

    assert said == "No point is left: each has a null or the weight 0"


@pytest.mark.parametrize("name", ["weights", "sigma"])
def test_each_point_needs_a_weight(name: str) -> None:
    said = refusal(t=[1, 2], y=[1, 2], **{name: [1]})

    assert said == f"t, y and {name} must have the same length"


def test_weights_and_uncertainties_exclude_each_other() -> None:
    said = refusal(t=[1], y=[1], weights=[1], sigma=[1])

    assert said == "Give `weights` or `sigma`, not both"


@pytest.mark.parametrize(
    ("column", "factor"),
    [({"weights": [1e-150, 1e51]}, "1e+200"), ({"sigma": [1e-50, 1e51]}, "1e+100")],
    ids=["weights", "sigma"],
)
def test_weights_of_which_one_would_be_rounded_to_0_are_refused(
    column: dict[str, Any], factor: str
) -> None:
    (name,) = column

    assert (
        refusal(t=[1, 2], y=[1, 2], **column)
        == f"`{name}` differ by more than a factor of {factor}"
    )
