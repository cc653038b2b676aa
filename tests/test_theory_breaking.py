"""One step of replica symmetry breaking for P >= 3: stationary in everything, thermodynamically consistent, published.

The functional below is Gardner's (J. Phys. A 20:3453, 1987) by plain sums over two Gaussians; nothing is shared with
`neuromem.theory`.
"""

import math

import numpy as np
import pytest
from scipy.special import log_ndtr, logsumexp

from neuromem.theory import breaking, glass
from neuromem.theory.crosstalk import without_diagonals
from neuromem.theory.hopfield import critical_load, glass_temperature, paramagnet, spin_glass
from neuromem.theory.saddle import Saddle

_Z = np.linspace(-8, 8, 401)
_GAUSS = np.exp(-_Z * _Z / 2) / np.exp(-_Z * _Z / 2).sum()


def functional(n, q0, q1, mu, v, P, T):
    """f of overlap n, overlaps q0 <= q1, breaking mu = x/T, at load v; at T = 0 C = (1 - q1)/T drops out."""
    sigma = math.sqrt(v * (q1 ** (P - 1) - q0 ** (P - 1)))
    a = n ** (P - 1) + math.sqrt(v * q0 ** (P - 1)) * _Z
    if T == 0:
        sides = [sign * mu * a + log_ndtr(sign * a / sigma + mu * sigma) for sign in (1, -1)]
        log_z = (mu * sigma) ** 2 / 2 + np.logaddexp(*sides)
    else:
        y = np.arange(-9 - mu * sigma, 9 + mu * sigma, 0.04)
        x = np.abs(a[:, None] + sigma * y) / T
        log_z = logsumexp(mu * T * (x + np.log1p(np.exp(-2 * x))) - y * y / 2, axis=1) - logsumexp(-y * y / 2)
    noise = (P - 1) * mu * (q1**P - q0**P)
    if T > 0:
        noise -= (1 - P * q1 ** (P - 1) + (P - 1) * q1**P) / T
    return (P - 1) / P * n**P + v / (2 * P) * noise - float(_GAUSS @ log_z) / mu


@pytest.mark.parametrize(("P", "T", "n"), [(3, 0.0, 0.8), (3, 0.1, 0.8), (4, 0.0, 0.88), (4, 0.12, 0.87)])
def test_retrieval_with_one_step_is_stationary(P, T, n):
    point, _ = breaking.at_overlap(Saddle(P, T, 0.0, without_diagonals(P)), n)
    assert 0 < point.q0 < point.q1 <= 1
    at = {"n": n, "q0": point.q0, "q1": point.q1, "mu": point.mu}
    for name in at if T > 0 else ("n", "q0", "mu"):
        d = 1e-4 * (1 - at[name] if name == "q1" else at[name])
        slope = [functional(**at | {name: at[name] + step}, v=point.load, P=P, T=T) for step in (d, -d)]
        assert abs(slope[0] - slope[1]) / (2 * d) < 2e-6, name
        wrong = at | {name: at[name] * (0.99 if name == "q1" else 1.02)}  # elsewhere it is not
        off = [functional(**wrong | {name: wrong[name] + step}, v=point.load, P=P, T=T) for step in (d, -d)]
        assert abs(off[0] - off[1]) / (2 * d) > 1e-5, name


def test_the_spinodal_with_one_step_is_the_largest_load_of_the_curve():
    """P = 4 at T = 0: v = .22917 at n = .84; at n = .880 the curve has passed .2250 and still rises."""
    saddle = Saddle(4, 0.0, 0.0, without_diagonals(4))
    top = breaking.spinodal(saddle)
    loads = [breaking.at_overlap(saddle, n)[0].load for n in (top.n - 0.03, 0.880, top.n + 0.01)]
    assert max(loads) < top.load
    assert top.load == pytest.approx(0.229172, abs=1e-6)


@pytest.mark.parametrize("P", [3, 4])
def test_breaking_at_a_temperature_tends_to_that_at_zero(P):
    cold = critical_load(0.0, P, rsb=1, normalisation="v").load
    assert critical_load(0.005, P, rsb=1, normalisation="v").load == pytest.approx(cold, rel=2e-3)


@pytest.mark.parametrize("P", [3, 4, 6])
@pytest.mark.parametrize("part", [0.05, 0.4, 0.95])
def test_the_entropy_of_the_glass_is_the_slope_of_its_free_energy(P, part):
    """f = e - T s, with e = -(v/P)(1 - (1 - x) q^P)/T, x = mu T, and s = -df/dT by differences."""
    v, T_s = P / 2, glass_temperature(P / 2, P, "v")
    T, d = part * T_s, 1e-4 * T_s
    below, state, above = (spin_glass(v, t, P, "v") for t in (T - d, T, T + d))
    energy = -(v / P) / T * (1 - (1 - state.mu * T) * state.q**P)
    entropy = -(above.free_energy - below.free_energy) / (2 * d)
    assert energy - T * entropy == pytest.approx(state.free_energy, abs=1e-8)
    assert state.free_energy > paramagnet(v, T, P, "v")  # breaking raises f


def test_the_glass_is_continuous_in_energy_and_entropy_at_its_temperature():
    """At T_s the overlap jumps, f and its slope do not: no latent heat."""
    v, T = 1.5, glass_temperature(1.5, 3, "v")
    below = spin_glass(v, T * (1 - 1e-5), 3, "v")
    assert below.q > 0.8
    slope = (spin_glass(v, T * (1 - 1e-4), 3, "v").free_energy - spin_glass(v, T * (1 - 2e-4), 3, "v").free_energy) / T
    other = (paramagnet(v, T * (1 + 2e-4), 3, "v") - paramagnet(v, T * (1 + 1e-4), 3, "v")) / T
    assert slope == pytest.approx(other, rel=5e-3)


@pytest.mark.parametrize(("P", "static", "dynamic"), [(3, 0.651, 0.682), (4, 0.617, 0.678)])
def test_temperatures_of_the_spin_glass_of_unit_couplings(P, static, dynamic):
    """Couplings of variance P!/(2 N^(P-1)) are v = P/2: Gardner (1985); Kirkpatrick and Thirumalai (1987) for P = 3."""
    assert glass_temperature(P / 2, P, "v") == pytest.approx(static, abs=5e-4)
    assert glass.dynamic_temperature(P) * math.sqrt(P / 2) == pytest.approx(dynamic, abs=5e-4)


@pytest.mark.parametrize("T", [1.0, 1 - 1e-16, 1 - 1e-12, 1 - 1e-9, 1 - 1e-8])
@pytest.mark.parametrize("load", [1e-300, 1e-12, 1e-3, 0.1])
def test_the_pairwise_glass_goes_on_through_the_temperature_of_patterns(load, T):
    """Just below T = 1 a susceptibility of 1, at which the noise has no bound, is a rounding away."""
    here, below, above = (spin_glass(load, t) for t in (T, T - 1e-6, 1 + 1e-6))
    assert above.q - 1e-9 <= here.q <= below.q + 1e-9
    assert below.free_energy > here.free_energy - 1e-9 > above.free_energy - 2e-9
    assert here.free_energy == pytest.approx(above.free_energy, abs=3e-6)
