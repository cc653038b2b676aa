"""The search for the scale of a population: raw potential per mV, the one free number of the mapping.

A large scale makes thresholds, biases and weights fine, and lets registers run over sooner. Every candidate is rounded
exactly as the network will be, and the one with the smallest `cost` is taken:

    cost = rms of the relative errors of threshold, bias, state and each projection's weights
         + SUSTAINED per octave by which all synapses of a neuron, firing in every step, exceed a register's 24 bits

The error of the state is what rounding current and potential towards zero in every step takes from a potential that
stays just below threshold. All synapses of a neuron firing together once do happen (in a CA3 network they are to), and
a current that wraps changes sign: scales at which they would are not looked at, as long as the threshold register is
left with one bit.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.hardware.loihi import limits

ALIGNED = 1 << limits.ALIGN_BITS
SUSTAINED = 0.001
"""What hardly ever comes, but would make a current wrap, is as bad as 0.1 % of error."""
ROUNDED_UP = 1.0 - 1.0 / 128
"""Mantissas of 7 bits and more are rounded up by less than this."""
CANDIDATES = 200
"""Scales that are tried, once over the whole range and once around the best."""
AROUND = 2.0
EXACT = 128
"""Scales per exponent at which the most frequent weight of a projection has no error."""
SAMPLE = 256
"""Different weights of a projection that are looked at."""


@dataclass(frozen=True, eq=False)
class Demand:
    """What one projection asks of its target's scale.

    Attributes
    ----------
    name : str
    magnitude : ndarray of float64, shape (k,)
        Weight times gain, mV, of a sample of the synapses.
    share : ndarray of float64, shape (k,)
        How often each occurs; sums to 1.
    strongest : float
        The largest of all, mV.
    """

    name: str
    magnitude: np.ndarray
    share: np.ndarray
    strongest: float

    @property
    def usual(self):
        """The most frequent magnitude."""
        return float(self.magnitude[np.argmax(self.share)])


def demand(name, magnitude):
    """Return the Demand of a projection whose synapses have these magnitudes (mV)."""
    values, counts = np.unique(magnitude[magnitude > 0], return_counts=True)
    if values.size > SAMPLE:
        place = (np.arange(SAMPLE) + 0.5) / SAMPLE * counts.sum()
        values, counts = np.unique(values[np.searchsorted(np.cumsum(counts), place)], return_counts=True)
    strongest = float(magnitude.max(initial=0.0))
    return Demand(name, values, counts / max(1, counts.sum()), strongest)


@dataclass(frozen=True, eq=False)
class Bounds:
    """Largest sums in mV that a population's registers may have to hold, for the worst neuron.

    Attributes
    ----------
    burst : float
        One current, when all synapses of a sign deliver once, in the same step.
    sustained : float
        One current, when they do so in every step.
    depth : float
        The potential below zero, when all inhibition does so in every step.
    """

    burst: float
    sustained: float
    depth: float


def bounds(mapped, size, connections):
    """Return the Bounds of a population; connections: list of (receptor, target, magnitude in mV)."""
    sums = {receptor: np.zeros(size) for receptor in ("excitatory", "inhibitory")}
    for receptor, target, magnitude in connections:
        sums[receptor] += np.bincount(target, magnitude, size)
    lasting = {receptor: total / (1.0 - mapped.keep_u[receptor]) for receptor, total in sums.items()}
    leak = np.maximum(1.0 - mapped.keep_v, np.finfo(float).tiny)
    with np.errstate(over="ignore"):
        depth = (lasting["inhibitory"] + np.maximum(0.0, -mapped.bias)) / leak
    return Bounds(
        float(max(total.max() for total in sums.values())),
        float(max(total.max() for total in lasting.values())),
        float(min(depth.max(), np.finfo(float).max)),
    )


def weight_exponent(strongest, scale, top):
    """Smallest exponent 0..top with which a weight of `strongest` mV fits 8 bits; int64 of the shape of `scale`."""
    unit = np.asarray(strongest * scale / ALIGNED)
    over = (np.rint(unit / (1 << k)) > limits.WEIGHT_TOP for k in range(top))
    return sum(over, np.zeros(unit.shape, np.int64))


def bias_exponent(strongest, scale):
    """Smallest exponent 0..7 with which a bias of `strongest` mV per step fits 13 bits; int64 as `scale`."""
    raw = np.asarray(strongest * scale)
    over = (np.rint(raw / (1 << k)) > limits.BIAS_TOP for k in range(limits.BIAS_EXP_TOP))
    return sum(over, np.zeros(raw.shape, np.int64))


def threshold_mantissa(threshold, scale):
    """Largest mantissa whose register lies below the threshold: the chip spikes above it, the description at it."""
    raw = np.asarray(threshold * scale / ALIGNED)
    return np.clip(np.ceil(raw * (1.0 - 1e-9)) - 1, 0, limits.THRESHOLD_TOP).astype(np.int64)


def cost(scale, kinds, demands, worst, top):
    """The cost, as above, of each scale.

    scale: (c,); kinds: threshold, bias, leak and leak of the current of the different neurons, (4, k); top: the largest
    weight exponent.
    """
    threshold, bias, leak, leak_u = kinds
    scale = scale[:, None]
    raw = threshold * scale
    errors = [_rms((threshold_mantissa(threshold, scale) * ALIGNED + 1 - raw) / raw)]
    errors.append(_rms(0.5 * (1.0 + 1.0 / leak_u) / leak / raw))
    if np.any(bias):
        unit = 1 << bias_exponent(np.abs(bias).max(), scale)
        errors.append(_rms((np.rint(bias * scale / unit) * unit - bias * scale) / leak / raw))
    for asked in demands:
        if asked.magnitude.size:
            unit = ALIGNED << weight_exponent(asked.strongest, scale, top)
            exact = asked.magnitude * scale
            held = np.minimum(np.rint(exact / unit), limits.WEIGHT_TOP) * unit
            errors.append(np.sqrt((asked.share * (held - exact) ** 2).sum(1) / (asked.share * exact**2).sum(1)))
    total = _rms(np.transpose(errors))
    for bound in (worst.sustained, worst.depth):
        total += SUSTAINED * np.maximum(0.0, np.log2(np.maximum(bound / limits.STATE_TOP * scale[:, 0], 1.0)))
    return total


def lowest_scale(mapped):
    """The scale at which the highest threshold is two units of its register."""
    return 2.0 * ALIGNED / mapped.threshold.max()


def needs_no_exponent(mapped, demands):
    """True if there is a scale at which all weights fit 8 bits without an exponent."""
    return all(asked.strongest * lowest_scale(mapped) <= limits.WEIGHT_TOP * ALIGNED for asked in demands)


def best_scale(mapped, demands, worst, exponent_top):
    """Return the scale of the smallest cost among those that the registers of a population can hold.

    Parameters
    ----------
    mapped : Mapped
    demands : list of Demand
        Of the projections onto it.
    worst : Bounds
    exponent_top : int
        Largest weight exponent.
    """
    lowest = lowest_scale(mapped)
    highest = limits.THRESHOLD_TOP * ALIGNED / mapped.threshold.max()
    top = (limits.WEIGHT_TOP << exponent_top) * ALIGNED
    highest = min([highest, *(top / asked.strongest for asked in demands if asked.strongest > 0)])
    for values, most in ((mapped.bias, limits.BIAS_TOP << limits.BIAS_EXP_TOP), (mapped.start, limits.STATE_TOP)):
        if np.any(values):
            highest = min(highest, most / np.abs(values).max())
    if worst.burst > 0:
        highest = min(highest, ROUNDED_UP * limits.STATE_TOP / worst.burst)
    leak = np.maximum(1.0 - mapped.keep_v, 1.0 / (limits.DECAY_TOP + 1))
    leak_u = 1.0 - np.maximum(mapped.keep_u["excitatory"], mapped.keep_u["inhibitory"])
    kinds = np.unique(np.array([mapped.threshold, mapped.bias, leak, leak_u]), axis=1)
    candidates = np.geomspace(lowest, max(highest, lowest), CANDIDATES)
    best = candidates[np.argmin(cost(candidates, kinds, demands, worst, exponent_top))]
    low, high = max(best / AROUND, lowest), min(best * AROUND, max(highest, lowest))
    exact = [_exact(usual, low, high) for usual in sorted({asked.usual for asked in demands if asked.magnitude.size})]
    candidates = np.concatenate([np.geomspace(low, high, CANDIDATES), *exact])
    return float(candidates[np.argmin(cost(candidates, kinds, demands, worst, exponent_top))])


def _exact(usual, lowest, highest):
    """Scales at which a weight (mV) is a whole mantissa: sums of it then meet thresholds without error."""
    first = np.arange(EXACT, 2 * EXACT)[:, None] << np.arange(limits.WEIGHT_EXP_TOP + 1)
    scales = (first * ALIGNED).ravel() / usual
    return scales[(scales >= lowest) & (scales <= highest)]


def _rms(values):
    """Root of the mean square over the last axis."""
    return np.sqrt(np.mean(np.square(values), axis=-1))
