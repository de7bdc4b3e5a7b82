"""The sentences of a verdict, in English and Korean, and the format of the numbers in them."""

import re
from collections.abc import Callable, Sequence
from math import log10

from service.descent.answers.explanation import Facts, Message
from service.descent.readonly import readonly

LARGE = 1e9
"""The smallest number that is written with an exponent."""
ENDINGS = {"이(가)": ("이", "가"), "은(는)": ("은", "는"), "(이)었": ("이었", "였")}
"""The forms of each Korean ending: after a consonant, and after a vowel."""
OPEN_ENDING = re.compile(r"(?<=(\d))(" + "|".join(map(re.escape, ENDINGS)) + ")")


@readonly
class Texts:
    """The facts as text, by name: `steps` in English, `steps_ko` in Korean."""

    facts: Facts

    def __getitem__(self, name: str) -> str:
        return WRITTEN[name](getattr(self.facts, name.removesuffix("_ko")))


SENTENCES = {
    "too_small": (
        "Too small. After {steps} the loss is still {loss}.",
        "너무 작습니다. {steps_ko} 뒤에도 손실이 {loss}입니다.",
    ),
    "needed": (
        "At this rate the best fit takes {steps_needed}.",
        "이대로면 최적까지 {steps_needed_ko}이 걸립니다.",
    ),
    "never": (
        "At this rate the best fit is never reached.",
        "이대로는 최적에 닿지 못합니다.",
    ),
    "converged": (
        (
            "Good. In {steps} the loss falls from {start_loss} to {loss}: that is the best fit, as "
            "close as it needs to be."
        ),
        "적당합니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 줄어 최적에 닿았습니다.",
    ),
    "overshoots": (
        "It jumps across the valley on the way.",
        "가는 길에 골짜기를 건너뜁니다.",
    ),
    "near": (
        (
            "Near from the start. In {steps} the loss goes from {start_loss} to {loss}, and that "
            "is the best fit."
        ),
        (
            "처음부터 최적 가까이에 있습니다. {steps_ko} 뒤에 손실이 {start_loss}에서 {loss}까지 "
            "가고, 이것이 최적입니다."
        ),
    ),
    "stopped": (
        "Stopped as asked. After {steps} the loss is {loss}, and {lowest} is possible.",
        "요청한 대로 멈췄습니다. {steps_ko} 뒤의 손실은 {loss}이고, 가능한 최저는 {lowest}입니다.",
    ),
    "there": (
        "Already there. The start is the best fit: its loss is {loss}, and no step changes it.",
        "이미 최적입니다. 시작점의 손실이 {loss}이고, 어떤 스텝도 이를 바꾸지 않습니다.",
    ),
    "good": (
        "A good rate, but a bad fit: the loss stops at {loss}, and {lowest} is possible.",
        (
            "학습률은 적당하지만 곡선은 맞지 않습니다. 손실이 {loss}에서 멈추고, 가능한 최저는 "
            "{lowest}입니다."
        ),
    ),
    "nearly": (
        (
            "A good rate, and nearly there: after {steps} the loss is {loss}, and {lowest} is "
            "possible."
        ),
        (
            "학습률은 적당하고 최적에 거의 닿았습니다. {steps_ko} 뒤의 손실은 {loss}이고, 가능한 "
            "최저는 {lowest}입니다."
        ),
    ),
    "undetermined": (
        "The points do not determine it: other curves fit as well.",
        "점들만으로는 정해지지 않아, 다른 곡선도 똑같이 맞습니다.",
    ),
    "held_out": (
        "On the points held out the loss is {validation_loss}.",
        "따로 떼어 둔 점들에서 손실은 {validation_loss}입니다.",
    ),
    "standardize": (
        (
            "One direction is too flat for {steps}: at the fastest rate it takes {fewest_steps}, "
            "with t rescaled {rescaled_steps}."
        ),
        (
            "한 방향이 너무 완만해서 {steps_ko}으로는 모자랍니다. 가장 빠른 학습률로는 "
            "{fewest_steps_ko}, t를 표준화하면 {rescaled_steps_ko}이 걸립니다."
        ),
    ),
    "orthonormal": (
        (
            "One direction is too flat for {steps}: at the fastest rate it takes {fewest_steps}, "
            "on orthonormal columns {rescaled_steps}."
        ),
        (
            "한 방향이 너무 완만해서 {steps_ko}으로는 모자랍니다. 가장 빠른 학습률로는 "
            "{fewest_steps_ko}, 직교 좌표에서는 {rescaled_steps_ko}이 걸립니다."
        ),
    ),
    "too_flat": (
        "One direction is too flat for any rate: on orthonormal columns it takes {rescaled_steps}.",
        (
            "한 방향이 너무 완만해서 어떤 학습률로도 닿지 못합니다. 직교 좌표에서는 "
            "{rescaled_steps_ko}이 걸립니다."
        ),
    ),
    "never_but_standardized": (
        "One direction is too flat for any rate: with t rescaled it takes {rescaled_steps}.",
        (
            "한 방향이 너무 완만해서 어떤 학습률로도 닿지 못합니다. t를 표준화하면 "
            "{rescaled_steps_ko}이 걸립니다."
        ),
    ),
    "bouncing": (
        (
            "Bouncing. Every step jumps across the valley and ends {closer_percent}% closer to the "
            "bottom; after {steps} the loss is still {loss}."
        ),
        (
            "바운스합니다. 매 스텝 골짜기를 건너뛰지만 바닥에는 {closer_percent}%\u2060씩 "
            "가까워지고, {steps_ko} 뒤에도 손실이 {loss}입니다."
        ),
    ),
    "edge": (
        "On the edge. Every step lands exactly as high on the other side. It will never settle.",
        "한계에 걸렸습니다. 매 스텝 반대편의 똑같은 높이에 떨어집니다. 끝내 가라앉지 않습니다.",
    ),
    "diverging": (
        "Too large. In the steepest direction every step lands higher than the one before.",
        "너무 큽니다. 가장 가파른 방향에서 매 스텝 직전보다 더 높은 곳에 떨어집니다.",
    ),
    "growing": (
        "There each step multiplies the loss by {growth_decades}, and it never comes back.",
        "그 방향의 손실은 스텝마다 {growth_decades}배가 되어 돌아오지 않습니다.",
    ),
    "diverged": (
        (
            "There each step multiplies the loss by {growth_decades}, and at step {diverged_at} it "
            "no longer fits a number."
        ),
        (
            "그 방향의 손실은 스텝마다 {growth_decades}배가 되어 {diverged_at}스텝에서 수의 범위를 "
            "벗어납니다."
        ),
    ),
    "seen_too_small": (
        (
            "Too small. Most of the last steps go the same way, and after {steps} the loss is "
            "still {loss}."
        ),
        (
            "너무 작습니다. 마지막 스텝이 대부분 같은 방향으로 가고, {steps_ko} 뒤에도 손실이 "
            "{loss}입니다."
        ),
    ),
    "seen_hardly_fell": (
        "Too small. In {steps} the loss hardly changes: it goes from {start_loss} to {loss}.",
        (
            "너무 작습니다. {steps_ko} 동안 손실이 {start_loss}에서 {loss}까지 갔을 뿐, 거의 "
            "변하지 않았습니다."
        ),
    ),
    "seen_ran_out": (
        (
            "The schedule ran out: the rate fell from {largest_rate} to {last_rate}. After {steps} "
            "the loss is {loss}."
        ),
        (
            "학습률이 스케줄에 따라 {largest_rate}에서 {last_rate}까지 줄어 더 나아가지 못합니다. "
            "{steps_ko} 뒤의 손실은 {loss}입니다."
        ),
    ),
    "seen_possible": (
        "The lowest possible loss is {lowest}.",
        "가능한 최저 손실은 {lowest}입니다.",
    ),
    "seen_bouncing": (
        "Bouncing. Most of the last steps turn back; after {steps} the loss is {loss}.",
        (
            "바운스합니다. 마지막 스텝이 대부분 직전 스텝을 되돌리고, {steps_ko} 뒤의 손실은 "
            "{loss}입니다."
        ),
    ),
    "seen_peak": (
        (
            "Bouncing. The loss rose to {peak_loss} at step {peak_step} before it fell; after "
            "{steps} it is {loss}."
        ),
        (
            "바운스합니다. 손실이 {peak_step}스텝에서 {peak_loss}까지 커졌다가 줄었고, {steps_ko} "
            "뒤에는 {loss}입니다."
        ),
    ),
    "seen_best_fit": (
        "That is the best fit.",
        "이것이 최적입니다.",
    ),
    "seen_all_too_small": (
        (
            "Too small: even with all points in each step, the best fit takes {steps_needed} at "
            "this rate."
        ),
        (
            "너무 작습니다. 매 스텝 모든 점을 써도 이 학습률로는 최적까지 {steps_needed_ko}이 "
            "걸립니다."
        ),
    ),
    "seen_all_never": (
        (
            "Too small: even with all points in each step, the best fit is never reached at this "
            "rate."
        ),
        "너무 작습니다. 매 스텝 모든 점을 써도 이 학습률로는 최적에 닿지 못합니다.",
    ),
    "seen_all_converged": (
        "A good rate: with all points in each step, it reaches the best fit in {steps}.",
        "학습률은 적당합니다. 매 스텝 모든 점을 쓰면 {steps_ko} 만에 최적에 닿습니다.",
    ),
    "seen_all_good": (
        "A good rate: with all points in each step, no rate ends much lower after {steps}.",
        (
            "학습률은 적당합니다. 매 스텝 모든 점을 쓰면 {steps_ko} 뒤에 훨씬 더 낮게 끝나는 "
            "학습률은 없습니다."
        ),
    ),
    "seen_all_bouncing": (
        "Bouncing: with all points in each step, a smaller rate ends lower after {steps}.",
        ("바운스합니다. 매 스텝 모든 점을 쓰면 더 작은 학습률이 {steps_ko} 뒤에 더 낮게 끝납니다."),
    ),
    "seen_all_edge": (
        (
            "On the edge: with all points in each step, the loss in the steepest direction neither "
            "falls nor grows."
        ),
        (
            "한계에 걸렸습니다. 매 스텝 모든 점을 쓰면 가장 가파른 방향의 손실이 줄지도 커지지도 "
            "않습니다."
        ),
    ),
    "seen_all_diverging": (
        (
            "Too large: with all points in each step, the loss in the steepest direction grows "
            "with every step."
        ),
        "너무 큽니다. 매 스텝 모든 점을 쓰면 가장 가파른 방향의 손실이 스텝마다 커집니다.",
    ),
    "seen_moving": (
        "In {steps} the loss goes from {start_loss} to {loss}, and it has not settled yet.",
        ("{steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 아직 안정되지 않았습니다."),
    ),
    "seen_nearly": (
        "Nearly there: after {steps} the loss is {loss}, and {lowest} is possible.",
        "최적에 거의 닿았습니다. {steps_ko} 뒤의 손실은 {loss}이고, 가능한 최저는 {lowest}입니다.",
    ),
    "seen_settled": (
        (
            "Settled. In {steps} the loss goes from {start_loss} to {loss}, and it hardly falls "
            "any more."
        ),
        (
            "안정되었습니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 이제 거의 "
            "줄지 않습니다."
        ),
    ),
    "seen_vanished": (
        (
            "Settled. In {steps} the loss goes from {start_loss} to {loss}, and hardly any slope "
            "is left."
        ),
        (
            "안정되었습니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 이제 "
            "기울기가 거의 없습니다."
        ),
    ),
    "seen_next_to_nothing": (
        "Good. In {steps} the loss falls from {start_loss} to {loss}, which is next to nothing.",
        (
            "적당합니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 줄어 거의 남지 "
            "않았습니다."
        ),
    ),
    "seen_stalled": (
        (
            "Stalled. After {steps} the loss hardly falls any more: it is {loss}, and {lowest} is "
            "possible."
        ),
        (
            "정체되었습니다. {steps_ko} 뒤에 손실이 {loss}에서 거의 줄지 않고, 가능한 최저는 "
            "{lowest}입니다."
        ),
    ),
    "seen_stopped": (
        "Stopped as asked. After {steps} the loss is {loss}.",
        "요청한 대로 멈췄습니다. {steps_ko} 뒤의 손실은 {loss}입니다.",
    ),
    "seen_growing": (
        "Too large. In {steps} the loss grows from {start_loss} to {loss}.",
        "너무 큽니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 커졌습니다.",
    ),
    "seen_diverged": (
        "Too large. At step {diverged_at} the loss no longer fits a number.",
        "너무 큽니다. {diverged_at}스텝에서 손실이 수의 범위를 벗어납니다.",
    ),
    "seen_rising": (
        "Too large to go down. After {steps} the loss is {loss}, and it began at {start_loss}.",
        (
            "너무 커서 내려가지 못합니다. {steps_ko} 뒤의 손실은 {loss}이고, 시작할 때는 "
            "{start_loss}(이)었습니다."
        ),
    ),
    "noise": (
        (
            "In batches of {batch_size}, a rate that is safe for all points can diverge: the limit "
            "of all points is {lr_limit}, that of these batches {lr_limit_mean_square}."
        ),
        (
            "전체 점에 안전한 학습률도 크기 {batch_size}의 배치에서는 발산할 수 있습니다. 한계는 "
            "전체 점에서 {lr_limit}, 이 배치에서 {lr_limit_mean_square}입니다."
        ),
    ),
}


