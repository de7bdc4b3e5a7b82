"""Objects of an answer: JSON with typed attributes."""

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

LONGEST = 500
"""The number of characters that are printed of an answer, which may have millions of losses."""


class Answer:
    """A JSON object of an answer. Its fields are attributes, and absent fields are None.

    `raw` is the object as received. It also has the fields of later versions of the service, which
    this client does not know.
    """

    __slots__ = ("raw",)
    raw: dict[str, Any]

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw

    if not TYPE_CHECKING:  # a type checker reports names that are no fields

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the annotation of the field says it
            if name not in fields(type(self)):
                raise AttributeError(f"{type(self).__name__} has no field {name!r}")
            return reader(fields(type(self))[name])(self.raw.get(name))

    def __dir__(self) -> list[str]:
        kind: type = type(self)
        return [*super().__dir__(), *fields(kind)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shortened(repr(self.raw), LONGEST)})"


def shortened(text: str, longest: int) -> str:
    """Return a text of at most this many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


@cache
def fields(answer: type) -> dict[str, Any]:
    """Return the annotation of each field of an answer."""
    hints = get_type_hints(answer)
    return {name: hint for name, hint in hints.items() if name != "raw" and name[0] != "_"}


@cache
def reader(annotation: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - annotations have no type
    """Return the function that turns JSON into a value of this annotation.

    An object that fits no class of the annotation stays a dict: later versions of the service may
    send kinds that this client does not know.
    """
    is_union = get_origin(annotation) in {Union, UnionType}
    options = get_args(annotation) if is_union else (annotation,)
    answers = [each for each in options if isinstance(each, type) and issubclass(each, Answer)]
    items = [reader(get_args(each)[0]) for each in options if get_origin(each) is list]
    items = [item for item in items if item is not _unchanged]
    if not answers and not items:
        return _unchanged

    def read(value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            return next((answer(value) for answer in answers if fits(answer, value)), value)
        if isinstance(value, list) and items:
            return [items[0](each) for each in value]
        return value

    return read


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - JSON
    return value


def fits(answer: type, value: dict[str, Any]) -> bool:
    """Return whether an object has all fields that are required of an answer, with the values of
    those that are constants.
    """
    for name, annotation in fields(answer).items():
        if get_origin(annotation) is Literal and name in {"kind", "type"}:
            if value.get(name) not in get_args(annotation):
                return False
        elif type(None) not in get_args(annotation) and name not in value:
            return False
    return True
