"""The sentences about a descent whose losses have a closed form, each with the condition under
which it is true. A message has one sentence of each group: the first whose condition holds.
"""

from collections.abc import Callable

from service.descent.answers.explanation import Facts, Message, Reach, Suits
from service.descent.judging.messages import SENTENCES, written
from service.descent.judging.writing import number
from service.descent.readonly import readonly

BAD_FIT, CLOSE_FIT = 0.05, 0.02
"""The fractions of the variance of y that a bad fit misses at least, and a close one at most."""
NEARLY = 0.99
"""The fraction of the possible decrease in loss after which a descent is nearly there."""
WEAK_MODEL = 0.5
"""The coefficient of determination below which the model limits the fit, not the descent."""


@readonly(kw_only=True)
class Known:
    """What is known about a descent that has ended, apart from the numbers in its sentences.

    `moves` is false if the start is the optimum. `rounded` is true if rounding decided how the
    descent ends, `below_floor` if no descent from its start comes closer in its precision, and
    `rescaling` if other coordinates are suggested. `passes` is true if the descent arrived but
    leaves the optimum again. `missing` is the excess as a fraction of the variance of y, or None if
    y is constant.
    """

    facts: Facts
    rate: Suits | None
    reach: Reach
    stalled: bool
    overshoots: bool
    stopped: bool
    moves: bool
    starts_near: bool
    undetermined: bool
    momentum: bool
    above_limit: bool
    rounded: bool
    below_floor: bool
    rescaling: bool
    passes: bool
    missing: float | None

    @property
    def converged(self) -> bool:
        """True if the loss is that of the optimum."""
        return self.reach == "converged"

    @property
    def grows(self) -> bool:
        """True if the rate is too large in exact arithmetic: the steepest direction grows."""
        return self.rate == "diverging" and self.above_limit

    @property
    def swung(self) -> bool:
        """True if the loss was higher than at the start, by as much as three digits show."""
        facts = self.facts
        if facts.peak_loss is None or facts.start_loss is None:
            return False
        return number(facts.peak_loss) != number(facts.start_loss)

    @property
    def changed(self) -> bool:
        """True if the last loss differs from the first in its first three digits."""
        facts = self.facts
        assert facts.start_loss is not None
        assert facts.loss is not None
        return number(facts.loss) != number(facts.start_loss)

    @property
    def bad_fit(self) -> bool:
        """True if the curve misses much of the variation that the optimum explains."""
        return self.missing is not None and self.missing > BAD_FIT

    @property
    def nearly(self) -> bool:
        """True if the descent made nearly all of the possible progress."""
        progress = self.facts.progress
        close = self.missing is None or self.missing <= CLOSE_FIT
        return progress is not None and progress > NEARLY and close

    @property
    def falls_short(self) -> bool:
        """True if nothing but the rate and the number of steps keeps the descent from arriving."""
        clear = not (self.stopped or self.rounded or self.below_floor)
        return clear and not self.converged and self.rate in {"good", "bouncing", "too_small"}

    @property
    def out_of_reach(self) -> bool:
        """True if no rate arrives in this number of steps."""
        return self.falls_short and self.reach == "out_of_reach"

    @property
    def flat(self) -> int:
        """The number of directions that are too flat, also for the best rate."""
        return self.facts.flat_directions or 0

    @property
    def more_steps_needed(self) -> bool:
        """True if a known number of further steps at this rate arrives."""
        facts = self.facts
        return facts.steps_needed is not None and facts.steps_needed > (facts.steps or 0)


@readonly
class Sentence:
    """A sentence in English and Korean, and the condition under which it is true."""

    name: str
    holds: Callable[[Known], bool]
    en: str
    ko: str


