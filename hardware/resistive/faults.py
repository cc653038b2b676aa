"""Devices that differ for good, and devices that do not work."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """Log-normal factors on what is programmed: one that belongs to a device, and one of each programming cycle.

    device, cycle : float
        Standard deviations of the logarithms; the median factor is 1.
    """

    device: float = 0.0
    cycle: float = 0.0

    def factors(self, shape, rng):
        """Return the product of both factors, float64, or 1.0 without spread."""
        factor = 1.0
        for sd in (self.device, self.cycle):
            if sd:
                factor = factor * np.exp(sd * rng.standard_normal(shape))
        return factor


@dataclass(frozen=True)
class Stuck:
    """Shares of devices that stay at the smallest or the largest conductance whatever is done to them."""

    low: float = 0.0
    high: float = 0.0

    def drawn(self, shape, rng):
        """Return int8: -1 stuck low, 1 stuck high, 0 in order; None where none can be stuck.

        With the same Generator a larger share of low ones holds all those of a smaller one.
        """
        if not self.low and not self.high:
            return None
        u = rng.random(shape)
        return np.where(u < self.low, -1, np.where(u < self.low + self.high, 1, 0)).astype(np.int8)


def on_levels(target, low, high, levels):
    """Return targets rounded to the nearest of `levels` evenly spaced conductances from low to high."""
    step = (high - low) / (levels - 1)
    return low + np.rint((target - low) / step) * step
