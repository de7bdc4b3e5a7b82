from pathlib import Path

import pytest
from mypy import api


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("curve.a = 1.0", 'Property "a" defined in "Curve" is read-only'),
        ("Polynomial().degree = 3", 'Property "degree" defined in "Polynomial" is read-only'),
        ("FitSpec(1, 2, 3)", "Too many positional arguments"),
    ],
)
def test_the_type_checker_refuses_a_change(line: str, told: str, tmp_path: Path) -> None:
    imports = (
        "from service.descent.parts import Curve, Polynomial\n"
        "from service.descent.spec import FitSpec"
    )
    source = f"{imports}\ncurve = Curve(a=2.0)\n{line}\n"

    said, _, code = api.run(["--config-file=", "--cache-dir", str(tmp_path), "-c", source])

    assert told in said
    assert code == 1
