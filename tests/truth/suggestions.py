"""Suggestions followed: merged into the request as it was run, and sent again."""

import random
from collections.abc import Iterator
from math import isfinite

from tests.truth.claims import Claim
from tests.truth.questions import SEED, Json, limit, polynomial
from tests.truth.runs import Run, again, made

ADVICES = 3
"""The number of suggestions after which a descent on any points arrives."""
TIMES = 10
"""The largest multiple of the requested steps that is suggested."""


def followed(run: Run) -> Run | None:
    """Return the run of the suggestion, or None if there is no suggestion."""
    suggestion = run.verdict["suggestion"]
    if suggestion is None:
        return None
    after = again(run, suggestion)
    assert after, f"the service refuses its own suggestion {suggestion} for {run.body}"
    return after


def promises(run: Run) -> Iterator[Claim]:
    """Yield what the suggestion of a run promises, if it has one."""
    after = followed(run)
    if after is None:
        return
    suggestion = run.verdict["suggestion"]
    text = f"{suggestion}"
    if "steps" in suggestion:
        few = suggestion["steps"] <= TIMES * run.resolved["steps"]
        yield Claim("suggestion: at most ten times the steps", text, few)
    if "scale" in suggestion:
        yield Claim("suggestion: the scale is that of auto", text, scale_of_auto(run, after))
    if "validation_losses" in run.answer:
        yield Claim("suggestion: the held-out loss does not rise", text, held_out_falls(run, after))
    else:
        yield Claim("suggestion: what is minimised falls", text, improves(run, after))


def improves(before: Run, after: Run) -> bool:
    """Return whether the second run ends lower, or stays where the first leaves again."""
    if before.diverged or after.diverged:
        return not after.diverged
    if before.quadratic and before.quadratic.decay and before.foreseen and after.foreseen:
        left, now = before.left, after.left
        assert left is not None
        assert now is not None
        return bool(now < left)
    return after.losses[-1] < before.losses[-1] or (
        before.verdict["rate"] == "diverging" and after.verdict["reach"] == "converged"
    )


def scale_of_auto(before: Run, after: Run) -> bool:
    """Return whether `auto` takes the suggested coordinates, or others that end no lower."""
    auto = made(before.situation, {**after.body, "scale": "auto", "lr": "best"})
    assert auto
    same = auto.resolved["scale"] == after.resolved["scale"]
    return same or auto.losses[-1] >= after.losses[-1] * (1 - 1e-9)


def held_out_falls(before: Run, after: Run) -> bool:
    """Return whether the held-out loss does not rise."""
    then, now = (run.answer["validation_losses"][-1] for run in (before, after))
    if before.diverged or not isfinite(then):
        return not after.diverged
    return bool(now <= then)


def lost(number: int) -> Json:
    """Return a request on random points whose rate is far too large or far too small."""
    chance = random.Random(f"{SEED} lost {number}")
    body = polynomial(chance, most=6)
    body |= {"scale": chance.choice(["none", "standardize"]), "steps": 100}
    return {**body, "lr": limit(body) * chance.choice([1e-6, 1e-4, 3.0, 1e3])}


def arrives(number: int) -> Claim:
    """Return whether following the suggestions of such a request arrives soon enough."""
    run: Run | None = made("lost", lost(number))
    assert run
    advices = 0
    while run and run.verdict["reach"] != "converged" and advices < ADVICES:
        advices, run = advices + 1, followed(run)
    there = run is not None and run.verdict["reach"] == "converged"
    return Claim("suggestion: three of them arrive", f"{lost(number)}", there)
