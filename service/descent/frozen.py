"""Frozen data, made at the price of plain data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, overload

from typing_extensions import dataclass_transform  # Python's own knows frozen_default from 3.12 on

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(
    cls: type[T] | None = None, /, *, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """A dataclass that the type checker keeps from change. Were it the interpreter, a seventh of a
    fit would go into making them.
    """
    return dataclass(cls, kw_only=kw_only)
