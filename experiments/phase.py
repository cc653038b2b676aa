"""A phase diagram: how well a memory recalls over two parameters, by simulation, under the lines of theory.

`neuromem phase MODEL --x X --y Y` runs it; `phase_systems.SYSTEMS` lists the models and their axes. Every cell is a
mean over disorders (patterns drawn anew); its error is bootstrapped over them. All samples are kept, so that one cell
can be looked at and run again: `neuromem phase MODEL --cell I,J`.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from neuromem.errors import UsageError
from neuromem.experiments import phase_figure, phase_lines
from neuromem.experiments.parameters import require, suggest
from neuromem.experiments.phase_systems import SYSTEMS
from neuromem.sweep import Sweep

QUICK = {"n": -1, "columns": 8, "rows": 8, "disorders": 2, "sweeps": 20, "measured": 10}
RESAMPLED = 500  # bootstrap samples


@dataclass(frozen=True)
class Parameters:
    """What is drawn: a model of `phase_systems`, two of its axes, and how carefully.

    seed: with a cell's column and disorder it gives the patterns and the dynamics' random numbers, with its row the
    stream of these; n: units, 0 for the model's own number, -1 for its small one; columns x rows cells; disorders per
    cell; sweeps before and during a measurement; x_max and y_max end the axes, 0 for the model's own; P: bodies, of
    models that have them; M: examples per archetype.
    """

    seed: int = 0
    model: str = "hopfield"
    x: str = "load"
    y: str = "temperature"
    P: int = 2
    M: int = 100
    n: int = 0
    columns: int = 24
    rows: int = 24
    disorders: int = 6
    sweeps: int = 60
    measured: int = 40
    x_max: float = 0.0
    y_max: float = 0.0

    def __post_init__(self):
        require(self.model in SYSTEMS, f"there is no phase diagram of {self.model!r}; {suggest(self.model, SYSTEMS)}")
        system = SYSTEMS[self.model]
        for name, axis, known in (("x", self.x, system.x), ("y", self.y, system.y)):
            require(axis in known, f"{name} of {self.model} is {' or '.join(known)}, not {axis!r}")
        require(2 <= self.P <= 8, f"P must be 2 to 8, not {self.P}")
        require(self.n >= -1 and self.n != 1, f"n must be 2 or more, or 0 for the model's own, not {self.n}")
        for name in ("columns", "rows", "disorders", "sweeps", "measured", "M"):
            require(getattr(self, name) >= 1, f"{name} must be 1 or more, not {getattr(self, name)}")
        for name in ("x_max", "y_max"):
            require(getattr(self, name) >= 0, f"{name} must be 0 or more, not {getattr(self, name)}")


@dataclass(frozen=True)
class Column:
    """All rows of one column for one disorder; they share the patterns."""

    parameters: Parameters
    x: float
    ys: tuple
    column: int
    disorder: int


def filled(parameters: Parameters) -> Parameters:
    """The parameters with the model's own numbers in place of zeros."""
    system = SYSTEMS[parameters.model]
    n = {0: system.n(parameters.P), -1: system.small(parameters.P)}.get(parameters.n, parameters.n)
    ends = {"x_max": system.x[parameters.x], "y_max": system.y[parameters.y]}
    ends = {name: getattr(parameters, name) or axis.end(parameters.P) for name, axis in ends.items()}
    return replace(parameters, n=n, **ends)


