"""The sentences about a descent that was observed, and the message that sentences make."""

from collections.abc import Sequence

from service.descent.answers.explanation import Facts, Message
from service.descent.judging.writing import Texts, with_endings

SENTENCES = {
    "converged": (
        ("Good. In {steps} the loss falls from {start_loss} to {loss}: that is the best fit."),
        "적당합니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 줄어 최적에 닿았습니다.",
    ),
    "near": (
        (
            "Near from the start. In {steps} the loss goes from {start_loss} to {loss}, and that "
            "is the best fit."
        ),
        (
            "처음부터 최적 가까이에 있습니다. 손실이 {start_loss}에서 시작해 {steps_ko} 뒤에 "
            "{loss}이며, 이것이 최적입니다."
        ),
    ),
    "held_out": (
        "On the points held out the loss is {validation_loss}.",
        "따로 떼어 둔 점들에서 손실은 {validation_loss}입니다.",
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
        (
            "A good rate. In {steps} the loss goes from {start_loss} to {loss}, and it has not "
            "settled yet."
        ),
        (
            "학습률은 적당합니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 아직 "
            "변하고 있습니다."
        ),
    ),
    "seen_settled": (
        (
            "Settled. In {steps} the loss goes from {start_loss} to {loss}, and it hardly falls "
            "any more."
        ),
        (
            "가라앉았습니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 이제 거의 "
            "줄지 않습니다."
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
            "A rate safe for the full batch can diverge at batch 1. The limit of all points is "
            "{lr_limit}, of batches of {batch_size} {lr_limit_mean_square}."
        ),
        (
            "전체 배치에 안전한 학습률도 배치 1에서는 발산할 수 있습니다. 한계는 전체 {lr_limit}, "
            "{batch_size}개씩이면 {lr_limit_mean_square}입니다."
        ),
    ),
}


def message(names: Sequence[str], facts: Facts) -> Message:
    """Return the sentences of these names, one after the other, with their numbers."""
    return written([SENTENCES[name] for name in names], facts)


def written(sentences: Sequence[tuple[str, str]], facts: Facts) -> Message:
    """Return sentences in English and Korean, one after the other, with their numbers."""
    english, korean = zip(*sentences, strict=True)
    texts = Texts(facts)
    spoken = with_endings(" ".join(korean).format_map(texts))
    return Message(" ".join(english).format_map(texts), spoken)
