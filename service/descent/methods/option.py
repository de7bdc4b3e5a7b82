"""The base of all options: frozen dataclasses that pydantic validates as they are."""

from collections.abc import Callable
from math import inf
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic import (
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    GetPydanticSchema,
    ValidationError,
)
from pydantic_core import CoreSchema, PydanticUseDefault, core_schema

from service.descent.methods.bounds import MAX_LR, MAX_NUMBER

Number = Annotated[float, Ge(-MAX_NUMBER), Le(MAX_NUMBER)]
Positive = Annotated[float, Gt(0), Le(MAX_NUMBER)]
NotNegative = Annotated[float, Ge(0), Le(MAX_NUMBER)]
AtLeastOne = Annotated[float, Ge(1), Le(MAX_NUMBER)]
Fading = Annotated[float, Ge(0), Lt(1)]
"""The factor by which the influence of a gradient fades in each step."""
Between = Annotated[float, Gt(0), Lt(1)]
LearningRate = Annotated[float, Gt(0), Le(MAX_LR)]

ROUNDED_FROM, EXACT_BELOW = 2**53, 2**62
"""The magnitudes from which on float64 rounds integers, and below which the difference of two is an
integer of 64 bits.
"""


def kept(sent: object, convert: Callable[[Any], object]) -> GetPydanticSchema:
    """Return an annotation for a value that is validated as the type `sent` and then converted."""
    return GetPydanticSchema(
        lambda _, handler: core_schema.no_info_after_validator_function(
            convert, handler.generate_schema(sent)
        )
    )


RuleCode = Literal[
    "answer_too_large",
    "conflicting_fields",
    "cost_over_budget",
    "length_mismatch",
    "malformed_file",
    "missing_field",
    "out_of_range",
    "too_many_items",
    "too_many_points",
    "unknown_field",
    "unknown_value",
]


def unrounded(
    sent: list[float | None], validate: Callable[[list[float | None]], list[float | None]]
) -> list[float | None] | tuple[int | None, ...]:
    """Return a list of numbers as floats. If all of them are integers, and float64 would round
    them, return them as they are. None is a missing value.
    """
    try:
        numbers = validate(sent)
    except ValidationError:
        if not isinstance(sent, list):
            raise
        return validate([_in_range(each) for each in sent])
    known = [each for each in numbers if each is not None]
    if max(known, default=0) < ROUNDED_FROM and min(known, default=0) > -ROUNDED_FROM:
        return numbers
    if all(each is None or _exact(each) for each in sent):
        return tuple(sent)  # type: ignore[arg-type]  # no number is a float
    return numbers


def _exact(value: float) -> bool:
    """Return whether a number is an integer whose difference from another one has 64 bits."""
    return isinstance(value, int) and abs(value) < EXACT_BELOW


def _in_range(value: float | None) -> float | None:
    """Return a value, or inf for an integer that is too large for a double: it has the right type,
    but not for pydantic.
    """
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        return inf
    return value


class RuleError(ValueError):
    """Fields that are valid on their own contradict each other.

    `code` names the kind of contradiction. `pointer` is the field to change, or None for the object
    itself. The message says what to do. If a limit is exceeded, `limit` is the limit, and `given`
    the value that exceeds it.
    """

    def __init__(
        self,
        code: RuleCode,
        message: str,
        *,
        pointer: str | None = None,
        limit: float | None = None,
        given: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.pointer = pointer
        self.limit = limit
        self.given = given


class Option:
    """A part of a request. Unknown fields, type conversions and infinite numbers are rejected. For
    a field with a default, null means absent.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    kind_required: ClassVar[bool] = True
    """True if a request must give the `kind` of an option that has one."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the schema of the dataclass, in which fields with a default accept null."""
        schema = handler(source)
        dataclass = handler.resolve_ref_schema(schema)
        assert dataclass["type"] == "dataclass"
        arguments = dataclass["schema"]
        assert arguments["type"] == "dataclass-args"
        for field in arguments["fields"]:
            optional = field["schema"]
            if optional["type"] != "default" or optional["schema"]["type"] == "nullable":
                continue
            if field["name"] != "kind" or not cls.kind_required:
                optional["schema"] = core_schema.no_info_after_validator_function(
                    _present, core_schema.nullable_schema(optional["schema"])
                )
        return schema

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON schema. A `kind` that distinguishes options is required, although Python
        code need not repeat it.
        """
        json_schema = handler(schema)
        described = handler.resolve_ref_schema(json_schema)
        if cls.kind_required and "kind" in described["properties"]:
            described["properties"]["kind"].pop("default", None)
            described["required"] = ["kind", *described.get("required", [])]
        return json_schema


def _present(value: object) -> object:
    if value is None:
        raise PydanticUseDefault
    return value
