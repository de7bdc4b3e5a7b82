"""The properties of a descent in closed form that decide which sentences about it are true."""

from service.descent.answers.explanation import Facts, Reach, Suits
from service.descent.judging.writing import number
from service.descent.readonly import readonly

BAD_FIT, CLOSE_FIT = 0.05, 0.02
"""The fractions of the variance of y that a bad fit misses at least, and a close one at most."""
WEAK_MODEL = 0.5
"""The coefficient of determination below which the model limits the fit, not the descent."""
NOTHING = 0.01
"""The coefficient of determination below which a curve explains next to nothing. If it has arrived,
that of the best one is below twice as much.
"""
NEARLY = 0.99
"""The fraction of the possible decrease in loss after which a descent is nearly there."""


@readonly(kw_only=True)
class Known:
    """The properties of a descent that has ended, and the numbers in its sentences.

    `moves` is false if the start is the optimum. `rounded` is true if rounding decided how the
    descent ends, `below_floor` if what is left is within the rounding of its start, and
    `rescaling` if other coordinates are suggested. `passes` is true if the descent arrived but
    leaves the optimum again, and `crosses` if its momentum carried it across the valley. `resolved`
    is false if the precision cannot resolve the target from this start. `decays` is true with
    weight decay. `missing` is how far the loss is above the lowest, as a fraction of the variance
    of y, or None if y is constant.
    """

    facts: Facts
    rate: Suits | None
    reach: Reach
    stalled: bool
    overshoots: bool
    stopped: bool
    moves: bool
    starts_near: bool
    undetermined: bool
    momentum: bool
    decays: bool
    above_limit: bool
    rounded: bool
    below_floor: bool
    resolved: bool
    rescaling: bool
    passes: bool
    crosses: bool
    missing: float | None

    @property
    def rounding_decides(self) -> bool:
        """True if the descent neither arrived nor is its rate too large in exact arithmetic."""
        grows = self.above_limit and self.rate == "diverging"
        return self.rounded and not grows and self.reach != "converged"

    @property
    def in_the_long_run(self) -> bool:
        """True if the loss only tends to grow by the same factor in each step."""
        return self.momentum or self.decays

    @property
    def jumps(self) -> bool:
        """True if steps without momentum jump across the valley."""
        return self.overshoots and not self.momentum

    @property
    def out_of_reach_for_now(self) -> bool:
        """True if no rate arrives in this number of steps, but one does in more."""
        return self.reach == "out_of_reach" and self.facts.fewest_steps is not None

    @property
    def swung(self) -> bool:
        """True if the loss was higher than at the start, by as much as three digits show."""
        facts = self.facts
        if facts.peak_loss is None or facts.start_loss is None:
            return False
        return number(facts.peak_loss) != number(facts.start_loss)

    @property
    def highest_now(self) -> bool:
        """True if the loss swung, and the last loss is the highest."""
        return self.swung and self.facts.peak_step == self.facts.steps

    @property
    def changed(self) -> bool:
        """True if the last loss differs from the first in its first three digits."""
        facts = self.facts
        assert facts.start_loss is not None
        assert facts.loss is not None
        return number(facts.loss) != number(facts.start_loss)

    @property
    def bad_fit(self) -> bool:
        """True if the curve misses much of the variation that the optimum explains."""
        return self.missing is not None and self.missing > BAD_FIT

    @property
    def weak_model(self) -> bool:
        """True if the curve explains less than half of the variation of y."""
        return self.facts.r2 is not None and self.facts.r2 < WEAK_MODEL

    @property
    def explains_nothing(self) -> bool:
        """True if the curve explains next to nothing of the variation of y."""
        return self.facts.r2 is not None and self.facts.r2 < NOTHING

    @property
    def nearly(self) -> bool:
        """True if the descent made nearly all of the possible progress."""
        progress = self.facts.progress
        close = self.missing is None or self.missing <= CLOSE_FIT
        return progress is not None and progress > NEARLY and close

    @property
    def flat(self) -> int:
        """The number of directions that are too flat, also for the best rate."""
        return self.facts.flat_directions or 0

    @property
    def more_steps_needed(self) -> bool:
        """True if a known number of further steps at this rate arrives."""
        facts = self.facts
        return facts.steps_needed is not None and facts.steps_needed > (facts.steps or 0)
