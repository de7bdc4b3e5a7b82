"""The types of fields are readable in the tables of the reference."""

import pytest

from scripts.reference import fields_of, type_of
from scripts.schemas import Schema

NUMBER: Schema = {"type": "number", "exclusiveMinimum": 0}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (NUMBER, "number (above 0)"),
        (
            {"type": "array", "items": NUMBER, "maxItems": 4},
            "list (up to 4 items) of number (above 0)",
        ),
        ({"type": "array", "prefixItems": [{"type": "number"}] * 2}, "[number, number]"),
        ({"anyOf": [NUMBER, {"type": "null"}]}, "number (above 0) or null"),
        ({"anyOf": [NUMBER, {"const": "best"}]}, 'number (above 0) or `"best"`'),
    ],
)
def test_bounds_stand_next_to_what_they_limit(schema: Schema, words: str) -> None:
    assert type_of(schema, {}) == words


def test_the_problem_codes_are_listed_on_their_own_page_only() -> None:
    assert "[problem code](problems.md)" in fields_of(["Problem"])
    assert "malformed_json" not in fields_of(["Problem"])
