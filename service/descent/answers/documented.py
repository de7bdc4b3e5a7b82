"""What the contract describes by its docstrings."""


class Documented:
    """Lets the contract take its descriptions from the docstrings below the fields."""

    __pydantic_config__ = {"use_attribute_docstrings": True}  # noqa: RUF012 - pydantic reads a plain dict
