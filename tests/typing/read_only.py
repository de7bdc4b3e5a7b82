"""What mypy must refuse. It reports an unused `type: ignore` where it would accept the line."""

from service.descent.answers.results import Best

best = Best(1, 2.0, {})
best.loss = 1.0  # type: ignore[misc]
