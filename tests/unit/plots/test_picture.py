import re
import struct
from xml.etree import ElementTree as ET

import pytest
from matplotlib import rcParams

from service.plots.labels import text_width
from service.plots.picture import (
    accessible,
    description,
    fitted,
    lead_and_rest,
    picture,
    wrapped,
)
from service.plots.style import INK, VERDICT
from tests.support.pictures import CASES, case, figure, rendered, without_numbers
from tests.support.specs import fit

SVG = "{http://www.w3.org/2000/svg}"
HARD = ["lecture", "50,000 points", "diverged with validation", "one point", "nothing moves"]
"""Fits that take every branch of the drawing. The integration tests draw all."""
DRAWING = (
    '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "x" "y">\n'
    '<svg xmlns="http://www.w3.org/2000/svg" width="1">\n <g/>\n</svg>'
)


def text_of(png: bytes) -> dict[bytes, bytes]:
    """Return the text chunks of a PNG."""
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] == b"tEXt":
            name, _, text = png[at + 8 : at + 8 + length].partition(b"\0")
            found[name] = text
        at += length + 12
    return found


@pytest.mark.parametrize("name", HARD)
def test_a_fit_has_a_small_svg_of_finite_numbers(name: str) -> None:
    svg = rendered(name, "svg")

    ET.fromstring(svg)
    assert without_numbers(svg) == []
    assert len(svg) < 400_000


def test_a_fit_has_a_png_of_1500_by_600_pixels() -> None:
    png = rendered("lecture", "png")

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", png, 16) == (1500, 600)


def test_a_picture_made_again_has_the_same_bytes_and_leaves_matplotlib_as_it_was() -> None:
    before = dict(rcParams)

    assert picture(case("lecture"), "svg") == rendered("lecture", "svg")
    assert dict(rcParams) == before


def test_an_svg_is_an_image_named_by_the_verdict() -> None:
    root = ET.fromstring(rendered("lecture", "svg"))
    title, description = root[0], root[1]

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert title.text == case("lecture").verdict.message.en


@pytest.mark.parametrize("name", ["lecture", "50,000 points"])
def test_an_svg_points_nowhere_and_runs_nothing(name: str) -> None:
    svg = rendered(name, "svg").decode()

    assert "<script" not in svg
    assert "<!DOCTYPE" not in svg
    assert set(re.findall(r"https?://[^\"]*", svg)) == {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }
    assert [
        link
        for link in re.findall(r'href="([^"]*)"', svg)
        if not link.startswith(("#", "data:image/png;base64,"))
    ] == []


def test_a_png_carries_the_verdict_and_the_description() -> None:
    text = text_of(rendered("lecture", "png"))

    assert text[b"Title"].decode("latin-1") == case("lecture").verdict.message.en
    assert b"lr = 28.2% of the limit" in text[b"Description"]
    assert set(text) == {b"Title", b"Description"}


def test_points_too_many_for_paths_are_pixels_in_an_svg() -> None:
    assert b"data:image/png" in rendered("50,000 points", "svg")
    assert b"data:image/png" not in rendered("lecture", "svg")


def test_a_fit_without_predictions_cannot_be_drawn() -> None:
    with pytest.raises(AssertionError):
        picture(fit(steps=1), "svg")


@pytest.mark.parametrize(
    ("lead", "rest"),
    [
        ("A good rate,", "but a bad fit: the loss is 677."),
        ("Too large.", "In 100 steps the loss grows from 1,233 to 1e19."),
        ("Nearly there:", "after 400 steps the loss is 9.48, and it falls."),
    ],
)
def test_the_first_words_end_at_a_point_a_comma_or_a_colon(lead: str, rest: str) -> None:
    assert lead_and_rest(f"{lead} {rest}") == (lead, rest)


def test_the_first_words_do_not_end_within_a_number() -> None:
    assert lead_and_rest("In 9 steps the loss goes from 1,176 to 3.51, and it falls.") == (
        "In 9 steps the loss goes from 1,176 to 3.51,",
        "and it falls.",
    )


