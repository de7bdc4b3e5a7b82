import pytest

from service.plots.headline import fitted, lead_and_rest, wrapped
from service.plots.labels import size
from service.plots.style import INK, VERDICT
from tests.support.pictures import CASES, case, figure


def test_the_first_words_end_at_a_point_or_a_comma() -> None:
    assert lead_and_rest("A good rate, but a bad fit: 7.30 is possible.") == (
        "A good rate,",
        "but a bad fit: 7.30 is possible.",
    )


def test_the_longest_verdict_fits_two_lines() -> None:
    message = max((case(name).verdict.message.en for name in CASES), key=len)
    lead, rest = lead_and_rest(message)

    type_size, lines = fitted(lead, rest, 1020)

    assert len(lines) <= 2
    assert " ".join(lines) == rest
    assert all(size(line, type_size)[0] <= 1020 for line in lines)


def test_a_message_without_a_point_has_no_first_words() -> None:
    assert lead_and_rest("Nothing to see") == ("", "Nothing to see")


def test_the_type_is_the_largest_that_fits_two_lines() -> None:
    rest = "as many words as there are in a line " * 3
    sizes = [fitted("Good.", rest, width)[0] for width in (2000, 600, 560, 500, 420, 100)]

    assert sizes == sorted(sizes, reverse=True)
    assert {19.0, 13.0} < set(sizes)
    assert [len(fitted("Good.", rest, width)[1]) for width in (2000, 600)] == [1, 2]


def test_a_line_is_as_long_as_its_room_and_the_first_is_shorter_by_the_indent() -> None:
    room = size("one two", 13)[0]

    assert wrapped("one two three", 13, room, indent=0) == ["one two", "three"]
    assert wrapped("one two three", 13, room, indent=1) == ["one", "two", "three"]


def test_the_first_words_and_the_others_stand_in_two_lines() -> None:
    lead, first, second = figure("lecture").texts
    type_size = float(lead.get_fontsize())
    indent = size(lead.get_text(), type_size, weight="bold")[0] + 0.35 * type_size
    wide, high = 15 * 72, 6 * 72

    assert lead.get_position() == pytest.approx((30 / wide, (high - 34) / high))
    assert first.get_position() == pytest.approx(((30 + indent) / wide, (high - 34) / high))
    assert second.get_position() == pytest.approx(
        (30 / wide, (high - 34 - 1.35 * type_size) / high)
    )
    assert {text.get_fontsize() for text in (first, second)} == {type_size}
    assert [text.get_color() for text in (lead, first, second)] == [VERDICT["good"], INK, INK]
