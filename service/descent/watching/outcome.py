"""The outcome of a descent: how it ended, and with which losses."""

from service.descent.answers.results import Outcome, Rule
from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.options import Stop
from service.descent.readonly import readonly
from service.descent.watching.recording import Record


@readonly
class Descent:
    """A descent that has ended: its rate, stop rules, number of steps, last losses and last
    parameters (p,), in the coordinates of the descent.
    """

    lr: float
    steps: int
    loss: float
    params: Array
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


def ended(
    problem: QuadraticProblem | None,
    last: Record,
    lr: float,
    steps: int,
    stop: Stop | None = None,
    stopped_by: Rule | None = None,
) -> Descent:
    """Return how a descent of this many steps ended, given its last finite record. An early end
    without a stop rule is a divergence. A `problem` is given if the losses have a closed form.

    Raises NotComputableError if the loss on the held-out points overflowed although the loss that
    the descent sees never grows.
    """
    diverged_at = None
    if stopped_by:
        steps = last.step
    elif last.step < steps:
        diverged_at = last.step + 1
        if problem and last.validation is not None and problem.outlook.excess.pace(lr) <= 2:
            raise NotComputableError(
                "The loss on the held-out points is too large for a number: bring their t and y "
                "closer to those of the others."
            )
    return Descent(
        lr, steps, last.loss, last.params, diverged_at, stop, stopped_by, last.validation
    )
