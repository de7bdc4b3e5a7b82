"""The situations in which a descent in closed form can end, each with its tables of sentences."""

from collections.abc import Sequence

from service.descent.judging.arrival import ARRIVALS, ARRIVED, BEST_FIT, ENDED, STOPPED
from service.descent.judging.growth import (
    AT_EDGE,
    EDGE,
    EDGE_PEAK,
    GROWN,
    GROWTH,
    ROUNDED,
    TOO_LARGE,
)
from service.descent.judging.known import Known
from service.descent.judging.messages import Sentence, Situation, Table, always
from service.descent.judging.shortfall import (
    BELOW_FLOOR,
    FELL,
    MORE_DIGITS,
    OBSTACLES,
    OUT_OF_DIGITS,
    SUITS,
    SWUNG,
)

ASIDES: Sequence[Table[Known]] = [
    [
        Sentence(
            "held_out",
            lambda run: run.facts.validation_loss is not None and run.reach != "diverged",
            "On the held-out points the loss is {validation_loss}.",
            "따로 떼어 둔 점의 손실은 {validation_loss}입니다.",
        )
    ]
]
"""The loss that the caller also asked for."""


SITUATIONS: Sequence[Situation[Known]] = [
    Situation(lambda run: run.rate is None, [STOPPED, ENDED]),
    Situation(lambda run: run.rounding_decides, [SUITS, ROUNDED]),
    Situation(lambda run: run.rate == "diverging", [TOO_LARGE, GROWN, GROWTH]),
    Situation(lambda run: run.reach == "converged", [ARRIVALS, ARRIVED, BEST_FIT]),
    Situation(lambda run: run.rate == "edge", [EDGE, AT_EDGE, EDGE_PEAK]),
    Situation(lambda run: run.stopped, [STOPPED, ENDED]),
    Situation(lambda run: run.below_floor, [OUT_OF_DIGITS, BELOW_FLOOR, MORE_DIGITS]),
    Situation(lambda run: run.momentum, [SUITS, SWUNG, OBSTACLES]),
    Situation(always, [SUITS, FELL, OBSTACLES]),
]
"""The first situation that holds is described."""
