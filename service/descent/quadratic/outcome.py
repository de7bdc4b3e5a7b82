"""How a descent ended."""

from service.descent.answers.results import Outcome, Rule
from service.descent.errors import NotComputableError
from service.descent.frozen import frozen
from service.descent.quadratic.problem import Problem
from service.descent.questions.options import Stop


@frozen
class Descent:
    """What a descent did: its rate and rules, how many steps, and how it ended."""

    lr: float
    steps: int
    loss: float
    diverged_at: int | None = None
    stop: Stop | None = None
    stopped_by: Rule | None = None
    validation: float | None = None
    """The last loss of the points held out."""

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        if self.diverged_at is not None:
            return "diverged"
        return "completed" if self.stopped_by is None else "stopped_early"


def diverged_at(last: int, steps: int) -> int | None:
    """The first step whose loss is not finite, of a descent whose last finite step is `last`; None
    where that is the last of all.
    """
    return last + 1 if last < steps else None


def check_outcome(problem: Problem | None, descent: Descent) -> None:
    """Raises NotComputableError where a run ended at a loss that is not finite, though the loss
    that the descent sees never grows.
    """
    if problem is None or descent.diverged_at is None or problem.given.split.held_out is None:
        return
    if problem.outlook.excess.pace(descent.lr) <= 2:
        raise NotComputableError(
            "The loss of the points held out is too large for a number: bring their t and y closer "
            "to the others."
        )