LABELS = [
    Sentence(
        "too_large",
        lambda run: run.rate == "diverging",
        "Too large.",
        "너무 큽니다.",
    ),
    Sentence(
        "already_there",
        lambda run: run.converged and not run.moves,
        "Already there.",
        "이미 최적입니다.",
    ),
    Sentence(
        "in_passing",
        lambda run: run.converged and run.passes,
        "There, but only in passing.",
        "지나가는 길에 닿았을 뿐입니다.",
    ),
    Sentence(
        "near_from_the_start",
        lambda run: run.converged and (run.starts_near or run.rate != "good"),
        "Near from the start.",
        "처음부터 최적 가까이에 있습니다.",
    ),
    Sentence(
        "good_fit",
        lambda run: run.converged,
        "Good.",
        "적당합니다.",
    ),
    Sentence(
        "edge",
        lambda run: run.rate == "edge",
        "On the edge.",
        "한계에 걸렸습니다.",
    ),
    Sentence(
        "stopped",
        lambda run: run.stopped,
        "Stopped as asked.",
        "요청한 대로 멈췄습니다.",
    ),
    Sentence(
        "out_of_digits",
        lambda run: run.below_floor,
        "Out of digits.",
        "유효숫자가 부족합니다.",
    ),
    Sentence(
        "bad_fit",
        lambda run: run.rate == "good" and run.bad_fit,
        "A good rate, but a bad fit.",
        "학습률은 적당하지만 곡선은 맞지 않습니다.",
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
        "too_small",
        lambda run: run.rate == "too_small",
        "Too small.",
        "너무 작습니다.",
    ),
]
"""The verdict in a few words."""

