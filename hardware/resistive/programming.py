"""Programming noise: what a device is set to differs from its target, every time it is programmed."""

from dataclasses import dataclass

import numpy as np

SHAPES = ("normal", "uniform")


@dataclass(frozen=True)
class PolynomialNoise:
    """g = target + e, where e has the standard deviation sd(x) = sum_k coefficients[k] x^k uS, at least 0.

    x is the target over `reference_uS`; None stands for the device's largest conductance, to which the deviations are
    then scaled, sd g_max / fitted_uS: the same material driven to another range.

    Parameters
    ----------
    coefficients : tuple of float
        uS. One is noise independent of the conductance, (0, c) is proportional to it.
    reference_uS, fitted_uS : float, optional
    shape : "normal" or "uniform"
    """

    coefficients: tuple
    reference_uS: float | None = 1.0
    fitted_uS: float | None = None
    shape: str = "normal"

    def sd(self, target, device):
        """Return the standard deviation in uS, shape of target."""
        x = np.asarray(target, float) / (self.reference_uS or device.g_max_uS)
        scale = device.g_max_uS / self.fitted_uS if self.fitted_uS else 1.0
        return np.maximum(np.polynomial.polynomial.polyval(x, self.coefficients), 0.0) * scale

    def programmed(self, target, device, rng):
        """Return conductances as programmed, uS, shape of target; not below 0."""
        sd = device.programming_scale * self.sd(target, device)
        if self.shape == "uniform":
            deviation = rng.uniform(-np.sqrt(3), np.sqrt(3), target.shape)
        else:
            deviation = rng.standard_normal(target.shape)
        return np.maximum(target + sd * deviation, 0.0)
