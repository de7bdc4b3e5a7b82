"""Whether the fields that a program checks are true: of the verdict, and of the whole answer."""

from collections.abc import Callable

from tests.truth import facts, words
from tests.truth.runs import Run


def converged(run: Run) -> bool:
    """The answer says whether the descent arrived."""
    if run.target is None or run.diverged:
        return bool(run.answer["converged"] == (run.verdict["reach"] == "converged"))
    return words.arrived(run) if run.answer["converged"] else words.not_arrived(run)


def r2(run: Run) -> bool:
    """R^2 is that of the curve, or null if y does not vary."""
    value = run.answer.get("r2")
    if value is None:
        return (
            run.variance <= 1e-20 * (1 + max(map(abs, run.seen[1]))) ** 2 or run.losses[-1] > 1e300
        )
    return facts.r2(run, value)


def progress(run: Run) -> bool:
    """The progress is that of the descent, or null if there is nothing to gain."""
    value = run.answer.get("progress")
    if value is None:
        return (
            run.begun is None or run.begun <= (run.target or 0) * 1.001 + run.floor or run.diverged
        )
    return facts.progress(run, value)


def reach(run: Run) -> bool:
    """The verdict says whether the descent arrived, or whether any rate arrives."""
    said = run.verdict["reach"]
    if said == "diverged" or run.diverged:
        return said == "diverged" and run.diverged
    if run.target is None:
        return said in {"converged", "unfinished"}
    if said == "converged":
        return words.arrived(run)
    if run.exact is None:
        return words.not_arrived(run)
    if said == "out_of_reach" and words.below_floor(run):
        return True
    arrives = words.no_rate_arrives(run) if said == "out_of_reach" else some_rate_arrives(run)
    return words.not_arrived(run) and arrives


def some_rate_arrives(run: Run) -> bool:
    """Return whether a rate arrives in these steps."""
    return words.at_most(words.least_left(run), run.known.target, 1e-6 + run.known.slack)


def rate(run: Run) -> bool:
    """The verdict says how the rate compares with the best one, or with the limit."""
    said = run.verdict["rate"]
    if said is not None and said != "diverging" and run.foreseen is None:
        return True
    return RATES[said](run)


def below_limit(run: Run) -> bool:
    """Return whether the rate is below the limit, or the descent too short to tell."""
    q = run.known
    return bool(q.lr < q.limit * (1 + 1e-9)) or words.at_the_edge(run)


def overshoots(run: Run) -> bool:
    """The verdict says whether steps jump across the valley."""
    q = run.foreseen
    if q is None:
        return True
    return q.oscillates(1e-9) if run.verdict["overshoots"] else not q.oscillates(-1e-9)


def stalled(run: Run) -> bool:
    """If the verdict says that the descent stalled, its second half hardly changed the excess."""
    if not run.verdict["stalled"] or run.target is None:
        return True
    return words.hardly_falls(run) and words.not_arrived(run)


RATES: dict[str | None, Callable[[Run], bool]] = {
    None: words.no_step,
    "diverging": words.too_large,
    "edge": words.at_the_edge,
    "good": lambda run: below_limit(run) and words.good_rate(run),
    "bouncing": lambda run: below_limit(run) and words.larger_than_best(run),
    "too_small": lambda run: below_limit(run) and words.smaller_than_best(run),
}
"""What the verdict says about a rate whose effect is known."""
FIELDS: dict[str, Callable[[Run], bool]] = {
    check.__name__: check
    for check in (facts.losses, converged, r2, progress, reach, rate, overshoots, stalled)
}
