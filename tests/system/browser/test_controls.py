"""Steps, scale, log scales, a warm start and the suggestion: what else a person sets."""

import json

import pytest
from playwright.sync_api import Page, expect

from service.descent.judging.writing import number
from tests.support.server import Server
from tests.support.written import written
from tests.system.browser.drawings import FIRST_LR, circles, drawn, lecture
from tests.system.browser.rates import rounded, shows
from tests.system.browser.selected import stands
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser


def enter(page: Page, steps: str) -> None:
    """Types a number of steps."""
    page.fill("#steps", steps)
    page.keyboard.press("Enter")


def says(page: Page, message: str) -> None:
    """The headline is this one of the service's, its first words apart from the others."""
    expect(page.locator("#verdict")).to_have_text(message)
    assert message.startswith(page.locator("#verdict strong").inner_text())


def test_more_or_fewer_steps_are_fitted(visit: Visits, service: Server) -> None:
    page = visit()

    enter(page, "5")

    stands(page, 5, 5)
    says(page, lecture(service, steps=5)["verdict"]["message"]["en"])
    expect(page.locator("#loss-now")).to_have_text(written(lecture(service, steps=5)["losses"][-1]))


def test_steps_may_be_typed_with_commas(visit: Visits) -> None:
    page = visit()

    enter(page, "1,200")

    stands(page, 1_200, 1_200)


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en-US", "Enter a number from 1 to 10,000,000. The last value stays."),
        ("ko-KR", "1부터 10,000,000까지의 수를 입력하세요. 이전 값을 그대로 둡니다."),
    ],
)
def test_steps_out_of_range_are_told_beside_the_field_and_the_last_fit_stays(
    visit: Visits, language: str, message: str
) -> None:
    page = visit(locale=language)
    headline = page.locator("#verdict").inner_text()

    for steps in ("0", "-5", "2.5", "many", "10000001", ""):
        enter(page, steps)
        expect(page.locator("#steps-problem")).to_have_text(message)
        expect(page.locator("#verdict")).to_have_text(headline)

        enter(page, "60")
        expect(page.locator("#steps-problem")).to_be_empty()


def test_t_as_it_is_and_ten_steps_are_the_lectures_own_run(visit: Visits) -> None:
    page = visit()

    page.select_option("#scale", "none")
    enter(page, "10")

    expect(page.locator("#lr")).to_have_value(written(1e-5))
    expect(page.locator("#verdict strong")).to_have_text("A good rate,")
    expect(page.locator("#loss-now")).to_have_text("677")
    expect(page.locator("main")).to_have_attribute("data-shade", "good")


def test_the_scale_of_t_has_its_name_next_to_it(visit: Visits) -> None:
    page = visit()

    expect(page.locator(".player")).to_contain_text("Scale")
    expect(page.get_by_label("Scale")).to_have_value("standardize")


@pytest.mark.parametrize("scale", ["none", "orthonormal"])
def test_another_scale_keeps_the_part_of_the_limit(
    visit: Visits, service: Server, scale: str
) -> None:
    page = visit(f"lr={FIRST_LR}")
    part = FIRST_LR / lecture(service)["analysis"]["lr_limit"]
    limit = lecture(service, scale=scale, lr=1e-6)["analysis"]["lr_limit"]

    page.select_option("#scale", scale)

    shows(page, rounded(part * limit))
    expect(page.locator("#part")).to_have_value("28.2%")


def test_going_on_from_here_begins_with_the_loss_where_it_stood(
    visit: Visits, service: Server
) -> None:
    page = visit("lr=0.114&steps=60&step=4")
    stood = lecture(service)["losses"][4]
    expect(page.locator("#loss-now")).to_have_text(written(stood))

    page.get_by_role("button", name="Go on from here").click()

    expect(page.locator("#walked")).to_have_text("starts where 4 earlier steps ended")
    page.focus("#scrub")
    page.keyboard.press("Home")
    stands(page, 0, 60)
    expect(page.locator("#loss-now")).to_have_text(written(stood))


