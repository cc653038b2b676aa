"""Drift: how conductances change with time since they were programmed. What a device draws for it, it keeps."""

from dataclasses import dataclass

import numpy as np

_SMALLEST = 1e-7
"""Share of the largest conductance below which drift coefficients do not change any more."""


@dataclass(frozen=True)
class PowerDrift:
    """G(t) = g ((t + t0)/t0)^-nu, nu = |N(mu, sd)| drawn per device, with x = target / g_max:

        mu = clip(mean[0] + mean[1] ln x, mean_range),  sd = clip(sd[0] + sd[1] ln x, sd_range)

    t0_s : float
        Seconds from programming to the reading that noise and drift are counted from.
    """

    t0_s: float
    mean: tuple
    mean_range: tuple
    sd: tuple
    sd_range: tuple

    def drawn(self, target, device, rng):
        """Return nu, shape of target."""
        log = np.log(np.maximum(target / device.g_max_uS, _SMALLEST))
        mean = np.clip(self.mean[0] + self.mean[1] * log, *self.mean_range)
        sd = np.clip(self.sd[0] + self.sd[1] * log, *self.sd_range)
        return device.drift_scale * np.abs(mean + sd * rng.standard_normal(target.shape))

    def drifted(self, g, nu, target, t, device):
        """Return G(t) in uS."""
        return g * np.exp(-nu * np.log1p(t / self.t0_s))


@dataclass(frozen=True)
class Relaxation:
    """G(t) = g + sd(x, t) z, z standard normal per device, x = g_target / fitted_uS; sd scales with g_max / fitted_uS.

    sd is a polynomial of x at each of a few times (s, rising); in between it is interpolated over ln t, and before the
    first and after the last it is theirs.
    """

    times_s: tuple
    coefficients: tuple
    fitted_uS: float

    def drawn(self, target, device, rng):
        """Return z, shape of target."""
        return rng.standard_normal(target.shape)

    def sd(self, target, t, device):
        """Return the standard deviation in uS."""
        place = np.interp(np.log(max(t, self.times_s[0])), np.log(self.times_s), np.arange(len(self.times_s)))
        row, x = min(int(place), len(self.times_s) - 2), target / device.g_max_uS
        before, after = (np.polynomial.polynomial.polyval(x, self.coefficients[k]) for k in (row, row + 1))
        sd = before + (place - row) * (after - before)
        return np.maximum(sd, 0.0) * device.g_max_uS / self.fitted_uS

    def drifted(self, g, z, target, t, device):
        """Return G(t) in uS."""
        return g + device.drift_scale * self.sd(target, t, device) * z


@dataclass(frozen=True)
class LogDecay:
    """G(t) = g + shift ln t + (sd[0] + sd[1] ln t) z for t of at least 1 s, z standard normal per device; uS.

    G(0) = g; a time between 0 and 1 s counts as 1 s, where the fit begins.
    """

    shift: float
    sd: tuple

    def drawn(self, target, device, rng):
        """Return z, shape of target."""
        return rng.standard_normal(target.shape)

    def drifted(self, g, z, target, t, device):
        """Return G(t) in uS."""
        if t == 0:
            return g.copy()
        log = np.log(max(t, 1.0))
        return g + device.drift_scale * (self.shift * log + (self.sd[0] + self.sd[1] * log) * z)
