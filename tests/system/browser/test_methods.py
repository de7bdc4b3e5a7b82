"""The advanced settings: another model, optimizer, batch size or schedule, and what the charts then
show.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.support.written import written
from tests.system.browser.accessible import faults
from tests.system.browser.collisions import SEEN, collisions
from tests.system.browser.drawings import asked, circle, drawn, size
from tests.system.browser.files import result, rows
from tests.system.browser.visits import Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

STATES = {
    "line": "degree=1",
    "tenth degree": "degree=10",
    "momentum": "optimizer=momentum&part=0.1",
    "momentum, as is": "optimizer=momentum&amount=0.5&scale=none&part=0.2&steps=200",
    "nesterov": "optimizer=nesterov",
    "nesterov, too large": "optimizer=nesterov&part=1.5&steps=40",
    "adam": "optimizer=adam",
    "adam, far off": "optimizer=adam&lr=80&steps=40",
    "adamw": "optimizer=adamw&amount=0.5&lr=2&steps=100",
    "rmsprop": "optimizer=rmsprop&lr=0.01",
    "batches": "batch=5&part=0.9",
    "batches, too large": "batch=3&part=1.6&steps=100",
    "cosine": "schedule=cosine&batch=1",
    "three stairs": "schedule=step&part=0.9",
    "one cycle": "schedule=one_cycle&degree=4",
    "network": "model=network&optimizer=adam&lr=0.03&steps=200",
    "network, plain": "model=network&lr=0.0001&steps=100",
    "network, too large": "model=network&lr=0.9&steps=100",
    "network, on the way": "model=network&optimizer=adam&lr=0.03&steps=200&step=40",
}


def opened(page: Page) -> Page:
    """Open the advanced settings."""
    page.click("#advanced summary")
    return page


def entered(page: Page, field: str, content: str) -> None:
    page.fill(field, content)
    page.keyboard.press("Enter")


def sent(page: Page, change: Any) -> dict[str, Any]:
    """Return the fit that a change asks for."""
    with page.expect_request("**/fit") as request:
        change()
    body: dict[str, Any] = json.loads(request.value.post_data or "")
    return body


def body_of(page: Page) -> dict[str, Any]:
    """Return the request that the page offers to copy."""
    page.click("#open-share")
    code = page.locator("#snippet-curl").inner_text()
    page.click("#share .close")
    body: dict[str, Any] = json.loads(code.partition("<<'END'\n")[2].rpartition("\nEND")[0])
    return body


def test_the_advanced_settings_are_closed_at_first(visit: Visits) -> None:
    page = visit()

    expect(page.locator("#optimizer")).to_be_hidden()
    expect(page.locator("#method")).to_be_empty()
    expect(opened(page).locator("#optimizer")).to_be_visible()


def test_the_first_screen_names_the_optimizers(visit: Visits) -> None:
    summary = visit(viewport={"width": 1280, "height": 720}).locator(
        "#advanced summary span >> nth=0"
    )

    expect(summary).to_contain_text("optimizer: momentum, Adam")
    expect(summary).to_be_in_viewport(ratio=1)


def test_the_methods_come_into_view_when_they_are_opened(visit: Visits) -> None:
    page = opened(visit(viewport={"width": 1280, "height": 720}))

    expect(page.locator("#optimizer")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("select", "option", "field", "expected"),
    [
        ("#optimizer", "momentum", "optimizer", {"kind": "sgd", "momentum": 0.9}),
        ("#optimizer", "nesterov", "optimizer", {"kind": "sgd", "momentum": 0.9, "nesterov": True}),
        ("#optimizer", "adam", "optimizer", {"kind": "adam", "betas": [0.9, 0.999]}),
        ("#optimizer", "adamw", "optimizer", {"kind": "adamw", "weight_decay": 0.01}),
        ("#optimizer", "rmsprop", "optimizer", {"kind": "rmsprop", "alpha": 0.99}),
        ("#schedule", "step", "schedule", {"kind": "step", "step_size": 20}),
        ("#schedule", "cosine", "schedule", {"kind": "cosine"}),
        ("#schedule", "one_cycle", "schedule", {"kind": "one_cycle"}),
        ("#model", "network", "model", {"kind": "mlp", "hidden": [8, 8], "activation": "gelu"}),
    ],
)
def test_a_choice_is_a_field_of_the_request(
    visit: Visits, select: str, option: str, field: str, expected: dict[str, Any]
) -> None:
    page = opened(visit())

    body = sent(page, lambda: page.select_option(select, option))

    assert body[field] == expected


def test_each_degree_can_be_chosen(visit: Visits) -> None:
    page = opened(visit())

    chosen = [
        sent(page, lambda degree=degree: page.select_option("#degree", degree))["model"]["degree"]
        for degree in ("1", "3", "4", "5", "6", "7", "8", "9", "10")
    ]

    assert chosen == [1, 3, 4, 5, 6, 7, 8, 9, 10]


def test_the_choices_of_the_lecture_lead_back_to_it(visit: Visits) -> None:
    page = opened(visit("model=network&optimizer=adam&schedule=cosine&steps=30"))

    page.select_option("#schedule", "constant")
    page.select_option("#optimizer", "sgd")
    body = sent(page, lambda: page.select_option("#model", "polynomial"))

    assert not {"model", "optimizer", "schedule"} & set(body)


@pytest.mark.parametrize(
    ("optimizer", "typed", "expected"),
    [
        ("momentum", "0.5", {"kind": "sgd", "momentum": 0.5}),
        ("adam", "0.8", {"kind": "adam", "betas": [0.8, 0.999]}),
        ("adamw", "3", {"kind": "adamw", "weight_decay": 3}),
        ("rmsprop", "0", {"kind": "rmsprop", "alpha": 0}),
    ],
)
def test_the_number_of_an_optimizer_is_typed(
    visit: Visits, optimizer: str, typed: str, expected: dict[str, Any]
) -> None:
    page = opened(visit(f"optimizer={optimizer}"))

    body = sent(page, lambda: entered(page, "#amount", typed))

    assert body["optimizer"] == expected


def test_a_batch_is_typed_and_all_points_are_none(visit: Visits) -> None:
    page = opened(visit())
    expect(page.locator("#batch")).to_have_value("20")

    fewer = sent(page, lambda: entered(page, "#batch", "5"))
    until(page, "location.hash.includes('batch=5')")
    whole = sent(page, lambda: entered(page, "#batch", "20"))

    assert fewer["batch_size"] == 5
    assert "batch_size" not in whole


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("#amount", "1", "Enter a number from 0 to below 1"),
        ("#amount", "much", "Enter a number from 0 to below 1"),
        ("#batch", "21", "Enter a number from 1 to 20."),
        ("#batch", "2.5", "Enter a number from 1 to 20."),
    ],
)
def test_a_number_that_does_not_fit_is_named(
    visit: Visits, field: str, typed: str, words: str
) -> None:
    page = opened(visit("optimizer=momentum"))

    entered(page, field, typed)

    expect(page.locator("#advanced-problem")).to_contain_text(words)
    expect(page.locator(field)).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_a_link_opens_the_same_descent(visit: Visits, state: str) -> None:
    page = visit(state)
    there = visit(page.evaluate("location.hash.slice(1)") or state)

    assert result(there) == result(page)


@pytest.mark.parametrize("state", ["optimizer=nesterov", "model=network&steps=30", "degree=3"])
def test_the_request_that_is_copied_is_that_of_the_page(
    visit: Visits, service: Server, state: str
) -> None:
    page = visit(state)

    answer = asked(service, "fit", body_of(page))

    assert answer["losses"] == [row["loss"] for row in rows(page)]


def test_undo_takes_the_optimizer_back_with_its_rate(visit: Visits) -> None:
    page = opened(visit())
    page.select_option("#optimizer", "adam")
    expect(page.locator("#tried")).to_be_visible()

    page.click("#undo")

    expect(page.locator("#optimizer")).to_have_value("sgd")
    expect(page.locator("#lr")).to_have_value("0.114")
    expect(page.locator("#of-limit")).to_be_visible()


@pytest.mark.parametrize("button", ["The lecture's run", "Guided path"])
def test_the_lecture_has_its_own_model_and_optimizer(visit: Visits, button: str) -> None:
    page = visit("model=network&optimizer=adam&steps=30&batch=5&schedule=cosine")

    body = sent(page, lambda: page.get_by_role("button", name=button).click())

    assert not {"model", "optimizer", "batch_size", "schedule"} & set(body)
    expect(page.locator("#method")).to_be_empty()


def test_momentum_knows_its_limit_and_best_rate_in_advance(visit: Visits, service: Server) -> None:
    page = visit("optimizer=momentum")
    body = body_of(page)
    known = asked(service, "analysis", {n: v for n, v in body.items() if n != "lr"})["analysis"]

    page.keyboard.press("b")

    expect(page.locator("#lr")).to_have_value(written(known["lr_best"]))
    part = f"{100 * known['lr_best'] / known['lr_limit']:.3g}%"
    expect(page.locator("#part")).to_have_value(part)
    expect(page.locator("#dial svg .limit")).to_have_count(1)


def test_with_momentum_the_ball_stands_where_the_loss_of_its_direction_is(
    visit: Visits, service: Server
) -> None:
    page = visit("optimizer=momentum&amount=0.5&lr=0.05&step=0")
    answer = asked(service, "fit", body_of(page))
    (steepest, *_), width = answer["analysis"]["modes"], size(page, "#walk svg")[0]
    velocity, left, expected = 0.0, 1.0, []
    for _ in range(8):
        expected.append(width / 2 * (1 - left / 1.13))
        velocity = 0.5 * velocity + steepest["eigenvalue"] * left
        left -= 0.05 * velocity

    balls = []
    for _ in range(8):
        drawn(page)
        balls.append(circle(page, "#walk svg .ball")[0])
        page.keyboard.press(".")

    assert balls == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("state", "term"),
    [
        ("optimizer=adam", "divides each step by the size of the gradients"),
        ("model=network", "The curvature of a network changes"),
    ],
)
def test_the_dial_says_why_no_limit_is_known(visit: Visits, state: str, term: str) -> None:
    page = visit(state)

    page.click("#tried-term")

    expect(page.locator("#tip")).to_contain_text(term)
    expect(page.locator("#of-limit")).to_be_hidden()
    expect(page.locator("#dial svg .limit")).to_have_count(0)
    expect(page.locator("#dial svg")).to_contain_text("best tried")


def test_the_limit_of_a_constant_rate_is_not_marked_if_a_schedule_changes_it(
    visit: Visits,
) -> None:
    page = visit("schedule=one_cycle&degree=4")

    expect(page.locator("#dial svg .limit")).to_have_count(0)
    expect(page.locator("#of-limit")).to_be_visible()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("optimizer=adam", "no limit known: each step is divided by the size of the gradients"),
        ("model=network&steps=30", "no limit known: the curvature changes on the way"),
    ],
)
def test_a_wide_screen_says_at_once_why_no_limit_is_known(
    visit: Visits, state: str, reason: str
) -> None:
    assert visit(state).locator("#tried-term").inner_text() == reason


def test_a_button_that_can_choose_no_rate_says_why(visit: Visits) -> None:
    page = visit("optimizer=adam")

    button = page.locator(".presets button:disabled").first

    expect(button).to_have_accessible_name("Bouncing no such rate")


def test_without_a_limit_the_rate_to_begin_with_is_the_lowest_tried(visit: Visits) -> None:
    page = opened(visit())

    with page.expect_response("**/sweep") as swept:
        page.select_option("#optimizer", "adam")

    runs = swept.value.json()["runs"]
    lowest = min(runs, key=lambda run: run["loss"])["lr"]
    expect(page.locator("#lr")).to_have_value(written(lowest))


def test_the_walk_of_a_network_is_its_path_and_the_valley_says_why_there_is_none(
    visit: Visits,
) -> None:
    page = visit("model=network&optimizer=adam&lr=0.03&steps=100&step=0")
    drawn(page)
    first = circle(page, "#walk svg .ball")

    entered(page, "#step", "100")
    drawn(page)

    assert circle(page, "#walk svg .origin") == first
    assert circle(page, "#walk svg .ball")[0] > first[0] + 100
    expect(page.locator("#walk svg .ring")).to_have_count(12)
    expect(page.locator("#valley svg")).to_contain_text("A network has no such valley")


def test_the_ball_of_a_network_has_the_name_of_its_step_at_the_start_too(visit: Visits) -> None:
    page = visit("model=network&steps=30&step=0")

    expect(page.locator("#walk svg text")).to_have_text(["step 0"])


def test_a_network_goes_on_from_its_own_weights(visit: Visits) -> None:
    page = visit("model=network&optimizer=adam&lr=0.03&steps=50")
    stood = page.locator("#loss-now").text_content()

    page.get_by_role("button", name="Go on from here").click()
    expect(page.locator("#walked")).to_have_text("starts where 50 earlier steps ended")
    until(page, "location.hash.includes('start=')")
    there = visit(page.evaluate("location.hash.slice(1)") + "&step=0")

    expect(there.locator("#loss-now")).to_have_text(stood or "")


@pytest.mark.parametrize("state", ["optimizer=adam&lr=1", "model=network&lr=0.001&batch=5"])
def test_a_live_run_of_another_method_draws_its_steps(visit: Visits, state: str) -> None:
    page = visit(state)
    at_once = result(page)["losses"]

    page.click("#live")
    expect(page.locator("#live")).to_have_text("Run it live")
    expect(page.locator("#step")).to_have_value("60")

    assert [row["loss"] for row in rows(page)] == pytest.approx(at_once, rel=1e-9)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_no_text_collides(visit: Visits, state: str) -> None:
    assert collisions(opened(visit(state, script=SEEN))) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", ["optimizer=adamw", "model=network&steps=30"])
def test_axe_finds_nothing(visit: Visits, state: str, theme: str) -> None:
    page = opened(visit(state, color_scheme=theme, locale="ko-KR"))
    page.click("#tables summary")

    assert faults(page) == ""


def test_without_a_limit_a_button_takes_the_best_rate_that_was_tried(visit: Visits) -> None:
    page = visit("optimizer=adam&lr=0.001")
    button = page.locator(".presets").get_by_role("button", name="Best tried", exact=True)

    button.click()

    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_best_rate_that_was_tried_has_the_colour_of_no_verdict(visit: Visits) -> None:
    page = visit("optimizer=adam")

    colours = page.evaluate(
        """["[data-preset=bestTried]", "#dial svg .best-rate", "body"]
          .map((each) => getComputedStyle(document.querySelector(each)))
          .map(({ fill, borderColor, color }, i) => [borderColor, fill, color][i])"""
    )

    assert len(set(colours)) == 1
