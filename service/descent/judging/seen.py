"""The sentences about a descent that was observed. Each table gives one sentence: the first whose
condition holds.
"""

from collections.abc import Sequence

from service.descent.answers.explanation import Facts, Reach, Suits
from service.descent.judging.evidence import Evidence
from service.descent.judging.known import BAD_FIT, WEAK_MODEL
from service.descent.judging.messages import Sentence, Situation, Table, always
from service.descent.readonly import readonly

SEVERAL = 2
"""The least number of turns of which one can say what most of them are like."""
CLEARLY_LOWER = 0.99
"""The limit of batches is mentioned only if it is below this fraction of the limit of all points.
"""
NOT_FAR_BELOW = 0.3
"""The limit of batches is mentioned only if the rate is above this fraction of it."""


def most(turns: list[bool]) -> bool:
    """Return whether most of several turns are so."""
    return len(turns) >= SEVERAL and sum(turns) > len(turns) / 2


@readonly
class Observed:
    """An observed descent that has been judged. `facts` are those of its sentences. `full_rate` and
    `full_reach` are those of the same descent if each step saw all points, or None unless it has
    batches.
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
        return most([turn > 0 for turn in self.evidence.seen.way.turns])

    @property
    def turns_back(self) -> bool:
        """True if most of the last steps turn back on the one before."""
        return most([turn < 0 for turn in self.evidence.seen.way.turns])

    @property
    def best_fit(self) -> bool:
        """True if the descent is at the lowest loss, which is known."""
        return self.evidence.goal is not None and self.evidence.arrived

    @property
    def has_goal(self) -> bool:
        """True if the lowest loss that the descent can lead to is known."""
        evidence = self.evidence
        leads_elsewhere = evidence.decays and evidence.to_minimum is None
        return evidence.goal is not None and not leads_elsewhere

    @property
    def bad_fit(self) -> bool:
        """True if the curve misses much of the variation that the best one explains."""
        goal = self.evidence.goal
        return goal is not None and self.evidence.left > BAD_FIT * goal.spread

    @property
    def weak_fit(self) -> bool:
        """True if the curve explains less than half of the variation of y."""
        return self.facts.r2 is not None and self.facts.r2 < WEAK_MODEL

    @property
    def stalled(self) -> bool:
        """True if the descent has settled above its goal."""
        return self.evidence.settled and self.has_goal

    @property
    def nearly_though_slow(self) -> bool:
        """True if the descent is nearly there, but would not arrive with all points in each step,
        because the rate is too small.
        """
        slow = self.full_rate == "too_small" and not self.arrives_with_all_points
        return slow and self.rate == "good"

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
        "너무 큽니다. {diverged_at}스텝에서 손실이 나타낼 수 있는 수의 범위를 넘습니다.",
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
        "Stopped as asked.",
        "요청한 대로 멈췄습니다.",
    ),
]
"""The verdict on a descent that a rule ended."""

RISEN: Table[Observed] = [
    Sentence(
        "seen_rising",
        always,
        "Too large to go down. In {steps} the loss {change}.",
        "너무 커서 내려가지 못합니다. {steps_ko} 동안 손실이 {change_ko}습니다.",
    ),
]
"""The end of a descent that went up."""

ROSE: Table[Observed] = [
    Sentence(
        "seen_peak",
        always,
        (
            "Bouncing. The loss rose to {peak_loss} at step {peak_step} before it fell; after "
            "{steps} it is {loss_r2}."
        ),
        (
            "바운스합니다. 손실이 {peak_step}스텝에서 {peak_loss}까지 커졌다가 줄었고, {steps_ko} "
            "뒤에는 {loss_r2_ko}입니다."
        ),
    ),
]
"""The way of a descent that went up before it went down."""

BEST_FIT: Table[Observed] = [
    Sentence(
        "seen_best_fit",
        lambda run: run.best_fit,
        "That is practically {goal}.",
        "이는 사실상 {goal_ko}입니다.",
    ),
]
"""The end of such a descent, if it is the optimum."""

ARRIVED: Table[Observed] = [
    Sentence(
        "seen_near",
        lambda run: run.best_fit and run.evidence.starts_near,
        "Near from the start. In {steps} the loss {change}: that is practically {goal}.",
        (
            "처음부터 최적 가까이에 있습니다. {steps_ko} 만에 손실이 {change_ko}고, 이는 사실상 "
            "{goal_ko}입니다."
        ),
    ),
    Sentence(
        "seen_converged",
        lambda run: run.best_fit,
        "Good. In {steps} the loss {change}: that is practically {goal}.",
        "적당합니다. {steps_ko} 만에 손실이 {change_ko}고, 이는 사실상 {goal_ko}입니다.",
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
        "Settled. In {steps} the loss {change}, and hardly any slope is left.",
        "안정되었습니다. {steps_ko} 만에 손실이 {change_ko}고, 이제 기울기가 거의 없습니다.",
    ),
    Sentence(
        "seen_frozen",
        always,
        (
            "Settled. After {steps} the loss is {loss_r2}, and nothing but rounding changes it any "
            "more."
        ),
        (
            "안정되었습니다. {steps_ko} 뒤의 손실은 {loss_r2_ko}이고, 이제 반올림 오차만큼만 "
            "변합니다."
        ),
    ),
]
"""The end of a descent that arrived."""

FULL_SUITS: Table[Observed] = [
    Sentence(
        "seen_all_bad_fit",
        lambda run: run.rate == "good" and run.bad_fit,
        "A good rate, but a bad fit.",
        "학습률은 적당하지만 곡선이 잘 맞지 않습니다.",
    ),
    Sentence(
        "seen_all_suits",
        lambda run: run.rate == "good",
        "A good rate.",
        "학습률은 적당합니다.",
    ),
    Sentence(
        "seen_all_too_small",
        lambda run: run.rate == "too_small",
        "Too small.",
        "너무 작습니다.",
    ),
    Sentence(
        "seen_all_bouncing",
        lambda run: run.rate == "bouncing",
        "Bouncing.",
        "바운스합니다.",
    ),
    Sentence(
        "seen_all_edge",
        lambda run: run.rate == "edge",
        "On the edge.",
        "한계에 걸쳐 있습니다.",
    ),
    Sentence(
        "seen_all_too_large",
        always,
        "Too large.",
        "너무 큽니다.",
    ),
]
"""The verdict on the rate of a descent with batches."""

COMPARED: Table[Observed] = [
    Sentence(
        "seen_all_converges",
        lambda run: run.arrives_with_all_points,
        "With all points in each step, the descent would reach {goal} within {steps}.",
        "스텝마다 모든 점을 쓰면 {steps_ko} 안에 {goal_ko}에 닿습니다.",
    ),
    Sentence(
        "seen_all_never",
        lambda run: run.rate == "too_small" and run.facts.steps_needed is None,
        "Even with all points in each step, {goal} is never reached at this rate.",
        "스텝마다 모든 점을 써도 이 학습률로는 {goal_ko}에 닿지 못합니다.",
    ),
    Sentence(
        "seen_all_takes",
        lambda run: run.rate == "too_small",
        "Even with all points in each step, {goal} takes {steps_needed} at this rate.",
        "스텝마다 모든 점을 써도 이 학습률로는 {goal_ko}까지 {steps_needed_ko}이 걸립니다.",
    ),
    Sentence(
        "seen_all_ends_lowest",
        lambda run: run.rate == "good",
        "Even with all points in each step, no rate ends much lower.",
        "스텝마다 모든 점을 써도 손실이 훨씬 더 낮아지는 학습률은 없습니다.",
    ),
    Sentence(
        "seen_all_smaller_is_better",
        lambda run: run.rate == "bouncing",
        "With all points in each step, a smaller rate ends lower.",
        "스텝마다 모든 점을 쓰면 더 작은 학습률에서 손실이 더 낮아집니다.",
    ),
    Sentence(
        "seen_all_swings_on",
        lambda run: run.rate == "edge",
        (
            "With all points in each step, the loss in the steepest direction neither falls nor "
            "grows."
        ),
        "스텝마다 모든 점을 쓰면 가장 가파른 방향의 손실이 줄지도 커지지도 않습니다.",
    ),
    Sentence(
        "seen_all_grows",
        always,
        "With all points in each step, the loss in the steepest direction grows with every step.",
        "스텝마다 모든 점을 쓰면 가장 가파른 방향의 손실이 계속 커집니다.",
    ),
]
"""The same descent, if each step sees all points."""

TURNED_BACK: Table[Observed] = [
    Sentence(
        "seen_bouncing",
        lambda run: run.turns_back,
        "Bouncing. Most of the last steps turn back.",
        "바운스합니다. 끝 무렵의 스텝은 대부분 직전과 반대 방향으로 갑니다.",
    ),
    Sentence(
        "seen_slope_turns",
        always,
        "Bouncing. From step to step the slope mostly turns around.",
        "바운스합니다. 스텝마다 기울기의 방향이 대개 뒤집힙니다.",
    ),
]
"""The way of a descent whose steps turn back."""

RAN_OUT: Table[Observed] = [
    Sentence(
        "seen_ran_out",
        always,
        "The schedule ran out. The rate fell from {largest_rate} to {last_rate}.",
        (
            "스케줄이 끝났습니다. 학습률이 {largest_rate}에서 {last_rate}까지 줄어 더 나아가지 "
            "못합니다."
        ),
    ),
]
"""The end of a schedule."""

END: Table[Observed] = [
    Sentence(
        "seen_end_and_goal",
        lambda run: run.has_goal,
        "After {steps} the loss is {loss_r2}, and {best_curve}.",
        "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고, {best_curve_ko}입니다.",
    ),
    Sentence(
        "seen_end",
        always,
        "After {steps} the loss is {loss_r2}.",
        "{steps_ko} 뒤의 손실은 {loss_r2_ko}입니다.",
    ),
]
"""The last loss."""

TOO_SMALL: Table[Observed] = [
    Sentence(
        "seen_too_small",
        always,
        "Too small.",
        "너무 작습니다.",
    ),
]
"""The verdict on a descent that hardly gets on."""

MOVED: Table[Observed] = [
    Sentence(
        "seen_moves_to_goal",
        lambda run: run.has_goal,
        "In {steps} the loss {change}, and {best_curve}.",
        "{steps_ko} 동안 손실이 {change_ko}고, {best_curve_ko}입니다.",
    ),
    Sentence(
        "seen_moves",
        always,
        "In {steps} the loss {change}.",
        "{steps_ko} 동안 손실이 {change_ko}습니다.",
    ),
]
"""The change of the loss."""

HARDLY_MOVED: Table[Observed] = [
    Sentence(
        "seen_hardly_fell",
        lambda run: not run.evidence.crawls,
        "In {steps} the loss hardly changes: it {change}.",
        "{steps_ko} 동안 손실이 {change_ko}을 뿐, 거의 변하지 않았습니다.",
    ),
    *MOVED,
]
"""The change of the loss of such a descent."""

SAME_WAY: Table[Observed] = [
    Sentence(
        "seen_same_way",
        lambda run: run.goes_the_same_way and run.evidence.crawls,
        "Most of the last steps go the same way.",
        "끝 무렵의 스텝은 대부분 같은 방향으로 갑니다.",
    ),
]
"""The way of such a descent."""

STATE_IN_WORDS: Table[Observed] = [
    Sentence(
        "seen_nearly",
        lambda run: run.evidence.nearly,
        "Nearly there.",
        "최적에 거의 닿았습니다.",
    ),
    Sentence(
        "seen_settled_high",
        lambda run: run.evidence.at_rest and run.weak_fit,
        "Settled, but a weak fit.",
        "안정되었지만 곡선이 잘 맞지 않습니다.",
    ),
    Sentence(
        "seen_settled",
        lambda run: run.evidence.at_rest,
        "Settled.",
        "안정되었습니다.",
    ),
    Sentence(
        "seen_stalled",
        lambda run: run.stalled,
        "Stalled.",
        "정체되었습니다.",
    ),
    Sentence(
        "seen_unsettled",
        always,
        "Not settled yet.",
        "아직 수렴하지 않았습니다.",
    ),
]
"""The verdict on a descent that has not arrived."""

STATE: Table[Observed] = [
    Sentence(
        "seen_nearly_there",
        lambda run: run.evidence.nearly,
        "After {steps} the loss is {loss_r2}, and {best_curve}.",
        "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고, {best_curve_ko}입니다.",
    ),
    Sentence(
        "seen_at_rest",
        lambda run: run.evidence.at_rest,
        "In {steps} the loss {change}, and it hardly falls any more.",
        "{steps_ko} 만에 손실이 {change_ko}고, 이제 거의 줄지 않습니다.",
    ),
    Sentence(
        "seen_hardly_falls",
        lambda run: run.stalled,
        "After {steps} the loss hardly falls any more: it is {loss_r2}, and {best_curve}.",
        "{steps_ko} 뒤에는 손실이 {loss_r2_ko}에서 거의 줄지 않고, {best_curve_ko}입니다.",
    ),
    *MOVED,
]
"""The end of such a descent."""

ELSEWHERE: Table[Observed] = [
    Sentence(
        "seen_leads_elsewhere",
        lambda run: run.evidence.goal is not None and not run.has_goal,
        "With weight decay it does not reach {lowest}, the lowest possible loss.",
        "가중치 감쇠가 있어 가능한 최저 손실인 {lowest}에는 닿지 않습니다.",
    ),
]
"""The lowest loss, to which weight decay does not lead."""

SEEN: Sequence[Situation[Observed]] = [
    Situation(lambda run: run.reach == "diverged", [DIVERGED]),
    Situation(lambda run: run.rate == "diverging" and run.evidence.grown, [GROWN]),
    Situation(lambda run: run.evidence.descent.stopped_by is not None, [STOPPED, END]),
    Situation(lambda run: run.evidence.risen, [RISEN]),
    Situation(lambda run: run.evidence.rose, [ROSE, BEST_FIT]),
    Situation(lambda run: run.evidence.arrived, [ARRIVED]),
    Situation(lambda run: run.rate == "bouncing" and run.evidence.left_start, [ROSE]),
    Situation(lambda run: run.nearly_though_slow, [STATE_IN_WORDS, STATE]),
    Situation(lambda run: run.full_rate is not None, [FULL_SUITS, STATE, COMPARED]),
    Situation(lambda run: run.evidence.seen.way.turned_back, [TURNED_BACK, END]),
    Situation(lambda run: run.evidence.ran_out, [RAN_OUT, END]),
    Situation(lambda run: run.rate == "too_small", [TOO_SMALL, HARDLY_MOVED, SAME_WAY]),
    Situation(always, [STATE_IN_WORDS, STATE, ELSEWHERE]),
]
"""The first situation that holds is described."""

SEEN_ASIDES: Sequence[Table[Observed]] = [
    [
        Sentence(
            "held_out",
            lambda run: run.facts.validation_loss is not None and run.reach != "diverged",
            "On the held-out points the loss is {validation_loss}.",
            "따로 떼어 둔 점의 손실은 {validation_loss}입니다.",
        )
    ],
    [
        Sentence(
            "noise",
            lambda run: run.noisy,
            (
                "In batches of {batch_size}, a rate that is safe for all points can diverge: the "
                "limit is {lr_limit} for all points and {lr_limit_mean_square} for these batches."
            ),
            (
                "모든 점을 쓰면 안전한 학습률도 크기가 {batch_size}인 배치에서는 발산할 수 "
                "있습니다. 한계는 모든 점을 쓰면 {lr_limit}, 이 배치에서는 "
                "{lr_limit_mean_square}입니다."
            ),
        )
    ],
]
"""The loss that the caller also asked for, and the limit of batches."""
