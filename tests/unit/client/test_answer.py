import pytest

from coaster_client.models import Error, Resolved, Scaled


def test_a_field_of_a_later_version_is_in_raw() -> None:
    error = Error({"pointer": "/lr", "code": "later", "detail": "", "hint": "lower"})

    assert error.pointer == "/lr"
    assert error.raw["hint"] == "lower"


def test_an_object_of_a_later_kind_stays_a_dict() -> None:
    later = {"kind": "lion"}

    assert Resolved({"optimizer": later}).optimizer is later  # type: ignore[comparison-overlap]


def test_an_object_has_the_class_whose_fields_it_has() -> None:
    scaled = {"center": 1.0, "scale": 2.0, "params": {"a": 3.0}}

    assert isinstance(Resolved({"init": scaled}).init, Scaled)
    assert Resolved({"init": {"a": 3.0}}).init == {"a": 3.0}


def test_a_field_that_does_not_exist_is_an_attribute_error() -> None:
    name = "colour"

    with pytest.raises(AttributeError, match="Error has no field 'colour'"):
        getattr(Error({}), name)


def test_the_fields_can_be_completed() -> None:
    assert {"pointer", "code", "detail", "raw"} <= set(dir(Error({})))


def test_a_long_answer_is_printed_in_part() -> None:
    printed = repr(Error({"pointer": "x" * 10_000}))

    assert printed.startswith("Error({'pointer': 'xxx")
    assert len(printed) < 600


def test_an_answer_is_printed_with_its_content() -> None:
    assert repr(Error({"pointer": ""})) == "Error({'pointer': ''})"
