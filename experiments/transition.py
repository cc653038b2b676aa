"""T_c, below which retrieval has the least free energy: by thermodynamic integration over sizes, beside theory's.

For every size N and disorder, parallel tempering runs from a stored pattern and from chance. The free energy of the
state without retrieval is integrated from T = inf, that of retrieval from T = 0, where its entropy is zero; they cross
at T_c(N). A line in 1/N gives T_c, with an error bootstrapped over disorders. Theory gives T_c by
`hopfield.transition_temperature`, and where the ladders of temperatures lie, nothing else.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import CubicSpline

from neuromem.experiments import finite_size
from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep

QUICK = {"P": 3, "load": 0.01, "sizes": (150, 300), "disorders": 2, "sweeps": 40, "discarded": 15, "temperatures": 8}
RETRIEVED = 0.85
"""A run from chance that overlaps more than this with some pattern has retrieved it; it counts at higher T only."""

FAR = 1.2
"""A run from chance that has retrieved at more than this times T_c is left out; so are crossings beyond that."""


@dataclass(frozen=True)
class Parameters:
    """load: K/N^(P-1); sizes: N; disorders of each; temperatures of each ladder; sweeps measured and discarded."""

    seed: int = 0
    P: int = 2
    load: float = 0.03
    sizes: tuple[int, ...] = (2000, 3000, 5000)
    disorders: int = 8
    temperatures: int = 16
    sweeps: int = 200
    discarded: int = 300

    def __post_init__(self):
        require(2 <= self.P <= 8, f"P must be 2 to 8, not {self.P}")
        require(self.load > 0, f"load must be above 0, not {self.load}")
        require(len(self.sizes) >= 2 and min(self.sizes) >= 8, "sizes must be at least two, each 8 or more")
        require(len(set(self.sizes)) == len(self.sizes), "sizes must differ")
        require(self.disorders >= 2, "disorders must be 2 or more, for an error")
        require(self.temperatures >= 6, f"temperatures must be 6 or more, not {self.temperatures}")
        require(self.sweeps >= 2 and self.discarded >= 0, "sweeps must be 2 or more, discarded 0 or more")


@lru_cache(maxsize=8)
def ladders(parameters: Parameters) -> tuple[float, np.ndarray, np.ndarray]:
    """(T_c of theory, temperatures of the run from the pattern, of that from chance)."""
    from neuromem.errors import UsageError
    from neuromem.theory import hopfield

    p = parameters
    expected = hopfield.transition_temperature(p.load, p.P)
    if not expected > 0:
        raise UsageError(f"load: retrieval never has the least free energy at {p.load} with P = {p.P}; take less")
    top = min(1.04 * expected, 0.5 * (expected + hopfield.spinodal_temperature(p.load, p.P)))
    cold = expected - (expected - 0.3 * expected) * np.linspace(1, 0, p.temperatures) ** 1.5
    warm = np.geomspace(expected, max(4.0, 8.0 * expected), p.temperatures + 4)
    return expected, np.r_[cold, top], warm


def measure(point: finite_size.Network) -> np.ndarray:
    """(T_c, temperatures at which the run from chance retrieves, m at T_c, both free energies) of one disorder."""
    from neuromem.models.tempering import free_energy, temper

    p, (memory, xi, rng) = point.parameters, finite_size.stored(point)
    _, cold, warm = ladders(p)
    chance = rng.choice(np.array([-1, 1], np.int8), point.n)
    kept = temper(memory, cold, xi[0], p.sweeps, p.discarded)
    lost = temper(memory, warm, chance, p.sweeps, p.discarded, replica=1000)
    T = around(p)
    fell = np.flatnonzero(lost.largest > RETRIEVED)  # small networks find a pattern from chance where it is best
    start = fell[-1] + 1 if fell.size else 0
    if warm[start] > FAR * warm[0]:
        return np.array([np.nan, fell.size, np.nan, *np.full(2 * T.size, np.nan)])
    both = np.array([
        CubicSpline(cold, free_energy(cold, kept.energy, cold=True))(T),
        CubicSpline(warm[start:], free_energy(warm[start:], lost.energy[start:]))(T),
    ])  # fmt: skip
    meet = crossing_of(T, both[0] - both[1])
    if not 0.8 * warm[0] < meet < FAR * warm[0]:  # too far from both runs to be extrapolated
        meet = np.nan
    return np.array([meet, fell.size, np.interp(meet, cold, kept.m), *both.ravel()])


def around(parameters: Parameters) -> np.ndarray:
    """Temperatures around T_c, up to those where a run from the pattern could leave it."""
    expected, cold, _ = ladders(parameters)
    return np.linspace(0.9 * expected, cold[-1], 41)


def crossing_of(T, excess) -> float:
    """Where a nearly straight curve is zero: by a parabola of T over the excess, also a little beyond its ends."""
    return float(np.polyval(np.polyfit(excess, T, 2), 0.0))


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """samples (sizes, disorders) of T_c, their extrapolation, theory's, and mean free energies of the largest size."""
    p = parameters
    theory = ladders(p)[0]
    found = np.array((sweep or Sweep(progress=progress)).map(measure, finite_size.networks(p)))
    found = found.reshape(len(p.sizes), p.disorders, -1)
    value, error, slope = finite_size.extrapolate(p.sizes, found[..., 0], p.seed)
    largest = np.nanmean(found[np.argmax(p.sizes), :, 3:], axis=0).reshape(2, -1)
    return {
        "sizes": np.array(p.sizes), "samples": found[..., 0], "fell": int((found[..., 1] > 0).sum()),
        "m": np.nanmean(found[..., 2], axis=1), "value": value, "error": error, "slope": slope, "theory": theory,
        "T": around(p), "free_energies": largest, "P": p.P, "load": p.load,
    }  # fmt: skip


