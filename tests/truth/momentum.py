"""The effect of many updates of torch.optim.SGD on one direction of a quadratic."""

from dataclasses import dataclass

import mpmath as mp


@dataclass(frozen=True)
class Momentum:
    """The momentum of torch.optim.SGD."""

    keeps: mp.mpf
    nesterov: bool

    @property
    def limit(self) -> mp.mpf:
        """The product of rate and eigenvalue from which on a direction grows."""
        if self.nesterov:
            return 2 * (1 + self.keeps) / (1 + 2 * self.keeps)
        return 2 * (1 + self.keeps)

    def left(self, pace: mp.mpf, steps: int) -> mp.mpf:
        """Return the fraction of the way that is left after this many updates from rest."""
        if not self.keeps:
            return (1 - pace) ** steps
        (a, _), _ = power(self.update(pace), steps)
        return a

    def update(self, pace: mp.mpf) -> "Square":
        """Return the map of one update on the fraction of the way and on the velocity, which is in
        units of the way.
        """
        b = self.keeps
        if self.nesterov:
            return (1 - pace - b * pace, -b * b), (pace, b)
        return (1 - pace, -b), (pace, b)

    def radius(self, pace: mp.mpf) -> mp.mpf:
        """Return the factor by which an update multiplies the way in the long run."""
        (a, b), (c, d) = self.update(pace)
        half, product = (a + d) / 2, a * d - b * c
        apart = mp.sqrt(mp.mpc(half * half - product))
        return max(abs(half + apart), abs(half - apart))


Square = tuple[tuple[mp.mpf, mp.mpf], tuple[mp.mpf, mp.mpf]]


def power(square: Square, steps: int) -> Square:
    """Return a matrix of two rows and columns to this power."""
    made: Square = ((mp.mpf(1), mp.mpf(0)), (mp.mpf(0), mp.mpf(1)))
    while steps:
        if steps % 2:
            made = times(made, square)
        square = times(square, square)
        steps //= 2
    return made


def times(one: Square, other: Square) -> Square:
    """Return the product of two matrices of two rows and columns."""
    (a, b), (c, d) = one
    (e, f), (g, h) = other
    return (a * e + b * g, a * f + b * h), (c * e + d * g, c * f + d * h)
