"""The sentences about a descent that arrived, or ended as a rule asked. Each table gives one
sentence: the first whose condition holds.
"""

from service.descent.judging.known import Known
from service.descent.judging.messages import Sentence, Table, always

ARRIVALS: Table[Known] = [
    Sentence(
        "already_there",
        lambda run: not run.moves,
        "Already there.",
        "이미 최적입니다.",
    ),
    Sentence(
        "in_passing",
        lambda run: run.passes,
        "There, but only in passing.",
        "최적에 닿았지만 지나가는 중입니다.",
    ),
    Sentence(
        "near_from_the_start",
        lambda run: run.starts_near or run.rate != "good",
        "Near from the start.",
        "처음부터 최적 가까이에 있습니다.",
    ),
    Sentence(
        "weak_fit",
        lambda run: run.weak_model and not run.undetermined and not run.decays,
        "Good, but a weak model.",
        "학습률은 적당하지만 모델이 데이터에 잘 맞지 않습니다.",
    ),
    Sentence(
        "good_fit",
        always,
        "Good.",
        "적당합니다.",
    ),
]
"""The verdict on the end of the descent."""

ARRIVED: Table[Known] = [
    Sentence(
        "nothing_moves",
        lambda run: not run.moves,
        "The start is {goal}: its loss is {loss}, and no step changes it.",
        "시작점이 바로 {goal_ko}이며, 손실은 {loss}에서 변하지 않습니다.",
    ),
    Sentence(
        "passes",
        lambda run: run.passes,
        (
            "After {steps} the descent is practically at {goal}, with a loss of {loss_r2}, but "
            "further steps swing away from it."
        ),
        (
            "{steps_ko} 뒤에 사실상 {goal_ko}에 닿아 손실은 {loss_r2_ko}이지만, 그 뒤의 스텝에서 "
            "다시 멀어집니다."
        ),
    ),
    Sentence(
        "unchanged",
        lambda run: not run.changed,
        "The loss is {loss} before the first step and after {steps}: that is practically {goal}.",
        "첫 스텝 전에도 {steps_ko} 뒤에도 손실은 {loss}이며, 이는 사실상 {goal_ko}입니다.",
    ),
    Sentence(
        "arrives",
        always,
        "In {steps} the loss {change}: that is practically {goal}.",
        "{steps_ko} 만에 손실이 {change_ko}고, 이는 사실상 {goal_ko}입니다.",
    ),
]
"""The effect of the steps."""

BEST_FIT: Table[Known] = [
    Sentence(
        "without_decay",
        lambda run: run.decays,
        "Without the decay, the best {curve} has a loss of {lowest_without_decay}.",
        "가중치 감쇠가 없다면 가장 잘 맞는 {curve_ko}의 손실은 {lowest_without_decay}입니다.",
    ),
    Sentence(
        "undetermined",
        lambda run: run.undetermined,
        "The points do not determine it: other curves fit just as well.",
        "데이터만으로는 곡선이 하나로 정해지지 않아, 다른 곡선도 똑같이 잘 맞습니다.",
    ),
    Sentence(
        "explains_nothing",
        lambda run: run.explains_nothing,
        "Even the best {curve} explains less than 2% of the variation of these points.",
        "이 데이터에 가장 잘 맞는 {curve_ko}도 변동의 2%\u2060도 설명하지 못합니다.",
    ),
    Sentence(
        "weak_model",
        lambda run: run.weak_model,
        "Even the best {curve} explains only {r2_percent}% of the variation of these points.",
        "이 데이터에 가장 잘 맞는 {curve_ko}도 변동의 {r2_percent}%\u2060만 설명합니다.",
    ),
    Sentence(
        "swung_on_the_way",
        lambda run: run.momentum and run.swung,
        "On the way the loss swings up to {peak_loss} at step {peak_step}.",
        "도중에 흔들려 손실이 {peak_step}스텝에서 {peak_loss}까지 커졌습니다.",
    ),
    Sentence(
        "overshot_swinging",
        lambda run: run.crosses and not run.starts_near,
        "It swings across the valley on the way.",
        "도중에 골짜기 양쪽으로 흔들렸습니다.",
    ),
    Sentence(
        "overshot",
        lambda run: run.jumps and run.rate == "good" and not run.starts_near,
        "It jumps across the valley on the way.",
        "도중에 골짜기 반대편으로 건너뛰었습니다.",
    ),
]
"""A remark on the best fit, or on the way there."""

STOPPED: Table[Known] = [
    Sentence(
        "stopped",
        always,
        "Stopped as asked.",
        "요청한 대로 멈췄습니다.",
    ),
]
"""The verdict on a descent that a rule ended."""

ENDED: Table[Known] = [
    Sentence(
        "start_meets_rule",
        lambda run: run.rate is None,
        "The start already meets the rule: its loss is {loss}, and {best_curve}.",
        "시작점이 이미 멈춤 조건을 만족하며, 손실은 {loss}이고 {best_curve_ko}입니다.",
    ),
    Sentence(
        "ends",
        always,
        "After {steps} the loss is {loss_r2}, and {best_curve}.",
        "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고, {best_curve_ko}입니다.",
    ),
]
"""The end of such a descent."""
