"""The sentences about a descent that was observed. Each table gives one sentence: the first whose
condition holds.
"""

from collections.abc import Sequence

from service.descent.answers.explanation import Facts, Reach, Suits
from service.descent.judging.evidence import Evidence
from service.descent.judging.messages import Sentence, Situation, Table, always
from service.descent.readonly import readonly

SEVERAL = 2
"""The least number of turns of which one can say what most of them are like."""
CLEARLY_LOWER = 0.99
"""The limit of batches is mentioned only if it is below this fraction of the limit of all points.
"""
NOT_FAR_BELOW = 0.3
"""The limit of batches is mentioned only if the rate is above this fraction of it."""


@readonly
class Observed:
    """An observed descent that has been judged. `full_rate` and `full_reach` are those of the same
    descent if each step saw all points, or None unless it has batches.
    """

    evidence: Evidence
    facts: Facts
    rate: Suits
    reach: Reach
    full_rate: Suits | None
    full_reach: Reach | None

    @property
    def goes_the_same_way(self) -> bool:
        """True if most of the last steps go the same way as the one before."""
        turns = self.evidence.seen.way.turns
        return len(turns) >= SEVERAL and sum(turn > 0 for turn in turns) > len(turns) / 2

    @property
    def turns_back(self) -> bool:
        """True if most of the last steps turn back on the one before."""
        turns = self.evidence.seen.way.turns
        return len(turns) >= SEVERAL and sum(turn < 0 for turn in turns) > len(turns) / 2

    @property
    def best_fit(self) -> bool:
        """True if the descent is at the lowest loss, which is known."""
        return self.evidence.goal is not None and self.evidence.arrived

    @property
    def arrives_with_all_points(self) -> bool:
        """True if the descent arrives and stays if each step sees all points."""
        return self.full_reach == "converged" and self.full_rate != "diverging"

    @property
    def noisy(self) -> bool:
        """True if the rate is not far below the limit of batches, and that is clearly lower."""
        limit, batch_limit = self.facts.lr_limit, self.facts.lr_limit_mean_square
        if limit is None or batch_limit is None:
            return False
        near = self.evidence.descent.lr > NOT_FAR_BELOW * batch_limit
        return near and batch_limit < CLEARLY_LOWER * limit


DIVERGED: Table[Observed] = [
    Sentence(
        "seen_diverged",
        always,
        "Too large. At step {diverged_at} the loss no longer fits a number.",
        "너무 큽니다. {diverged_at}스텝에서 손실이 수의 범위를 벗어납니다.",
    ),
]
"""The end of a loss that overflowed."""

GROWN: Table[Observed] = [
    Sentence(
        "seen_growing",
        always,
        "Too large. In {steps} the loss grows from {start_loss} to {loss}.",
        "너무 큽니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 커졌습니다.",
    ),
]
"""The end of a loss that grew a millionfold."""

STOPPED: Table[Observed] = [
    Sentence(
        "seen_stopped",
        always,
        "Stopped as asked. After {steps} the loss is {loss}.",
        "요청한 대로 멈췄습니다. {steps_ko} 뒤의 손실은 {loss}입니다.",
    ),
]
"""The end of a descent that a rule ended."""

RISEN: Table[Observed] = [
    Sentence(
        "seen_rising",
        always,
        "Too large to go down. After {steps} the loss is {loss}, and it began at {start_loss}.",
        (
            "너무 커서 내려가지 못합니다. {steps_ko} 뒤의 손실은 {loss}이고, 시작할 때는 "
            "{start_loss}(이)었습니다."
        ),
    ),
]
"""The end of a descent that went up."""

ROSE: Table[Observed] = [
    Sentence(
        "seen_peak",
        always,
        (
            "Bouncing. The loss rose to {peak_loss} at step {peak_step} before it fell; after "
            "{steps} it is {loss}."
        ),
        (
            "바운스합니다. 손실이 {peak_step}스텝에서 {peak_loss}까지 커졌다가 줄었고, {steps_ko} "
            "뒤에는 {loss}입니다."
        ),
    ),
]
"""The way of a descent that went up before it went down."""

BEST_FIT: Table[Observed] = [
    Sentence(
        "seen_best_fit",
        lambda run: run.best_fit,
        "That is {goal}.",
        "이것이 {goal_ko}입니다.",
    ),
]
"""The end of such a descent, if it is the optimum."""