def grid(parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """(columns,) and (rows,): the middles of the cells, in whole patterns or units where the axis needs that."""
    system = SYSTEMS[parameters.model]
    xs = system.x[parameters.x].middles(parameters.columns, parameters.x_max, parameters)
    return xs, system.y[parameters.y].middles(parameters.rows, parameters.y_max, parameters)


def measure(point: Column) -> np.ndarray:
    """(rows,): the samples of a column for one disorder; a pure function of the point."""
    return SYSTEMS[point.parameters.model].column(point)


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """Samples, float (columns, rows, disorders), their means and errors, and the lines of theory.

    `keys`, int (columns, disorders, 3), is what the chance of each sample is drawn from: seed, column and disorder.
    """
    parameters = filled(parameters)
    xs, ys = grid(parameters)
    points = [
        Column(parameters, float(x), tuple(ys.tolist()), i, d)
        for i, x in enumerate(xs)
        for d in range(parameters.disorders)
    ]
    found = (sweep or Sweep(progress=progress)).map(measure, points)
    samples = np.array(found).reshape(len(xs), parameters.disorders, len(ys)).transpose(0, 2, 1)
    progress(0, 1, "solving the theory")
    return {
        **asdict(parameters),
        "xs": xs,
        "ys": ys,
        "samples": samples,
        "mean": samples.mean(axis=2),
        "error": bootstrap(samples, parameters.seed),
        "count": np.full(samples.shape[:2], parameters.disorders),
        "keys": np.array([(parameters.seed, p.column, p.disorder) for p in points]).reshape(*samples.shape[::2], 3),
        "lines": phase_lines.lines(parameters),
        "seeds": [parameters.seed],
    }


def bootstrap(samples: np.ndarray, seed: int) -> np.ndarray:
    """Standard errors of means over the last axis, by drawing disorders again with replacement; 0 for one disorder.

    The factor sqrt(count/(count - 1)) makes up for drawing from few.
    """
    rng = np.random.default_rng([seed, 1])
    count = samples.shape[-1]
    means = [samples[..., rng.integers(0, count, count)].mean(axis=-1) for _ in range(RESAMPLED)]
    return np.std(means, axis=0) * np.sqrt(count / max(count - 1, 1))


def cell(parameters: Parameters, column: int, row: int) -> dict:
    """Run one cell again: its place, samples (disorders,), and the theory there with its branch and residual."""
    parameters = filled(parameters)
    xs, ys = grid(parameters)
    if not (0 <= column < len(xs) and 0 <= row < len(ys)):
        raise UsageError(f"cell {column},{row} is outside the {len(xs)} x {len(ys)} cells, which count from 0")
    points = [Column(parameters, float(xs[column]), tuple(ys.tolist()), column, d) for d in range(parameters.disorders)]
    samples = np.array([measure(point)[row] for point in points])
    theory = phase_lines.state(parameters, float(xs[column]), float(ys[row]))
    return {parameters.x: float(xs[column]), parameters.y: float(ys[row]), "samples": samples, **theory}


def tables(folder) -> None:
    """Write what a folder's data.h5 holds as phase.npz (arrays) and phase.csv (a row per cell)."""
    from neuromem import io

    tree = io.load(folder / "data.h5", "experiment").tree["data"]
    arrays = {name: np.asarray(tree[name]) for name in ("xs", "ys", "mean", "error", "count", "keys", "samples")}
    arrays["expected"] = np.asarray(tree["lines"]["expected"])
    for k, curve in enumerate(tree["lines"]["curves"]):
        arrays[f"line{k}_{curve['kind']}"] = np.array([curve["x"], curve["y"]])
    with io.atomic_path(folder / "phase.npz") as path, open(path, "wb") as file:
        np.savez(file, **arrays)
    rows = [f"{tree['x']},{tree['y']},mean,error,count,expected"]
    for i, x in enumerate(arrays["xs"]):
        for j, y in enumerate(arrays["ys"]):
            cell = (arrays[name][i, j] for name in ("mean", "error", "count", "expected"))
            rows.append(",".join(f"{value:.9g}" for value in (x, y, *cell)))
    with io.atomic_path(folder / "phase.csv") as path:
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def headline(tree: dict) -> dict:
    """Cells, samples, and the difference from theory where theory retrieves at less than 0.8 of its spinodal."""
    mean, error = np.asarray(tree["mean"]), np.asarray(tree["error"])
    expected = np.asarray(tree["lines"]["expected"])
    safe = np.isfinite(expected)
    numbers = {
        "cells": int(mean.size),
        "samples": int(np.asarray(tree["samples"]).size),
        "n": int(tree["n"]),
        "largest_mean": float(mean.max()),
        "median_error": float(np.median(error)),
        "compared_cells": int(safe.sum()),
    }
    if safe.any():
        numbers["mean_difference_from_theory"] = float((mean - expected)[safe].mean())
        numbers["largest_difference_from_theory"] = float(np.abs(mean - expected)[safe].max())
    return numbers


plot = phase_figure.plot
