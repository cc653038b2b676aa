"""Random forming: the conductance that a device gets when it is formed, which no target decides."""

from dataclasses import dataclass

import numpy as np

from neuromem.errors import UsageError


@dataclass(frozen=True)
class RandomForming:
    """g is normal with this mean and standard deviation (uS), not below 0; what is programmed makes no difference.

    Two devices give a weight of mean 0 whose distribution is the difference of two such numbers: random weights for
    nothing. Of the published chip (Lin et al., random resistive liquid state machine) neither the histogram nor its
    width is public; mean and width are ours.
    """

    mean_uS: float
    sd_uS: float

    def programmed(self, target, device, rng):
        """Return conductances as formed, uS, shape of target."""
        return np.maximum(self.mean_uS + self.sd_uS * rng.standard_normal(target.shape), 0.0)


def random_weights(device, shape, seed=0, number=0):
    """Return what pairs of freshly formed devices are worth, scaled to unit variance: float64 of `shape`.

    device : Device or str, of random forming, or any whose programming spreads
    seed, number : key of the devices; numbers are for several arrays of one chip

    Raises
    ------
    UsageError
        For a device that gives the same conductance every time.
    """
    from neuromem.hardware.resistive.cells import checked_seed, generator
    from neuromem.hardware.resistive.presets import device as preset

    device = preset(device) if isinstance(device, str) else device
    seed = checked_seed(seed, "random_weights")
    target = np.full(shape, (device.g_min_uS + device.g_max_uS) / 2)
    plus, minus = (device.program(target, generator(seed, 2 * number + k)).mean(0.0) for k in range(2))
    difference = plus - minus
    spread = float(difference.std())
    if spread == 0:
        raise UsageError(f"random_weights: devices of kind {device.name} are all alike; take one with spread")
    return difference / spread
