from typing import Any

import pytest

from service.descent.methods.losses.huber import Huber
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec, PictureSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.sweep import SweepSpec
from tests.support.costly import REFUSED, Body, question

LECTURE: dict[str, Any] = {"synthetic": Synthetic(), "seed": 1, "steps": 100}
FIT = LECTURE | {"lr": 1e-5}
LOOP = FIT | {"solver": "loop"}
SWEEP = LECTURE | {"lrs": (1e-30,) * 50}
NETWORK = Mlp(hidden=(4, 3))
HELD_OUT = Validation(0.25, "tail")

ONCE = 8e-4 + 20 * (6e-8 + 2.5e-9 * 3**2)
OF_NETWORK = 8e-4 + 20 * 6e-8
ROBUST = 1.5e-8 * 5020 * 3**2
POINTS = 20 * (6e-9 + 6e-10 * 3)
STEP, RECORD, NUMBER = 1.6e-4, 5e-5, 1.2e-7
EXACT = 3 * 7e-8 + NUMBER
SEARCH = 0.06 + 0.0025 * 3
SWUNG = 1.2e-6 * 3 * (100 + 1000)
PASS_OF_NETWORK = 6e-9 + 3e-10 * (8 + 15 + 4) + 1.3e-8 * 7
LAYERS = 3 * 5e-5
SHARPNESS = 27 * (STEP + LAYERS + 20 * PASS_OF_NETWORK)
BATCH = 4 * 3e-8 + POINTS / 5
FITS: dict[str, tuple[dict[str, Any], float]] = {
    "closed form": (FIT, ONCE + 101 * EXACT),
    "closed form, every tenth": (FIT | {"record_every": 10}, ONCE + 11 * EXACT),
    "closed form, watched": (FIT | {"stop": Stop(gap=1)}, ONCE + 101 * NUMBER + 100 * 3 * 7e-8),
    "momentum": (
        FIT | {"optimizer": Sgd(momentum=0.9)},
        ONCE + SEARCH + SWUNG + 101 * (EXACT + 2 * 4.5e-6),
    ),
    "momentum near 1": (
        FIT | {"optimizer": Sgd(momentum=0.999)},
        ONCE + 0.06 + 0.0025 * 3 * 3 + SWUNG + 101 * (EXACT + 2 * 4.5e-6),
    ),
    "momentum, one step": (
        FIT | {"optimizer": Sgd(momentum=0.9), "steps": 1},
        ONCE + 0.06 + 0.0025 * 3 / 100 + 1.2e-6 * 3 * 1001 + 2 * (EXACT + 2 * 4.5e-6),
    ),
    "momentum, more than 10,000 steps": (
        FIT | {"optimizer": Sgd(momentum=0.9), "steps": 20_000, "record_every": 20_000},
        ONCE + SEARCH + 2 * (EXACT + 2 * 4.5e-6),
    ),
    "momentum with held-out points": (
        FIT | {"optimizer": Sgd(momentum=0.9), "validation": HELD_OUT},
        ONCE + SEARCH + 0.0025 * 3 + SWUNG + 101 * (EXACT + NUMBER) + 100 * 2 * 4.5e-6 - 3 * 7e-8,
    ),
    "momentum with gradients": (
        FIT | {"optimizer": Sgd(momentum=0.9), "include": ("gradients",)},
        ONCE + SEARCH + SWUNG + 101 * (EXACT + 4 * NUMBER + 3 * 4.5e-6),
    ),
    "loop": (LOOP, ONCE + 101 * (RECORD + NUMBER) + 100 * (STEP + POINTS)),
    "loop, watched": (
        LOOP | {"validation": HELD_OUT},
        ONCE + 101 * 2 * NUMBER + 100 * (STEP + POINTS + 2 * RECORD),
    ),
    "adam": (
        LOOP | {"optimizer": Adam()},
        ONCE + 101 * (RECORD + NUMBER) + 100 * (STEP + 5e-5 + POINTS),
    ),
    "huber": (
        LOOP | {"loss": Huber()},
        ONCE + 2 * 3 * (STEP + POINTS) + ROBUST + 101 * (RECORD + NUMBER) + 100 * (STEP + POINTS),
    ),
    "batches": (
        LOOP | {"batch_size": 4},
        ONCE + 101 * (2 * RECORD + 2 * NUMBER + 0.6 * POINTS) + 100 * (STEP + BATCH),
    ),
    "batches with momentum": (
        LOOP | {"batch_size": 4, "optimizer": Sgd(momentum=0.9)},
        ONCE + 0.06 + 101 * (2 * RECORD + 2 * NUMBER + 0.6 * POINTS) + 100 * (STEP + BATCH),
    ),
    "predictions of the loop": (
        LOOP | {"include": ("predictions",)},
        ONCE
        + 101 * (RECORD + 22 * NUMBER + 0.6 * POINTS + 20 * 2.5e-9 * 3**2)
        + 100 * (STEP + POINTS),
    ),
    "batches with gradients": (
        LOOP | {"batch_size": 4, "include": ("gradients",)},
        ONCE + 101 * (2 * RECORD + 6 * NUMBER + 1.6 * POINTS + STEP) + 100 * (STEP + BATCH),
    ),
    "network": (
        LOOP | {"model": NETWORK},
        OF_NETWORK
        + 2 * SHARPNESS
        + 101 * (RECORD + NUMBER)
        + 100 * (STEP + LAYERS + 20 * PASS_OF_NETWORK),
    ),
    "network on many points": (
        LOOP | {"model": NETWORK, "synthetic": Synthetic(points=5000)},
        8e-4
        + 5000 * 6e-8
        + 2 * 27 * (STEP + LAYERS + 1000 * PASS_OF_NETWORK)
        + 101 * (RECORD + NUMBER)
        + 100 * (STEP + LAYERS + 5000 * PASS_OF_NETWORK),
    ),
    "network with predictions": (
        LOOP | {"model": NETWORK, "include": ("predictions",)},
        OF_NETWORK
        + 2 * SHARPNESS
        + 101 * (RECORD + 22 * NUMBER + 0.6 * (LAYERS + 20 * PASS_OF_NETWORK))
        + 100 * (STEP + LAYERS + 20 * PASS_OF_NETWORK),
    ),
    "subnormal y": (
        LOOP | {"synthetic": None, "data": Points.of(range(20), [1e-160] * 20)},
        ONCE + 101 * (RECORD + NUMBER) + 100 * (STEP + 25 * POINTS),
    ),
    "subnormal powers of t": (
        LOOP | {"synthetic": Synthetic(spacing=1e-200)},
        ONCE + 101 * (RECORD + NUMBER) + 100 * (STEP + 3 * POINTS),
    ),
}
RATES = 50 * (1e-4 + NUMBER)
COMPARED = 50 * (0.0025 + 5 * (6e-8 + 2.5e-9 * 3**2))
LANES = 50 * (2.5e-4 + NUMBER) + 101 * 50 * 1.5e-8 * 3
SWEEPS: dict[str, tuple[dict[str, Any], float]] = {
    "closed form": (SWEEP, ONCE + RATES),
    "held-out points": (SWEEP | {"validation": HELD_OUT}, ONCE + RATES + COMPARED),
    "momentum": (
        SWEEP | {"optimizer": Sgd(momentum=0.9)},
        ONCE + SEARCH + RATES + 50 * (0.002 + SWUNG + 4.5e-6),
    ),
    "momentum with held-out points": (
        SWEEP | {"optimizer": Sgd(momentum=0.9), "validation": HELD_OUT},
        ONCE
        + SEARCH
        + 0.0025 * 3
        + RATES
        + 50 * (0.002 + SWUNG + 4.5e-6)
        + COMPARED
        + 50 * (0.008 - 0.0025),
    ),
    "losses": (SWEEP | {"include": ("losses",)}, ONCE + RATES + 50 * 100 * NUMBER),
    "loop": (SWEEP | {"solver": "loop"}, ONCE + LANES + 101 * (STEP + 50 * POINTS)),
    "loop, watched": (
        SWEEP | {"solver": "loop", "validation": HELD_OUT},
        ONCE + LANES + COMPARED + 101 * (STEP + 50 * POINTS + RECORD + 50 * 0.6 * POINTS),
    ),
    "batches": (
        SWEEP | {"solver": "loop", "batch_size": 4},
        ONCE
        + LANES
        + 50 * 2.5e-4
        + 101 * (STEP + 4 * 3e-8 + 50 * POINTS / 5)
        + 102 * (RECORD + 50 * 0.6 * POINTS),
    ),
    "huber": (
        SWEEP | {"loss": Huber()},
        ONCE + ROBUST + LANES + 50 * 20 * (6e-8 + 2.5e-9 * 3**2) + 101 * (STEP + 50 * POINTS),
    ),
    "network": (
        SWEEP | {"solver": "loop", "model": NETWORK},
        OF_NETWORK
        + 50 * (2.5e-4 + NUMBER)
        + 101 * (STEP + 3 * LAYERS + 50 * (20 * PASS_OF_NETWORK + 1.5e-8 * 27)),
    ),
}


