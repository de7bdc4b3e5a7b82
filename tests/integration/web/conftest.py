from collections.abc import Iterator

import pytest

from tests.support.modules import Modules, node_with_modules


@pytest.fixture(scope="session")
def modules() -> Iterator[Modules]:
    """The page's modules, in one Node.js process for the whole session."""
    with node_with_modules() as started:
        yield started
