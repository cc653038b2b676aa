"""Random forming: the conductance that a device gets when it is formed, which no target decides."""

from dataclasses import dataclass

import numpy as np


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
