"""The claims of many requests, counted by their kind."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from orjson import dumps

from tests.truth.claims import Claim, claims
from tests.truth.questions import SITUATIONS, bodies
from tests.truth.runs import Run, made
from tests.truth.suggestions import arrives, promises

TRIES = 5
"""How many times as many requests are drawn as are answered, at most. The others are refused."""


def runs(situation: str, first: int, count: int) -> Iterator[Run]:
    """Yield the answered requests among the next ones of a situation."""
    drawn = islice(bodies(situation, first), TRIES * count)
    answered = (run for body in drawn if (run := made(situation, body)))
    yield from islice(answered, count)


def checked(situation: str, first: int, count: int) -> list[tuple[Claim, str]]:
    """Return the claims of so many answers of a situation, and the request of each false one."""
    return [
        (claim, "" if claim.true else described(run))
        for run in runs(situation, first, count)
        for claim in (*claims(run), *promises(run))
    ]


def described(run: Run) -> str:
    """Return the request and the message of a run."""
    return f"{dumps(run.body).decode()}\n  {run.verdict['message']['en']}"


def followed_to_the_end(first: int, count: int) -> list[tuple[Claim, str]]:
    """Return whether so many lost descents arrive by following suggestions."""
    return [(claim, claim.text) for claim in map(arrives, range(first, first + count))]


def shares(count: int) -> list[tuple[str, int]]:
    """Return how many requests each situation gets of a whole."""
    each, rest = divmod(count, len(SITUATIONS))
    return [(name, each + (i < rest)) for i, name in enumerate(SITUATIONS)]


def table(found: Iterable[tuple[Claim, str]]) -> str:
    """Return a table of the claims by kind: how many were checked, and how many were false."""
    kept = list(found)
    checked = Counter(claim.kind for claim, _ in kept)
    false = Counter(claim.kind for claim, _ in kept if not claim.true)
    rows = [f"{checked[kind]:>8,}{false[kind]:>8,}  {kind}" for kind in sorted(checked)]
    total = f"{checked.total():>8,}{false.total():>8,}  all claims"
    return "\n".join([" checked   false", *rows, total])


def falsehoods(found: Iterable[tuple[Claim, str]]) -> list[str]:
    """Return each false claim with its request."""
    return [f"{claim.kind}: {claim.text}\n  {run}" for claim, run in found if not claim.true]
