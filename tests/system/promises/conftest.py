from collections.abc import Callable

import pytest


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keep a measured figure in the report of the tests, and print it."""

    def keep(figure: str) -> None:
        record_property("figure", figure)
        print(figure)  # noqa: T201 - people who run the promises want to see it

    return keep


@pytest.fixture
def timed(request: pytest.FixtureRequest) -> bool:
    """Whether the test may judge by the clock, as the long forms of the promises do."""
    return request.node.get_closest_marker("long") is not None
