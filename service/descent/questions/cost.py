"""The constants of the predicted cost of questions, in CPU seconds.

They are meant as upper estimates: a request that is rejected can be made smaller, but a fit that
takes longer than predicted keeps others waiting. `make calibrate` measures each of them again by an
experiment of `benchmarks/costs.py` that isolates it, and compares predictions of whole questions
with what they take. docs/reference/costs.md has the last measurement: where its ratio is below 1,
the value is too low for that machine.
"""

QUESTION_SECONDS = 8e-4
"""Seconds per question: reading it, the analysis and the verdict of few points, and the answer."""
MOMENTUM_SECONDS, SWUNG_SECONDS = 0.1, 0.003
"""Seconds per coefficient with momentum: for the search of an analysis, for a rate of a sweep."""
POINT_SECONDS = 6e-9
"""Seconds per point and pair of coefficients, for the QR decomposition of all points."""
ROBUST_SECONDS = 5e-7
"""Seconds per point and pair of coefficients, for the optimum of a robust loss."""
STEP_SECONDS = 1.5e-4
"""Seconds per step of the loop with few points: a dozen calls of torch."""
BATCH_SECONDS, DRAWN_SECONDS = 5e-5, 4e-8
"""Seconds per batch, and per point in it, for drawing the points and copying them together."""
EVALUATED_SECONDS = 1e-4
"""Seconds per step at which the loss of all points is computed in addition to that of a batch."""
WATCHED_SECONDS = {"loop": 1.5e-4, "exact": 2e-6}
"""Seconds per step, by solver, if every step is checked and not only the recorded ones."""
SHARPNESS_STEPS, SHARPNESS_POINTS = 120, 1000
"""The number of steps that cost as much as the sharpness at the start and at the end, and the
largest number of points that the sharpness uses.
"""
MEAN_SQUARE_SECONDS = 5e-10
"""Seconds per point and fourth power of the number of coefficients. With independent batches, the
mean square of the distance to the optimum follows from a matrix of pairs of coefficients.
"""
SWEPT_SECONDS = 2e-8
"""Seconds per step, point and rate of a sweep by the loop; for a network, also per hidden unit."""
RATE_SECONDS = 1e-4
"""Seconds per rate of a sweep, for its end and its verdict."""
SERIES_SECONDS = 1.5e-6
"""Seconds per series and pair of coefficients, for its descent, its optimum and its verdict."""
ALONE_SECONDS = 4e-4
"""Seconds per series that is a fit of its own, computed together with others."""
RECORD_SECONDS = 6e-7
"""Seconds per recorded step in closed form, without the numbers of the record."""
NUMBER_SECONDS = 2e-7
"""Seconds per number of the answer, which is computed, checked and written as JSON."""
PICTURE_SECONDS = 0.5
"""Seconds per picture: matplotlib draws three panels and their labels."""
