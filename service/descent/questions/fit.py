"""Fits: answered as a whole, as a stream or as a picture."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

from annotated_types import MaxLen
from pydantic import AfterValidator
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.bounds import MAX_POINTS
from service.descent.methods.option import RuleError, kept
from service.descent.questions import cost
from service.descent.questions.options import (
    Form,
    Include,
    LrDefault,
    PartOfLimit,
    Rate,
    Scale,
    Solver,
    Stop,
)
from service.descent.questions.places import AnyPlaces, Every, ListedPlaces, are_stamps
from service.descent.questions.records import RecordedQuestion, Recording
from service.descent.questions.setting import converted

NETWORK_LR = 0.01
"""The rate of a network by gradient descent if the request has none."""
HALF_LIMIT = PartOfLimit(0.5)
"""The rate of a polynomial by gradient descent if the request has none and the best is not known.
"""


@dataclass(frozen=True, kw_only=True)
class Choices(Recording):
    """The settings of a fit, without its points."""

    lr: Rate | None = None
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: Annotated[Stop | None, AfterValidator(lambda stop: None if stop == Stop() else stop)] = (
        None
    )
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: Annotated[tuple[Include, ...], kept(Annotated[list[Include], MaxLen(8)], tuple)] = ()
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: AnyPlaces | None = None
    """The values of t at which to evaluate the fitted curve, in the form of the t of your points.
    For time stamps, an object with `every` and `until` gives them at equal distances. The result
    is `predictions_at`.
    """

    @property
    @override
    def chosen_lr(self) -> Rate:
        if self.listed_rates:
            return self.listed_rates[0]
        return self._default[1] if self.lr is None else self.lr

    @property
    @override
    def lr_default(self) -> LrDefault | None:
        if self.listed_rates or self.lr is not None:
            return None
        return self._default[0]

    @property
    def _default(self) -> tuple[LrDefault | None, Rate]:
        """The rate of a request without one, and its name if it is not the best rate."""
        if self.computable:
            return None, "best"
        if self.optimizer.default_lr is not None:
            return "optimizer", self.optimizer.default_lr
        if self.polynomial is None:
            return "network", NETWORK_LR
        return "half_limit", HALF_LIMIT

    @property
    @override
    def computes_rate(self) -> bool:
        return not self.listed_rates and not isinstance(self.lr, int | float)

    @property
    def watched(self) -> bool:
        """True if every step is checked, recorded or not."""
        return self.stop is not None or self.validation is not None


@dataclass(frozen=True, kw_only=True)
class Resolved(Choices):
    """A fit request with every default and every open choice resolved, without its points. Each
    field means the same as in a request.
    """

    lr: float = field()
    at: ListedPlaces | None = None
    """The values of t at which the fitted curve is evaluated. Time stamps are in UTC."""
    seed: int = field()
    scale: Scale = field()
    solver: Solver = field()
    record_every: int = field()


@dataclass(frozen=True, kw_only=True)
class FitSpec(Choices, RecordedQuestion):
    """Points and the settings of the descent. `lr` and `steps` are the ones that the lecture
    varies.
    """

    label: ClassVar[str] = "fit"
    sharpnesses: ClassVar[int] = 2

    @property
    @override
    def likeness(self) -> Hashable:
        if self.chosen_solver == "loop" or self.compressed:
            return None
        points: Hashable = self.synthetic
        if self.data is not None:
            points = len(self.data), self.data.weighted, type(self.data.t)
        return (
            points,
            self.model,
            self.init if isinstance(self.init, str) else type(self.init),
            self.optimizer,
            self.validation,
            self.chosen_scale,
            self.steps,
            self.every,
            self.stop,
            "gradients" in self.include,
        )

    @property
    def place_count(self) -> int:
        """The number of values of t at which to evaluate the curve."""
        if isinstance(self.at, Every):
            assert self.data is not None
            return self.at.count(self.data)
        return len(self.at or ())

    @property
    def places(self) -> tuple[float, ...] | tuple[str, ...] | None:
        """The values of t at which to evaluate the curve, or None if there are none."""
        if not isinstance(self.at, Every):
            return self.at
        assert self.data is not None
        return self.at.places(self.data)

    @property
    def reported(self) -> tuple[Include, ...]:
        """The quantities to return for each recorded step in addition to losses; `data` once."""
        return self.include

    @property
    def columns(self) -> int:
        """The number of numbers to return for each recorded step."""
        losses = 1 + (self.validation is not None) + (self.batch_size is not None)
        reported = self.reported
        if not reported:
            return losses
        p = self.model.size
        widths = {"params": p, "gradients": p, "predictions": self.n}
        history = sum(widths.get(name, 0) for name in set(reported))
        return losses + 1 + history if history else losses

    @property
    def numbers_in_answer(self) -> int:
        """The number of numbers that the answer holds: records x columns, the data, and for each t
        of `at` the prediction and the bounds of two intervals.
        """
        reported = self.reported
        once = 2 * self.n if "data" in reported else 0
        each = 1 + 4 * ("intervals" in reported)
        return self.records * self.columns + once + each * self.place_count

    @property
    @override
    def largest_answer(self) -> int:
        return super().largest_answer + self.place_count  # `resolved` repeats them

    @property
    @override
    def seconds(self) -> float:
        examined = self.steps if self.watched else self.records
        seconds = super().seconds + cost.NUMBER_SECONDS * self.numbers_in_answer
        if self.chosen_solver == "exact":
            return seconds + examined * self._exact_seconds + self.swung_seconds
        step = self.call_seconds + self.model.call_seconds + self.pass_seconds(self.rows)
        curve = cost.FORWARD * (self.model.call_seconds + self.pass_seconds(self.n))
        each = cost.RECORD_SECONDS["loop"]
        if self.validation:
            each += cost.RECORD_SECONDS["loop"]
        if self.batch_size:
            each += cost.RECORD_SECONDS["loop"]
            each += curve
            if self._gradients:  # of all points, whereas a step has that of its batch
                each += cost.STEP_SECONDS + curve / cost.FORWARD
        if "predictions" in self.reported:
            pairs = self.model.size**2 if self.polynomial else 0
            seconds += self.records * (curve + cost.PAIR_SECONDS * pairs * self.n)
        return seconds + self.steps * step + examined * each

    @property
    def _exact_seconds(self) -> float:
        """The predicted CPU seconds of one recorded or checked step in closed form."""
        seconds = cost.RECORD_SECONDS["exact"] * self.model.size
        if not self.exact_momentum:
            return seconds
        return seconds + (2 + self._gradients) * cost.MAP_SECONDS

    @property
    def _gradients(self) -> bool:
        """True if each recorded or checked step needs the gradient of all points."""
        return "gradients" in self.reported or bool(self.stop and self.stop.gradient)

    @override
    def check(self) -> None:
        super().check()
        self._check_rate(self.lr)
        if self.at:
            self._check_form("/at", stamped=are_stamps(self.at))
        if isinstance(self.at, Every) and self.data is not None:
            self.at.check(self.data)
        if self.stop and self.stop.gap is not None and not self.quadratic:
            message = (
                "`gap` refers to the least-squares optimum: it needs a polynomial and the loss mse"
            )
            raise RuleError("conflicting_fields", message, pointer="/stop/gap")
        if self.include:
            self._check_include()

    def _check_include(self) -> None:
        """Check that all that `include` requests exists. Raises RuleError."""
        requested = set(self.include)
        if "intervals" in requested and not self.at:
            message = "`include` intervals needs `at`: the values of t to give them for"
            raise RuleError("conflicting_fields", message, pointer="/include")
        if not self.quadratic and requested & {"intervals", "degrees", "factor"}:
            message = (
                "`include` intervals, degrees and factor belong to least squares: they need a "
                "polynomial and the loss mse"
            )
            raise RuleError("conflicting_fields", message, pointer="/include")
        if "filter" in requested and not (self.computable and self.plain):
            message = (
                "`include` filter needs plain descent in closed form, which does not exist with "
                f"this `{self.obstacle or 'optimizer'}`"
            )
            raise RuleError("conflicting_fields", message, pointer="/include")
        if requested & {"predictions", "data"}:
            self._check_points("`include` predictions and data", "/include")

    def drawn(self, form: Form) -> "PictureSpec":
        """Return the fit to draw, with the curves of as many steps as the limits allow.

        Raises RuleError if there are factors instead of points.
        """
        self._check_points("A picture", "/data/factors")
        asked = replace(self, include=("predictions", "data"))
        every = max(self.every, min(asked.smallest_record_every, self.steps))
        return converted(asked, PictureSpec, record_every=every, form=form)

    def resolved(self, *, lr: float, scale: Scale) -> Resolved:
        """Return the fit as it is run, without its points."""
        return converted(
            self,
            Resolved,
            lr=lr,
            at=self.places,
            scale=scale,
            solver=self.chosen_solver,
            record_every=self.every,
        )


@dataclass(frozen=True, kw_only=True)
class StreamSpec(FitSpec):
    """A fit whose events are streamed. `after` is the last step that the client already has: -1 if
    it has only the start, None if it has nothing.
    """

    label: ClassVar[str] = "stream"
    likeness: ClassVar[None] = None

    after: int | None = None

    @property
    def reported(self) -> tuple[Include, ...]:
        """The quantities to send: the parameters if the model has few, the data if all points are
        there and as few as JSON can have, and `include`.
        """
        always: list[Include] = ["params"] if self.model.always_streamed else []
        if not self.compressed and self.n <= MAX_POINTS:
            always.append("data")
        return (*dict.fromkeys((*always, *self.include)),)

    @property
    def numbers_in_events(self) -> int:
        """The number of numbers that all events hold."""
        return self.numbers_in_answer


@dataclass(frozen=True, kw_only=True)
class PictureSpec(FitSpec):
    """A fit to draw; its `include` contains predictions and data."""

    label: ClassVar[str] = "picture"
    likeness: ClassVar[None] = None

    form: Form

    @property
    @override
    def seconds(self) -> float:
        return super().seconds + cost.PICTURE_SECONDS

    def with_steps(self, steps: int) -> "PictureSpec":
        """Return the picture of the same fit with another number of steps."""
        return replace(self, steps=steps, record_every=None).drawn(self.form)
