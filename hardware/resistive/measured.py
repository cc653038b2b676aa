"""A device from a table of measured conductances: targets, and what repeated programming gave."""

from dataclasses import dataclass

import numpy as np

from neuromem.errors import DataError


@dataclass(frozen=True, eq=False)
class MeasuredNoise:
    """What is programmed has the measured distribution: the same quantile of both neighbouring targets, interpolated.

    Parameters
    ----------
    targets : float array, shape (k,)
        uS, rising.
    quantiles : float array, shape (k, m)
        Measured conductances of each target, uS, sorted.
    """

    targets: np.ndarray
    quantiles: np.ndarray

    def programmed(self, target, device, rng):
        """Return conductances as programmed, uS, shape of target."""
        row = np.clip(np.searchsorted(self.targets, target, side="right") - 1, 0, max(len(self.targets) - 2, 0))
        above = np.minimum(row + 1, len(self.targets) - 1)
        span = np.where(above > row, self.targets[above] - self.targets[row], 1.0)
        share = np.clip((target - self.targets[row]) / span, 0.0, 1.0)
        draw = rng.integers(self.quantiles.shape[1], size=target.shape)
        between = (1 - share) * self.quantiles[row, draw] + share * self.quantiles[above, draw]
        return np.maximum(target + device.programming_scale * (between - target), 0.0)


def table(targets_uS, measured_uS):
    """Return `MeasuredNoise` from targets, (k,), and repeated measurements of each, (k, m); uS.

    Raises
    ------
    DataError
        Names the row that is negative, not finite or out of order.
    """
    try:
        targets, measured = np.asarray(targets_uS, float), np.asarray(measured_uS, float)
    except (TypeError, ValueError):
        raise DataError("measured_uS: a table of numbers with rows of equal length is expected") from None
    if targets.ndim != 1 or measured.ndim != 2 or len(measured) != targets.size or measured.size == 0:
        raise DataError(
            f"measured_uS: one row of measurements for each target is expected, got {measured.shape} for "
            f"{targets.shape} targets"
        )
    for name, values in (("targets_uS", targets[:, None]), ("measured_uS", measured)):
        bad = ~(np.isfinite(values) & (values >= 0)).all(axis=1)
        if bad.any():
            raise DataError(f"{name}: row {int(bad.argmax())} has a conductance that is negative or not finite")
    if not (np.diff(targets) > 0).all():
        raise DataError(
            f"targets_uS: rising conductances are expected, row {int((np.diff(targets) <= 0).argmax()) + 1}"
        )
    return MeasuredNoise(targets, np.sort(measured, axis=1))