STATEMENTS = [
    Sentence(
        "start_meets_rule",
        lambda run: run.rate is None,
        "The start already meets the rule: its loss is {loss}, and {lowest} is possible.",
        "시작점이 이미 규칙을 만족하며, 손실은 {loss}이고 가능한 최저는 {lowest}입니다.",
    ),
    Sentence(
        "rounding_overflows",
        lambda run: run.rounded and run.reach == "diverged",
        (
            "Rounding errors grow at this rate, and at step {diverged_at} the loss no longer fits "
            "a number; in exact arithmetic it would be {exact_loss} after {steps}."
        ),
        (
            "이 학습률에서는 반올림 오차가 커져 {diverged_at}스텝에서 손실이 수의 범위를 "
            "벗어나지만, 오차가 없다면 {steps_ko} 뒤의 손실은 {exact_loss}입니다."
        ),
    ),
    Sentence(
        "rounding_grows",
        lambda run: run.rounded and run.rate == "diverging" and not run.above_limit,
        (
            "Rounding errors grow at this rate: after {steps} the loss is {loss}, and in exact "
            "arithmetic it would be {exact_loss}."
        ),
        (
            "이 학습률에서는 반올림 오차가 커져서 {steps_ko} 뒤의 손실이 {loss}이고, 오차가 "
            "없다면 {exact_loss}입니다."
        ),
    ),
    Sentence(
        "rounding_decides",
        lambda run: run.rounded and not run.converged and not run.grows,
        (
            "Rounding in {precision} decides: after {steps} the loss is {loss}, and in exact "
            "arithmetic it would be {exact_loss}."
        ),
        (
            "{precision}의 반올림 때문에 {steps_ko} 뒤의 손실이 {loss}이고, 오차가 없다면 "
            "{exact_loss}입니다."
        ),
    ),
    Sentence(
        "steepest_grows",
        lambda run: run.grows and not run.momentum,
        "In the steepest direction every step lands higher than the one before.",
        "가장 가파른 방향에서 매 스텝 직전보다 더 높은 곳에 떨어집니다.",
    ),
    Sentence(
        "swing_grows",
        lambda run: run.grows,
        "In the steepest direction the descent swings higher and higher.",
        "가장 가파른 방향에서 점점 더 높이 흔들립니다.",
    ),
    Sentence(
        "overflows",
        lambda run: run.reach == "diverged",
        "At step {diverged_at} the loss no longer fits a number.",
        "{diverged_at}스텝에서 손실이 수의 범위를 벗어납니다.",
    ),
    Sentence(
        "nothing_moves",
        lambda run: not run.moves,
        "The start is the best fit: its loss is {loss}, and no step changes it.",
        "시작점의 손실이 {loss}이고, 어떤 스텝도 이를 바꾸지 않습니다.",
    ),
    Sentence(
        "passes",
        lambda run: run.converged and run.passes,
        (
            "After {steps} the loss is {loss_r2}, that of the best fit, and further steps swing "
            "away from it."
        ),
        (
            "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고 최적과 같지만, 다음 스텝들은 최적에서 다시 "
            "멀어집니다."
        ),
    ),
    Sentence(
        "unchanged",
        lambda run: run.converged and not run.changed,
        "The loss is {loss} before the first step and after {steps}: that is the best fit.",
        "첫 스텝 전에도 {steps_ko} 뒤에도 손실은 {loss}이며, 이것이 최적입니다.",
    ),
    Sentence(
        "arrives",
        lambda run: run.converged,
        "In {steps} the loss goes from {start_loss} to {loss_r2}: that is the best fit.",
        "손실이 {start_loss}에서 시작해 {steps_ko} 뒤에 {loss_r2_ko}이며, 이것이 최적입니다.",
    ),
    Sentence(
        "edge_swing",
        lambda run: run.rate == "edge" and run.momentum,
        (
            "In the steepest direction the swing does not die out; after {steps} the loss is "
            "{loss_r2}."
        ),
        ("가장 가파른 방향의 흔들림이 잦아들지 않고, {steps_ko} 뒤의 손실은 {loss_r2_ko}입니다."),
    ),
    Sentence(
        "edge_jumps",
        lambda run: run.rate == "edge",
        (
            "In the steepest direction every step lands just as high on the other side; after "
            "{steps} the loss is {loss_r2}."
        ),
        (
            "가장 가파른 방향에서 매 스텝 반대편의 같은 높이에 떨어지고, {steps_ko} 뒤의 손실은 "
            "{loss_r2_ko}입니다."
        ),
    ),
    Sentence(
        "ends",
        lambda run: run.stopped,
        "After {steps} the loss is {loss_r2}, and {lowest} is possible.",
        "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고, 가능한 최저는 {lowest}입니다.",
    ),
    Sentence(
        "below_floor",
        lambda run: run.below_floor,
        (
            "No descent from this start comes closer in {precision}: after {steps} the loss is "
            "{loss}, and {lowest} is possible."
        ),
        (
            "이 시작점에서는 {precision}의 유효숫자로 더 가까이 갈 수 없어, {steps_ko} 뒤의 손실은 "
            "{loss}이고 가능한 최저는 {lowest}입니다."
        ),
    ),
    Sentence(
        "swings_highest_now",
        lambda run: run.momentum and run.swung and run.facts.peak_step == run.facts.steps,
        "It swings: after {steps} the loss is {loss}, higher than at any step before.",
        "흔들리며, {steps_ko} 뒤의 손실 {loss}은(는) 지금까지 가장 높습니다.",
    ),
    Sentence(
        "swings_high",
        lambda run: run.momentum and run.swung,
        (
            "It swings: the loss was highest, {peak_loss}, at step {peak_step}, and after {steps} "
            "it is {loss_r2}."
        ),
        (
            "흔들리며, 손실이 {peak_step}스텝에서 {peak_loss}까지 올랐고 {steps_ko} 뒤에는 "
            "{loss_r2_ko}입니다."
        ),
    ),
    Sentence(
        "swings",
        lambda run: run.momentum and run.overshoots,
        (
            "It swings across the valley: after {steps} the loss is {loss_r2}, and {lowest} is "
            "possible."
        ),
        (
            "골짜기를 가로질러 흔들리며, {steps_ko} 뒤의 손실은 {loss_r2_ko}이고 가능한 최저는 "
            "{lowest}입니다."
        ),
    ),
    Sentence(
        "bounces",
        lambda run: run.rate == "bouncing" and not run.momentum,
        (
            "In the steepest direction every step jumps across the valley and ends "
            "{closer_percent}% closer to the bottom; after {steps} the loss is {loss_r2}."
        ),
        (
            "가장 가파른 방향에서 매 스텝 골짜기를 건너뛰며 바닥에 {closer_percent}%\u2060씩 "
            "가까워지고, {steps_ko} 뒤의 손실은 {loss_r2_ko}입니다."
        ),
    ),
    Sentence(
        "still",
        lambda run: run.rate == "too_small",
        "After {steps} the loss is still {loss_r2}, and {lowest} is possible.",
        "{steps_ko} 뒤에도 손실이 {loss_r2_ko}이고, 가능한 최저는 {lowest}입니다.",
    ),
    Sentence(
        "stops",
        lambda run: run.rate == "good" and run.stalled,
        (
            "After {steps} the loss hardly falls any more: it is {loss_r2}, and {lowest} is "
            "possible."
        ),
        ("{steps_ko} 뒤에 손실이 {loss_r2_ko}에서 거의 줄지 않고, 가능한 최저는 {lowest}입니다."),
    ),
    Sentence(
        "ends_swinging",
        lambda run: run.momentum,
        "After {steps} the loss is {loss_r2}, and {lowest} is possible.",
        "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고, 가능한 최저는 {lowest}입니다.",
    ),
    Sentence(
        "falls_to_bad_fit",
        lambda run: run.bad_fit or run.missing is None,
        "After {steps} the loss is {loss_r2} and still falling, and {lowest} is possible.",
        ("{steps_ko} 뒤의 손실은 {loss_r2_ko}이고 아직 줄고 있으며, 가능한 최저는 {lowest}입니다."),
    ),
    Sentence(
        "falls",
        lambda run: run.rate == "good",
        (
            "After {steps} the loss is {loss_r2} and still falling: {progress}% of the possible "
            "improvement is made."
        ),
        (
            "{steps_ko} 뒤의 손실은 {loss_r2_ko}이고 아직 줄고 있으며, 가능한 개선의 "
            "{progress}%\u2060를 이루었습니다."
        ),
    ),
]
"""What the descent did."""

