"""Values that are drawn once per synapse when a network is compiled."""

from dataclasses import dataclass

from neuromem.network.check import numbers


@dataclass(frozen=True)
class Normal:
    """Normally distributed weights or delays, one per synapse, drawn from the run's seed.

    Parameters
    ----------
    mean, sd : float
        In the unit of what it describes: nA or mV for a weight, ms for a delay.
    low : float
        Smallest value; a smaller one is drawn again. For a delay it is at least dt, and values are rounded to dt.
    """

    mean: float
    sd: float
    low: float = 0.0

    def __post_init__(self):
        for name, bound in (("mean", None), ("sd", 0.0), ("low", 0.0)):
            object.__setattr__(self, name, numbers(getattr(self, name), "Normal", name, low=bound, scalar=True))


DISTRIBUTIONS = {Normal.__name__: Normal}
