import pytest

from coaster_client.calls import Call
from coaster_client.errors import UnreachableError
from coaster_client.fits import AsyncFit, Fit, Picture

VERDICT = dict.fromkeys(("rate", "reach", "overshoots", "stalled", "facts", "suggestion"))
SENTENCE = {"en": "<script>1 < 2</script>", "ko": ""}
HOSTILE = {"verdict": VERDICT | {"message": SENTENCE}, "resolved": {"synthetic": {}}}


def unreachable(_: Call[Picture]) -> Picture:
    raise UnreachableError("the cable")


async def never(_: Call[Picture]) -> Picture:
    raise AssertionError


def test_the_sentence_of_a_verdict_is_escaped() -> None:
    assert AsyncFit(HOSTILE, None, never)._repr_html_() == (
        "<p>&lt;script&gt;1 &lt; 2&lt;/script&gt;</p>"
    )


def test_a_notebook_shows_the_fields_of_a_fit_without_a_verdict() -> None:
    assert Fit({"loss": 1.5}, None, unreachable)._repr_html_() == (
        "<p>Fit({&#x27;loss&#x27;: 1.5})</p>"
    )


def test_a_fit_without_its_settings_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="resolved"):
        Fit({"loss": 1.5}, None, unreachable).plot()


def test_a_notebook_shows_the_sentence_if_there_is_no_picture() -> None:
    assert Fit(HOSTILE, None, unreachable)._repr_html_().startswith("<p>&lt;script")


def test_a_fit_of_a_file_needs_its_points_to_be_drawn() -> None:
    with pytest.raises(ValueError, match=r'a job or a file .* include=\["data"\]'):
        Fit({"resolved": {}}, None, unreachable).plot()


def test_a_picture_takes_no_file() -> None:
    with pytest.raises(ValueError, match="A picture takes no file"):
        Fit({"resolved": {}}, None, unreachable).plot("points.csv")
