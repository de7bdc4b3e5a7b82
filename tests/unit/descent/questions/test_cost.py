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

LECTURE: dict[str, Any] = {"synthetic": Synthetic(), "seed": 1, "steps": 100}
FIT = LECTURE | {"lr": 1e-5}
LOOP = FIT | {"solver": "loop"}
SWEEP = LECTURE | {"lrs": (1e-30,) * 50}
NETWORK = Mlp(hidden=(4, 3))
HELD_OUT = Validation(0.25, "tail")

ONCE = 8e-4
QR = 6e-9 * 20 * 3**2
ROBUST = 5e-7 * 20 * 3**2
POINTS = 3e-9 * 20 * 3
STEP = 1.5e-4
RECORD = 6e-7 + 2e-7
SEEN_BY_NETWORK = 3e-9 * (8 + 15 + 4) + 2e-8 * 7
LAYERS = 3 * 1e-4
SHARPNESS = 120 * (STEP + LAYERS + 20 * SEEN_BY_NETWORK)
BATCH = 5e-5 + 4 * 4e-8 + 3e-9 * 4 * 3
EVALUATED = 1e-4 + POINTS
RATES = 50 * (1e-4 + 2e-7)
FITS: dict[str, tuple[dict[str, Any], float]] = {
    "closed form": (FIT, ONCE + QR + 101 * RECORD),
    "closed form, every tenth": (FIT | {"record_every": 10}, ONCE + QR + 11 * RECORD),
    "closed form, watched": (FIT | {"stop": Stop(gap=1)}, ONCE + QR + 101 * RECORD + 100 * 2e-6),
    "momentum": (FIT | {"optimizer": Sgd(momentum=0.9)}, ONCE + QR + 101 * RECORD + 3 * 0.1),
    "loop": (LOOP, ONCE + QR + 101 * RECORD + 100 * (STEP + POINTS)),
    "loop, watched": (
        LOOP | {"validation": HELD_OUT},
        ONCE + QR + 101 * (RECORD + 2e-7) + 100 * (2 * STEP + POINTS),
    ),
    "adam": (
        LOOP | {"optimizer": Adam()},
        ONCE + QR + 101 * RECORD + 100 * (STEP + 1e-4 + POINTS),
    ),
    "huber": (
        LOOP | {"loss": Huber()},
        ONCE + 120 * (STEP + POINTS) + ROBUST + 101 * RECORD + 100 * (STEP + POINTS),
    ),
    "batches": (
        LOOP | {"batch_size": 4},
        ONCE + QR + 101 * (RECORD + 2e-7 + EVALUATED) + 100 * (STEP + BATCH),
    ),
    "batches with momentum": (
        LOOP | {"batch_size": 4, "optimizer": Sgd(momentum=0.9)},
        ONCE + QR + 3 * 0.1 + 101 * (RECORD + 2e-7 + EVALUATED) + 100 * (STEP + BATCH),
    ),
    "batches, watched": (
        LOOP | {"batch_size": 4, "record_every": 50, "stop": Stop(gap=1)},
        ONCE + QR + 3 * (RECORD + 2e-7) + 100 * (2 * STEP + BATCH + EVALUATED),
    ),
    "independent batches": (
        LOOP | {"batch_size": 4, "batches": "independent"},
        ONCE + QR + 5e-10 * 20 * 3**4 + 101 * (RECORD + 2e-7 + EVALUATED) + 100 * (STEP + BATCH),
    ),
    "network": (
        LOOP | {"model": NETWORK},
        ONCE + SHARPNESS + 101 * RECORD + 100 * (STEP + LAYERS + 20 * SEEN_BY_NETWORK),
    ),
    "network on many points": (
        LOOP | {"model": NETWORK, "synthetic": Synthetic(points=5000)},
        ONCE
        + 120 * (STEP + LAYERS + 1000 * SEEN_BY_NETWORK)
        + 101 * RECORD
        + 100 * (STEP + LAYERS + 5000 * SEEN_BY_NETWORK),
    ),
}
SWEPT = 50 * 2e-8
SWEEPS: dict[str, tuple[dict[str, Any], float]] = {
    "closed form": (SWEEP, ONCE + QR + RATES),
    "momentum": (
        SWEEP | {"optimizer": Sgd(momentum=0.9)},
        ONCE + QR + 3 * 0.1 + RATES + 50 * 3 * 0.003,
    ),
    "losses": (SWEEP | {"include": ("losses",)}, ONCE + QR + RATES + 50 * 100 * 2e-7),
    "loop": (
        SWEEP | {"solver": "loop"},
        ONCE + QR + RATES + 101 * (STEP + POINTS + 20 * SWEPT),
    ),
    "loop, watched": (
        SWEEP | {"solver": "loop", "validation": HELD_OUT},
        ONCE + QR + RATES + 101 * (2 * STEP + POINTS + 20 * SWEPT),
    ),
    "batches": (
        SWEEP | {"solver": "loop", "batch_size": 4},
        ONCE + QR + RATES + 101 * (STEP + BATCH + 4 * SWEPT) + 101 * (EVALUATED + 20 * SWEPT),
    ),
    "network": (
        SWEEP | {"solver": "loop", "model": NETWORK},
        ONCE
        + SHARPNESS
        + RATES
        + 101 * (STEP + LAYERS + 20 * SEEN_BY_NETWORK + 20 * SWEPT * 4 * 7),
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
    assert AnalysisSpec(**LECTURE).seconds == pytest.approx(ONCE + QR)


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
