"""sPyNNaker's rule for ring buffer shifts: how far 16-bit sums of weights are shifted to become s16.15.

A shift belongs to one population and receptor, and all its weights share it. It is the logarithm of the largest sum
that is expected to arrive in a step: of all synapses at once where the delays of each projection are equal; where they
are spread, the mean plus five deviations of Poisson sources of 30 Hz, at least the largest weight and at most that sum.
A plastic projection counts as if all its weights were the largest it may learn.

Where weights differ, what a neuron's synapses really weigh together can be far less than that expectation. Then the
shift that this sum needs is taken, with which nothing can saturate either; our script tells sPyNNaker so.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from neuromem.hardware.spinnaker.limits import POISSON_SIGMA, RING_SIGMA, SPIKES_PER_SECOND


@dataclass(frozen=True)
class Arriving:
    """What the rule looks at in one projection.

    Attributes
    ----------
    projection : str
    fan_in : int
        Most synapses onto one neuron.
    mean, variance, largest : float
        Of the weights, nA.
    delay_variance : float
        ms**2.
    sums : float64 ndarray (n_post,)
        What all synapses onto each neuron weigh together, nA.
    """

    projection: str
    fan_in: int
    mean: float
    variance: float
    largest: float
    delay_variance: float
    sums: np.ndarray = field(default_factory=lambda: np.zeros(0))


def arriving(name, post, weight, delay, n_post, w_max=None):
    """Look at a projection's synapses.

    Parameters
    ----------
    post : int array (synapses,)
    weight, delay : float or array (synapses,)
        nA, ms.
    n_post : int
    w_max : float, optional
        Largest weight that a plastic projection may learn.
    """
    if post.size == 0:
        return Arriving(name, 0, 0.0, 0.0, 0.0, 0.0, np.zeros(n_post))
    counts = np.bincount(post, minlength=n_post)
    fan_in, spread = int(counts.max()), float(np.var(delay))
    weight = np.asarray(weight, np.float64)
    largest = float(weight.max())
    if w_max is not None:
        largest = max(largest, w_max)
        return Arriving(name, fan_in, largest, 0.0, largest, spread, largest * counts)
    sums = np.bincount(post, np.broadcast_to(weight, post.shape), n_post)
    return Arriving(name, fan_in, float(np.mean(weight)), float(np.var(weight)), largest, spread, sums)


def largest_sum(parts, dt):
    """Largest sum of weights (nA) that sPyNNaker expects to arrive in one step of `dt` ms."""
    per_tick = max(1.0, SPIKES_PER_SECOND * dt / 1000.0)
    together = sum(per_tick * (part.largest * part.fan_in) for part in parts)
    largest = max((part.largest for part in parts), default=0.0)
    _, spread, _ = _pooled([(0.0, part.delay_variance, part.fan_in) for part in parts])
    if spread == 0.0:
        return max(together, largest)
    mean, variance, count = _pooled([(part.mean, part.variance, part.fan_in) for part in parts])
    return max(min(_upper_bound(mean, variance, count, dt), together), largest)


def shift_of(expected):
    """Smallest shift, at least 0, at which the sum is below 2**shift."""
    if expected <= 0.0:
        return 0
    shift = math.ceil(max(0.0, math.log2(expected)))
    return shift + 1 if 2.0**shift <= expected else shift


def own_shift(parts, dt):
    """The shift that sPyNNaker chooses by itself."""
    return shift_of(largest_sum(parts, dt))


def finest_shift(parts, dt):
    """sPyNNaker's own, or less where the weights of no neuron can add up to what that is made for."""
    return min(own_shift(parts, dt), shift_of(heaviest(parts)))


def heaviest(parts):
    """What all synapses onto the neuron where that is most weigh together, nA."""
    return float(np.max(sum(part.sums for part in parts), initial=0.0))


def coarsest(parts, dt):
    """Name of the projection without which the shift would be smallest, or "" if none lowers it."""
    shift = finest_shift(parts, dt)
    without = {part.projection: finest_shift([other for other in parts if other is not part], dt) for part in parts}
    best = min(without, key=without.get, default="")
    return best if best and without[best] < shift else ""


def _pooled(groups):
    """Mean, sample variance and number of all items of groups given by (mean, variance, number)."""
    mean, squares, count = 0.0, 0.0, 0
    for group_mean, variance, size in groups:
        if size > 0:
            total, apart = count + size, group_mean - mean
            squares += variance * (size - 1.0) + apart * apart * count * size / total
            mean = (count * mean + size * group_mean) / total
            count = total
    return mean, squares / (count - 1.0) if count > 1 else 0.0, count


def _upper_bound(mean, variance, synapses, dt):
    """Mean plus RING_SIGMA deviations of the sum of weights from Poisson sources."""
    from scipy import special

    expected = synapses * SPIKES_PER_SECOND / (1000.0 / dt)
    spread = expected * mean**2
    if variance > 0.0 and expected > 0.0:
        most = round(expected + POISSON_SIGMA * math.sqrt(expected))
        log_last = math.log(expected) * most - special.gammaln(1 + most)
        if -701.0 < log_last < 701.0 and log_last != 0.0:  # the sum is cut off at `most` spikes
            rest = math.exp(expected) * special.gammaincc(1 + most, expected) - math.exp(log_last)
            spread += math.exp(-expected + math.log(expected) + math.log(variance) + math.log(rest))
    return expected * mean + RING_SIGMA * math.sqrt(spread)
