"""Results of a descent as JSON objects. Fields that do not apply are left out instead of being
null.
"""

from dataclasses import fields
from typing import get_args

from service.descent.answers.results import BestRun, DataPoints, Fit, Forecast, History, Run, Sweep
from service.descent.methods.models.parameters import Layer, Network
from service.descent.questions.options import Stop
from service.descent.questions.specs import Resolved, ResolvedAnalysis, ResolvedSweep

Parts = dict[str, object]
"""A JSON object. A dataclass in it is written with all its fields."""

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
"""The types whose fields are left out if they do not apply; all others write them as null."""
OPTIONAL = {
    kind: [field.name for field in fields(kind) if field.default is None]
    for kind in get_args(Sparse)
}


def resolved(choices: Resolved | ResolvedAnalysis | ResolvedSweep) -> Parts:
    """Return a request as it was run, as a JSON object."""
    parts = present(choices)
    if isinstance(choices, Resolved) and choices.stop:
        parts["stop"] = present(choices.stop)
    return parts


def present(value: Sparse) -> Parts:
    """Return the fields that apply; the others are left out instead of being null."""
    parts: Parts = vars(value).copy()
    for name in OPTIONAL[type(value)]:
        if parts[name] is None:
            del parts[name]
    return parts


def count_numbers(value: object) -> int:
    """Return how many numbers the long lists of a value contain, including those in objects and
    networks.
    """
    if isinstance(value, Network | Layer):
        return count_numbers(vars(value))
    if isinstance(value, dict):
        return sum(map(count_numbers, value.values()))
    if not isinstance(value, list):
        return 0
    if value and not isinstance(value[0], float | int):
        return sum(map(count_numbers, value))
    return len(value)
