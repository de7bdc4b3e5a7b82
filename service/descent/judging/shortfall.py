"""The sentences about a descent that did not arrive, although its rate is below the limit. Each
table gives one sentence: the first whose condition holds.
"""

from service.descent.judging.known import Known
from service.descent.judging.messages import Sentence, Table, always

SUITS: Table[Known] = [
    Sentence(
        "too_large",
        lambda run: run.rate == "diverging",
        "Too large.",
        "너무 큽니다.",
    ),
    Sentence(
        "edge",
        lambda run: run.rate == "edge",
        "On the edge.",
        "한계에 걸쳐 있습니다.",
    ),
    Sentence(
        "bad_fit",
        lambda run: run.rate == "good" and run.bad_fit,
        "A good rate, but a bad fit.",
        "학습률은 적당하지만 곡선이 잘 맞지 않습니다.",
    ),
    Sentence(
        "nearly",
        lambda run: run.rate == "good" and run.nearly,
        "A good rate, and nearly there.",
        "학습률은 적당하고 최적에 거의 닿았습니다.",
    ),
    Sentence(
        "good",
        lambda run: run.rate == "good",
        "A good rate.",
        "학습률은 적당합니다.",
    ),
    Sentence(
        "bouncing",
        lambda run: run.rate == "bouncing",
        "Bouncing.",
        "바운스합니다.",
    ),
    Sentence(
        "too_small_but_nearly",
        lambda run: run.nearly,
        "Too small, but nearly there.",
        "너무 작지만 최적에 거의 닿았습니다.",
    ),
    Sentence(
        "too_small",
        always,
        "Too small.",
        "너무 작습니다.",
    ),
]
"""The verdict on the rate, in a few words."""

SWUNG: Table[Known] = [
    Sentence(
        "swings_highest_now",
        lambda run: run.highest_now,
        "It swings: after {steps} the loss is {loss}, higher than at any step before.",
        "흔들리며, {steps_ko} 뒤의 손실 {loss}은(는) 지금까지 가장 높습니다.",
    ),
    Sentence(
        "swings_high",
        lambda run: run.swung,
        (
            "It swings: the loss was highest, {peak_loss}, at step {peak_step}, and after {steps} "
            "it is {loss_r2}."
        ),
        (
            "흔들리며, 손실이 {peak_step}스텝에서 {peak_loss}까지 커졌고 {steps_ko} 뒤에는 "
            "{loss_r2_ko}입니다."
        ),
    ),
    Sentence(
        "swings",
        lambda run: run.crosses,
        "It swings across the valley: after {steps} the loss is {loss_r2}, and {best_curve}.",
        (
            "골짜기 양쪽으로 흔들리며, {steps_ko} 뒤의 손실은 {loss_r2_ko}이고 "
            "{best_curve_ko}입니다."
        ),
    ),
    Sentence(
        "gets_on_with_momentum",
        lambda run: run.rate == "too_small",
        "In {steps} the loss {change}, and {best_curve}.",
        "{steps_ko} 동안 손실이 {change_ko}고, {best_curve_ko}입니다.",
    ),
    Sentence(
        "ends_swinging",
        always,
        "After {steps} the loss is {loss_r2}, and {best_curve}.",
        "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고, {best_curve_ko}입니다.",
    ),
]
"""The effect of steps with momentum."""

FELL: Table[Known] = [
    Sentence(
        "bounces",
        lambda run: run.rate == "bouncing",
        (
            "In the steepest direction every step jumps across the valley and ends "
            "{closer_percent}% closer to the bottom; after {steps} the loss is {loss_r2}."
        ),
        (
            "가장 가파른 방향에서 스텝마다 골짜기 반대편으로 건너뛰며 바닥에 "
            "{closer_percent}%\u2060씩 가까워지고, {steps_ko} 뒤의 손실은 {loss_r2_ko}입니다."
        ),
    ),
    Sentence(
        "gets_on",
        lambda run: run.decays or run.rate == "too_small",
        "In {steps} the loss {change}, and {best_curve}.",
        "{steps_ko} 동안 손실이 {change_ko}고, {best_curve_ko}입니다.",
    ),
    Sentence(
        "stops",
        lambda run: run.stalled,
        ("After {steps} the loss hardly falls any more: it is {loss_r2}, and {best_curve}."),
        ("{steps_ko} 뒤에는 손실이 {loss_r2_ko}에서 거의 줄지 않고, {best_curve_ko}입니다."),
    ),
    Sentence(
        "falls_to_bad_fit",
        lambda run: run.bad_fit or run.missing is None,
        "After {steps} the loss is {loss_r2} and still falling, and {best_curve}.",
        ("{steps_ko} 뒤의 손실은 {loss_r2_ko}이고 아직 줄고 있으며, {best_curve_ko}입니다."),
    ),
    Sentence(
        "falls",
        always,
        (
            "After {steps} the loss is {loss_r2} and still falling: {progress}% of the possible "
            "improvement is made."
        ),
        (
            "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고 아직 줄고 있으며, 줄일 수 있는 손실의 "
            "{progress}%\u2060를 줄였습니다."
        ),
    ),
]
"""The effect of steps without momentum."""

