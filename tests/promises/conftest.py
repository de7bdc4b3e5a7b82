from collections.abc import Callable

import pytest


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keeps what was measured in the report of the tests, and shows it."""

    def told(figure: str) -> None:
        record_property("figure", figure)
        print(figure)  # noqa: T201 - whoever runs the promises wants to see it

    return told
