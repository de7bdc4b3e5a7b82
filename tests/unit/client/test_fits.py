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


def test_a_notebook_shows_the_sentence_if_there_is_no_picture() -> None:
    assert Fit(HOSTILE, None, unreachable)._repr_html_().startswith("<p>&lt;script")
