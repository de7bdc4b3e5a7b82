"""The situations in which a descent in closed form can end, each with its tables of sentences."""

from collections.abc import Callable, Sequence

from service.descent.answers.explanation import Message
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
from service.descent.judging.known import Known, Sentence, always
from service.descent.judging.messages import SENTENCES, written
from service.descent.judging.shortfall import (
    BELOW_FLOOR,
    FELL,
    MORE_DIGITS,
    OBSTACLES,
    OUT_OF_DIGITS,
    SUITS,
    SWUNG,
)
from service.descent.readonly import readonly

ASIDES = [
    Sentence(
        "held_out",
        lambda run: run.facts.validation_loss is not None and run.reach != "diverged",
        *SENTENCES["held_out"],
    )
]
"""The loss that the caller also asked for."""


@readonly
class Situation:
    """A condition, and the tables that give the sentences if it holds."""

    holds: Callable[[Known], bool]
    tables: Sequence[Sequence[Sentence]]


SITUATIONS = [
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


def described(run: Known) -> Message:
    """Return the message about a descent: its verdict in a few words, then at most three sentences.
    Each table gives the first sentence that holds, or none.
    """
    situation = next(each for each in SITUATIONS if each.holds(run))
    chosen = []
    for table in (*situation.tables, ASIDES):
        for sentence in table:
            if sentence.holds(run):
                chosen.append((sentence.en, sentence.ko))
                break
    return written(chosen, run.facts)
