"""The values of t at which a curve is evaluated: listed, or at equal distances in time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import MaxLen
from pydantic import Discriminator, Field, Tag, WrapValidator
from pydantic_core import PydanticCustomError

from service.descent.methods.bounds import MAX_AT
from service.descent.methods.option import Number, Option, RuleError, kept
from service.descent.methods.stamps import SECOND, AlsoStamps, Stamp, read_stamp, write_stamp
from service.descent.questions.points import Points, Sent, Stamps, integers, numbers_or_stamps

DURATION = re.compile(r"([1-9]\d{0,8})(ns|us|ms|s|m|h|d)", re.ASCII)
UNITS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3_600 * SECOND,
    "d": 86_400 * SECOND,
}
"""The nanoseconds of each unit of a duration."""


def read_duration(text: str) -> int:
    """Return the nanoseconds of a duration. Raises PydanticCustomError."""
    found = DURATION.fullmatch(text)
    if found is None:
        message = "Input should be a whole number and one of ns, us, ms, s, m, h and d, such as 15m"
        raise PydanticCustomError("wrong_type", message)
    return int(found[1]) * UNITS[found[2]]


Duration = Annotated[int, kept(str, read_duration)]


@dataclass(frozen=True)
class Every(Option):
    """Time stamps at equal distances, up to and including `until`. They begin with `from` or, if it
    is omitted, one step after the last point that counts: without a null and the weight 0.
    """

    every: Duration
    """The distance: a whole number with ns, us, ms, s, m, h or d (24 hours), such as 15m."""
    until: Stamp
    """The end, as a time stamp of RFC 3339."""
    start: Annotated[Stamp | None, Field(alias="from")] = None
    """The first time stamp."""

    def check(self, points: Points) -> None:
        """Check that there are places after these points, and not too many. Raises RuleError."""
        count = self.count(points)
        if not count:
            earliest = "one `every` after the last point" if self.start is None else "`from`"
            message = f"`until` must not be earlier than {earliest}"
            raise RuleError("out_of_range", message, pointer="/at/until")
        if count > MAX_AT:
            message = f"`at` has {count} values of t: at most {MAX_AT} are possible"
            raise RuleError("too_many_items", message, pointer="/at", limit=MAX_AT, given=count)

    def count(self, points: Points) -> int:
        """Return the number of places after these points, or the largest if they are unread."""
        if points.unread:
            return MAX_AT
        places = self._nanoseconds(points)
        return max(0, (places.stop - places.start - 1) // self.every + 1)  # len() has a limit

    def places(self, points: Points) -> tuple[str, ...]:
        """Return the stamps, in UTC, after these points."""
        return (*map(write_stamp, self._nanoseconds(points)),)

    def _nanoseconds(self, points: Points) -> range:
        first = int(points.latest) + self.every
        if self.start is not None:
            first = read_stamp(self.start)
        return range(first, read_stamp(self.until) + 1, self.every)


def _tuple(sent: Sent | Stamps) -> tuple[Any, ...]:
    if isinstance(sent, Stamps):
        return (*map(write_stamp, integers(sent)),)
    return tuple(sent)


ListedPlaces = Annotated[
    tuple[float, ...] | tuple[str, ...],
    kept(
        Annotated[
            list[Number],
            MaxLen(MAX_AT),
            Field(fail_fast=True),
            WrapValidator(numbers_or_stamps),
            AlsoStamps,
        ],
        _tuple,
    ),
]
"""Values of t in one of their forms. Stamps are kept in UTC."""
AnyPlaces = Annotated[
    Annotated[ListedPlaces, Tag("~list")] | Annotated[Every, Tag("~every")],
    Discriminator(lambda value: "~every" if isinstance(value, dict) else "~list"),
]


def are_stamps(at: Sequence[float] | Sequence[str] | Every) -> bool:
    """Return whether values of t, of which there is at least one, are time stamps."""
    return isinstance(at, Every) or isinstance(at[0], str)