def message(names: Sequence[str], facts: Facts) -> Message:
    """Return the sentences of these names, one after the other, with their numbers."""
    english, korean = zip(*[SENTENCES[name] for name in names], strict=True)
    texts = Texts(facts)
    spoken = with_endings(" ".join(korean).format_map(texts))
    return Message(" ".join(english).format_map(texts), spoken)


def with_endings(korean: str) -> str:
    """Return the text with the endings that fit the last digit of each number as it is read aloud.
    2, 4, 5 and 9 end in a vowel.

    An open ending is written as in Korean grammars: `이(가)`, `은(는)` or `(이)었`.
    """
    return OPEN_ENDING.sub(lambda found: ENDINGS[found[2]][found[1] in "2459"], korean)


def number(value: float) -> str:
    """Format a number with three digits, or all before the point: 0.0338, 7.30, 1,506."""
    if 99.95 <= abs(value) < LARGE:
        return f"{value:,.0f}"
    if 0.001 <= abs(value) < 99.95:
        return f"{value:#.3g}"
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa}e{int(exponent)}"


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
    """Format 10 to the power of `decades`, which may be too large for a double."""
    if decades < log10(LARGE):
        return number(10**decades)
    exponent, rest = divmod(decades, 1)
    mantissa, carried = f"{10**rest:.1e}".split("e")
    return f"{mantissa}e{int(exponent) + int(carried)}"


WRITTEN: dict[str, Callable[..., str]] = {
    **dict.fromkeys(
        (
            "start_loss",
            "loss",
            "lowest",
            "peak_loss",
            "validation_loss",
            "largest_rate",
            "last_rate",
            "lr_limit",
            "lr_limit_mean_square",
        ),
        number,
    ),
    **dict.fromkeys(("steps", "steps_needed", "fewest_steps", "rescaled_steps"), steps_en),
    **dict.fromkeys(
        ("steps_ko", "steps_needed_ko", "fewest_steps_ko", "rescaled_steps_ko"), steps_ko
    ),
    "closer_percent": percent,
    "growth_decades": power,
    "diverged_at": str,
    "peak_step": str,
    "batch_size": str,
}
"""The function that formats each fact."""
