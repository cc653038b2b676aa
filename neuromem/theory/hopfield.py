"""Phase diagrams of Hopfield networks and of dense P-body associative memories.

Every function takes the load and the temperature in the units of a `normalisation`: "gardner" (default), "krotov",
"barra" or "v", see `neuromem.theory.normalisation`. P is the number of spins that interact, rho the entropy of the
data when archetypes are learned from noisy examples (`neuromem.theory.dataset`), 0 for clean patterns. T = 0 is a
temperature like any other. Curves are replica-symmetric (RS) unless rsb=1 asks for one step of breaking (1RSB).

Sources: Amit, Gutfreund and Sompolinsky, Ann. Phys. 173:30 (1987) for P = 2; Gardner, J. Phys. A 20:3453 (1987) for
P >= 3; Alemanno et al., EPL 141:11001 (2023) for rho.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from neuromem.errors import NotSupportedError
from neuromem.theory import breaking, glass
from neuromem.theory.checks import bodies, number, whole
from neuromem.theory.crosstalk import with_diagonals, without_diagonals
from neuromem.theory.curves import maximum
from neuromem.theory.normalisation import normalisation as find_normalisation
from neuromem.theory.saddle import Saddle


@dataclass(frozen=True)
class RetrievalState:
    """The state that retrieves one pattern; without one, `exists` is False and the numbers are NaN.

    Attributes
    ----------
    m : float
        Overlap with the pattern (the archetype), per spin.
    q : float
        Overlap between two replicas.
    exists : bool
        Whether the equations have a retrieval solution at this load and temperature.
    free_energy : float
        Per spin, in the units of T.
    at_stable : bool
        Whether replica symmetry is stable there (de Almeida and Thouless).
    n : float
        Overlap with what is stored: the mean of the examples, of unit variance. m for rho = 0.
    residual : float
        Largest violation of the saddle-point equations for n, m and q.
    """

    m: float
    q: float
    exists: bool
    free_energy: float
    at_stable: bool
    n: float = math.nan
    residual: float = math.nan


class CriticalLoad(NamedTuple):
    """A load on a phase boundary and the overlap m of the retrieval state there; float() gives the load."""

    load: float
    m: float

    def __float__(self):
        return self.load


NOWHERE = CriticalLoad(0.0, math.nan)
"""Too hot for what was asked, even without load."""
EVERYWHERE = CriticalLoad(math.nan, math.nan)
"""No such boundary: what was asked holds up to the spinodal."""


def retrieval(alpha, T, P=2, rho=0.0, normalisation="gardner"):
    """Return the replica-symmetric RetrievalState.

    Parameters
    ----------
    alpha : float
        Load, at least 0: K/N for P = 2, K/N^(P-1) for P >= 3, in the normalisation's units.
    T : float
        Temperature, at least 0, in the normalisation's units.
    P : int
        Bodies, 2 to 64.
    rho : float
        Entropy of the data, at least 0.
    normalisation : str
        "gardner", "krotov", "barra" or "v".

    Raises
    ------
    UsageError
    """
    units = _Units(normalisation, P)
    return state_of(units.saddle(T, rho), number("alpha", alpha) / units.load, units.energy)


def critical_load(T, P=2, rho=0.0, rsb=0, normalisation="gardner"):
    """Return the CriticalLoad (load, m) up to which retrieval states exist: the spinodal.

    rsb=1 takes one step of replica symmetry breaking, for P = 2 at T = 0 and for P >= 3 at every T; where replica
    symmetry is stable, that is the same. At a temperature where nothing is retrieved the result is (0, NaN).

    Raises
    ------
    UsageError
    NotSupportedError
        For rsb=1 with P = 2 and T > 0, and for rsb > 1.
    """
    units = _Units(normalisation, P)
    saddle = units.saddle(T, rho)
    if whole("rsb", rsb) > 1:
        raise NotSupportedError(f"critical_load: rsb = 0 or 1 is solved, not {rsb} steps of breaking")
    if rsb == 1 and units.P == 2 and saddle.T > 0:
        raise NotSupportedError("critical_load: rsb = 1 with P = 2 is solved at T = 0 only")
    if rsb == 1:
        point = breaking.spinodal(saddle)
    else:
        point = (saddle.branch() or [None])[0]
    return NOWHERE if point is None else CriticalLoad(point.load * units.load, point.m)


def transition_load(T, P=2, rho=0.0, rsb=0, normalisation="gardner"):
    """Return the CriticalLoad (load, m) up to which retrieval is the state of least free energy: on T_c of AGS.

    The retrieval state is replica-symmetric. It is compared with the spin glass or paramagnet: replica-symmetric for
    P = 2, 1RSB for P >= 3 (where the RS glass is no state at all). (0, NaN) where retrieval is the least nowhere,
    (NaN, NaN) where it is the least up to its spinodal.

    Raises
    ------
    UsageError
    NotSupportedError
        For rsb > 0, and for P >= 3 with diagonals, whose glass is a mixture of few- and many-body ones.
    """
    units = _Units(normalisation, P)
    saddle = units.saddle(T, rho)
    if whole("rsb", rsb) > 0:
        raise NotSupportedError("transition_load: retrieval is compared in replica symmetry only, rsb = 0")
    _need_pure_glass("transition_load", units)
    branch = saddle.branch()
    if branch is None:
        return NOWHERE

    def excess(load):
        return saddle.free_energy(saddle.at(load)) - _glass(saddle, load).free_energy

    most = branch[0].load
    if excess(0.0) >= 0:
        return NOWHERE
    if excess(most) <= 0:
        return EVERYWHERE
    load = brentq(excess, 0.0, most, xtol=1e-15 * most, rtol=1e-14)
    return CriticalLoad(load * units.load, saddle.at(load).m)


def transition_temperature(alpha, P=2, rho=0.0, normalisation="gardner"):
    """Return T_c, the highest temperature at which retrieval has the least free energy at this load, NaN if at none.

    The states compared, and what is raised, are those of `transition_load`.
    """
    units = _Units(normalisation, P)
    load = number("alpha", alpha) / units.load
    _need_pure_glass("transition_temperature", units)
    top = spinodal_temperature(alpha, P, rho, normalisation) / units.energy
    if math.isnan(top):
        return math.nan

    def margin(T):
        saddle = units.saddle(T * units.energy, rho)
        point = saddle.at(load)
        return -1.0 if point is None else _glass(saddle, load).free_energy - saddle.free_energy(point)

    return units.energy * _highest(margin, top * np.r_[1 - 1e-9, 0.98:0.02:33j, 0.0])


def glass_temperature(alpha, P=2, normalisation="gardner"):
    """Return the temperature below which the state without retrieval is a spin glass.

    P = 2: T_g = 1 + sqrt(alpha), exact. P >= 3: the static T_s, where the 1RSB free energy leaves the paramagnet's.

    Raises
    ------
    UsageError
    NotSupportedError
        For P >= 3 with diagonals.
    """
    units = _Units(normalisation, P)
    load = number("alpha", alpha) / units.load
    _need_pure_glass("glass_temperature", units)
    if units.P == 2:
        return 1 + math.sqrt(load)
    return units.energy * math.sqrt(load) * glass.static_temperature(units.P)


def spin_glass(alpha, T, P=2, normalisation="gardner"):
    """Return the GlassState (q, mu, free_energy) without retrieval: RS for P = 2, 1RSB for P >= 3.

    Above `glass_temperature` it is the paramagnet, q = 0. Raises as `glass_temperature` does.
    """
    units = _Units(normalisation, P)
    saddle, load = units.saddle(T, 0.0), number("alpha", alpha) / units.load
    _need_pure_glass("spin_glass", units)
    state = _glass(saddle, load)
    return state._replace(mu=state.mu / units.energy, free_energy=state.free_energy * units.energy)


def paramagnet(alpha, T, P=2, normalisation="gardner"):
    """Return the free energy of the paramagnet, m = q = 0.

    P = 2: alpha/2 (1 + T ln(1 - 1/T)) - T ln 2, for T > 1. P >= 3 without diagonals: -v/(2 P T) - T ln 2, for T > 0.
    Raises as `glass_temperature` does, and NotSupportedError at temperatures where there is none.
    """
    units = _Units(normalisation, P)
    saddle, load = units.saddle(T, 0.0), number("alpha", alpha) / units.load
    _need_pure_glass("paramagnet", units)
    if load > 0 and not (1.0 if units.P == 2 else 0.0) < saddle.T:
        raise NotSupportedError(f"paramagnet: there is none at P = {units.P} and T = {T}")
    return units.energy * glass.paramagnet(saddle.crosstalk, load, saddle.T).free_energy


def spinodal_temperature(alpha, P=2, rho=0.0, normalisation="gardner"):
    """Return T_M, the highest temperature at which retrieval states exist (RS), or NaN if they do at none."""
    units = _Units(normalisation, P)
    load = number("alpha", alpha) / units.load

    def margin(T):
        branch = units.saddle(T * units.energy, rho).branch()
        return -1.0 - T if branch is None else branch[0].load - load

    return units.energy * _highest(margin, np.r_[1.0:0.05:20j, np.geomspace(0.04, 1e-4, 16), 0.0])


def at_temperature(alpha, P=2, rho=0.0, normalisation="gardner"):
    """Return T_R, below which replica symmetry breaks in the retrieval state; 0 if it nowhere does, NaN without one."""
    units = _Units(normalisation, P)
    load = number("alpha", alpha) / units.load
    top = spinodal_temperature(alpha, P, rho, normalisation) / units.energy
    if math.isnan(top):
        return math.nan

    def margin(T):
        saddle = units.saddle(T * units.energy, rho)
        point = saddle.at(load)
        return math.nan if point is None else -saddle.replicon(point)

    above = top * (1 - 1e-9)
    for T in top * np.r_[1 - 1e-9, 0.96:0.04:24j, np.geomspace(0.03, 1e-6, 12)]:
        ends = math.isnan(margin(T))
        if ends:  # retrieval is reentrant, and there is none below some T
            T, _ = _bisect(lambda t: math.isnan(margin(t)), above, T)
        if margin(T) >= 0:
            return units.energy * float(T if above == T else brentq(margin, T, above, xtol=1e-14, rtol=1e-12))
        if ends:
            break
        above = T
    return 0.0


def _bisect(holds, no, yes):
    """Return neighbours of which the second is nearer to `yes`, where `holds`, and the first to `no`, where not."""
    for _ in range(50):
        middle = (no + yes) / 2
        no, yes = (no, middle) if holds(middle) else (middle, yes)
    return no, yes


class _Units:
    """The units of a normalisation, and the model it speaks of."""

    def __init__(self, normalisation, P):
        self.name = find_normalisation(normalisation)
        self.P = bodies(P)
        self.load, self.energy = self.name.load_unit(self.P), self.name.energy_unit(self.P)
        self.crosstalk = with_diagonals(self.P) if self.name.diagonal else without_diagonals(self.P)

    def saddle(self, T, rho):
        return Saddle(self.P, number("T", T) / self.energy, number("rho", rho), self.crosstalk)


def state_of(saddle, load, energy_unit=1.0):
    """Return the RetrievalState of a Saddle at a load, both in inner units; free energies are multiplied."""
    point = saddle.at(load)
    if point is None:
        return RetrievalState(math.nan, math.nan, False, math.nan, False)
    stable = load * saddle.crosstalk.curvature(point.q, point.C) == 0 or saddle.replicon(point) > 0
    free_energy = saddle.free_energy(point) * energy_unit
    return RetrievalState(point.m, point.q, True, free_energy, bool(stable), point.n, saddle.residual(point))


def _glass(saddle, load):
    if saddle.P == 2:
        return glass.pairwise(saddle.crosstalk, load, saddle.T)
    return glass.broken(saddle.P, load, saddle.T)


def _need_pure_glass(name, units):
    if units.name.diagonal and units.P > 2:
        raise NotSupportedError(
            f"{name}: the glass of the model with diagonals is not solved for P = {units.P}; "
            'take normalisation "gardner", "barra" or "v"'
        )


def _highest(margin, grid):
    """Return the highest T with margin >= 0, looked for on a falling grid and at the largest margin there, or NaN."""
    found = []
    for k, T in enumerate(grid):
        found.append(margin(T))
        if found[-1] >= 0:
            return float(T if k == 0 else brentq(margin, T, grid[k - 1], xtol=1e-14, rtol=1e-12))
    best = int(np.argmax(found))
    low, high = grid[min(best + 1, len(grid) - 1)], grid[max(best - 1, 0)]
    peak = maximum(margin, low, high)
    return float(brentq(margin, peak, high, xtol=1e-14, rtol=1e-12)) if margin(peak) >= 0 else math.nan
