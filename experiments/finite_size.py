"""Finite networks beside the theory of infinite ones: the overlap m at a load and temperature, over sizes.

For every size N and disorder (patterns drawn anew) Glauber dynamics starts from several patterns; m is averaged over
them and over the measured sweeps. A line in 1/N through the sizes, each weighted by its error, gives m at 1/N = 0; its
error is bootstrapped over disorders.
"""

import math
from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep

QUICK = {"sizes": (100, 200, 400), "disorders": 3, "patterns": 2, "sweeps": 10, "measured": 10}
RESAMPLED = 1000


@dataclass(frozen=True)
class Parameters:
    """load: K/N^(P-1), at temperature T; sizes: N; disorders of each; patterns to start from in each."""

    seed: int = 0
    P: int = 2
    load: float = 0.06
    T: float = 0.3
    sizes: tuple[int, ...] = (250, 500, 1000, 2000)
    disorders: int = 16
    patterns: int = 6
    sweeps: int = 40
    measured: int = 60

    def __post_init__(self):
        require(2 <= self.P <= 8, f"P must be 2 to 8, not {self.P}")
        require(self.load > 0 and self.T >= 0, "load must be above 0 and T at least 0")
        require(len(self.sizes) >= 2 and min(self.sizes) >= 2, "sizes must be at least two, each 2 or more")
        require(len(set(self.sizes)) == len(self.sizes), "sizes must differ")
        require(self.disorders >= 2, "disorders must be 2 or more, for an error")
        require(min(self.patterns, self.sweeps, self.measured) >= 1, "patterns, sweeps and measured must be at least 1")


@dataclass(frozen=True)
class Network:
    """One disorder of one size."""

    parameters: Parameters
    n: int
    disorder: int


def stored(point: Network):
    """A Hopfield memory of this size and disorder with round(load n^(P-1)) random patterns, its patterns as spins."""
    from neuromem.models import Hopfield

    p = point.parameters
    rng = np.random.default_rng([p.seed, point.n, point.disorder])
    K = max(1, round(p.load * point.n ** (p.P - 1)))
    patterns = rng.random((K, point.n)) < 0.5
    patterns[~patterns.any(axis=1), 0] = True
    memory = Hopfield(point.n, p.P, capacity=K, seed=p.seed + 1000 * point.disorder)
    memory.store(patterns)
    return memory, np.where(patterns, 1, -1).astype(np.int8), rng


def measure(point: Network) -> float:
    """Mean overlap of one disorder; a pure function of the point."""
    p, (memory, xi, _) = point.parameters, stored(point)
    found = [
        memory.follow(xi[k].copy(), p.T, p.sweeps + p.measured, pattern=k, replica=k)[p.sweeps :].mean()
        for k in range(min(p.patterns, len(xi)))
    ]
    return float(np.mean(found))


def networks(parameters) -> list[Network]:
    """All sizes and disorders, the disorders of a size together."""
    return [Network(parameters, n, d) for n in parameters.sizes for d in range(parameters.disorders)]


def extrapolate(sizes, samples, seed: int) -> tuple[float, float, float]:
    """(value at 1/N = 0, its standard error, slope in 1/N) of samples (sizes, disorders), by lines of least squares.

    Sizes are weighted by their standard errors; the error is that of fits to disorders drawn again with replacement.
    Samples that are NaN are left out; with fewer than two of a size the result is NaN.
    """
    rng, rows = np.random.default_rng([seed, 2]), [row[np.isfinite(row)] for row in np.asarray(samples, float)]
    if min(map(len, rows)) < 2:
        return math.nan, math.nan, math.nan
    weights = np.array([1 / max(standard_error(row), 1e-12) for row in rows])
    columns = np.stack([np.ones(len(rows)), 1 / np.asarray(sizes, float)], axis=1)
    solve = np.linalg.pinv(columns * weights[:, None]) * weights  # (value, slope) of means
    value, slope = solve @ [row.mean() for row in rows]
    again = [row[rng.integers(0, len(row), (RESAMPLED, len(row)))].mean(axis=1) for row in rows]
    few = min(map(len, rows))
    error = np.std(solve[0] @ again) * np.sqrt(few / (few - 1))
    return float(value), float(error), float(slope)


def standard_error(row) -> float:
    """Of the mean of independent samples, NaN left out."""
    row = np.asarray(row)[np.isfinite(row)]
    return float(row.std(ddof=1) / np.sqrt(len(row))) if len(row) > 1 else math.nan


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """samples (sizes, disorders) of m, and theory's m; NaN where there is no retrieval."""
    from neuromem.theory import hopfield

    p = parameters
    found = (sweep or Sweep(progress=progress)).map(measure, networks(p))
    samples = np.array(found).reshape(len(p.sizes), p.disorders)
    value, error, slope = extrapolate(p.sizes, samples, p.seed)
    return {
        "sizes": np.array(p.sizes), "samples": samples, "value": value, "error": error, "slope": slope,
        "theory": hopfield.retrieval(p.load, p.T, p.P).m, "P": p.P, "load": p.load, "T": p.T,
    }  # fmt: skip


def headline(tree: dict) -> dict:
    """m of the largest size, extrapolated, its error, and theory's."""
    return {
        "m_largest_size": float(np.asarray(tree["samples"])[np.argmax(tree["sizes"])].mean()),
        "m_extrapolated": float(tree["value"]),
        "error": float(tree["error"]),
        "m_theory": float(tree["theory"]),
        "errors_from_theory": float((tree["value"] - tree["theory"]) / max(float(tree["error"]), 1e-300)),
    }


def system(tree: dict) -> str:
    """The network for a title."""
    power = "" if int(tree["P"]) == 2 else f"$^{int(tree['P']) - 1}$"
    return f"P = {int(tree['P'])}, K = {tree['load']:g} N{power}"


def draw(tree: dict, ax, quantity: str):
    """Draw means over 1/N with errors, the line through them, and theory at 1/N = 0; returns the axes."""
    from neuromem.plot import PALETTE

    samples, x = np.asarray(tree["samples"], float), 1 / np.asarray(tree["sizes"], float)
    error = [standard_error(row) for row in samples]
    end = np.array([0.0, 1.08 * x.max()])
    ax.plot(end, tree["value"] + tree["slope"] * end, color=PALETTE[0], linewidth=1.2, alpha=0.6)
    ax.errorbar(x, np.nanmean(samples, axis=1), error, fmt="o", color=PALETTE[0], capsize=3, label="simulated")
    ax.errorbar([0.0], [tree["value"]], [tree["error"]], fmt="s", color=PALETTE[0], capsize=3, label="extrapolated")
    ax.plot([0.0], [tree["theory"]], marker="D", color=PALETTE[1], linestyle="none", zorder=5, label="theory, N = ∞")
    ax.set_xlim(-0.06 * x.max(), end[1])
    ax.set_xticks([0.0, *x], ["∞", *map(str, tree["sizes"])])
    ax.set(xlabel="spins N, spaced as 1/N", ylabel=quantity)
    ax.legend(fontsize=9)
    return ax


def plot(tree: dict) -> dict:
    """{"finite_size": Figure}: m over 1/N."""
    from neuromem.plot import style
    from neuromem.plot.canvas import new_figure

    with style():
        figure = new_figure(6.0, 3.8, layout="constrained")
        ax = draw(tree, figure.add_subplot(), "overlap m")
        ax.set_title(f"{system(tree)}, T = {tree['T']:g}", loc="left")
    return {"finite_size": figure}
