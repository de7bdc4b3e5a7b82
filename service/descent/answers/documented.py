"""A base class for types whose docstrings appear in the OpenAPI document."""


class Documented:
    """A type whose OpenAPI descriptions are the docstrings below its fields."""

    __pydantic_config__ = {"use_attribute_docstrings": True}  # noqa: RUF012 - for pydantic
