"""Coaster: fit a curve by gradient descent over HTTP, see every step, and learn what your learning
rate did.
"""

VERSION = "0.1.0"
