"""Dataclasses whose fields do not change, without the cost of frozen ones, and properties that are
computed once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from typing_extensions import dataclass_transform  # typing has frozen_default from Python 3.12 on

T = TypeVar("T")


@overload
def readonly(cls: type[T], /) -> type[T]: ...
@overload
def readonly(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def readonly(
    cls: type[T] | None = None, /, *, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a dataclass that mypy treats as frozen. Use it for values that every fit creates: a
    dataclass that is frozen at run time sets each field by a function call, which took a fifth of
    the time of a fit.
    """
    return dataclass(cls, kw_only=kw_only)


class once(Generic[T]):  # noqa: N801 - it is used like property
    """A property that is computed when it is first read. It is functools.cached_property without
    the lock that this takes before Python 3.12, at three times the cost.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> T:
        """Return the value. Later, it is found in the instance before this property."""
        value = instance.__dict__[self._name] = self._compute(instance)
        return value
