"""The rates that are swept, and those of the four buttons."""

import itertools
from typing import Any

import pytest

from tests.support.modules import Modules


def chosen(modules: Modules, rates: list[tuple[float, str]], limit: float) -> dict[str, Any]:
    """Return the parts of the limit that the buttons choose after a sweep with these verdicts."""
    runs: list[dict[str, Any]] = [{"lr": lr, "verdict": {"rate": rate}} for lr, rate in rates]
    parts: dict[str, Any] = modules.call(
        "dial.js",
        "({ runs, limit }) => module.presets(runs, limit)",
        {"runs": runs, "limit": limit},
    )
    return parts


@pytest.mark.parametrize("limit", [0.404, 3.54e-5, 1e30])
def test_the_swept_rates_cover_the_track_and_are_dense_about_the_limit(
    modules: Modules, limit: float
) -> None:
    parts = [rate / limit for rate in modules.call("dial.js", "module.swept", limit)]

    assert parts == sorted(parts)
    assert (parts[0], parts[-1]) == pytest.approx((1 / 126, 2.1))
    assert max(after / before for before, after in itertools.pairwise(parts)) == pytest.approx(
        (2.1 * 126) ** (1 / 96)
    )
    assert min(abs(part - 1) for part in parts) < 1e-3
    assert 1.0 not in parts


def test_bouncing_is_chosen_between_where_it_begins_and_the_limit(modules: Modules) -> None:
    rates = [
        (0.1, "too_small"),
        (1.0, "good"),
        (1.62, "good"),
        (1.9, "bouncing"),
        (2.1, "diverging"),
    ]

    assert chosen(modules, rates, 2.0) == pytest.approx(
        {"small": 0.02, "good": 0.2825, "bounce": 0.9, "large": 1.1}
    )


def test_bouncing_is_chosen_below_the_rates_at_the_edge(modules: Modules) -> None:
    rates = [(1.62, "good"), (1.9, "bouncing"), (1.96, "bouncing"), (1.9999, "edge"), (2.1, "edge")]

    assert chosen(modules, rates, 2.0)["bounce"] == pytest.approx((0.81 * 0.99995) ** 0.5)


def test_a_verdict_that_no_rate_has_is_not_chosen(modules: Modules) -> None:
    parts = chosen(modules, [(0.5, "good"), (1.99999, "good"), (2.5, "diverging")], 2.0)

    assert (parts["small"], parts["bounce"]) == (None, None)


def test_a_good_rate_is_the_middle_of_the_good_ones_where_the_usual_one_is_not(
    modules: Modules,
) -> None:
    rates = [(0.04, "too_small"), (0.565, "too_small"), (1.0, "good"), (1.9, "good")]

    assert chosen(modules, rates, 2.0)["good"] == pytest.approx((0.2825 * 1) ** 0.5)
