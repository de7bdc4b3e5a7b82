"""The settings that all questions have in common, and the base type of questions.

A question is the request that asks it, validated. Choices that a caller leaves open are properties
here, such as `chosen_scale`.
"""

from bisect import bisect_right
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cache
from math import log10
from typing import Annotated, Any, ClassVar, Self, TypeVar

from annotated_types import Ge, Le
from pydantic import TypeAdapter

from service.descent.methods.bounds import MAX_POINTS, MAX_STEPS
from service.descent.methods.losses import Loss
from service.descent.methods.losses.mse import Mse
from service.descent.methods.models import Model
from service.descent.methods.models.parameters import Init, Scaled
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.option import Option, RuleError
from service.descent.methods.schedules import Schedule
from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.stamps import SECOND
from service.descent.questions import cost
from service.descent.questions.options import (
    AnyScale,
    Batches,
    LrDefault,
    PartOfLimit,
    Rate,
    Seed,
    Solver,
    Synthetic,
    Validation,
    any_seed,
)
from service.descent.questions.points import Points

ENDS = 4
"""The number of times that an answer contains all parameters, apart from records: at the end, as a
function of x, at the best step, and as the start that was given.
"""
DEFAULT_RECORDS = 10_000
"""The number of recorded steps after which fewer are recorded by default."""
SWUNG_STEPS, STEPS_AHEAD = 10_000, 1_000
"""The largest number of steps with momentum whose losses are all computed for the verdict, and the
number of steps after them that show whether the descent stays at the optimum.
"""


@dataclass(frozen=True, kw_only=True)
class Setting(Option):
    """The settings that fits, analyses and sweeps have in common, without the points."""

    synthetic: Synthetic | None = None
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: Model = Polynomial()
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial.
    """
    loss: Loss = Mse()
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only."""
    optimizer: Optimizer = Sgd()
    """An optimizer of torch.optim, with its options and defaults."""
    schedule: Schedule = Constant()
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler."""
    batch_size: Annotated[int, Ge(1), Le(MAX_POINTS)] | None = None
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches = "shuffled"
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement.
    """
    seed: Seed = field(default_factory=any_seed)
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Init = "random"
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is.
    """
    steps: Annotated[int, Ge(1), Le(MAX_STEPS)] = 100
    """The number of updates to make."""
    scale: AnyScale = "auto"
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize.
    """
    validation: Validation | None = None
    """Points to hold out. If omitted, the descent sees all points."""

    @property
    def polynomial(self) -> Polynomial | None:
        """The model if it is a polynomial: only then can the losses have a closed form."""
        return self.model if isinstance(self.model, Polynomial) else None

    @property
    def obstacle(self) -> str | None:
        """The first field that rules out a closed form of the losses, or None if they have one."""
        if not isinstance(self.model, Polynomial):
            return "model"
        if not self.loss.in_closed_form:
            return "loss"
        if not self.optimizer.in_closed_form:
            return "optimizer"
        if not self.schedule.in_closed_form:
            return "schedule"
        if self.batch_size is not None:
            return "batch_size"
        return None

    @property
    def computable(self) -> bool:
        """True if every loss is known in closed form before the first step."""
        return self.obstacle is None

    @property
    def quadratic(self) -> bool:
        """True if the curvature of the loss is the same everywhere: least squares minimises it."""
        return self.loss.in_closed_form and isinstance(self.model, Polynomial)

    @property
    def plain(self) -> bool:
        """True for gradient descent without momentum and without weight decay."""
        return self.optimizer == Sgd()

    @property
    def with_all_points(self) -> Self:
        """The same settings with all points in each step."""
        if self.batch_size is None:
            return self
        return replace(self, batch_size=None, batches="shuffled")

    @property
    def exact_momentum(self) -> Sgd | None:
        """The optimizer if the closed form includes its momentum, otherwise None."""
        sgd = self.optimizer
        return sgd if isinstance(sgd, Sgd) and sgd.momentum and self.computable else None

    @property
    def decay(self) -> float:
        """The weight decay of sgd, which minimises the loss plus decay / 2 times the sum of squares
        of the parameters; 0 for other optimizers.
        """
        if isinstance(self.optimizer, Sgd):
            return self.optimizer.weight_decay
        return 0.0

    @property
    def exact_decay(self) -> float:
        """The weight decay if the curvature of what is minimised is the same everywhere, else 0."""
        if self.decay and self.quadratic:
            return self.decay
        return 0.0

    @property
    def listed_rates(self) -> tuple[float, ...] | None:
        """The rate of each step if the schedule lists them, otherwise None."""
        return self.schedule.lrs if isinstance(self.schedule, RateList) else None

    def first_rate(self, lr: Rate) -> Rate:
        """Return the first rate of a schedule that lists its rates, otherwise the given rate."""
        return self.listed_rates[0] if self.listed_rates else lr

    @property
    def chosen_lr(self) -> Rate | None:
        """The learning rate that is used, or the first one; None if there is no single rate."""
        return None

    @property
    def lr_default(self) -> LrDefault | None:
        """The default that the rate is, or None if it is the best one or none is needed."""
        return None

    @property
    def computes_rate(self) -> bool:
        """True if the service computes the rate from the points, in any coordinates."""
        return False

    @property
    def limit_known(self) -> bool:
        """True if the points determine the limit of the rate."""
        return self.quadratic and isinstance(self.optimizer, Sgd)

    @property
    def chosen_solver(self) -> Solver | None:
        """The solver that is used, or None if no step is made."""
        return None

    @property
    def chosen_scale(self) -> AnyScale:
        """The coordinates that are used. auto: standardize if the best rate for `steps` then comes
        within one percent of the optimum, otherwise orthonormal.
        """
        if self.scale != "auto":
            return self.scale
        if self.polynomial is None:
            return "standardize"
        return "auto" if self.computes_rate else "none"