def spec(**given: Any) -> FitSpec:
    return FitSpec(**FIT | given)


@pytest.mark.parametrize(("asked", "seconds"), FITS.values(), ids=FITS)
def test_a_fit_costs_the_sum_of_its_parts(asked: dict[str, Any], seconds: float) -> None:
    """The parts in any order, so to pytest's own tolerance."""
    assert FitSpec(**asked).seconds == pytest.approx(seconds)


@pytest.mark.parametrize(("asked", "seconds"), SWEEPS.values(), ids=SWEEPS)
def test_a_sweep_costs_the_sum_of_its_parts(asked: dict[str, Any], seconds: float) -> None:
    assert SweepSpec(**asked).seconds == pytest.approx(seconds)


def test_an_analysis_costs_what_is_done_once() -> None:
    assert AnalysisSpec(**LECTURE).seconds == pytest.approx(ONCE)


def test_the_sharpness_of_an_analysis_is_computed_once() -> None:
    asked = AnalysisSpec(**LECTURE, model=NETWORK)

    assert asked.seconds == pytest.approx(OF_NETWORK + SHARPNESS)


def test_rates_that_do_not_fit_into_memory_are_several_sweeps() -> None:
    asked = LECTURE | {"solver": "loop", "model": Mlp(hidden=(64, 64)), "batch_size": 1}
    one, two = (SweepSpec(**asked, lrs=(1e-30,) * count) for count in (1, 2))

    assert one.rates_at_once == 1
    assert two.seconds - OF_NETWORK == pytest.approx(2 * (one.seconds - OF_NETWORK))


