from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D

from service.plots.picture import drawn
from service.plots.room import marks
from service.plots.valley import draw, strength
from tests.plots.cases import case


def words(name: str) -> list[str]:
    axes = Figure(figsize=(5, 4)).add_subplot()
    draw(axes, case(name))
    return [text.get_text() for text in axes.texts]


def test_chords_fade_and_are_never_gone() -> None:
    strengths = [strength(age) for age in range(100)]

    assert strengths[0] == 1
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[-1] > 0.2


def test_the_lectures_second_valley_is_named() -> None:
    assert "In the flattest direction:\n0.00259% of the way" in words("lecture")


def test_a_walk_that_climbs_out_says_when() -> None:
    assert "step 1 leaves the picture" in words("diverging")


def test_the_words_where_a_walk_climbs_out_do_not_cover_it() -> None:
    axes = drawn(case("climbing")).axes[2]

    (label,) = [text for text in axes.texts if "leaves the picture" in text.get_text()]

    extent = label.get_window_extent().transformed(Affine2D().scale(72 / 100))
    assert marks(axes).covered(extent) == (0, 0)


def test_a_start_at_the_optimum_has_no_walk() -> None:
    assert "start" not in words("nothing moves")
