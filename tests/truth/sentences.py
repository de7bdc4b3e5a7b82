"""The sentences of verdicts, and what each says in words.

A sentence is parsed by the text that stands here, so a new wording has to be understood here before
the test passes again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.truth import seen, words
from tests.truth.runs import Run
from tests.truth.wording import pattern

Said = Callable[[Run], bool]


@dataclass(frozen=True)
class Sentence:
    """A sentence, in which facts have names in braces, and what its words say."""

    text: str
    said: tuple[Said, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of the sentence."""
        return pattern(self.text)


SENTENCES = [
    # the verdict in a few words
    Sentence("Too large.", (words.too_large,)),
    Sentence("Already there.", (words.start_is_best, words.arrived)),
    Sentence("There, but only in passing.", (words.arrived, words.leaves)),
    Sentence("Near from the start.", (words.starts_near, words.arrived)),
    Sentence("Good.", (seen.good,)),
    Sentence("Good, but a weak model.", (words.arrived, words.weak_model)),
    Sentence("On the edge.", (words.at_the_edge,)),
    Sentence("Stopped as asked.", (words.stopped,)),
    Sentence("Out of digits.", (words.below_floor,)),
    Sentence("A good rate, but a bad fit.", (words.good_rate, words.bad_fit, words.not_arrived)),
    Sentence("A good rate, and nearly there.", (words.good_rate, words.nearly_there)),
    Sentence("A good rate.", (words.good_rate, words.not_arrived)),
    Sentence("Bouncing.", (seen.bounces,)),
    Sentence("Too small.", (seen.too_small, seen.not_known_to_arrive)),
    Sentence(
        "Too small, but nearly there.", (seen.too_small, words.nearly_there, words.not_arrived)
    ),
    # what the descent did
    Sentence(
        "The start already meets the rule: its loss is {loss}, and {best_curve}.",
        (words.no_step, words.stopped),
    ),
    Sentence(
        "Rounding errors grow at this rate, and at step {diverged_at} the loss no longer fits a "
        "number; in exact arithmetic it would be {exact_loss} after {steps}.",
        (words.overflows, words.rounding_grew),
    ),
    Sentence(
        "Rounding errors grow at this rate: after {steps} the loss is {loss}, and in exact "
        "arithmetic it would be {exact_loss}.",
        (words.rounding_grew, words.rounding_differs),
    ),
    Sentence(
        "Rounding in {precision} decides: after {steps} the loss is {loss}, and in exact "
        "arithmetic it would be {exact_loss}.",
        (words.rounding_differs,),
    ),
    Sentence(
        "In the steepest direction every step lands higher than the one before.",
        (words.steepest_grows, words.jumps),
    ),
    Sentence(
        "In the steepest direction every step lands farther away than the one before.",
        (words.steepest_grows, words.jumps, words.with_decay),
    ),
    Sentence(
        "In the steepest direction the descent swings higher and higher.",
        (words.steepest_grows, words.with_momentum),
    ),
    Sentence("At step {diverged_at} the loss no longer fits a number.", (words.overflows,)),
    Sentence(
        "The start is {goal}: its loss is {loss}, and no step changes it.",
        (words.start_is_best, words.nothing_moves),
    ),
    Sentence(
        "After {steps} the descent is practically at {goal}, with a loss of {loss_r2}, but further "
        "steps swing away from it.",
        (words.arrived, words.leaves, words.swings),
    ),
    Sentence(
        "The loss is {loss} before the first step and after {steps}: that is practically {goal}.",
        (words.arrived, words.unchanged),
    ),
    Sentence("In {steps} the loss {change}: that is practically {goal}.", (words.arrived,)),
    Sentence(
        "In the steepest direction the swing does not die out; after {steps} the loss is "
        "{loss_r2}.",
        (words.at_the_edge, words.with_momentum),
    ),
    Sentence(
        "In the steepest direction the swing does not die out; after {steps} the loss is {loss}, "
        "higher than at any step before.",
        (words.at_the_edge, words.with_momentum, words.highest_now),
    ),
    Sentence(
        "In the steepest direction every step lands just as high on the other side; after {steps} "
        "the loss is {loss_r2}.",
        (words.at_the_edge, words.jumps),
    ),
    Sentence(
        "In the steepest direction every step lands just as far away on the other side; after "
        "{steps} the loss is {loss_r2}.",
        (words.at_the_edge, words.jumps, words.with_decay),
    ),
    Sentence(
        "Without the decay, the best {curve} has a loss of {lowest_without_decay}.",
        (words.with_decay,),
    ),
    Sentence("After {steps} the loss is {loss_r2}, and {best_curve}."),
    Sentence(
        "From this start, rounding in {precision} hides what is left: after {steps} the loss is "
        "{loss}, and {best_curve}.",
        (words.below_floor,),
    ),
    Sentence(
        "It swings: after {steps} the loss is {loss}, higher than at any step before.",
        (words.swings, words.crossed, words.highest_now),
    ),
    Sentence(
        "It swings: the loss was highest, {peak_loss}, at step {peak_step}, and after {steps} it "
        "is {loss_r2}.",
        (words.swings, words.crossed, words.rose_above_start),
    ),
    Sentence(
        "It swings across the valley: after {steps} the loss is {loss_r2}, and {best_curve}.",
        (words.swings, words.crossed),
    ),
    Sentence(
        "In the steepest direction every step jumps across the valley and ends {closer_percent}% "
        "closer to the bottom; after {steps} the loss is {loss_r2}.",
        (words.jumps,),
    ),
    Sentence("In {steps} the loss {change}, and {best_curve}."),
    Sentence(
        "After {steps} the loss hardly falls any more: it is {loss_r2}, and {best_curve}.",
        (words.hardly_falls, words.not_arrived),
    ),
    Sentence(
        "After {steps} the loss is {loss_r2} and still falling, and {best_curve}.",
        (words.still_falling,),
    ),
    Sentence(
        "After {steps} the loss is {loss_r2} and still falling: {progress}% of the possible "
        "improvement is made.",
        (words.still_falling,),
    ),
    # why it did so, or what it takes to arrive
    Sentence(
        "In the long run each step multiplies the loss there by {growth_decades}, and at step "
        "{diverged_at} it no longer fits a number.",
        (words.steepest_grows, words.overflows),
    ),
    Sentence(
        "There each step multiplies the loss by {growth_decades}, and at step {diverged_at} it no "
        "longer fits a number.",
        (words.steepest_grows, words.overflows),
    ),
    Sentence(
        "After {steps} the loss is {loss}, still close to that of {goal}, but it does not stay "
        "there.",
        (words.arrived, words.leaves),
    ),
    Sentence(
        "In the long run each step multiplies the loss there by {growth_decades}, and it never "
        "comes back down.",
        (words.steepest_grows,),
    ),
    Sentence(
        "There each step multiplies the loss by {growth_decades}, and it never comes back down.",
        (words.steepest_grows,),
    ),
    Sentence(
        "The points do not determine it: other curves fit just as well.", (words.undetermined,)
    ),
    Sentence(
        "Even the best {curve} explains only {r2_percent}% of the variation of these points.",
        (words.weak_model, words.arrived),
    ),
    Sentence(
        "Even the best {curve} explains less than 2% of the variation of these points.",
        (words.explains_nothing, words.arrived),
    ),
    Sentence(
        "On the way the loss swings up to {peak_loss} at step {peak_step}.",
        (words.swings, words.crossed, words.rose_above_start),
    ),
    Sentence("It swings across the valley on the way.", (words.crossed, words.with_momentum)),
    Sentence("It jumps across the valley on the way.", (words.jumps,)),
    Sentence("The loss was highest, {peak_loss}, at step {peak_step}."),
    Sentence("Rescale t.", (words.below_floor,)),
    Sentence("At step {passed_step} it was at {goal}, but only in passing."),
    Sentence("At this rate {goal} takes {steps_needed}.", (words.needs_more_steps,)),
    Sentence(
        "At this rate {goal} takes more than 9\N{MULTIPLICATION SIGN}10¹⁵ steps.",
        (words.never_needed,),
    ),
    Sentence(
        "From this start no descent arrives in {precision}{elsewhere}.", (words.not_resolved,)
    ),
    Sentence(
        "{flat_of} too flat for any rate{elsewhere}.", (words.unreachable, words.no_rate_arrives)
    ),
    Sentence(
        "{flat_of} too flat for {steps}: no constant rate takes fewer than "
        "{fewest_steps}{elsewhere}.",
        (words.no_rate_arrives,),
    ),
    Sentence(
        "{flat_of} too flat for {steps}, even at the best rate{elsewhere}.",
        (words.no_rate_arrives, words.with_momentum),
    ),
    Sentence(
        "No constant rate takes fewer than {fewest_steps}{elsewhere}.", (words.no_rate_arrives,)
    ),
    Sentence("On the held-out points the loss is {validation_loss}."),
    # what was observed
    Sentence(
        "After {steps} the loss is {loss_r2}, and nothing but rounding changes it any more.",
        (seen.frozen,),
    ),
    Sentence("Most of the last steps go the same way.", (seen.same_way,)),
    Sentence("In {steps} the loss hardly changes: it {change}.", (seen.hardly_changed,)),
    Sentence("The schedule ran out.", (seen.ran_out,)),
    Sentence("The rate fell from {largest_rate} to {last_rate}.", (seen.ran_out,)),
    Sentence("After {steps} the loss is {loss_r2}."),
    Sentence("In {steps} the loss {change}."),
    Sentence("Most of the last steps turn back.", (seen.turn_back,)),
    Sentence("From step to step the slope mostly turns around.", (seen.slope_turns,)),
    Sentence(
        "The loss rose to {peak_loss} at step {peak_step} before it fell; after {steps} it is "
        "{loss_r2}.",
        (seen.rose_before,),
    ),
    Sentence("That is practically {goal}.", (words.arrived,)),
    Sentence(
        "Even with all points in each step, {goal} takes {steps_needed} at this rate.",
        (words.smaller_than_best, words.needs_more_steps),
    ),
    Sentence(
        "Even with all points in each step, {goal} is never reached at this rate.",
        (words.smaller_than_best, words.never_needed),
    ),
    Sentence(
        "With all points in each step, the descent would reach {goal} within {steps}.",
        (seen.all_points_arrive,),
    ),
    Sentence(
        "Even with all points in each step, no rate ends much lower.",
        (seen.all_points_good,),
    ),
    Sentence(
        "With all points in each step, a smaller rate ends lower.",
        (words.larger_than_best,),
    ),
    Sentence(
        "With all points in each step, the loss in the steepest direction neither falls nor grows.",
        (words.at_the_edge,),
    ),
    Sentence(
        "With all points in each step, the loss in the steepest direction grows with every step.",
        (words.steepest_grows,),
    ),
    Sentence("Not settled yet.", (seen.moves,)),
    Sentence("Nearly there.", (seen.nearly,)),
    Sentence(
        "With weight decay it does not reach {lowest}, the lowest possible loss.",
        (seen.leads_elsewhere,),
    ),
    Sentence("Settled."),
    Sentence("Settled, but a weak fit.", (words.weak_fit,)),
    Sentence("In {steps} the loss {change}, and it hardly falls any more.", (seen.settled,)),
    Sentence("In {steps} the loss {change}, and hardly any slope is left.", (seen.no_slope,)),
    Sentence(
        "In {steps} the loss falls from {start_loss} to {loss}, which is next to nothing.",
        (seen.next_to_nothing, seen.falls),
    ),
    Sentence("Stalled.", (seen.settled,)),
    Sentence("In {steps} the loss grows from {start_loss} to {loss}.", (seen.rises,)),
    Sentence("Too large to go down.", (seen.rises,)),
    Sentence(
        "In batches of {batch_size}, a rate that is safe for all points can diverge: the limit is "
        "{lr_limit} for all points and {lr_limit_mean_square} for these batches.",
        (seen.batches_limit,),
    ),
]
