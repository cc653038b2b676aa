"""Simulations against theory at loads below 0.8 of the spinodal: one chi-square over all memories, seeds fixed.

Disorders (patterns drawn anew) are independent, so each memory's mean over them is compared by Student's t. A finite
network differs from the theory of infinite ones by a term of order 1/n; it is stated per case as `finite` and added in
quadrature to the standard error. Supervised learning needs many examples too: theory takes their mean as Gaussian.
"""

import numpy as np
import pytest
from scipy import stats

from neuromem.models import DenseHebbian, Hopfield, MultitaskingHopfield, SparseHopfield, Willshaw
from neuromem.patterns import random_patterns
from neuromem.theory import hopfield, multitasking, sparse

DISORDERS = 8


def spins(patterns):
    return np.where(patterns, 1, -1).astype(np.int8)


def averaged(memory, xi, starts, T, sweeps=15):
    """Mean overlap of the last half of the sweeps, or of the end at T = 0, over the starts."""
    found = []
    for replica, start in enumerate(starts):
        state, total = start.copy(), []
        memory.sweep(state, T, 50 if T == 0 else sweeps, replica=replica)
        for k in range(0 if T == 0 else sweeps):
            memory.sweep(state, T, 1, replica=replica, first=sweeps + k)
            total.append(xi[replica].astype(int) @ state)
        total = total or [xi[replica].astype(int) @ state]
        found.append(np.mean(total) / len(state))
    return np.mean(found)


def body(P, n, alpha, T, patterns):
    def sample(seed):
        rng = np.random.default_rng(seed)
        K = round(alpha * n ** (P - 1))
        memory = Hopfield(n, P, capacity=K, seed=seed)
        stored = rng.random((K, n)) < 0.5
        memory.store(stored)
        xi = spins(stored[:patterns])
        return averaged(memory, xi, xi, T)

    return sample, hopfield.retrieval(round(alpha * n ** (P - 1)) / n ** (P - 1), T, P).m


def taught(n, alpha, M, r):
    def sample(seed):
        stored = np.random.default_rng(seed).random((round(alpha * n), n)) < 0.5
        memory = DenseHebbian(n, capacity=len(stored), M=M, r=r, seed=seed)
        memory.store(stored)
        xi = spins(stored[:4])
        return averaged(memory, xi, xi, 0.0)

    return sample, hopfield.retrieval(alpha, 0.0, 2, rho=(1 - r * r) / (M * r * r)).m


def diluted(n, d, T):
    """The largest of three overlaps."""

    def sample(seed):
        rng = np.random.default_rng(seed)
        stored, relevant = rng.random((3, n)) < 0.5, rng.random((3, n)) >= d
        memory = MultitaskingHopfield(n, capacity=3, seed=seed)
        memory.store(stored, relevant=relevant)
        xi, start = spins(stored) * relevant, np.ones(n, np.int8)
        for one in xi[::-1]:
            start[one != 0] = one[one != 0]
        return averaged(memory, xi, [start], T)

    return sample, multitasking.magnetisations(d, 3, T)[0]


def winners(n, f, alpha):
    def sample(seed):
        stored = random_patterns(round(alpha * n), n, round(f * n), np.random.default_rng(seed))
        memory = SparseHopfield(n, f, capacity=len(stored))
        memory.store(stored)
        V = stored[:4]
        for _ in range(20):
            V = memory.update(V)
        return np.mean([v[p].mean() - v[~p].mean() for v, p in zip(V, stored)])

    return sample, sparse.winners(alpha, f).m


