from xml.etree import ElementTree as ET

from service.plots.markup import accessible

DRAWING = (
    '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "x" "y">\n'
    '<svg xmlns="http://www.w3.org/2000/svg" width="1">\n <g/>\n</svg>'
)


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
