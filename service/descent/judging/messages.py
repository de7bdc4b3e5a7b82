"""The sentences of a verdict, in English and Korean, and the format of the numbers in them."""

from collections.abc import Callable, Sequence
from math import log10

from service.descent.answers.explanation import Message
from service.descent.readonly import readonly

LARGE = 1e9
"""The smallest number that is written with an exponent."""


@readonly(kw_only=True)
class MessageNumbers:
    """The numbers in the sentences.

    `needed`, `fastest` and `rescaled` are steps to the best fit: at this rate, at the fastest rate,
    and in better coordinates. In the steepest direction, a step reduces the distance to the bottom
    by `closer` percent, and multiplies the loss by 10 to the power of `growth`.
    """

    steps: int
    start: float
    loss: float
    lowest: float
    diverged_at: int | None
    validation: float | None
    needed: int | None = None
    fastest: int | None = None
    rescaled: int | None = None
    closer: float = 0.0
    growth: float = 0.0
    batch: int | None = None
    limit: float | None = None
    mean_square: float | None = None

    def __getitem__(self, name: str) -> str:
        """Return a number as text: `steps` in English, `steps_ko` in Korean."""
        return WRITTEN[name](getattr(self, name.removesuffix("_ko")))


SENTENCES = {
    "too_small": (
        "Too small. After {steps} the loss is still {loss}.",
        "너무 작습니다. {steps_ko} 뒤에도 손실이 {loss}입니다.",
    ),
    "needed": (
        "At this rate the best fit takes {needed}.",
        "이대로면 최적까지 {needed_ko}이 걸립니다.",
    ),
    "never": (
        "At this rate the best fit is never reached.",
        "이대로는 최적에 닿지 못합니다.",
    ),
    "converged": (
        (
            "Good. In {steps} the loss falls from {start} to {loss}: that is the best fit, as "
            "close as it needs to be."
        ),
        "적당합니다. {steps_ko} 만에 손실이 {start}에서 {loss}까지 줄어 최적에 닿았습니다.",
    ),
    "ridge": (
        (
            "Arrived. In {steps} the loss goes from {start} to {loss}: with this weight decay, the "
            "descent ends there."
        ),
        (
            "도달했습니다. {steps_ko} 만에 손실이 {start}에서 {loss}까지 갔고, 이 가중치 감쇠로는 "
            "여기서 끝납니다."
        ),
    ),
    "overshoots": (
        "It jumps across the valley on the way.",
        "가는 길에 골짜기를 건너뜁니다.",
    ),
    "near": (
        (
            "Near from the start. In {steps} the loss goes from {start} to {loss}, and that is the "
            "best fit."
        ),
        (
            "처음부터 최적 가까이에 있습니다. {steps_ko} 뒤에 손실이 {start}에서 {loss}까지 가고, "
            "이것이 최적입니다."
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
        "On the points held out the loss is {validation}.",
        "따로 떼어 둔 점들에서 손실은 {validation}입니다.",
    ),
    "standardize": (
        (
            "One direction is too flat for {steps}: at the fastest rate it takes {fastest}, with t "
            "rescaled {rescaled}."
        ),
        (
            "한 방향이 너무 완만해서 {steps_ko}으로는 모자랍니다. 가장 빠른 학습률로는 "
            "{fastest_ko}, t를 표준화하면 {rescaled_ko}이 걸립니다."
        ),
    ),
    "orthonormal": (
        (
            "One direction is too flat for {steps}: at the fastest rate it takes {fastest}, on "
            "orthonormal columns {rescaled}."
        ),
        (
            "한 방향이 너무 완만해서 {steps_ko}으로는 모자랍니다. 가장 빠른 학습률로는 "
            "{fastest_ko}, 직교 좌표에서는 {rescaled_ko}이 걸립니다."
        ),
    ),
    "too_flat": (
        "One direction is too flat for any rate: on orthonormal columns it takes {rescaled}.",
        (
            "한 방향이 너무 완만해서 어떤 학습률로도 닿지 못합니다. 직교 좌표에서는 "
            "{rescaled_ko}이 걸립니다."
        ),
    ),
    "never_but_standardized": (
        "One direction is too flat for any rate: with t rescaled it takes {rescaled}.",
        (
            "한 방향이 너무 완만해서 어떤 학습률로도 닿지 못합니다. t를 표준화하면 {rescaled_ko}이 "
            "걸립니다."
        ),
    ),
    "bouncing": (
        (
            "Bouncing. Every step jumps across the valley and ends {closer}% closer to the bottom; "
            "after {steps} the loss is still {loss}."
        ),
        (
            "바운스합니다. 매 스텝 골짜기를 건너뛰지만 바닥에는 {closer}%\u2060씩 가까워지고, "
            "{steps_ko} 뒤에도 손실이 {loss}입니다."
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
        "There each step multiplies the loss by {growth}, and it never comes back.",
        "그 방향의 손실은 스텝마다 {growth}배가 되어 돌아오지 않습니다.",
    ),
    "diverged": (
        (
            "There each step multiplies the loss by {growth}, and at step {diverged_at} it no "
            "longer fits a number."
        ),
        "그 방향의 손실은 스텝마다 {growth}배가 되어 {diverged_at}스텝에서 수의 범위를 벗어납니다.",
    ),
    "seen_too_small": (
        "Too small. All steps go the same way, and after {steps} the loss is still {loss}.",
        "너무 작습니다. 모든 스텝이 같은 방향으로 가고, {steps_ko} 뒤에도 손실이 {loss}입니다.",
    ),
    "seen_bouncing": (
        "Bouncing. Most steps turn back on the one before; after {steps} the loss is {loss}.",
        "바운스합니다. 대부분의 스텝이 직전 스텝을 되돌리고, {steps_ko} 뒤의 손실은 {loss}입니다.",
    ),
    "seen_moving": (
        "A good rate. In {steps} the loss goes from {start} to {loss}, and it has not settled yet.",
        (
            "학습률은 적당합니다. {steps_ko} 만에 손실이 {start}에서 {loss}까지 갔고, 아직 변하고 "
            "있습니다."
        ),
    ),
    "seen_settled": (
        "Settled. In {steps} the loss goes from {start} to {loss}, and it hardly falls any more.",
        (
            "가라앉았습니다. {steps_ko} 만에 손실이 {start}에서 {loss}까지 갔고, 이제 거의 줄지 "
            "않습니다."
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
        "Too large. In {steps} the loss grows from {start} to {loss}.",
        "너무 큽니다. {steps_ko} 만에 손실이 {start}에서 {loss}까지 커졌습니다.",
    ),
    "seen_diverged": (
        "Too large. At step {diverged_at} the loss no longer fits a number.",
        "너무 큽니다. {diverged_at}스텝에서 손실이 수의 범위를 벗어납니다.",
    ),
    "seen_rising": (
        "Too large to go down. After {steps} the loss is {loss}, and it began at {start}.",
        (
            "너무 커서 내려가지 못합니다. {steps_ko} 뒤의 손실은 {loss}이고, 시작할 때는 "
            "{start}이었습니다."
        ),
    ),
    "noise": (
        (
            "A rate safe for the full batch can diverge at batch 1. The limit of all points is "
            "{limit}, of batches of {batch} {mean_square}."
        ),
        (
            "전체 배치에 안전한 학습률도 배치 1에서는 발산할 수 있습니다. 한계는 전체 {limit}, "
            "{batch}개씩이면 {mean_square}입니다."
        ),
    ),
}


def message(names: Sequence[str], numbers: MessageNumbers) -> Message:
    """Return the sentences of these names, one after the other."""
    english, korean = zip(*[SENTENCES[name] for name in names], strict=True)
    return Message(" ".join(english).format_map(numbers), " ".join(korean).format_map(numbers))


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
    **dict.fromkeys(("start", "loss", "lowest", "validation", "limit", "mean_square"), number),
    **dict.fromkeys(("steps", "needed", "fastest", "rescaled"), steps_en),
    **dict.fromkeys(("steps_ko", "needed_ko", "fastest_ko", "rescaled_ko"), steps_ko),
    "closer": percent,
    "growth": power,
    "diverged_at": str,
    "batch": str,
}
"""The function that formats each number."""