OBSTACLES: Table[Known] = [
    Sentence(
        "passed",
        lambda run: run.facts.passed_step is not None,
        "At step {passed_step} it was at {goal}, but only in passing.",
        "{passed_step}스텝에서 {goal_ko}을 지나갔지만 머물지는 못했습니다.",
    ),
    Sentence(
        "needed",
        lambda run: run.reach == "unfinished" and run.more_steps_needed,
        "At this rate {goal} takes {steps_needed}.",
        "이 학습률로는 {goal_ko}까지 {steps_needed_ko}이 걸립니다.",
    ),
    Sentence(
        "endless",
        lambda run: run.reach == "unfinished" and not run.momentum,
        "At this rate {goal} takes more than 9\N{MULTIPLICATION SIGN}10¹⁵ steps.",
        "이 학습률로는 {goal_ko}까지 9\N{MULTIPLICATION SIGN}10¹⁵스텝이 넘게 걸립니다.",
    ),
    Sentence(
        "unresolved",
        lambda run: not run.resolved,
        "From this start no descent arrives in {precision}{elsewhere}.",
        "이 시작점에서는 {precision}의 유효숫자로는 최적에 닿을 수 없습니다{elsewhere_ko}.",
    ),
    Sentence(
        "flat_for_momentum",
        lambda run: run.flat > 0 and run.momentum,
        "{flat_of} too flat for {steps}, even at the best rate{elsewhere}.",
        (
            "{flat_of_ko} 너무 완만해서 가장 좋은 학습률로도 {steps_ko}으로는 "
            "부족합니다{elsewhere_ko}."
        ),
    ),
    Sentence(
        "flat_for_any_rate",
        lambda run: run.flat > 0 and run.facts.fewest_steps is None,
        "{flat_of} too flat for any rate{elsewhere}.",
        "{flat_of_ko} 너무 완만해서 어떤 학습률로도 최적에 닿지 못합니다{elsewhere_ko}.",
    ),
    Sentence(
        "flat",
        lambda run: run.flat > 0,
        (
            "{flat_of} too flat for {steps}: no constant rate takes fewer than "
            "{fewest_steps}{elsewhere}."
        ),
        (
            "{flat_of_ko} {steps_ko}으로 내려가기에는 너무 완만해서, 학습률을 고정하면 적어도 "
            "{fewest_steps_ko}이 걸립니다{elsewhere_ko}."
        ),
    ),
    Sentence(
        "fewest",
        lambda run: run.out_of_reach_for_now and not run.momentum,
        "No constant rate takes fewer than {fewest_steps}{elsewhere}.",
        "학습률을 고정하면 적어도 {fewest_steps_ko}이 걸립니다{elsewhere_ko}.",
    ),
]
"""The obstacle on the way to the optimum."""

OUT_OF_DIGITS: Table[Known] = [
    Sentence(
        "out_of_digits",
        always,
        "Out of digits.",
        "유효숫자가 부족합니다.",
    ),
]
"""The verdict on a descent below the floor of its precision."""

BELOW_FLOOR: Table[Known] = [
    Sentence(
        "below_floor",
        always,
        (
            "From this start, rounding in {precision} hides what is left: after {steps} the loss "
            "is {loss}, and {best_curve}."
        ),
        (
            "이 시작점에서는 남은 차이가 {precision}의 반올림 오차에 묻힙니다. {steps_ko} 뒤의 "
            "손실은 {loss}이고, {best_curve_ko}입니다."
        ),
    ),
]
"""The end of such a descent."""

MORE_DIGITS: Table[Known] = [
    Sentence(
        "rescale",
        lambda run: run.rescaling,
        "Rescale t.",
        "t의 스케일을 바꾸세요.",
    ),
]
"""The advice for such a descent."""
