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
    return written([SENTENCES[name] for name in names], facts)


def written(sentences: Sequence[tuple[str, str]], facts: Facts) -> Message:
    """Return sentences in English and Korean, one after the other, with their numbers."""
    english, korean = zip(*sentences, strict=True)
    texts = Texts(facts)
    spoken = with_endings(" ".join(korean).format_map(texts))
    return Message(" ".join(english).format_map(texts), spoken)
