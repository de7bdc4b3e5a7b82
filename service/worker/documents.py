"""What descent gives, as JSON objects: what does not apply is left out, not null."""

from dataclasses import fields
from typing import get_args

from service.descent.answers.results import BestRun, DataPoints, Fit, Forecast, History, Run, Sweep
from service.descent.questions.options import Layer, Network, Stop
from service.descent.questions.specs import Resolved, ResolvedAnalysis, ResolvedSweep

Parts = dict[str, object]
"""What stands in them as a dataclass is written with all its fields."""

Sparse = (
    BestRun
    | DataPoints
    | Fit
    | Forecast
    | History
    | Resolved
    | ResolvedAnalysis
    | ResolvedSweep
    | Run
    | Stop
    | Sweep
)
"""What leaves out the fields that do not apply; all else tells them as null."""
OPTIONAL = {
    kind: [field.name for field in fields(kind) if field.default is None]
    for kind in get_args(Sparse)
}


def resolved(choices: Resolved | ResolvedAnalysis | ResolvedSweep) -> Parts:
    """A request as it was run."""
    parts = present(choices)
    if isinstance(choices, Resolved) and choices.stop:
        parts["stop"] = present(choices.stop)
    return parts


def present(value: Sparse) -> Parts:
    """The fields that there are: what does not apply is left out, not null."""
    parts: Parts = vars(value).copy()
    for name in OPTIONAL[type(value)]:
        if parts[name] is None:
            del parts[name]
    return parts


def numbers(value: object) -> int:
    """How many stand in its long lists: those of its objects, and of networks."""
    if isinstance(value, list):
        return (
            len(value)
            if not value or isinstance(value[0], float | int)
            else sum(map(numbers, value))
        )
    if isinstance(value, dict):
        return sum(map(numbers, value.values()))
    return numbers(vars(value)) if isinstance(value, Network | Layer) else 0
