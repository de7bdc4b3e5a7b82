import json
import os
from pathlib import Path
from typing import Any

import pytest

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def lecture() -> dict[str, Any]:
    """The lecture's numbers, as literals."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "lecture.json").read_text())
    return loaded
