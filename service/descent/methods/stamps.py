"""Time stamps of RFC 3339, as they are sent and returned. Inside the service, a stamp is an
integer: the nanoseconds since 1970-01-01T00:00:00Z.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, LiteralString, TypeGuard

from pydantic import (
    AfterValidator,
    Discriminator,
    GetJsonSchemaHandler,
    GetPydanticSchema,
    Tag,
    ValidationError,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from service.descent.methods.option import Number

SECOND = 1_000_000_000
"""The nanoseconds of a second, the unit of t in coefficients."""
FARTHEST = 106_751 * 86_400
"""The largest distance of a stamp from 1970 in seconds: the days whose nanoseconds have 64 bits."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # in UTC, without the cost of a time zone
STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:([Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-6]\d)(?:\.(\d+))?"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?",
    re.ASCII,
)
"""The day, the time, the fraction of a second, and the offset from UTC."""
ZEROS = bytes.maketrans(b"123456789", b"000000000")
"""The table that turns every digit into 0, so that stamps of one form are equal."""
MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)
"""The beginning of a stamp."""


class StampError(ValueError):
    """A text is not a stamp that can be used. The message completes the sentence "It should".
    `code` names the kind of mistake.
    """

    def __init__(self, message: str, *, code: LiteralString = "wrong_type") -> None:
        super().__init__(message)
        self.code = code


def first_of(sent: Sequence[object]) -> object:
    """Return the first value of a list that is not missing, or None if all are missing."""
    return next((each for each in sent if each is not None), None)


def is_stamp(value: object) -> TypeGuard[str]:
    """Return whether a value begins like a stamp."""
    return isinstance(value, str) and MONTH.match(value) is not None


def read_stamp(text: object) -> int:
    """Return the nanoseconds from 1970-01-01T00:00:00Z to a stamp. A date without a time is
    midnight in UTC. Raises StampError.
    """
    if not isinstance(text, str):
        raise StampError("be a time stamp, as the values before it are")
    found = STAMP.fullmatch(text)
    if found is None:
        raise StampError("be a time stamp of RFC 3339, such as 2024-02-29T12:00:00Z")
    day, time, fraction, offset = found.groups()
    if time is None:
        time, offset = "T00:00:00", "Z"
    if offset is None:
        raise StampError("end with the offset from UTC, such as Z or +09:00")
    if fraction is not None and len(fraction) > 9:
        raise StampError("have at most 9 digits after the decimal point")
    try:
        since = datetime.fromisoformat(day + time) - EPOCH
    except ValueError:
        if time.endswith(":60"):
            reason = "have at most 59 seconds, because Unix time has no leap seconds"
            raise StampError(reason) from None
        raise StampError("be a day and a time that exist") from None
    seconds = since.days * 86_400 + since.seconds - _offset_seconds(offset)
    if not -FARTHEST <= seconds < FARTHEST:
        raise StampError("lie between 1677-09-22 and 2262-04-10 in UTC", code="out_of_range")
    return seconds * SECOND + (int(fraction.ljust(9, "0")) if fraction else 0)


@lru_cache(64)
def _offset_seconds(offset: str) -> int:
    """Return the seconds by which local time is ahead of UTC."""
    if offset in {"Z", "z"}:
        return 0
    seconds = int(offset[1:3]) * 3600 + int(offset[4:]) * 60
    return -seconds if offset[0] == "-" else seconds


def read_stamps(sent: Sequence[object]) -> list[int | None]:
    """Return the nanoseconds of each stamp of a list, and None for each missing value.

    Raises ValidationError, with the index of the first value that is not a stamp.
    """
    alike = _read_alike(sent)
    if alike is not None:
        return [*alike]
    found: list[int | None] = []
    try:
        for value in sent:
            found.append(None if value is None else read_stamp(value))  # noqa: PERF401  # counted
    except StampError as error:
        at = len(found)
        details = InitErrorDetails(type=_custom(error), loc=(at,), input=sent[at])
        raise ValidationError.from_exception_data("stamps", [details]) from None
    return found


