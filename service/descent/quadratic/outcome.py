"""The outcome of a descent."""

from service.descent.answers.results import Outcome, Rule
from service.descent.errors import NotComputableError
from service.descent.frozen import readonly
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.options import Stop


@readonly
class Descent:
    """A descent that has ended: its rate, stop rules, number of steps and last losses."""

    lr: float
    steps: int
    loss: float
    diverged_at: int | None = None
    stop: Stop | None = None
    stopped_by: Rule | None = None
    validation: float | None = None
    """The last loss on the held-out points."""

    @property
    def outcome(self) -> Outcome:
        """The way in which the descent ended."""
        if self.diverged_at is not None:
            return "diverged"
        if self.stopped_by is not None:
            return "stopped_early"
        return "completed"


def diverged_at(last: int, steps: int) -> int | None:
    """Return the first step whose loss is not finite, or None if the last of all steps is finite.
    `last` is the last finite step.
    """
    return last + 1 if last < steps else None


def check_outcome(problem: QuadraticProblem | None, descent: Descent) -> None:
    """Check that the loss on the held-out points does not end a descent that never grows.

    Raises NotComputableError if a run ended at a loss that is not finite although the loss that the
    descent sees never grows.
    """
    if problem is None or descent.diverged_at is None or problem.given.split.held_out is None:
        return
    if problem.outlook.excess.pace(descent.lr) <= 2:
        raise NotComputableError(
            "The loss on the held-out points is too large for a number: bring their t and y closer "
            "to those of the others."
        )
