"""The constants of the predicted cost of questions, in CPU seconds.

A prediction that is too low keeps others waiting, and one that is too high rejects requests for
nothing: each constant is meant to be at most twice as large as measured, and not smaller.
`make calibrate` measures each of them again by an experiment of `benchmarks/costs.py` that isolates
it, and compares predictions of whole questions with what they take. docs/reference/costs.md has the
last measurement.
"""

QUESTION_SECONDS = 8e-4
"""Seconds per question: reading it, the analysis and the verdict of few points, and the answer."""
POINT_SECONDS, PAIR_SECONDS = 6e-8, 2.5e-9
"""Seconds per point that is looked at: for the point, and for each pair of coefficients in its
decompositions and products.
"""
READ_SECONDS = 2.5e-7
"""Seconds per point of a file, for reading it in the slowest format: CSV with time stamps."""
FACTOR_SECONDS = 1.1e-5
"""Seconds per coefficient of the model, for each factor that is merged or removed."""
OPTIMUM_POINTS = 5000
"""The number of points that cost as much as what the optimum of a robust loss needs for few points.
"""
MOMENTUM_SECONDS = 0.06
"""Seconds per analysis with momentum: most take a tenth of it, but some searches are long."""
SEARCH_SECONDS = 0.0025
"""Seconds per coefficient and decimal digit of 1 / (1 - momentum), at least one, for the best rate
after `SEARCH_STEPS` steps or more.
"""
SEARCH_STEPS = 100
"""The number of steps from which on the search for the best rate does not take longer."""
SWUNG_SECONDS = 1.2e-6
"""Seconds per coefficient and step in closed form, for the highest loss of a descent with momentum.
"""
REACH_SECONDS = 0.002
"""Seconds per rate of a sweep with momentum, for the step that reaches the optimum."""
COMPARED_SECONDS, COMPARED_SWINGING_SECONDS = 0.0025, 0.008
"""Seconds per rate of a sweep with held-out points, for the search of a better rate for these,
without and with momentum.
"""
STEP_SECONDS = 1.6e-4
"""Seconds per step of the loop with few points: a dozen calls of torch."""
DRAWN_SECONDS = 3e-8
"""Seconds per point of a batch, for drawing the points and copying them together."""
RECORD_SECONDS = {"loop": 5e-5, "exact": 7e-8}
"""Seconds per step, by solver, that is recorded or checked, without the numbers of the record. In
closed form, each coefficient takes this time, and in the loop so does a loss of other points than
those of the step.
"""
MAP_SECONDS = 4.5e-6
"""Seconds for the closed form of a step with momentum. The loss, the parameters and the gradient of
a recorded or checked step need one each.
"""
FORWARD = 0.6
"""The part of the time of both passes that the forward pass takes."""
SHARPNESS_STEPS, SHARPNESS_POINTS = 42, 1000
"""The largest number of steps that cost as much as the sharpness at one point, and the largest
number of points that the sharpness uses.
"""
LANE_SECONDS = 1.5e-8
"""Seconds per step, parameter and rate of a sweep by the loop, for its gradient and its update."""
STACKED = 3.0
"""The time for calling the layers of a stack of networks, compared with those of one network."""
RATE_SECONDS = {"loop": 2.5e-4, "exact": 1e-4}
"""Seconds per rate of a sweep, by solver, for its end and its verdict."""
SERIES_SECONDS, SERIES_PAIR_SECONDS = 8e-6, 8e-7
"""Seconds per series, and for each pair of coefficients, for its descent, its optimum and its
verdict.
"""
ALONE_SECONDS = 3e-4
"""Seconds per series that is a fit of its own, computed together with others."""
SWINGING_SECONDS = 0.012
"""Seconds per series with momentum, for the search of an analysis as it is on average."""
NUMBER_SECONDS = 1.2e-7
"""Seconds per number of the answer, which is computed, checked and written as JSON."""
PICTURE_SECONDS = 0.5
"""Seconds per picture: matplotlib draws three panels and their labels."""
SUBNORMAL_Y, SUBNORMAL_POWER = 25.0, 3.0
"""The factors by which a pass over the points takes longer if y, or the highest power of t, is so
small that products are below the normal range of the precision. Many processors compute these
slowly. These factors are not measured by `make calibrate`, because other processors do not.
"""