def headline(tree: dict) -> dict:
    """T_c extrapolated, its error, theory's; how many runs from chance fell into a pattern."""
    return {
        "T_c_largest_size": float(np.nanmean(np.asarray(tree["samples"])[np.argmax(tree["sizes"])])),
        "T_c_extrapolated": float(tree["value"]),
        "error": float(tree["error"]),
        "T_c_theory": float(tree["theory"]),
        "errors_from_theory": float((tree["value"] - tree["theory"]) / max(float(tree["error"]), 1e-300)),
        "runs_from_chance_that_retrieved": int(tree["fell"]),
    }


def plot(tree: dict) -> dict:
    """{"transition": Figure}: free energies of both states of the largest networks, and T_c over 1/N."""
    from neuromem.plot import PALETTE, style
    from neuromem.plot.canvas import new_figure
    from neuromem.theory import hopfield

    T, (kept, lost) = np.asarray(tree["T"], float), np.asarray(tree["free_energies"], float)
    with style():
        figure = new_figure(9.6, 3.8, layout="constrained")
        left, right = figure.subplots(1, 2)
        P, load = int(tree["P"]), float(tree["load"])
        lines = (
            ("retrieval", "RS", kept, [hopfield.retrieval(load, t, P).free_energy for t in T]),
            (
                "no retrieval",
                "RS" if P == 2 else "1RSB",
                lost,
                [hopfield.spin_glass(load, t, P).free_energy for t in T],
            ),
        )
        for colour, (name, kind, simulated, theory) in zip(PALETTE, lines):
            left.plot(T, simulated, color=colour, label=f"{name}, N = {max(tree['sizes'])}")
            left.plot(T, theory, color=colour, linestyle=(0, (5, 2)), label=f"{name}, theory ({kind}), N = ∞")
        left.set(xlabel="temperature T", ylabel="free energy per spin f")
        left.legend(fontsize=8.5)
        left.set_title(f"{finite_size.system(tree)}, normalisation “gardner”", loc="left")
        finite_size.draw(tree, right, "T$_c$")
    return {"transition": figure}