@pytest.mark.parametrize(("path", "body"), REFUSED.values(), ids=REFUSED)
def test_what_takes_longer_than_a_service_allows_is_predicted_to(path: str, body: Body) -> None:
    assert question(path, body).seconds > 10


@pytest.mark.parametrize("y", [1e-150, -1.0])
def test_ordinary_points_are_not_slow(y: float) -> None:
    posted = spec(synthetic=None, data=Points.of(range(20), [0.0] * 19 + [y]), solver="loop")

    assert posted.slowness == 1


@pytest.mark.parametrize("drawn", [Synthetic(), Synthetic(noise=0)])
def test_drawn_points_are_not_slow(drawn: Synthetic) -> None:
    assert spec(synthetic=drawn, solver="loop").slowness == 1


def test_a_picture_costs_half_a_second_more() -> None:
    picture = PictureSpec(**FIT, form="png")

    assert picture.seconds == pytest.approx(spec().seconds + 0.5)


def test_a_step_of_the_closed_form_costs_nothing() -> None:
    assert spec(steps=10_000_000, record_every=10_000_000).seconds == spec(steps=1).seconds


def test_numbers_count_every_column_of_every_record() -> None:
    asked = spec(steps=10, include=("params", "gradients", "predictions", "data"), at=(1.0, 2.0))

    assert asked.numbers_in_answer == 11 * (1 + 1 + 3 + 3 + 20) + 40 + 2


def test_intervals_are_four_bounds_for_each_t() -> None:
    asked = spec(steps=10, include=("intervals", "degrees", "filter"), at=(1.0, 2.0))

    assert asked.numbers_in_answer == 11 + 2 * (1 + 4)


def test_losses_alone_are_one_column() -> None:
    assert spec(steps=10).numbers_in_answer == 11


def test_data_alone_are_no_column() -> None:
    assert spec(steps=10, include=("data",)).numbers_in_answer == 11 + 40


def test_posted_points_count_as_drawn_ones() -> None:
    posted = spec(synthetic=None, data=Points.of(range(20), range(20)))

    assert posted.seconds == spec().seconds
