"""The sentences about a descent whose rate is at its limit or above, or whose end rounding decided.
Each table gives one sentence: the first whose condition holds.
"""

from service.descent.judging.known import Known
from service.descent.judging.messages import Sentence, Table, always

TOO_LARGE: Table[Known] = [
    Sentence(
        "too_large",
        always,
        "Too large.",
        "너무 큽니다.",
    ),
]
"""The verdict on a rate above its limit."""

GROWN: Table[Known] = [
    Sentence(
        "overflows",
        lambda run: not run.above_limit,
        "At step {diverged_at} the loss no longer fits a number.",
        "{diverged_at}스텝에서 손실이 나타낼 수 있는 수의 범위를 넘습니다.",
    ),
    Sentence(
        "swing_grows",
        lambda run: run.momentum,
        "In the steepest direction the descent swings higher and higher.",
        "가장 가파른 방향에서 흔들림이 점점 커집니다.",
    ),
    Sentence(
        "distance_grows",
        lambda run: run.decays,
        "In the steepest direction every step lands farther away than the one before.",
        "가장 가파른 방향에서는 스텝마다 바닥에서 더 멀어집니다.",
    ),
    Sentence(
        "steepest_grows",
        always,
        "In the steepest direction every step lands higher than the one before.",
        "가장 가파른 방향에서 스텝마다 직전보다 더 높이 올라갑니다.",
    ),
]
"""The effect of the steps."""

GROWTH: Table[Known] = [
    Sentence(
        "overflows_in_the_long_run",
        lambda run: run.in_the_long_run and run.above_limit and run.reach == "diverged",
        (
            "In the long run each step multiplies the loss there by {growth_decades}, and at step "
            "{diverged_at} it no longer fits a number."
        ),
        (
            "그 방향의 손실이 결국 스텝마다 {growth_decades}배로 커져 {diverged_at}스텝에서 나타낼 "
            "수 있는 수의 범위를 넘습니다."
        ),
    ),
    Sentence(
        "overflow",
        lambda run: run.above_limit and run.reach == "diverged",
        (
            "There each step multiplies the loss by {growth_decades}, and at step {diverged_at} it "
            "no longer fits a number."
        ),
        (
            "그 방향의 손실이 스텝마다 {growth_decades}배로 커져 {diverged_at}스텝에서 나타낼 수 "
            "있는 수의 범위를 넘습니다."
        ),
    ),
    Sentence(
        "leaves",
        lambda run: run.above_limit and run.reach == "converged",
        (
            "After {steps} the loss is {loss}, still close to that of {goal}, but it does not "
            "stay there."
        ),
        "{steps_ko} 뒤의 손실은 {loss}이며 아직 {goal_ko}에 가깝지만, 머물지는 못합니다.",
    ),
    Sentence(
        "grows_in_the_long_run",
        lambda run: run.in_the_long_run and run.above_limit,
        (
            "In the long run each step multiplies the loss there by {growth_decades}, and it never "
            "comes back down."
        ),
        "그 방향의 손실이 결국 스텝마다 {growth_decades}배로 커지고 다시 줄지 않습니다.",
    ),
    Sentence(
        "growth",
        lambda run: run.above_limit,
        "There each step multiplies the loss by {growth_decades}, and it never comes back down.",
        "그 방향의 손실이 스텝마다 {growth_decades}배로 커지고 다시 줄지 않습니다.",
    ),
]
"""The growth of the loss."""

EDGE: Table[Known] = [
    Sentence(
        "edge",
        always,
        "On the edge.",
        "한계에 걸쳐 있습니다.",
    ),
]
"""The verdict on a rate at its limit."""

AT_EDGE: Table[Known] = [
    Sentence(
        "edge_swings_highest_now",
        lambda run: run.highest_now,
        (
            "In the steepest direction the swing does not die out; after {steps} the loss is "
            "{loss}, higher than at any step before."
        ),
        (
            "가장 가파른 방향의 흔들림이 잦아들지 않고, {steps_ko} 뒤의 손실 {loss}은(는) 지금까지 "
            "가장 높습니다."
        ),
    ),
    Sentence(
        "edge_swing",
        lambda run: run.momentum,
        (
            "In the steepest direction the swing does not die out; after {steps} the loss is "
            "{loss_r2}."
        ),
        ("가장 가파른 방향의 흔들림이 잦아들지 않고, {steps_ko} 뒤의 손실은 {loss_r2_ko}입니다."),
    ),
    Sentence(
        "edge_distance",
        lambda run: run.decays,
        (
            "In the steepest direction every step lands just as far away on the other side; after "
            "{steps} the loss is {loss_r2}."
        ),
        (
            "가장 가파른 방향에서 스텝마다 반대편의 같은 거리로 건너가고, {steps_ko} 뒤의 손실은 "
            "{loss_r2_ko}입니다."
        ),
    ),
    Sentence(
        "edge_jumps",
        always,
        (
            "In the steepest direction every step lands just as high on the other side; after "
            "{steps} the loss is {loss_r2}."
        ),
        (
            "가장 가파른 방향에서 스텝마다 반대편의 같은 높이로 건너가고, {steps_ko} 뒤의 손실은 "
            "{loss_r2_ko}입니다."
        ),
    ),
]
"""The effect of the steps at the edge."""

EDGE_PEAK: Table[Known] = [
    Sentence(
        "peak_at_the_edge",
        lambda run: run.swung and not run.highest_now,
        "The loss was highest, {peak_loss}, at step {peak_step}.",
        "손실은 {peak_step}스텝에서 {peak_loss}까지 커졌습니다.",
    ),
]
"""The highest loss on the way."""

ROUNDED: Table[Known] = [
    Sentence(
        "rounding_overflows",
        lambda run: run.reach == "diverged",
        (
            "Rounding errors grow at this rate, and at step {diverged_at} the loss no longer fits "
            "a number; in exact arithmetic it would be {exact_loss} after {steps}."
        ),
        (
            "이 학습률에서는 반올림 오차가 커져 {diverged_at}스텝에서 손실이 나타낼 수 있는 수의 "
            "범위를 넘지만, 오차가 없다면 {steps_ko} 뒤의 손실은 {exact_loss}입니다."
        ),
    ),
    Sentence(
        "rounding_grows",
        lambda run: run.rate == "diverging",
        (
            "Rounding errors grow at this rate: after {steps} the loss is {loss}, and in exact "
            "arithmetic it would be {exact_loss}."
        ),
        (
            "이 학습률에서는 반올림 오차가 커져서 {steps_ko} 뒤의 손실이 {loss}입니다. 오차가 "
            "없다면 {exact_loss}입니다."
        ),
    ),
    Sentence(
        "rounding_decides",
        always,
        (
            "Rounding in {precision} decides: after {steps} the loss is {loss}, and in exact "
            "arithmetic it would be {exact_loss}."
        ),
        (
            "{precision}의 반올림 오차 때문에 {steps_ko} 뒤의 손실이 {loss}입니다. 오차가 없다면 "
            "{exact_loss}입니다."
        ),
    ),
]
"""The effect of rounding."""