ARRIVED: Table[Observed] = [
    Sentence(
        "seen_near",
        lambda run: run.best_fit and run.evidence.starts_near,
        (
            "Near from the start. In {steps} the loss goes from {start_loss} to {loss}, and that "
            "is {goal}."
        ),
        (
            "처음부터 최적 가까이에 있습니다. 손실이 {start_loss}에서 시작해 {steps_ko} 뒤에 "
            "{loss}이며, 이것이 {goal_ko}입니다."
        ),
    ),
    Sentence(
        "seen_converged",
        lambda run: run.best_fit,
        "Good. In {steps} the loss goes from {start_loss} to {loss}: that is {goal}.",
        (
            "적당합니다. 손실이 {start_loss}에서 시작해 {steps_ko} 뒤에 {loss}이며, 이것이 "
            "{goal_ko}입니다."
        ),
    ),
    Sentence(
        "seen_next_to_nothing",
        lambda run: run.evidence.next_to_nothing,
        "Good. In {steps} the loss falls from {start_loss} to {loss}, which is next to nothing.",
        (
            "적당합니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 줄어 거의 남지 "
            "않았습니다."
        ),
    ),
    Sentence(
        "seen_vanished",
        lambda run: run.evidence.vanished,
        (
            "Settled. In {steps} the loss goes from {start_loss} to {loss}, and hardly any slope "
            "is left."
        ),
        (
            "안정되었습니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 이제 "
            "기울기가 거의 없습니다."
        ),
    ),
    Sentence(
        "seen_frozen",
        always,
        "Settled. After {steps} the loss is {loss}, and nothing but rounding changes it any more.",
        (
            "안정되었습니다. {steps_ko} 뒤의 손실은 {loss}이고, 이제 반올림 말고는 아무것도 이를 "
            "바꾸지 않습니다."
        ),
    ),
]
"""The end of a descent that arrived."""

COMPARED: Table[Observed] = [
    Sentence(
        "seen_all_converged",
        lambda run: run.arrives_with_all_points,
        "A good rate: with all points in each step, it reaches {goal} in {steps}.",
        "학습률은 적당합니다. 매 스텝 모든 점을 쓰면 {steps_ko} 만에 {goal_ko}에 닿습니다.",
    ),
    Sentence(
        "seen_all_never",
        lambda run: run.rate == "too_small" and run.facts.steps_needed is None,
        "Too small: even with all points in each step, {goal} is never reached at this rate.",
        "너무 작습니다. 매 스텝 모든 점을 써도 이 학습률로는 {goal_ko}에 닿지 못합니다.",
    ),
    Sentence(
        "seen_all_too_small",
        lambda run: run.rate == "too_small",
        ("Too small: even with all points in each step, {goal} takes {steps_needed} at this rate."),
        (
            "너무 작습니다. 매 스텝 모든 점을 써도 이 학습률로는 {goal_ko}까지 "
            "{steps_needed_ko}이 걸립니다."
        ),
    ),
    Sentence(
        "seen_all_good",
        lambda run: run.rate == "good",
        "A good rate: with all points in each step, no rate ends much lower after {steps}.",
        (
            "학습률은 적당합니다. 매 스텝 모든 점을 쓰면 {steps_ko} 뒤에 훨씬 더 낮게 끝나는 "
            "학습률은 없습니다."
        ),
    ),
    Sentence(
        "seen_all_bouncing",
        lambda run: run.rate == "bouncing",
        "Bouncing: with all points in each step, a smaller rate ends lower after {steps}.",
        "바운스합니다. 매 스텝 모든 점을 쓰면 더 작은 학습률이 {steps_ko} 뒤에 더 낮게 끝납니다.",
    ),
    Sentence(
        "seen_all_edge",
        lambda run: run.rate == "edge",
        (
            "On the edge: with all points in each step, the loss in the steepest direction neither "
            "falls nor grows."
        ),
        (
            "한계에 걸렸습니다. 매 스텝 모든 점을 쓰면 가장 가파른 방향의 손실이 줄지도 커지지도 "
            "않습니다."
        ),
    ),
    Sentence(
        "seen_all_diverging",
        always,
        (
            "Too large: with all points in each step, the loss in the steepest direction grows "
            "with every step."
        ),
        "너무 큽니다. 매 스텝 모든 점을 쓰면 가장 가파른 방향의 손실이 스텝마다 커집니다.",
    ),
]
"""The rate of a descent with batches, compared with steps that see all points."""

TURNED_BACK: Table[Observed] = [
    Sentence(
        "seen_bouncing",
        lambda run: run.turns_back,
        "Bouncing. Most of the last steps turn back; after {steps} the loss is {loss}.",
        (
            "바운스합니다. 마지막 스텝이 대부분 직전 스텝을 되돌리고, {steps_ko} 뒤의 손실은 "
            "{loss}입니다."
        ),
    ),
    Sentence(
        "seen_slope_turns",
        always,
        (
            "Bouncing. From step to step the slope mostly turns around; after {steps} the loss is "
            "{loss}."
        ),
        (
            "바운스합니다. 스텝마다 기울기의 방향이 대개 뒤집히고, {steps_ko} 뒤의 손실은 "
            "{loss}입니다."
        ),
    ),
]
"""The way of a descent whose steps turn back."""

RAN_OUT: Table[Observed] = [
    Sentence(
        "seen_ran_out",
        always,
        (
            "The schedule ran out: the rate fell from {largest_rate} to {last_rate}. After {steps} "
            "the loss is {loss}."
        ),
        (
            "학습률이 스케줄에 따라 {largest_rate}에서 {last_rate}까지 줄어 더 나아가지 못합니다. "
            "{steps_ko} 뒤의 손실은 {loss}입니다."
        ),
    ),
]
"""The end of a schedule."""

