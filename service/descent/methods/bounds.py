"""The bounds of numbers and lists in requests."""

MAX_POINTS = 50_000
"""The maximum number of points of a fit in JSON, including missing ones."""
MAX_FILE_POINTS = 1_000_000
"""The maximum number of points in a file that are in memory at once, including missing ones. More
are read in blocks, each of which is reduced to its factor.
"""
MAX_STEPS = 10_000_000
MAX_AT = 10_000
MAX_SCHEDULE = 10_000
MAX_DEGREE = 10
MAX_LAYERS = 4
MAX_UNITS = 64
"""The maximum number of units of one hidden layer."""
MAX_UNIT_VALUES = 20_000_000
"""The maximum number of points of a fit times the hidden units of its network. A step takes 16 to
20 bytes for each of these values, and a worker has 1 GiB.
"""
MAX_NUMBER = 1e150
"""The maximum absolute value of a number, so that the sum of all squares is a double."""
MAX_LR = 1e300
MAX_LRS = 1_000
MAX_SEED = 2**53 - 1
MAX_FACTORS = 100
"""The maximum number of factors in one request."""
MAX_SERIES = 250_000
MAX_SERIES_POINTS = 10_000_000
"""The maximum number of points of all series of one request, including missing ones."""
MAX_JSON_SERIES, MAX_JSON_VALUES = 25_000, 600_000
"""The maximum number of series, and of values of t and y, in JSON. Validating them takes 0.2 s, in
which the service answers no other request.
"""
MAX_ID = 255
"""The maximum length of the name of a series, in characters."""