def test_the_longest_verdict_fits_two_lines() -> None:
    message = max((case(name).verdict.message.en for name in CASES), key=len)
    lead, rest = lead_and_rest(message)

    type_size, _, lines = fitted(lead, rest, 1020)

    assert len(lines) <= 2
    assert " ".join(lines) == rest
    assert all(text_width(line, type_size) <= 1020 for line in lines)


def test_the_type_is_the_largest_that_fits_two_lines() -> None:
    rest = "as many words as there are in a line " * 3
    sizes = [fitted("Good.", rest, width)[0] for width in (2000, 600, 560, 500, 420, 100)]

    assert sizes == sorted(sizes, reverse=True)
    assert {19.0, 13.0} < set(sizes)
    assert [len(fitted("Good.", rest, width)[2]) for width in (2000, 600)] == [1, 2]


def test_a_line_is_as_long_as_its_room_and_the_first_is_shorter_by_the_indent() -> None:
    room = text_width("one two", 13)

    assert wrapped("one two three", 13, room, indent=0) == ["one two", "three"]
    assert wrapped("one two three", 13, room, indent=1) == ["one", "two", "three"]


def test_the_first_words_and_the_others_stand_in_two_lines() -> None:
    lead, first, second = figure("lecture").texts
    type_size = float(lead.get_fontsize())
    indent = text_width(lead.get_text(), type_size, weight="bold") + 0.35 * type_size
    wide, high = 15 * 72, 6 * 72

    assert lead.get_position() == pytest.approx((30 / wide, (high - 34) / high))
    assert first.get_position() == pytest.approx(((30 + indent) / wide, (high - 34) / high))
    assert second.get_position() == pytest.approx(
        (30 / wide, (high - 34 - 1.35 * type_size) / high)
    )
    assert {text.get_fontsize() for text in (first, second)} == {type_size}
    assert [text.get_color() for text in (lead, first, second)] == [VERDICT["good"], INK, INK]


def test_words_are_escaped() -> None:
    root = ET.fromstring(accessible(DRAWING, title="a < b & c", description="]]></desc><script>"))

    assert [child.text for child in root[:2]] == ["a < b & c", "]]></desc><script>"]
    assert len(root) == 3


def test_a_picture_shrinks_in_a_narrow_window() -> None:
    assert (
        ET.fromstring(accessible(DRAWING, title="", description="")).get("style")
        == "max-width: 100%; height: auto"
    )


def test_two_pictures_in_one_page_have_names_of_their_own() -> None:
    one, two = (
        ET.fromstring(accessible(DRAWING, title=title, description="")) for title in ("one", "two")
    )

    assert one[0].get("id") != two[0].get("id")


def test_the_lecture_is_described() -> None:
    assert description(case("lecture")) == (
        "The curve: 20 points, t from 0 to 19.0, y from -0.872 to 74.5; the polynomial of degree 2 "
        "from the start to step 10, and the optimum, dotted. "
        "The loss: from 25,824 to 677 after 10 steps; that of the optimum is 7.30. "
        "The walk, along the steepest direction: lr = 28.2% of the limit; a step goes 56.5% of the "
        "way to the bottom. In the flattest direction: 0.00259% of the way."
    )


def test_with_weight_decay_the_description_tells_both_losses_apart() -> None:
    words = description(case("decay"))

    assert "and the optimum without decay, dotted." in words
    assert "to 62.0 after 300 steps; that of the minimum with decay is 62.0." in words


def test_the_description_tells_of_points_held_out() -> None:
    assert "20 points, 5 of them held out" in description(case("validation"))


def test_the_description_tells_the_best_step_of_a_validation() -> None:
    assert "Validation loss: 22.0 at the end, at its best 20.1 at step 24." in description(
        case("validation")
    )


def test_the_description_tells_the_step_that_has_no_number() -> None:
    assert "at step 87 it is no longer a number" in description(case("diverged"))


def test_one_step_is_one_step() -> None:
    assert "after 1 step;" in description(case("one step"))
