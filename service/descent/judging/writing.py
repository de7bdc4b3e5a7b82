"""The format of facts in sentences, in English and Korean."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil, expm1, log, log10
from operator import attrgetter

from service.descent.answers.explanation import Facts
from service.descent.questions.options import Scale

LARGE, NEAR_ONE = 1e9, 0.0022
"""The smallest number that is written with an exponent, and the decimal logarithm of a factor below
which it is written as a difference from 1.
"""
COMPLETE = 1e-6
"""The difference from 1 below which a fraction is written as 1."""
LN10 = log(10)
CURVES, CURVES_KO = {1: "line", 2: "parabola"}, {1: "직선", 2: "포물선"}
"""The curves of low degrees."""
RESCALED: dict[Scale, str] = {
    "standardize": "with t rescaled",
    "orthonormal": "on orthonormal columns",
}
RESCALED_KO: dict[Scale, str] = {
    "standardize": "t를 표준화하면",
    "orthonormal": "정규직교 기저에서는",
}
"""Other coordinates."""
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
OPEN_PARTICLE = "은(는)"
"""A Korean particle after a number, as in grammars: 은 after a consonant, 는 after a vowel."""
AFTER_NUMBER = re.compile(rf"(?<=([\d⁰¹²³⁴-⁹])){re.escape(OPEN_PARTICLE)}")


def with_particles(korean: str) -> str:
    """Return the text with the particles that fit each number as it is read aloud. The digits 2, 4,
    5 and 9 end in a vowel; a power of ten ends in 제곱, in a consonant.
    """
    if OPEN_PARTICLE not in korean:
        return korean
    return AFTER_NUMBER.sub(lambda found: ("은", "는")[found[1] in "2459"], korean)


def number(value: float) -> str:
    """Format a number with three digits, or all before the point: 0.0338, 7.30, 1,506. Very large
    and very small ones have a power of ten.
    """
    if 99.95 <= abs(value) < LARGE:
        return f"{value:,.0f}"
    if 0.001 <= abs(value) < 99.95:
        return f"{value:#.3g}"
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    if not exponent:
        return mantissa
    return scientific(mantissa, int(exponent))


def scientific(mantissa: str, exponent: int) -> str:
    """Format a mantissa with a power of ten."""
    return f"{mantissa}\N{MULTIPLICATION SIGN}10{str(exponent).translate(SUPERSCRIPT)}"


def steps_en(count: int) -> str:
    """Format a number of steps in English."""
    return "1 step" if count == 1 else f"{count:,} steps"


def steps_ko(count: int) -> str:
    """Format a number of steps in Korean."""
    return f"{count:,}스텝"


def percent(value: float) -> str:
    """Format a percentage with two digits, without its sign."""
    return f"{float(f'{value:.2g}'):g}"


def power(decades: float) -> str:
    """Format 10 to the power of `decades`, which may be too large for a double, or so close to 1
    that only the difference has digits.
    """
    if abs(decades) < NEAR_ONE:
        added, _, place = f"{expm1(LN10 * decades):.1e}".partition("e")
        return f"1 + {scientific(added, int(place))}"
    if decades < log10(LARGE):
        return number(10**decades)
    exponent, rest = divmod(decades, 1)
    mantissa, carried = f"{10**rest:.1e}".split("e")
    return scientific(mantissa, int(exponent) + int(carried))


def coefficient(r2: float) -> str:
    """Format a coefficient of determination so that two digits of what is missing to 1 are visible:
    0.62, 0.983, 0.99977. Within 1e-6 of 1, it is 1.
    """
    if 1 - r2 < COMPLETE:
        return "1"
    return f"{r2:.{max(2, 1 + _zeros(1 - r2))}f}"


def share(fraction: float) -> str:
    """Format a fraction as a percentage so that one digit of what is missing to 100 is visible: 62,
    98, 99.97. Within 1e-6 of 1, it is 100, and below 0 it is 0.
    """
    if 1 - fraction < COMPLETE:
        return "100"
    return f"{100 * max(fraction, 0.0):.{max(0, _zeros(1 - fraction) - 2)}f}"


def _zeros(missing: float) -> int:
    """Return the place of the first digit behind the point that is not zero."""
    return ceil(-log10(missing))


def loss_and_r2(facts: Facts) -> str:
    """Format the last loss in English, with the coefficient of determination if there is one."""
    if facts.r2 is None:
        return _loss(facts)
    if facts.r2 < 0:
        return f"{_loss(facts)} (R² below 0)"
    return f"{_loss(facts)} (R² {coefficient(facts.r2)})"


def loss_and_r2_ko(facts: Facts) -> str:
    """Format the same in Korean, where a parenthesis follows without a space."""
    return loss_and_r2(facts).replace("below 0", "0 미만").replace(" (", "(")


def _loss(facts: Facts) -> str:
    assert facts.loss is not None
    return number(facts.loss)


def change(facts: Facts) -> str:
    """Say in English how the loss changes, in the digits that are shown."""
    assert facts.loss is not None
    assert facts.start_loss is not None
    if _loss(facts) == number(facts.start_loss):
        return f"stays at {loss_and_r2(facts)}"
    verb = "falls"
    if facts.loss > facts.start_loss:
        verb = "rises"
    return f"{verb} from {number(facts.start_loss)} to {loss_and_r2(facts)}"


def change_ko(facts: Facts) -> str:
    """Say the same in Korean, up to the ending of the past: 줄었, 커졌 or 머물렀."""
    assert facts.loss is not None
    assert facts.start_loss is not None
    if _loss(facts) == number(facts.start_loss):
        return f"{loss_and_r2_ko(facts)}에 머물렀"
    verb = "줄었"
    if facts.loss > facts.start_loss:
        verb = "커졌"
    return f"{number(facts.start_loss)}에서 {loss_and_r2_ko(facts)}까지 {verb}"


def goal_en(facts: Facts) -> str:
    """Name in English where the descent leads."""
    if facts.weight_decay is None:
        return "the best fit"
    return "the minimum with weight decay"


def goal_ko(facts: Facts) -> str:
    """Name the same in Korean."""
    if facts.weight_decay is None:
        return "최적"
    return "가중치 감쇠를 더한 최소점"


def best_curve(facts: Facts) -> str:
    """Say in English which loss the best curve has or, with weight decay, the minimum."""
    assert facts.lowest is not None
    if facts.weight_decay is None:
        return f"that of the best {curve(facts)} is {number(facts.lowest)}"
    return f"it is {number(facts.lowest)} at {goal_en(facts)}"


def best_curve_ko(facts: Facts) -> str:
    """Say the same in Korean."""
    assert facts.lowest is not None
    if facts.weight_decay is None:
        return f"가장 잘 맞는 {curve_ko(facts)}의 손실은 {number(facts.lowest)}"
    return f"{goal_ko(facts)}에서는 {number(facts.lowest)}"


def progress_share(facts: Facts) -> str:
    """Format the progress as a percentage, without its sign."""
    assert facts.progress is not None
    if facts.progress < 0.5:
        return percent(100 * facts.progress)
    return share(facts.progress)


def explained_share(facts: Facts) -> str:
    """Format the coefficient of determination as a percentage, without its sign."""
    assert facts.r2 is not None
    return share(facts.r2)


def curve(facts: Facts) -> str:
    """Name the curves of the model in English."""
    assert facts.degree is not None
    return CURVES.get(facts.degree, f"polynomial of degree {facts.degree}")


def curve_ko(facts: Facts) -> str:
    """Name the curves of the model in Korean."""
    assert facts.degree is not None
    return CURVES_KO.get(facts.degree, f"{facts.degree}차 다항식")


def flat_of(facts: Facts) -> str:
    """Count the flat directions in English: 1 of 3 directions is, 2 of 3 directions are."""
    verb = "are"
    if facts.flat_directions == 1:
        verb = "is"
    return f"{facts.flat_directions} of {facts.directions} directions {verb}"


def flat_of_ko(facts: Facts) -> str:
    """Count the flat directions in Korean."""
    return f"방향 {facts.directions}개 중 {facts.flat_directions}개가"


def elsewhere_en(facts: Facts) -> str:
    """Return what follows in English about other coordinates, or nothing if they do not help."""
    if facts.rescaled_scale is None or facts.rescaled_steps is None:
        return ""
    return f"; {RESCALED[facts.rescaled_scale]} it takes {steps_en(facts.rescaled_steps)}"


def elsewhere_ko(facts: Facts) -> str:
    """Return what follows in Korean about other coordinates, or nothing if they do not help."""
    if facts.rescaled_scale is None or facts.rescaled_steps is None:
        return ""
    return f". {RESCALED_KO[facts.rescaled_scale]} {steps_ko(facts.rescaled_steps)}으로 충분합니다"


def _each(
    names: Sequence[str], write: Callable[..., str], ending: str = ""
) -> dict[str, Callable[[Facts], str]]:
    """Return functions that write one fact each, by its name with this ending."""
    return {name + ending: partial(_write, write, attrgetter(name)) for name in names}


def _write(write: Callable[..., str], fact_of: Callable[[Facts], object], facts: Facts) -> str:
    return write(fact_of(facts))


COUNTS = ("steps", "steps_needed", "fewest_steps", "rescaled_steps")
TEXTS: dict[str, Callable[[Facts], str]] = {
    **_each(
        (
            "start_loss",
            "loss",
            "lowest",
            "lowest_without_decay",
            "exact_loss",
            "peak_loss",
            "validation_loss",
            "largest_rate",
            "last_rate",
            "lr_limit",
            "lr_limit_mean_square",
        ),
        number,
    ),
    **_each(COUNTS, steps_en),
    **_each(COUNTS, steps_ko, "_ko"),
    **_each(("closer_percent",), percent),
    **_each(("growth_decades",), power),
    **_each(("diverged_at", "peak_step", "passed_step", "batch_size", "precision"), str),
    "loss_r2": loss_and_r2,
    "loss_r2_ko": loss_and_r2_ko,
    "change": change,
    "change_ko": change_ko,
    "goal": goal_en,
    "goal_ko": goal_ko,
    "best_curve": best_curve,
    "best_curve_ko": best_curve_ko,
    "progress": progress_share,
    "r2_percent": explained_share,
    "curve": curve,
    "curve_ko": curve_ko,
    "flat_of": flat_of,
    "flat_of_ko": flat_of_ko,
    "elsewhere": elsewhere_en,
    "elsewhere_ko": elsewhere_ko,
}
"""The functions that write the fields of sentences, from the facts."""
