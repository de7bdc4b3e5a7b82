"""The check that a question is not too large: its answer, its network and its predicted cost are
limited.
"""

from service.descent.methods.bounds import MAX_UNIT_VALUES
from service.descent.methods.option import RuleError
from service.descent.questions.asked import AnyQuestion
from service.descent.questions.file import UnreadPoints
from service.descent.questions.records import MAX_NUMBERS, MAX_RECORDS
from service.descent.questions.setting import Question


def affordable(question: AnyQuestion, max_seconds: float) -> float:
    """Return the predicted CPU seconds of a question. Those about a file that is not yet read are
    the maximum.

    Raises RuleError if its answer or its network would hold too much, or if it costs more than
    `max_seconds`.
    """
    if isinstance(question, Question):
        if isinstance(question.data, UnreadPoints):
            return max_seconds
        _check_network(question)
    for limit, given in (
        (MAX_RECORDS, question.records_in_answer),
        (MAX_NUMBERS, question.numbers_in_answer),
    ):
        if given > limit:
            advice = question.advice_if_too_large
            raise RuleError("answer_too_large", advice, limit=limit, given=given)
    seconds = question.seconds
    if seconds > max_seconds:
        advice = question.advice_if_over(max_seconds)
        raise RuleError("cost_over_budget", advice, limit=max_seconds, given=round(seconds, 3))
    return seconds


def _check_network(question: Question) -> None:
    """Check that the values of a network at all points fit into memory. Raises RuleError."""
    units = question.model.units
    most = MAX_UNIT_VALUES // units
    if question.n > most:
        message = (
            f"A network with {units} hidden units can have at most {most} points: send fewer "
            "points, or use fewer units"
        )
        raise RuleError("too_many_points", message, limit=most, given=question.n)