def _read_alike(sent: Sequence[Any]) -> list[int] | None:
    """Return the nanoseconds of stamps that have the form and the offset of the first, or None if
    they do not, or if one of them cannot be used. One after the other would take twice as long,
    during which the service answers no other request.
    """
    first = _first_if_alike(sent)
    if first is None:
        return None
    try:
        since = [datetime.fromisoformat(text[:19]) - EPOCH for text in sent]
    except ValueError:
        return None
    ahead = _offset_seconds(first[4])
    seconds = [each.days * 86_400 + each.seconds - ahead for each in since]
    if min(seconds) < -FARTHEST or max(seconds) >= FARTHEST:
        return None
    if first[3] is None:
        return [each * SECOND for each in seconds]
    begin, end = first.span(3)
    parts = [int(text[begin:end].ljust(9, "0")) for text in sent]
    return [each * SECOND + part for each, part in zip(seconds, parts, strict=True)]


def _first_if_alike(sent: Sequence[Any]) -> re.Match[str] | None:
    """Return the first stamp, if all have its length, its offset and digits in the same places."""
    if {*map(type, sent)} != {str}:
        return None
    first = STAMP.fullmatch(sent[0])
    if first is None or first[4] is None or len(first[3] or "") > 9:
        return None
    form = sent[0].encode().translate(ZEROS)
    if {*map(len, sent)} != {len(form)}:
        return None
    if "".join(sent).encode().translate(ZEROS) != form * len(sent):
        return None
    end = first.start(4)
    has_hours = max(text[11:13] for text in sent) <= "23"  # from Python 3.14 on, 24 is one too
    return first if has_hours and {text[end:] for text in sent} == {first[4]} else None


def stamps_instead(
    sent: object, validate: Callable[[list[Any]], object]
) -> list[int | None] | None:
    """Return the nanoseconds of the stamps in a list that `validate` rejects as numbers, or None if
    it is not a list of stamps. `validate` checks their number, and whether values can be missing.

    Raises ValidationError.
    """
    if not isinstance(sent, list) or not is_stamp(first_of(sent)):
        return None
    validate([None if each is None else 0.0 for each in sent])
    return read_stamps(sent)


def _also_stamps(schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
    """Return the JSON schema of a list of numbers, with stamps as further values."""
    described = handler(schema)
    items = described["items"]
    others = items.get("anyOf", [items])
    described["items"] = {"anyOf": [others[0], {"type": "string"}, *others[1:]]}
    return described


def _checked(text: str) -> str:
    """Return a stamp in UTC. Raises PydanticCustomError."""
    try:
        return write_stamp(read_stamp(text))
    except StampError as error:
        raise _custom(error) from None


def _custom(error: StampError) -> PydanticCustomError:
    return PydanticCustomError(error.code, "Input should {reason}", {"reason": str(error)})


Stamp = Annotated[str, AfterValidator(_checked)]
"""A time stamp of RFC 3339. It is kept in UTC."""
AnyTime = Annotated[
    Annotated[Number, Tag("~number")] | Annotated[Stamp, Tag("~stamp")],
    Discriminator(lambda value: "~stamp" if isinstance(value, str) else "~number"),
]
"""A value of t in one of its forms."""
AlsoStamps = GetPydanticSchema(get_pydantic_json_schema=_also_stamps)
"""An annotation for lists of numbers whose validator also takes stamps. They have no format in the
contract: generated clients would read date-time without nanoseconds.
"""


def write_stamp(nanoseconds: int) -> str:
    """Return the stamp in UTC, with 0, 3, 6 or 9 digits after the decimal point."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    whole = (EPOCH + timedelta(seconds=seconds)).isoformat()
    if not fraction:
        return f"{whole}Z"
    digits = f"{fraction:09}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{whole}.{digits}Z"