POSSIBLE: Table[Observed] = [
    Sentence(
        "seen_possible",
        lambda run: run.evidence.goal is not None and not run.evidence.decays,
        "The lowest possible loss is {lowest}.",
        "가능한 최저 손실은 {lowest}입니다.",
    ),
]
"""The lowest loss, if the descent can reach it."""

TOO_SMALL: Table[Observed] = [
    Sentence(
        "seen_hardly_fell",
        lambda run: not run.evidence.crawls,
        "Too small. In {steps} the loss hardly changes: it goes from {start_loss} to {loss}.",
        (
            "너무 작습니다. {steps_ko} 동안 손실이 {start_loss}에서 {loss}까지 갔을 뿐, 거의 "
            "변하지 않았습니다."
        ),
    ),
    Sentence(
        "seen_too_small",
        lambda run: run.goes_the_same_way,
        (
            "Too small. Most of the last steps go the same way, and after {steps} the loss is "
            "still {loss}."
        ),
        (
            "너무 작습니다. 마지막 스텝이 대부분 같은 방향으로 가고, {steps_ko} 뒤에도 손실이 "
            "{loss}입니다."
        ),
    ),
    Sentence(
        "seen_still_falling",
        always,
        "Too small. After {steps} the loss is still {loss}.",
        "너무 작습니다. {steps_ko} 뒤에도 손실이 {loss}입니다.",
    ),
]
"""The way of a descent that hardly gets on."""

STATE: Table[Observed] = [
    Sentence(
        "seen_nearly",
        lambda run: run.evidence.nearly,
        "Nearly there: after {steps} the loss is {loss}, and {lowest} is possible.",
        "최적에 거의 닿았습니다. {steps_ko} 뒤의 손실은 {loss}이고, 가능한 최저는 {lowest}입니다.",
    ),
    Sentence(
        "seen_settled",
        lambda run: run.evidence.at_rest,
        (
            "Settled. In {steps} the loss goes from {start_loss} to {loss}, and it hardly falls "
            "any more."
        ),
        (
            "안정되었습니다. {steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 이제 거의 "
            "줄지 않습니다."
        ),
    ),
    Sentence(
        "seen_stalled",
        lambda run: run.evidence.settled and run.evidence.goal is not None,
        (
            "Stalled. After {steps} the loss hardly falls any more: it is {loss}, and {lowest} is "
            "possible."
        ),
        (
            "정체되었습니다. {steps_ko} 뒤에 손실이 {loss}에서 거의 줄지 않고, 가능한 최저는 "
            "{lowest}입니다."
        ),
    ),
    Sentence(
        "seen_moving",
        always,
        "In {steps} the loss goes from {start_loss} to {loss}, and it has not settled yet.",
        "{steps_ko} 만에 손실이 {start_loss}에서 {loss}까지 갔고, 아직 안정되지 않았습니다.",
    ),
]
"""The state of a descent that has not arrived."""

SEEN: Sequence[Situation[Observed]] = [
    Situation(lambda run: run.reach == "diverged", [DIVERGED]),
    Situation(lambda run: run.rate == "diverging" and run.evidence.grown, [GROWN]),
    Situation(lambda run: run.evidence.descent.stopped_by is not None, [STOPPED]),
    Situation(lambda run: run.evidence.risen, [RISEN]),
    Situation(lambda run: run.evidence.rose, [ROSE, BEST_FIT]),
    Situation(lambda run: run.evidence.arrived, [ARRIVED]),
    Situation(lambda run: run.full_rate is not None, [COMPARED, STATE]),
    Situation(lambda run: run.evidence.seen.way.turned_back, [TURNED_BACK]),
    Situation(lambda run: run.evidence.ran_out, [RAN_OUT, POSSIBLE]),
    Situation(lambda run: run.rate == "too_small", [TOO_SMALL]),
    Situation(always, [STATE]),
]
"""The first situation that holds is described."""

SEEN_ASIDES: Sequence[Table[Observed]] = [
    [
        Sentence(
            "held_out",
            lambda run: run.facts.validation_loss is not None and run.reach != "diverged",
            "On the points held out the loss is {validation_loss}.",
            "따로 떼어 둔 점들에서 손실은 {validation_loss}입니다.",
        )
    ],
    [
        Sentence(
            "noise",
            lambda run: run.noisy,
            (
                "In batches of {batch_size}, a rate that is safe for all points can diverge: the "
                "limit of all points is {lr_limit}, that of these batches {lr_limit_mean_square}."
            ),
            (
                "전체 점에 안전한 학습률도 크기 {batch_size}의 배치에서는 발산할 수 있습니다. "
                "한계는 전체 점에서 {lr_limit}, 이 배치에서 {lr_limit_mean_square}입니다."
            ),
        )
    ],
]
"""The loss that the caller also asked for, and the limit of batches."""
