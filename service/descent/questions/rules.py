"""The rules between the fields of a question, each of which is valid on its own."""

from service.descent.methods.models.parameters import Scaled
from service.descent.methods.option import RuleError
from service.descent.methods.schedules.listed import RateList
from service.descent.questions.options import Rate
from service.descent.questions.specs import (
    AnalysisSpec,
    Choices,
    Question,
    Recording,
    SweepSpec,
)


def check(question: Question) -> None:
    """Check that the fields of a question go together.

    Raises RuleError for the first rule that is broken.
    """
    _check_points(question)
    _check_start(question)
    _check_split(question)
    _check_method(question)
    if isinstance(question, Recording):
        _check_solver(question)
    if isinstance(question, Choices):
        _check_rate(question, question.lr)
        _check_gap(question)
    if isinstance(question, AnalysisSpec):
        _check_rate(question, question.lr)
    if isinstance(question, SweepSpec) and isinstance(question.schedule, RateList):
        message = "A sweep has its own rates: use a `schedule` that is relative to them"
        raise RuleError("conflicting_fields", message, pointer="/schedule")


def _check_points(question: Question) -> None:
    if question.data is None and question.synthetic is None:
        raise RuleError("missing_field", "Give `data` or `synthetic`")
    if question.data is not None and question.synthetic is not None:
        raise RuleError("conflicting_fields", "Give `data` or `synthetic`, not both")


def _check_start(question: Question) -> None:
    start = question.init
    if isinstance(start, Scaled):
        question.model.check_start(start.params)
    elif not isinstance(start, str):
        question.model.check_start(start)


def _check_split(question: Question) -> None:
    if question.validation is not None and not 0 < question.seen < question.n:
        message = (
            f"`fraction` holds out {question.n - question.seen} of {question.n} points: choose one "
            "that leaves at least one point on each side"
        )
        raise RuleError("out_of_range", message, pointer="/validation/fraction")


def _check_method(question: Question) -> None:
    if question.scale == "orthonormal" and not question.model.in_closed_form:
        message = "This model takes `scale` none, standardize or auto"
        raise RuleError("conflicting_fields", message, pointer="/scale")
    if question.batch_size is None and question.batches == "independent":
        message = "`batches` independent needs a `batch_size`"
        raise RuleError("conflicting_fields", message, pointer="/batches")
    if question.batch_size is not None and question.batch_size > question.seen:
        message = (
            f"`batch_size` exceeds the {question.seen} training points: set it to "
            f"{question.seen} or less"
        )
        raise RuleError("out_of_range", message, pointer="/batch_size")
    schedule = question.schedule
    if isinstance(schedule, RateList) and len(schedule.lrs) != question.steps:
        message = (
            f"`lrs` has {len(schedule.lrs)} rates, and `steps` is {question.steps}: list one rate "
            "per step"
        )
        raise RuleError("length_mismatch", message, pointer="/schedule/lrs")


def _check_solver(recording: Recording) -> None:
    if recording.solver != "exact":
        return
    if recording.precision == "float32":
        message = "`precision` float32 needs `solver` loop or auto; exact needs float64"
        raise RuleError("conflicting_fields", message)
    if field := recording.obstacle:
        message = f"There is no closed form with this `{field}`: set `solver` to loop or auto"
        raise RuleError("conflicting_fields", message, pointer="/solver")


def _check_rate(question: Question, lr: Rate | None) -> None:
    """Check that the rate can be computed, and that it is the first one of a listed schedule."""
    if isinstance(question.schedule, RateList):
        if lr not in {None, "best", question.schedule.lrs[0]}:
            message = "`lr` is the first rate of the `schedule`: leave it out"
            raise RuleError("conflicting_fields", message, pointer="/lr")
    elif lr == "best" and (field := question.obstacle):
        message = (
            "The best rate needs the closed form, which does not exist with this "
            f"`{field}`: give a number"
        )
        raise RuleError("conflicting_fields", message, pointer="/lr")


def _check_gap(choices: Choices) -> None:
    if choices.stop and choices.stop.gap is not None and not choices.quadratic:
        message = (
            "`gap` refers to the least-squares optimum: it needs a polynomial and the loss mse"
        )
        raise RuleError("conflicting_fields", message, pointer="/stop/gap")
