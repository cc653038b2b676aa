"""Read noise: every reading of a device gives another conductance."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FlickerNoise:
    """sd = G(t) Q sqrt(ln((t + t0 + t_read) / (2 t_read))), Q = min(q / x^exponent, most), x = g / g_max as programmed.

    1/f noise accumulated since programming, over a reading of t_read_s.
    """

    q: float
    exponent: float
    most: float
    t_read_s: float
    t0_s: float

    def relative(self, g, device):
        """Return Q for conductances as programmed."""
        x = np.maximum(g, 0.0) / device.g_max_uS
        return np.minimum(self.q / np.maximum(x**self.exponent, 1e-3), self.most)

    def growth(self, t):
        """Return the square root of the logarithm."""
        return np.sqrt(np.log((t + self.t0_s + self.t_read_s) / (2 * self.t_read_s)))

    def sd(self, now, g, t, device):
        """Return the standard deviation of a reading, uS; now: G(t), g: as programmed."""
        return device.reading_scale * now * self.relative(g, device) * self.growth(t)


@dataclass(frozen=True)
class LogNoise:
    """sd = k |log10 G(t)| sqrt(ln((t + t_read) / (2 t_read))) uS for t of at least 1 s, G in uS; none at t = 0."""

    k: float
    t_read_s: float

    def sd(self, now, g, t, device):
        """Return the standard deviation of a reading, uS."""
        if t == 0:
            return np.zeros_like(now)
        growth = np.sqrt(np.log((max(t, 1.0) + self.t_read_s) / (2 * self.t_read_s)))
        return device.reading_scale * self.k * np.abs(np.log10(np.maximum(now, 1e-3))) * growth
