"""What a fit will cost, before it is begun: predicted CPU seconds and numbers in the answer."""

from service.descent.spec import FitSpec

FIT_SECONDS = 5e-4
STEP_SECONDS = {"loop": 1.5e-4, "exact": 0.0}
STEP_SECONDS_PER_ENTRY = {"loop": 3e-9, "exact": 0.0}
RECORD_SECONDS = 1e-6
NUMBER_SECONDS = 3e-7


def seconds(spec: FitSpec) -> float:
    """Predicted CPU seconds: an upper estimate on a slow core."""
    p = len(spec.names)
    step = STEP_SECONDS[spec.solver] + STEP_SECONDS_PER_ENTRY[spec.solver] * spec.n * p
    return FIT_SECONDS + 1e-8 * spec.n * p * p + step * spec.steps + RECORD_SECONDS * spec.records + NUMBER_SECONDS * numbers(spec)


def columns(spec: FitSpec) -> int:
    """Numbers in the answer for each recorded step."""
    if not spec.include:
        return 1
    p = len(spec.names)
    widths = {"params": p, "gradients": p, "predictions": spec.n, "data": 0}
    history = sum(widths[name] for name in set(spec.include))
    return 2 + history if history else 1


def numbers(spec: FitSpec) -> int:
    """Numbers in the answer: records x columns, and what is told once."""
    once = 2 * spec.n if "data" in spec.include else 0
    return spec.records * columns(spec) + once + len(spec.at or ())
