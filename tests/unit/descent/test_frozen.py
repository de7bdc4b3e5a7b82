from pathlib import Path

from mypy import api

REFUSED = {
    "curve.a = 1.0": 'Property "a" defined in "Curve" is read-only',
    "Polynomial().degree = 3": 'Property "degree" defined in "Polynomial" is read-only',
    "FitSpec(1, 2, 3)": "Too many positional arguments",
}


def test_the_type_checker_refuses_a_change(tmp_path: Path) -> None:
    header = [
        "from service.descent.questions.options import Curve, Polynomial",
        "from service.descent.questions.specs import FitSpec",
        "curve = Curve(a=2.0)",
    ]
    source = "\n".join([*header, *REFUSED])

    said, _, code = api.run(["--config-file=", "--cache-dir", str(tmp_path), "-c", source])

    missing = [
        line
        for number, (line, message) in enumerate(REFUSED.items(), start=len(header) + 1)
        if not any(
            found.startswith(f"<string>:{number}:") and message in found
            for found in said.splitlines()
        )
    ]
    assert missing == []
    assert code == 1