CASES = {
    "pairwise, T = 0, .58 of the spinodal": (body(2, 1000, 0.08, 0.0, 6), 0.2 / 1000),
    "pairwise, T = .3, .39": (body(2, 1000, 0.04, 0.3, 4), 0.5 / 1000),
    "P = 4, T = 0, .61": (body(4, 56, 0.02, 0.0, 4), 0.3 / 56),
    "P = 4, T = .1, .41": (body(4, 56, 0.015, 0.1, 3), 0.3 / 56),
    "supervised, rho = .05, .5": (taught(600, 0.05, 200, 0.3015113445777636), 0.5 / 600),
    "multitasking, d = .3, T = .1": (diluted(2000, 0.3, 0.1), 0.5 / 2000),
    "sparse, f = .05, .61": (winners(2000, 0.05, 0.6), 2 / 2000),
}


@pytest.fixture(scope="module")
def compared():
    """{case: (mean, standard error, theory, finite-size term, z)}; z is normal where theory holds."""
    found = {}
    for name, ((sample, theory), finite) in CASES.items():
        values = np.array([sample(100 + k) for k in range(DISORDERS)])
        error = values.std(ddof=1) / np.sqrt(DISORDERS)
        t = (values.mean() - theory) / np.hypot(error, finite)
        z = stats.norm.isf(stats.t.sf(abs(t), DISORDERS - 1))
        found[name] = (values.mean(), error, theory, finite, z)
        print(f"{name}: {values.mean():.5f} +- {error:.5f}, theory {theory:.5f} +- {finite:.5f}, z = {z:.2f}")
    return found


def test_simulations_agree_with_theory(compared):
    chi2 = sum(z * z for *_, z in compared.values())
    assert stats.chi2.sf(chi2, len(compared)) > 1e-3, compared


def test_the_comparison_could_fail(compared):
    """The same simulations against the theory of a load or dilution 1.5 times as large: refused."""
    wrong = {
        "pairwise, T = .3, .39": hopfield.retrieval(0.06, 0.3).m,
        "supervised, rho = .05, .5": hopfield.retrieval(0.075, 0.0, rho=0.05).m,
        "multitasking, d = .3, T = .1": multitasking.magnetisations(0.45, 3, 0.1)[0],
        "sparse, f = .05, .61": sparse.winners(0.9, 0.05).m,
    }
    chi2 = 0.0
    for name, theory in wrong.items():
        mean, error, _, finite, _ = compared[name]
        chi2 += stats.norm.isf(stats.t.sf(abs(mean - theory) / np.hypot(error, finite), DISORDERS - 1)) ** 2
    assert stats.chi2.sf(chi2, len(wrong)) < 1e-3


def test_willshaw_fills_and_errs_as_its_theory_says():
    """p1 = 1 - (1 - k^2/n^2)^M off the diagonal, and p1^k wrong units per silent one."""
    n, k, M = 500, 12, 2500
    stored = random_patterns(M, n, k, np.random.default_rng(0))
    memory = Willshaw(n, capacity=M)
    memory.store(stored)
    theory = sparse.willshaw(n, n, k, k, M)
    off = (memory.load * n * n - stored.any(axis=0).sum()) / (n * n - n)
    assert off == pytest.approx(-np.expm1(M * np.log1p(-k * (k - 1) / (n * (n - 1)))), rel=0.02)
    wrong = np.mean([memory.complete(p)[~p].mean() for p in stored[:200]])
    assert off**k < wrong < 1.5 * off**k  # more than that, since some units are in more patterns than others
    assert theory.p1 == pytest.approx(off, rel=0.06)  # its k^2/n^2 are of two populations


def test_winners_take_the_best_threshold_at_half_activity():
    """At f = 1/2 fixed activity costs nothing, by symmetry: the spinodal is that of the Hopfield network."""
    assert sparse.winners(0.0, 0.5).alpha_c == pytest.approx(hopfield.critical_load(0.0).load, rel=1e-9)
    assert sparse.winners(0.1, 0.5).m == pytest.approx(hopfield.retrieval(0.1, 0.0).m, abs=1e-9)
    assert sparse.winners(0.1, 0.05).alpha_c <= sparse.tsodyks_feigelman(0.05).alpha_c
    assert np.isnan(sparse.winners(2.0, 0.05).m)