@dataclass(frozen=True, kw_only=True)
class Question(Setting):
    """A question to a worker: settings and points, with the rules between its fields, its cost, and
    the size of its answer. Exactly one of `data` and `synthetic` is set.
    """

    label: ClassVar[str]
    """The name of the question in metrics."""
    advice: ClassVar[str] = "Send fewer points"
    """The advice to a caller if even one step is too expensive."""
    sharpnesses: ClassVar[int] = 0
    """The number of computations of the sharpness, unless the curvature is the same everywhere."""

    data: Points | None = None
    """Your points."""

    @property
    def stamped(self) -> bool:
        """True if the points have time stamps."""
        return self.data is not None and self.data.stamped

    @property
    def unit(self) -> float:
        """The caller's unit of t: 1, or the nanoseconds of a second for time stamps."""
        return float(SECOND) if self.stamped else 1.0

    @property
    def compressed(self) -> bool:
        """True if factors stand for points."""
        return self.data is not None and self.data.compressed

    @property
    def n(self) -> int:
        """The number of points that are there, including held-out points."""
        if self.synthetic is not None:
            return self.synthetic.points
        assert self.data is not None
        return len(self.data)

    @property
    def seen(self) -> int:
        """The number of points that the descent sees."""
        return self.n - (self.validation.held_out(self.n) if self.validation else 0)

    @property
    def records_in_answer(self) -> int:
        """The number of recorded steps that the answer holds."""
        return 0

    @property
    def numbers_in_answer(self) -> int:
        """The number of numbers that the answer holds for the records and the points."""
        return 0

    @property
    def largest_answer(self) -> int:
        """A number that the count of numbers in the answer, of any kind, rarely exceeds."""
        return self.numbers_in_answer + ENDS * self.model.size

    @property
    def likeness(self) -> Hashable:
        """A value that is equal for questions that can be computed as one stack, or None if this
        one is computed alone.
        """
        return None

    @property
    def advice_if_too_large(self) -> str:
        """The advice to a caller if the answer holds too much."""
        return self.advice

    @property
    def seconds(self) -> float:
        """The predicted CPU seconds. They include an analysis."""
        model, n = self.model, self.n
        seconds = cost.QUESTION_SECONDS + self.point_seconds * n
        if self.data is not None:
            factors = len(self.data.factors) + len(self.data.remove)
            seconds += cost.FACTOR_SECONDS * factors * model.size
            seconds += cost.READ_SECONDS * self.data.read_points
        if self.quadratic:
            return seconds + self.momentum_seconds
        if isinstance(model, Polynomial):
            pairs = model.size * model.size
            seconds += self.loss.optimum_seconds * (n + cost.OPTIMUM_POINTS) * pairs
        iterations = min(model.size, cost.SHARPNESS_STEPS)
        one_pass = model.call_seconds + model.pass_seconds(min(n, cost.SHARPNESS_POINTS))
        return seconds + self.sharpnesses * iterations * (cost.STEP_SECONDS + one_pass)

    @property
    def point_seconds(self) -> float:
        """The predicted CPU seconds per point of one look at the points."""
        if self.polynomial is None:
            return cost.POINT_SECONDS
        return cost.POINT_SECONDS + cost.PAIR_SECONDS * self.polynomial.size**2

    @property
    def momentum_seconds(self) -> float:
        """The predicted CPU seconds that momentum adds to an analysis. A descent that keeps more of
        its velocity needs longer searches, unless it is Nesterov's, and held-out points need a
        second search. A descent in batches is compared with that on all points, without a search.
        """
        sgd = self.with_all_points.exact_momentum
        if sgd is None:
            return 0.0
        if self.batch_size:
            return cost.MOMENTUM_SECONDS
        digits = 1.0 if sgd.nesterov else max(1.0, -log10(1 - sgd.momentum))
        searches = min(1.0, self.steps / cost.SEARCH_STEPS) * (2 if self.validation else 1)
        return cost.MOMENTUM_SECONDS + cost.SEARCH_SECONDS * self.model.size * digits * searches

    def advice_if_over(self, max_seconds: float) -> str:
        """Return the advice to a caller if the question costs more than the maximum."""

        def seconds(steps: int) -> float:
            # at a multiple of 10,000 steps there are more records than slightly above it, and only
            # up to 10,000 steps the verdict looks at each loss of a descent with momentum
            multiple = steps - steps % DEFAULT_RECORDS or steps
            costliest = {steps, multiple, min(steps, SWUNG_STEPS)}
            return max(self.with_steps(each).seconds for each in costliest)

        steps = bisect_right(range(1, self.steps + 1), max_seconds, key=seconds)
        return f"Set `steps` to {steps} or less" if steps else self.advice

    def with_steps(self, steps: int) -> Self:
        """Return the same question with another number of steps."""
        return replace(self, steps=steps)

    def check(self) -> None:
        """Check that the fields go together. Raises RuleError for the first rule that is broken."""
        if self.data is None and self.synthetic is None:
            raise RuleError("missing_field", "Give `data` or `synthetic`")
        if self.data is not None and self.synthetic is not None:
            raise RuleError("conflicting_fields", "Give `data` or `synthetic`, not both")
        if self.data is not None and self.compressed:
            self._check_factors(self.data)
        self.model.check_start(self.init)
        if isinstance(self.init, Scaled):
            self._check_form("/init/center", stamped=isinstance(self.init.center, str))
        if self.validation is not None and not 0 < self.seen < self.n:
            message = (
                f"`fraction` holds out {self.n - self.seen} of {self.n} points: choose one that "
                "leaves at least one point on each side"
            )
            raise RuleError("out_of_range", message, pointer="/validation/fraction")
        self._check_method()

    def _check_form(self, pointer: str, *, stamped: bool) -> None:
        """Check that values of t have the form of those of the points, if these are known. Raises
        RuleError.
        """
        if self.data is not None and self.data.unread:
            return
        if stamped != self.stamped:
            name, form = pointer.rpartition("/")[2], "time stamps" if self.stamped else "numbers"
            message = f"`{name}` does not have the form of the points: send {form}"
            raise RuleError("conflicting_fields", message, pointer=pointer)

    def _check_factors(self, data: Points) -> None:
        """Check that a factor is enough for the question, without its points."""
        if self.obstacle is not None:
            self._check_points(f"This `{self.obstacle}`", f"/{self.obstacle}")
        if self.validation is not None:
            self._check_points("`validation`", "/validation")
        assert self.polynomial
        for name, factors in (("factors", data.factors), ("remove", data.remove)):
            for i, factor in enumerate(factors):
                if factor.degree < self.polynomial.degree:
                    message = (
                        f"A factor of degree {factor.degree} knows too little of its points for "
                        f"`degree` {self.polynomial.degree}"
                    )
                    raise RuleError("out_of_range", message, pointer=f"/data/{name}/{i}/degree")

    def _check_points(self, what: str, pointer: str) -> None:
        """Check that all points are there, and not only their factors."""
        if self.compressed:
            assert self.data is not None
            found = "`factors` have only their sums"
            if self.data.unread:
                found = "the file is too large to be read as a whole"
            message = f"{what} would need each of the points, and {found}"
            raise RuleError("conflicting_fields", message, pointer=pointer)

    def _check_method(self) -> None:
        if self.scale == "orthonormal" and self.polynomial is None:
            message = "This model takes `scale` none, standardize or auto"
            raise RuleError("conflicting_fields", message, pointer="/scale")
        if self.batch_size is None and self.batches == "independent":
            message = "`batches` independent needs a `batch_size`"
            raise RuleError("conflicting_fields", message, pointer="/batches")
        if self.batch_size is not None and self.batch_size > self.seen:
            seen = self.seen
            message = f"`batch_size` exceeds the {seen} training points: set it to {seen} or less"
            raise RuleError("out_of_range", message, pointer="/batch_size")
        listed = self.listed_rates
        if listed and len(listed) != self.steps:
            message = (
                f"the length of `lrs` is {len(listed)}, and `steps` is {self.steps}: list one rate "
                "per step"
            )
            raise RuleError("length_mismatch", message, pointer="/schedule/lrs")

    def _check_rate(self, lr: Rate | None) -> None:
        """Check that the rate can be computed, and is the first one of a listed schedule."""
        if listed := self.listed_rates:
            if lr not in {None, "best", listed[0]}:
                message = "`lr` is the first rate of the `schedule`: leave it out"
                raise RuleError("conflicting_fields", message, pointer="/lr")
        elif lr == "best" and (obstacle := self.obstacle):
            message = (
                "The best rate needs the closed form, which does not exist with this "
                f"`{obstacle}`: give a number, or leave `lr` out"
            )
            raise RuleError("conflicting_fields", message, pointer="/lr")
        elif isinstance(lr, PartOfLimit):
            self._check_limit("/lr")

    def _check_limit(self, pointer: str) -> None:
        """Check that there is a limit of which a rate can be a part."""
        if not self.limit_known:
            message = (
                "`of_limit` needs a known limit of the rate, which exists for a polynomial, the "
                "loss mse and the optimizer sgd: give numbers"
            )
            raise RuleError("conflicting_fields", message, pointer=pointer)


AnySetting = TypeVar("AnySetting", bound=Option)


def adapter(kind: type[AnySetting]) -> TypeAdapter[AnySetting]:
    """Return the validator of a kind of question, which is built once."""
    return _adapter(kind)  # type: ignore[arg-type]  # a class can be hashed


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:  # a cached function is not generic
    return TypeAdapter(kind)


def converted(question: Option, kind: type[AnySetting], **changes: object) -> AnySetting:
    """Return a question of another kind: with the fields that both kinds have, and `changes`."""
    given = vars(question)
    fields = kind.__dataclass_fields__  # type: ignore[attr-defined]  # options are dataclasses
    common = {name: given[name] for name in fields if name in given}
    return kind(**common | changes)
