"""Equilibrium of spin memories: parallel tempering, and free energies by thermodynamic integration.

    runs = {name: temper(memory, temperatures, start) for name, start in (("pattern", xi), ("random", s))}

Both starts give the same where the runs are long enough. Free energies of two branches, one integrated from T = inf and
one from T = 0, cross at T_c.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.integrate import cumulative_simpson

from neuromem.errors import UsageError
from neuromem.models.checks import whole

_SWAPS = 1 << 33
"""First Philox stream of the swaps; the spins' own are in `neuromem.kernels.philox`."""


class Tempered(NamedTuple):
    """By temperature: overlap with pattern 0, energy per spin, both (T,); accepted share of swaps, (T - 1,).

    halves: the overlaps of the first and second half of the run, (2, T): equal within errors if it is long enough.
    largest: mean of the largest overlap, up to sign, with any pattern, (T,): whether one was found from elsewhere.
    """

    m: np.ndarray
    energy: np.ndarray
    swaps: np.ndarray
    halves: np.ndarray
    largest: np.ndarray


def temper(memory, temperatures, start, sweeps=200, discarded=100, replica=0):
    """Return the Tempered averages of a Hopfield memory, one replica per temperature, all from `start`, int8 (n,).

    After every sweep neighbours in temperature exchange their states with probability
    min(1, exp((1/T - 1/T') (E - E'))).

    Parameters
    ----------
    memory : Hopfield
    temperatures : float array (T,)
        Rising, above 0.
    sweeps, discarded : int
        Sweeps that are measured, and before them.
    replica : int
        First stream of random numbers; the run takes one per temperature.

    Raises
    ------
    UsageError

    References
    ----------
    Hukushima and Nemoto, J. Phys. Soc. Jpn. 65:1604 (1996).
    """
    T = np.asarray(temperatures, float)
    if T.ndim != 1 or not T.size or not (T > 0).all() or not (np.diff(T) > 0).all() or not np.isfinite(T).all():
        raise UsageError("temper.temperatures: at least one, above 0 and rising, are expected")
    sweeps, discarded = whole("temper.sweeps", sweeps, 2), whole("temper.discarded", discarded, 0)
    rng = np.random.Generator(np.random.Philox(key=(memory.seed, _SWAPS + replica)))
    states = np.repeat(np.asarray(start, np.int8)[None], T.size, axis=0)
    m, energy, largest = np.zeros((3, sweeps, T.size))
    swaps = np.zeros(T.size - 1)
    for k in range(discarded + sweeps):
        for j in range(T.size):
            memory.sweep(states[j], T[j], 1, replica + j, k)
        E = memory.energy(states)
        for j in range(k % 2, T.size - 1, 2):
            gain = memory.n * (1 / T[j] - 1 / T[j + 1]) * (E[j] - E[j + 1])
            if rng.random() < math.exp(min(gain, 0.0)):
                states[[j, j + 1]], E[[j, j + 1]] = states[[j + 1, j]], E[[j + 1, j]]
                swaps[j] += 2 * (k >= discarded)
        if k >= discarded:
            overlaps = memory.overlaps(states) / memory.n
            m[k - discarded], energy[k - discarded] = overlaps[:, 0], E
            largest[k - discarded] = np.abs(overlaps).max(axis=1)
    half = sweeps // 2
    halves = np.array([m[:half].mean(0), m[half:].mean(0)])
    return Tempered(m.mean(axis=0), energy.mean(axis=0), swaps / sweeps, halves, largest.mean(axis=0))


def free_energy(temperatures, energies, cold=False):
    """Return f(T), float64 (T,), from energies per spin at rising temperatures: beta f = beta_0 f_0 + int e d(beta).

    From T = inf, beta f = -ln 2, beyond the highest temperature with e proportional to beta; or `cold`, from the lowest
    temperature, where entropy is taken to be zero: the branch of a retrieval state.

    Raises
    ------
    UsageError
    """
    T, e = np.asarray(temperatures, float), np.asarray(energies, float)
    if T.ndim != 1 or T.shape != e.shape or T.size < 3 or not (T > 0).all() or not (np.diff(T) > 0).all():
        raise UsageError(
            "free_energy: at least three rising temperatures above 0, and an energy for each, are expected"
        )
    beta, e = 1 / T[::-1], e[::-1]  # rising beta
    gained = cumulative_simpson(e, x=beta, initial=0.0)
    if cold:
        product = beta[-1] * e[-1] - (gained[-1] - gained)
    else:
        product = -math.log(2) + beta[0] * e[0] / 2 + gained
    return (product / beta)[::-1]


def crossing(temperatures, one, other):
    """Return the lowest temperature at which f of `one` rises above that of `other`, linear between points; or NaN."""
    excess = np.asarray(one, float) - np.asarray(other, float)
    for j in range(1, len(excess)):
        if excess[j - 1] <= 0 < excess[j]:
            share = -excess[j - 1] / (excess[j] - excess[j - 1])
            return float(temperatures[j - 1] + share * (temperatures[j] - temperatures[j - 1]))
    return math.nan
