from itertools import pairwise, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules import Schedule
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.one_cycle import OneCycle
from service.descent.methods.schedules.step import StepDecay
from tests.support import peers
from tests.support.registered import registered
from tests.support.tolerances import EPS, apart

SCHEDULES: list[Schedule] = [
    *registered(Schedule),
    StepDecay(step_size=7, gamma=0.5),
    StepDecay(step_size=1, gamma=0.99),
    StepDecay(step_size=30),
    Cosine(eta_min=1e-3),
    OneCycle(pct_start=0.45, div_factor=10.0, final_div_factor=100.0),
    OneCycle(pct_start=0.01),
    OneCycle(pct_start=0.99, div_factor=1.0, final_div_factor=1.0),
]
STEPS = [1, 2, 3, 10, 100, 300]
DIVIDES_BY_ZERO = (OneCycle(pct_start=0.01), 100)
"""Its rise would be one step long, and no step is left for it: torch raises, we begin at the
top.
"""
LRS = st.floats(1e-6, 10)


def torchs(schedule: Schedule, lr: float, steps: int) -> list[float]:
    stepping = peers.optimizer(Sgd(), torch.zeros(1, requires_grad=True), lr)
    made = []
    for rate in peers.scheduled(schedule, stepping, lr, steps):
        made.append(rate)
        stepping.step()
    return made


def ours(schedule: Schedule, lr: float, steps: int) -> list[float]:
    rate = schedule.rates(lr, steps)
    return [float(rate(step)) for step in range(steps)]


def of_a_rate(largest: float, steps: int = 1) -> float:
    """Return how far apart two ways to a rate may be: torch makes each from the one before."""
    return (steps + 10) * EPS * largest


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_the_rate_of_every_step_is_that_of_torch(schedule: Schedule) -> None:
    differing = []

    for steps, lr in product(STEPS, [1e-5, 7.0]):
        if (schedule, steps) != DIVIDES_BY_ZERO:
            expected = torchs(schedule, lr, steps)
            allowed = of_a_rate(max(expected), steps)
            if not apart(ours(schedule, lr, steps), expected) <= allowed:
                differing.append((steps, lr))

    assert differing == []


def test_where_torch_divides_by_zero_a_cycle_begins_at_the_rate() -> None:
    schedule, steps = DIVIDES_BY_ZERO
    with pytest.raises(ZeroDivisionError):
        torchs(schedule, 0.05, steps)

    assert ours(schedule, 0.05, steps)[0] == 0.05


def test_listed_rates_are_taken_as_they_are() -> None:
    assert ours(RateList(lrs=(0.3, 0.1, 0.2)), 0.05, 3) == [0.3, 0.1, 0.2]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_several_rates_have_a_schedule_each(schedule: Schedule) -> None:
    lrs = [1e-5, 0.05, 7.0]
    rate = schedule.rates(torch.tensor(lrs, dtype=torch.float64), 10)

    together = torch.stack([torch.as_tensor(rate(step)) for step in range(10)]).T

    assert together.tolist() == [
        pytest.approx(alone, rel=0, abs=of_a_rate(max(alone)))
        for alone in (ours(schedule, lr, 10) for lr in lrs)
    ]


@given(LRS, st.floats(0, 1), st.integers(1, 1000))
def test_half_a_cosine_begins_at_the_rate(lr: float, part: float, steps: int) -> None:
    assert Cosine(eta_min=part * lr).rates(lr, steps)(0) == lr


@given(LRS, st.floats(0, 1), st.integers(1, 1000))
def test_half_a_cosine_only_falls(lr: float, part: float, steps: int) -> None:
    """Two neighbours may round to the same rate, or past each other."""
    falling = ours(Cosine(eta_min=part * lr), lr, steps)

    assert all(after <= before + 2 * EPS * lr for before, after in pairwise(falling))


@given(LRS, st.integers(1, 250), st.floats(1.5, 1e6), st.floats(1, 1e6))
def test_one_cycle_peaks_at_the_rate(
    lr: float, rise: int, div_factor: float, final_div_factor: float
) -> None:
    cycle = ours(
        OneCycle(pct_start=0.25, div_factor=div_factor, final_div_factor=final_div_factor),
        lr,
        4 * rise,
    )

    assert max(cycle) == cycle[rise - 1] == lr


@given(LRS, st.integers(2, 250), st.floats(1, 1e6), st.floats(1, 1e6))
def test_one_cycle_ends_at_its_last_fraction_of_where_it_began(
    lr: float, rise: int, div_factor: float, final_div_factor: float
) -> None:
    cycle = ours(
        OneCycle(pct_start=0.25, div_factor=div_factor, final_div_factor=final_div_factor),
        lr,
        4 * rise,
    )

    assert cycle[-1] == pytest.approx(cycle[0] / final_div_factor, rel=0, abs=of_a_rate(lr))
