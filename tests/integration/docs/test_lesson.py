import asyncio
import json
from dataclasses import replace
from statistics import fmean, pvariance
from typing import Any

import httpx
import pytest

from scripts.answers import same
from scripts.lesson import PARTS, PICTURES, REQUEST, Lesson, answered, holds, pages, words
from scripts.parts import part
from service.descent.judging.writing import number
from tests.support.server import PATIENCE_SECONDS, Server

PAGES = {path.stem: page for path, page in pages().items()}
THREE_DIGITS = 5e-4
"""Half of the last digit of a number with three digits is this part of it or more."""


async def renewed(url: str) -> list[Lesson]:
    """Send every request of the pages to a service again."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        return [await answered(client, path, page) for path, page in pages().items()]


@pytest.fixture(scope="module")
def lessons(server: Server) -> list[Lesson]:
    """The pages as the service makes them now."""
    return asyncio.run(renewed(server.url))


def request(page: str, name: str) -> Any:
    """Return the body of a request of a page."""
    asked = REQUEST.match(part(PAGES[page], name))
    assert asked
    return json.loads(asked[1])


def fitted(client: httpx.Client, name: str, **changes: Any) -> Any:
    """Return the answer to a fit of the second page, with other fields."""
    return (
        client.post("/fit", json=request("optimizers", f"fit {name}") | changes)
        .raise_for_status()
        .json()
    )


def test_the_pages_and_their_pictures_are_what_the_service_gives(lessons: list[Lesson]) -> None:
    assert same({lesson.path.stem: lesson.page for lesson in lessons}, PAGES)
    assert holds(lessons)


@pytest.mark.parametrize(
    ("at", "shown", "other"), [(0, "697,692", "697,792"), (1, "5,151", "5,152")]
)
def test_another_answer_would_be_noticed(
    lessons: list[Lesson], at: int, shown: str, other: str
) -> None:
    lesson = lessons[at]
    assert shown in lesson.page

    changed = replace(lesson, page=lesson.page.replace(shown, other))

    assert not holds([changed if each is lesson else each for each in lessons])


@pytest.mark.parametrize(
    ("at", "name", "other"), [(0, "lecture", "bouncing"), (1, "adam", "plain")]
)
def test_another_picture_would_be_noticed(
    lessons: list[Lesson], at: int, name: str, other: str
) -> None:
    lesson = lessons[at]

    changed = replace(lesson, pictures=lesson.pictures | {name: lesson.pictures[other]})

    assert not holds([changed if each is lesson else each for each in lessons])


def test_a_picture_that_no_page_shows_would_be_noticed(lessons: list[Lesson]) -> None:
    pictures = dict(lessons[1].pictures)
    del pictures["adam"]

    assert not holds([lessons[0], replace(lessons[1], pictures=pictures)])


def test_each_fit_has_a_picture_of_its_own() -> None:
    fits = [
        name for page in PAGES.values() for name in PARTS.findall(page) if name.startswith("fit ")
    ]

    assert len(fits) == len(set(fits))


def test_every_picture_is_small_and_says_what_it_shows() -> None:
    pictures = sorted(PICTURES.glob("*.png"))

    assert [path.name for path in pictures if path.stat().st_size >= 200_000] == []
    assert [
        path.name
        for path in pictures
        if not {"Title", "Description"} <= words(path.read_bytes()).keys()
    ] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_kind_of_question_is_taught(page: str) -> None:
    assert {name.partition(" ")[0] for name in PARTS.findall(PAGES[page])} - {"after"} == {
        "fit",
        "sweep",
        "analysis",
    }


def test_bouncing_and_crawling_have_the_same_loss(client: httpx.Client) -> None:
    crawling, bouncing = (
        client.post("/fit", json=request("learning-rate", f"fit {name}")).json()
        for name in ("crawling", "bouncing")
    )

    assert crawling["losses"] == pytest.approx(bouncing["losses"], rel=THREE_DIGITS)
    assert (crawling["verdict"]["rate"], bouncing["verdict"]["rate"]) == ("too_small", "bouncing")


def test_sixty_batches_of_a_quarter_are_fifteen_epochs(client: httpx.Client) -> None:
    fit = fitted(client, "batches")

    assert fit["epochs"] == 15
    assert len(fit["batch_losses"]) == len(fit["losses"]) == 61


def test_the_more_points_a_batch_has_the_nearer_its_limit_is_to_that_of_all(
    client: httpx.Client,
) -> None:
    asked = request("optimizers", "analysis single-points")

    known = [
        client.post("/analysis", json=asked | {"batch_size": size}).json()["analysis"]
        for size in (1, 2, 5, 10, 20)
    ]

    limits = [each["lr_limit_mean_square"] for each in known]
    assert limits == sorted(limits)
    assert limits[-1] < known[0]["lr_limit"]


@pytest.mark.parametrize(("steps", "loss"), [(60, "18.1"), (100, "165")])
def test_a_little_above_the_limit_a_short_descent_looks_calm(
    client: httpx.Client, steps: int, loss: str
) -> None:
    assert number(fitted(client, "single-points-safe", lr=0.16, steps=steps)["loss"]) == loss


def test_a_heavy_ball_is_slow_where_t_is_rescaled(client: httpx.Client) -> None:
    asked = request("optimizers", "analysis heavy-ball") | {"scale": "standardize"}

    known = client.post("/analysis", json=asked).json()["analysis"]["steps_to_one_percent"]

    assert known["lr_fastest"] == 1170
    assert known["best"] is None


def test_a_first_step_of_adam_can_raise_the_loss_twentyfold(client: httpx.Client) -> None:
    facts = fitted(client, "adam", lr=5)["verdict"]["facts"]

    assert facts["peak_step"] == 1
    assert facts["peak_loss"] / facts["start_loss"] == pytest.approx(20, rel=0.1)


def test_weight_decay_ends_at_a_minimum_of_its_own(client: httpx.Client) -> None:
    fit = fitted(client, "decay")

    assert fit["converged"]
    assert fit["loss"] == pytest.approx(fit["ridge"]["loss"], rel=THREE_DIGITS)
    assert fit["ridge"]["loss"] > fit["optimum"]["loss"]
    assert 2 < fit["ridge"]["degrees_of_freedom"] < 3


def test_one_cycle_calms_the_batches_too(client: httpx.Client) -> None:
    assert number(fitted(client, "calming", schedule={"kind": "one_cycle"})["loss"]) == "7.32"


@pytest.mark.parametrize(
    ("name", "slope"), [("squares", "2.97"), ("huber", "2.06"), ("absolute", "2.02")]
)
def test_a_robust_loss_follows_the_points_that_are_right(
    client: httpx.Client, name: str, slope: str
) -> None:
    assert number(fitted(client, f"outlier-{name}")["params"]["a"]) == slope


def test_the_mean_absolute_error_bounces_at_a_constant_rate(client: httpx.Client) -> None:
    assert (
        fitted(client, "outlier-absolute", schedule={"kind": "constant"})["verdict"]["rate"]
        == "bouncing"
    )


def test_a_fit_that_begins_with_another_result_begins_near(client: httpx.Client) -> None:
    other = {"synthetic": {"curve": {"floor": 10}}, "seed": 7, "steps": 50}
    first = fitted(client, "network")

    warm, cold = (
        fitted(client, "network", **other, init=init) for init in (first["scaled"], "random")
    )

    assert (number(warm["losses"][0]), number(warm["loss"])) == ("58.0", "5.69")
    assert (number(cold["losses"][0]), number(cold["loss"])) == ("1,628", "105")


def test_the_network_on_the_plateau_answers_the_mean(client: httpx.Client) -> None:
    fit = fitted(client, "plateau", include=["data", "predictions"])

    y = fit["data"]["y"]
    assert fit["loss"] == pytest.approx(pvariance(y), rel=THREE_DIGITS)
    assert fit["history"]["predictions"][-1] == pytest.approx([fmean(y)] * len(y), rel=THREE_DIGITS)