REASONS = [
    Sentence(
        "overflows_in_the_long_run",
        lambda run: run.grows and run.momentum and run.reach == "diverged",
        (
            "In the long run each step multiplies the loss there by {growth_decades}, and at step "
            "{diverged_at} it no longer fits a number."
        ),
        (
            "그 방향의 손실이 결국 스텝마다 {growth_decades}배로 커져 {diverged_at}스텝에서 수의 "
            "범위를 벗어납니다."
        ),
    ),
    Sentence(
        "overflow",
        lambda run: run.grows and run.reach == "diverged",
        (
            "There each step multiplies the loss by {growth_decades}, and at step {diverged_at} it "
            "no longer fits a number."
        ),
        (
            "그 방향의 손실이 스텝마다 {growth_decades}배로 커져 {diverged_at}스텝에서 수의 범위를 "
            "벗어납니다."
        ),
    ),
    Sentence(
        "leaves",
        lambda run: run.grows and run.converged,
        (
            "After {steps} the loss is {loss}, still close to the lowest, but it does not stay "
            "there."
        ),
        "{steps_ko} 뒤의 손실은 {loss}이며 아직 최저에 가깝지만, 거기에 머물지 않습니다.",
    ),
    Sentence(
        "grows_in_the_long_run",
        lambda run: run.grows and run.momentum,
        (
            "In the long run each step multiplies the loss there by {growth_decades}, and it never "
            "comes back."
        ),
        "그 방향의 손실이 결국 스텝마다 {growth_decades}배로 커지고 다시 줄지 않습니다.",
    ),
    Sentence(
        "growth",
        lambda run: run.grows,
        "There each step multiplies the loss by {growth_decades}, and it never comes back.",
        "그 방향의 손실이 스텝마다 {growth_decades}배로 커지고 다시 줄지 않습니다.",
    ),
    Sentence(
        "undetermined",
        lambda run: run.converged and run.undetermined,
        "The points do not determine it: other curves fit as well.",
        "점들만으로는 정해지지 않아, 다른 곡선도 똑같이 맞습니다.",
    ),
    Sentence(
        "weak_model",
        lambda run: run.converged and run.facts.r2 is not None and run.facts.r2 < WEAK_MODEL,
        (
            "This is the best {curve} for these points, but it explains only {r2_percent}% of "
            "their variation."
        ),
        ("이 점들에 가장 잘 맞는 {curve_ko}이지만, 변동의 {r2_percent}%\u2060만 설명합니다."),
    ),
    Sentence(
        "swung_on_the_way",
        lambda run: run.converged and run.momentum and run.swung,
        "It swings on the way: the loss was highest, {peak_loss}, at step {peak_step}.",
        "가는 길에 흔들리며 손실이 {peak_step}스텝에서 {peak_loss}까지 올랐습니다.",
    ),
    Sentence(
        "overshot_swinging",
        lambda run: run.converged and run.momentum and run.overshoots and not run.starts_near,
        "It swings across the valley on the way.",
        "가는 길에 골짜기를 가로질러 흔들립니다.",
    ),
    Sentence(
        "overshot",
        lambda run: run.converged and run.rate == "good" and run.overshoots and not run.starts_near,
        "It jumps across the valley on the way.",
        "가는 길에 골짜기를 건너뜁니다.",
    ),
    Sentence(
        "peak_at_the_edge",
        lambda run: run.rate == "edge" and run.swung,
        "The loss was highest, {peak_loss}, at step {peak_step}.",
        "손실은 {peak_step}스텝에서 {peak_loss}까지 올랐습니다.",
    ),
    Sentence(
        "rescale",
        lambda run: run.below_floor and run.rescaling,
        "Rescale t.",
        "t를 표준화하세요.",
    ),
    Sentence(
        "passed",
        lambda run: run.falls_short and run.facts.passed_step is not None,
        "At step {passed_step} it was at the best fit, but only in passing.",
        "{passed_step}스텝에서 최적을 지나갔지만 머물지 않았습니다.",
    ),
    Sentence(
        "needed",
        lambda run: run.falls_short and run.reach == "unfinished" and run.more_steps_needed,
        "At this rate the best fit takes {steps_needed}.",
        "이대로면 최적까지 {steps_needed_ko}이 걸립니다.",
    ),
    Sentence(
        "endless",
        lambda run: run.falls_short and run.reach == "unfinished" and not run.momentum,
        "At this rate the best fit takes more than 9e15 steps.",
        "이대로면 최적까지 9e15스텝이 넘게 걸립니다.",
    ),
    Sentence(
        "flat_for_any_rate",
        lambda run: run.out_of_reach and run.flat > 0 and run.facts.fewest_steps is None,
        "{flat_of} too flat for any rate{elsewhere}.",
        "{flat_of_ko} 너무 완만해서 어떤 학습률로도 최적에 닿지 못합니다{elsewhere_ko}.",
    ),
    Sentence(
        "flat",
        lambda run: run.out_of_reach and run.flat > 0,
        (
            "{flat_of} too flat for {steps}: no constant rate takes fewer than "
            "{fewest_steps}{elsewhere}."
        ),
        (
            "{flat_of_ko} {steps_ko}에는 너무 완만해서, 고정된 학습률로는 {fewest_steps_ko} "
            "이상이 필요합니다{elsewhere_ko}."
        ),
    ),
    Sentence(
        "fewest_with_momentum",
        lambda run: run.out_of_reach and run.facts.fewest_steps is not None and run.momentum,
        "With this momentum no constant rate takes fewer than {fewest_steps}{elsewhere}.",
        ("이 모멘텀에서는 고정된 학습률로 {fewest_steps_ko} 이상이 필요합니다{elsewhere_ko}."),
    ),
    Sentence(
        "fewest",
        lambda run: run.out_of_reach and run.facts.fewest_steps is not None,
        "No constant rate takes fewer than {fewest_steps}{elsewhere}.",
        "고정된 학습률로는 {fewest_steps_ko} 이상이 필요합니다{elsewhere_ko}.",
    ),
]
"""Why it did so, or what it takes to arrive."""

ASIDES = [
    Sentence(
        "held_out",
        lambda run: run.facts.validation_loss is not None and run.reach != "diverged",
        *SENTENCES["held_out"],
    )
]
"""What the caller also asked for."""


def described(run: Known) -> Message:
    """Return the message about a descent: its verdict in a few words, then at most three sentences.
    Each group has one sentence that holds, or none.
    """
    chosen = []
    for group in (LABELS, STATEMENTS, REASONS, ASIDES):
        for sentence in group:
            if sentence.holds(run):
                chosen.append((sentence.en, sentence.ko))
                break
    return written(chosen, run.facts)