def test_another_rate_goes_on_from_where_the_curve_stands(visit: Visits, service: Server) -> None:
    page = visit("lr=0.114&steps=60&step=4")
    params = {name: values[4] for name, values in lecture(service)["history"]["params"].items()}

    page.get_by_role("button", name="Go on from here").click()
    expect(page.locator("#walked")).not_to_be_empty()
    with page.expect_request("**/fit") as asked:
        page.get_by_role("button", name="Too large").click()

    assert json.loads(asked.value.post_data or "")["init"] == pytest.approx(params, rel=1e-9)
    expect(page.locator("#verdict strong")).to_have_text("Too large.")
    expect(page.locator("#walked")).to_have_text("starts where 4 earlier steps ended")


def test_back_to_the_start(visit: Visits) -> None:
    page = visit("lr=0.114&steps=60&step=4")
    page.get_by_role("button", name="Go on from here").click()

    page.get_by_role("button", name="Back to the start").click()

    expect(page.locator("#loss svg")).to_contain_text("25,824")
    expect(page.locator("#walked")).to_be_empty()
    expect(page.get_by_role("button", name="Back to the start")).to_be_hidden()


@pytest.mark.parametrize(("name", "pressed"), [("log loss", "true"), ("log steps", "false")])
def test_a_scale_of_the_loss_is_switched_and_switched_back(
    visit: Visits, name: str, pressed: str
) -> None:
    page = visit("steps=20")
    button = page.get_by_role("button", name=name)
    expect(button).to_have_attribute("aria-pressed", pressed)
    drawn(page)
    before = circles(page, "#loss svg .past .dot")

    button.click()
    drawn(page)
    expect(button).not_to_have_attribute("aria-pressed", pressed)
    assert circles(page, "#loss svg .past .dot") != before
    button.click()
    drawn(page)

    assert circles(page, "#loss svg .past .dot") == before


def test_many_steps_stand_on_a_logarithmic_scale_unless_a_person_chooses(visit: Visits) -> None:
    page = visit("steps=5000")
    button = page.get_by_role("button", name="log steps")
    expect(button).to_have_attribute("aria-pressed", "true")

    button.click()

    expect(button).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("fragment", "steps", "button", "scale"),
    [
        ("lr=0.00001&steps=18&scale=none", 18, "Rescale t", "standardize"),
        ("lr=0.00001&steps=10&scale=none", 10, "Make the columns orthonormal", "orthonormal"),
    ],
)
def test_the_suggestion_of_another_scale_is_applied(
    visit: Visits, service: Server, fragment: str, steps: int, button: str, scale: str
) -> None:
    page = visit(fragment)

    page.get_by_role("button", name=button).click()

    expect(page.locator("#scale")).to_have_value(scale)
    shows(page, lecture(service, scale=scale, steps=steps, lr=1e-6)["analysis"]["lr_best"])


def test_the_suggestion_of_more_steps_is_applied(visit: Visits, service: Server) -> None:
    page = visit(f"lr={FIRST_LR}&steps=10")
    steps = lecture(service, steps=10)["verdict"]["suggestion"]["steps"]

    page.get_by_role("button", name=f"Go on to step {steps}").click()

    stands(page, steps, steps)


def test_the_reason_for_more_steps_is_said_unless_the_verdict_has_it(visit: Visits) -> None:
    page = visit(f"lr={FIRST_LR}&steps=10")

    expect(page.locator("#suggest-why")).to_have_text("At this rate the best fit takes 57 steps")


def test_the_suggestion_of_the_best_rate_is_applied(visit: Visits, service: Server) -> None:
    page = visit("lr=0.00809&steps=60")
    best = lecture(service)["analysis"]["lr_best"]

    page.get_by_role("button", name=f"Use the best rate, {number(best)}").click()

    shows(page, best)
    expect(page.locator("#verdict strong")).to_have_text("Good.")


def test_a_good_rate_offers_the_guided_path(visit: Visits) -> None:
    page = visit()

    expect(page.locator("#suggest")).to_have_text("Guided path")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_headline_is_the_services_own_sentence(
    visit: Visits, service: Server, language: str
) -> None:
    page = visit(locale=language)

    for key, shade in [("1", "small"), ("2", "good"), ("3", "bounce"), ("4", "large")]:
        page.keyboard.press(key)

        expect(page.locator("main")).to_have_attribute("data-shade", shade)
        says(
            page,
            lecture(service, lr=float(page.locator("#lr").input_value()))["verdict"]["message"][
                language
            ],
        )
