"""What descent gives, as JSON objects: what does not apply is left out, not null."""

from dataclasses import fields
from typing import get_args

from service.descent.parts import Stop
from service.descent.result import BestRun, DataPoints, Fit, Forecast, History, Run, Sweep
from service.descent.spec import Resolved, ResolvedAnalysis, ResolvedSweep

Parts = dict[str, object]
"""What stands in them as a dataclass is written with all its fields."""

Sparse = BestRun | DataPoints | Fit | Forecast | History | Resolved | ResolvedAnalysis | ResolvedSweep | Run | Stop | Sweep
"""What leaves out the fields that do not apply; all else tells them as null."""
OPTIONAL = {kind: [field.name for field in fields(kind) if field.default is None] for kind in get_args(Sparse)}


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
