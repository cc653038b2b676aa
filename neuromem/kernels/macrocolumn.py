"""The arrays of a macrocolumn (mac), and what one pathway does: support its units, and learn.

A mac has `cms` competitive modules of `units` binary units; unit q * units + k is unit k of module q. Inputs reach it
by three pathways: U from below, H from its own code a step before, D from above. The synapses of a pathway are one bit
each, or, where they can fade, a time stamp and a stiffness each from which the weight is looked up.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.bits import WORD, popcount
from neuromem.kernels.jit import inner
from neuromem.kernels.smooth import times_power

NEVER = -(1 << 31)
"""Time stamp of a synapse whose two ends were never active together."""

_1, _ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


class Pathway(NamedTuple):
    """Synapses onto every unit of a mac from one kind of source.

    weights : uint64 (words, total), bit j % 64 of word j // 64 is the synapse from source j
    filled : int32 (total,), synapses that were ever strengthened; frozen : uint8 (total,), its critical period is over
    last : int32 (sources, total) or (0, 0), when its ends were last active together; stiffness : uint8, same shape
    ages : int32 (stages, steps), up to which age a weight holds; values : float64 (stages, steps), that weight
    wait, limit : int; own : int, 1 if sources are the mac's units, which have no synapses within their module
    """

    weights: np.ndarray
    filled: np.ndarray
    frozen: np.ndarray
    last: np.ndarray
    stiffness: np.ndarray
    ages: np.ndarray
    values: np.ndarray
    wait: int
    limit: int
    own: int


@inner
def lasting_weight(age, stage, path):
    """The weight of a synapse whose ends were active together `age` steps ago."""
    for k in range(path.ages.shape[1]):
        if age < path.ages[stage, k]:
            return path.values[stage, k]
    return 0.0 if stage + 1 < path.ages.shape[0] else path.values[stage, 0]


@inner
def count_bits(path, x, strength, sums):
    """Add to every unit its synapses from active sources, those of word w times strength[w] if there are strengths."""
    for w in range(x.size):
        if x[w] != 0:
            if strength.size == 0:
                for i in range(sums.size):
                    sums[i] += popcount(path.weights[w, i] & x[w])
            else:
                for i in range(sums.size):
                    sums[i] += strength[w] * popcount(path.weights[w, i] & x[w])


@inner
def count_lasting(path, x, strength, now, sums):
    """As `count_bits`, with weights that depend on their age."""
    for j in range(path.last.shape[0]):
        if (x[j // WORD] >> np.uint64(j % WORD)) & _1 != 0:
            factor = 1.0 if strength.size == 0 else strength[j // WORD]
            for i in range(sums.size):
                if path.last[j, i] != NEVER:
                    sums[i] += factor * lasting_weight(now - path.last[j, i], path.stiffness[j, i], path)


@inner
def support(path, x, strength, norm, power, now, space):
    """V_i <- V_i min(1, s_i / norm)^power with s_i the weighted number of synapses from active sources."""
    for i in range(space.sums.size):
        space.sums[i] = 0.0
    if path.last.size == 0:
        count_bits(path, x, strength, space.sums)
    else:
        count_lasting(path, x, strength, now, space.sums)
    for i in range(space.sums.size):
        space.sums[i] = min(1.0, space.sums[i] / norm)
    times_power(space.V, space.sums, power)


@inner
def outside(w, first, end):
    """The bits of word w that are not those of sources first to end - 1."""
    low, high = max(first - w * WORD, 0), min(end - w * WORD, WORD)
    if low >= high:
        return _ALL
    upper = _ALL if high == WORD else (_1 << np.uint64(high)) - _1
    return ~(upper & (_ALL << np.uint64(low)))


@inner
def strengthen(path, j, i, now):
    """One synapse whose ends are active together: it is new again, and stiffer if it had not faded yet."""
    stage = path.stiffness[j, i]
    if path.last[j, i] == NEVER:
        path.filled[i] += 1
    elif stage + 1 < path.ages.shape[0] and path.wait <= now - path.last[j, i] < path.ages[stage, 0]:
        path.stiffness[j, i] = stage + 1
    path.last[j, i] = now


@inner
def end_critical_period(path, i):
    """A unit whose synapses are full learns no more, and what it has stays for good."""
    path.frozen[i] = 1
    for j in range(path.last.shape[0]):
        if path.last[j, i] != NEVER:
            path.stiffness[j, i] = path.ages.shape[0] - 1


@inner
def learn(path, x, i, units, now):
    """A winner's synapses from active sources are set; too many of them end its critical period."""
    if path.frozen[i]:
        return
    first = i // units * units if path.own else 0
    end = first + units if path.own else 0
    for w in range(x.size):
        bits = x[w] & outside(w, first, end)
        if path.last.size == 0:
            path.filled[i] += popcount(bits & ~path.weights[w, i])
        path.weights[w, i] |= bits
        if path.last.size != 0:
            for j in range(w * WORD, min((w + 1) * WORD, path.last.shape[0])):
                if (bits >> np.uint64(j % WORD)) & _1 != 0:
                    strengthen(path, j, i, now)
    if path.filled[i] > path.limit:
        end_critical_period(path, i)
