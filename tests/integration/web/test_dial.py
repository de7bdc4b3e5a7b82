"""The rates that are swept, and those of the four buttons."""

import itertools
from typing import Any

import pytest

from tests.support.modules import Modules


def chosen(modules: Modules, rates: list[tuple[float, str]], limit: float) -> dict[str, Any]:
    """Return the parts of the limit that the buttons choose after a sweep with these verdicts."""
    runs: list[dict[str, Any]] = [{"lr": lr, "verdict": {"rate": rate}} for lr, rate in rates]
    sweep = {"runs": runs, "unit": limit, "limit": limit, "best": None, "exact": True}
    parts: dict[str, Any] = modules.call("dial.js", "module.presets", sweep)
    return parts


def test_the_swept_rates_cover_the_track_and_are_dense_about_the_limit(modules: Modules) -> None:
    parts = modules.call("dial.js", "() => module.PARTS")

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


METHOD = {"model": "polynomial", "optimizer": "adam", "batch": None, "schedule": "constant"}


def test_without_a_limit_the_buttons_choose_the_lowest_rate_and_the_middle_of_each_verdict(
    modules: Modules,
) -> None:
    rates = [(0.1, "too_small"), (1.0, "too_small"), (10.0, "good"), (20.0, "good")]
    runs = [{"lr": lr, "verdict": {"rate": rate}} for lr, rate in [*rates, (80.0, "bouncing")]]
    sweep = {"runs": runs, "unit": 10.0, "limit": None, "best": 1.0, "exact": False}

    parts = modules.call("dial.js", "module.presets", sweep)

    assert parts == pytest.approx({"small": 0.1, "bestTried": 0.1, "bounce": 4.0, "large": None})


def test_without_a_limit_the_rates_are_in_the_size_of_the_points(modules: Modules) -> None:
    scale = "([setting, y]) => module.scaleOf(setting, { t: y, y })"

    small, large = modules.each("dial.js", scale, [[METHOD, [0.01, 0.03]], [METHOD, [-4e6, 0]]])

    assert (small["lrs"][-1], large["lrs"][-1]) == pytest.approx((0.1, 1e7))
    assert small["lrs"][0] / small["lrs"][-1] == pytest.approx(1e-5)


def test_with_batches_the_rates_are_parts_of_the_limit_and_fewer(modules: Modules) -> None:
    scale = "(setting) => module.scaleOf(setting, null)"
    plain = METHOD | {"optimizer": "sgd"}

    whole, batches = modules.each("dial.js", scale, [plain, plain | {"batch": 5}])

    assert whole["track"] == batches["track"]
    assert len(whole["lrs"]["of_limit"]) > 2 * len(batches["lrs"]["of_limit"])


def test_the_lowest_rate_is_not_one_that_diverged(modules: Modules) -> None:
    runs = [
        {"lr": 0.12345, "loss": 9, "outcome": "completed"},
        {"lr": 1.0, "loss": 1, "outcome": "diverged"},
        {"lr": 0.5, "loss": 12, "outcome": "completed"},
    ]

    assert modules.call("dial.js", "module.tried", runs) == 0.123


NETWORK = [(0.1, 90.0), (0.2, 12.0), (0.3, 10.0), (0.4, 10.8), (0.5, 30.0)]
"""Rates and losses of a network from a loss of 100."""


def test_a_rate_of_a_network_is_good_that_makes_nearly_all_of_the_fall_of_the_lowest(
    modules: Modules,
) -> None:
    verdict = {"rate": "good", "facts": {"start_loss": 100}}
    runs = [
        {"lr": lr, "loss": loss, "outcome": "completed", "verdict": verdict} for lr, loss in NETWORK
    ]

    found = modules.each(
        "dial.js", "([run, runs]) => module.suits(run, runs)", [[run, runs] for run in runs]
    )

    assert found == ["too_small", "too_small", "good", "good", "bouncing"]


def test_a_verdict_on_a_network_that_its_steps_show_stays(modules: Modules) -> None:
    runs = [
        {"lr": 1, "loss": 9, "outcome": "completed", "verdict": {"rate": rate, "facts": {}}}
        for rate in ("too_small", "bouncing", "diverging")
    ]

    found = modules.each(
        "dial.js", "([run, runs]) => module.suits(run, runs)", [[run, runs] for run in runs]
    )

    assert found == ["too_small", "bouncing", "diverging"]


def test_the_name_of_the_loss_after_one_step_has_no_plural(modules: Modules) -> None:
    names = modules.each("dial.js", "(steps) => module.lossAfter(steps)", [1, 1000])

    assert names == ["loss after 1 step", "loss after 1,000 steps"]
