"""What must stay on one line of a sentence is found."""

import pytest

from tests.support.modules import Modules


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("The loss falls to 7.35 (R² 0.986): that is the best fit.", ["(R² 0.986):"]),
        ("It is 677 (R² below 0), and 0 is possible.", ["(R² below 0),"]),
        ("손실이 7.35(R² 0.986)까지 줄었습니다.", ["7.35(R² 0.986)까지"]),
        ("t is counted in days from 2026-01-31.", ["2026-01-31."]),
        ("t는 2026-01-31부터 센 날수입니다.", ["2026-01-31부터"]),
        ("Enter a number, such as 0.3 or 1e-5.", ["1e-5."]),
        ("The limit (at most 0.4) is not known.", []),
    ],
)
def test_an_r2_a_date_and_a_number_stay_on_one_line(
    modules: Modules, sentence: str, whole: list[str]
) -> None:
    parts = modules.call("elements.js", "(sentence) => sentence.split(module.WHOLE)", sentence)

    assert parts[1::2] == whole
    assert "".join(parts) == sentence
