"""The constants of the predicted cost of questions, in CPU seconds."""

QUESTION_SECONDS = 8e-4
MOMENTUM_SECONDS, SWUNG_SECONDS = 0.1, 0.003
"""Seconds per coefficient with momentum: for an analysis, whose rates are found by a numerical
search, and for each rate of a sweep.
"""
POINT_SECONDS = 1e-8
"""Seconds per point and pair of coefficients: the QR decomposition."""
STEP_SECONDS = {"loop": 1.5e-4, "exact": 0.0}
BATCH_SECONDS, DRAWN_SECONDS = 5e-5, 4e-8
"""Seconds per batch, and per point in it."""
EVALUATED_SECONDS = 1e-4
"""Seconds per step at which the loss of all points is computed in addition to the loss of a batch.
"""
WATCHED_SECONDS = {"loop": 1.5e-4, "exact": 2e-6}
"""Seconds per step if every step is checked, not only the recorded ones."""
SHARPNESS_STEPS, SHARPNESS_POINTS = 120, 1000
"""The number of steps that cost as much as finding the sharpness at the start and at the end, and
the largest number of points that the sharpness uses.
"""
MEAN_SQUARE_SECONDS = 2e-9
"""Seconds per point and fourth power of the number of coefficients."""
SWEPT_SECONDS = 5e-8
"""Seconds per step, point and rate of a sweep; for a network, also per hidden unit."""
RATE_SECONDS = 1e-4
RECORD_SECONDS = 1e-6
NUMBER_SECONDS = 3e-7
PICTURE_SECONDS = 0.5
