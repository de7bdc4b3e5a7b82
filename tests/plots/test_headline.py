import pytest

from service.plots.headline import fitted, split
from service.plots.labels import size
from tests.plots.cases import CASES, case


def test_the_first_words_end_at_a_point_or_a_comma() -> None:
    assert split("A good rate, but a bad fit: 7.30 is possible.") == (
        "A good rate,",
        "but a bad fit: 7.30 is possible.",
    )


@pytest.mark.parametrize("name", CASES)
def test_every_verdict_fits_two_lines(name: str) -> None:
    lead, rest = split(case(name).verdict.message.en)

    type_size, lines = fitted(lead, rest, 1020)

    assert len(lines) <= 2
    assert " ".join(lines) == rest
    assert all(size(line, type_size)[0] <= 1020 for line in lines)
