"""Dataclasses whose fields do not change, without the cost of frozen ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, overload

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
