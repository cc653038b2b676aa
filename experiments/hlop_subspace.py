"""What lateral circuits learn: how near to the largest singular vectors, and how true the projector stays.

The inputs are the shipped digits in one order of pixels after another, as the first layer of `hlop-pmnist` sees them. A
circuit learns each in turn. Three panels: the principal angles to the singular vectors while the first task is learned;
the eigenvalues of H H^T after all of them, with new rows that begin orthogonal to the frozen ones and without; and what
the projection leaves of the inputs of the first task, and takes from new ones, as tasks come.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK: dict = {"tasks": 3, "train": 400, "rows": 15, "passes": 6}


@dataclass(frozen=True)
class Parameters:
    """tasks, of `train` images each, shown `passes` times in batches; rows per task; eta: learning rate of circuits."""

    seed: int = 0
    tasks: int = 8
    train: int = 1000
    rows: int = 60
    passes: int = 15
    batch: int = 100
    eta: float = 3e-3

    def __post_init__(self):
        for name in ("tasks", "rows", "passes", "batch"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, not {getattr(self, name)}")
        require(2 * self.rows <= self.train <= 8000, f"train must be from twice the rows to 8000, not {self.train}")
        require(self.tasks * self.rows <= 0.9 * 784, f"tasks * rows must be at most 705, not {self.tasks * self.rows}")
        require(self.eta > 0, f"eta must be above 0, not {self.eta}")


def run(parameters: Parameters, progress) -> dict:
    """angles (pass, rows) of the first task; eigenvalues and shares left, with and without orthogonal new rows."""
    from neuromem import datasets
    from neuromem.experiments.continual_tasks import drawn, permuted
    from neuromem.learning.threads import one_thread
    from neuromem.models import HebbianProjection

    p, rng = parameters, np.random.default_rng(parameters.seed)
    tasks = permuted(drawn(datasets.digits(), datasets.MNIST, p.train, 1000, rng), p.tasks, rng)
    shown = [task.train(np.arange(p.train))[0] for task in tasks]
    tests = [task.test(np.arange(1000))[0] for task in tasks]
    vectors = np.linalg.svd(shown[0].astype(np.float64), full_matrices=False)[2]
    orders = [[rng.permutation(p.train) for _ in range(p.passes)] for _ in tasks]
    tree = {"angles": [], "captured": [], "eigenvalues": [], "left_old": [], "left_new": []}
    best = energy(tests[0], vectors[: p.rows])
    with one_thread:
        for orthogonal in (True, False):
            circuit = HebbianProjection(784, (p.rows,) * p.tasks, eta=p.eta, orthogonal=orthogonal, seed=p.seed)
            old, new = [], []
            for k, x in enumerate(shown):
                new.append(left(circuit, tests[k]))
                for i in range(p.passes):
                    progress(k * p.passes + i, p.tasks * p.passes, f"task {k + 1}")
                    for low in range(0, p.train, p.batch):
                        circuit.learn(x[orders[k][i][low : low + p.batch]])
                    if k == 0 and orthogonal:
                        tree["angles"].append(circuit.angles(vectors[: p.rows]))
                        tree["captured"].append(energy(tests[0], circuit.learning) / best)
                circuit.freeze()
                old.append(left(circuit, tests[0]))
            tree["eigenvalues"].append(circuit.eigenvalues())
            tree["left_old"].append(old)
            tree["left_new"].append(new)
    return {**{key: np.array(value) for key, value in tree.items()}, "rows": p.rows, "oracle_left": 1 - best}


def energy(x, rows):
    """Share of the mean square of inputs within the span of rows."""
    q = np.linalg.qr(np.asarray(rows, np.float64).T)[0]
    return float(((x @ q) ** 2).sum() / (x.astype(np.float64) ** 2).sum())


def left(circuit, x):
    """Share of the mean square of inputs that a projection leaves."""
    return float((circuit.project(x).astype(np.float64) ** 2).sum() / (x.astype(np.float64) ** 2).sum())


def headline(tree: dict) -> dict:
    """Angles in degrees at the end of the first task, eigenvalues of H H^T, and shares of inputs left, in percent."""
    angles, old, new = np.asarray(tree["angles"])[-1], np.asarray(tree["left_old"]), np.asarray(tree["left_new"])
    numbers = {"median_angle": float(np.median(angles)), "largest_angle": float(angles[-1]),
               "captured_of_best_percent": 100 * float(np.asarray(tree["captured"])[-1]),
               "left_by_singular_vectors_percent": 100 * float(tree["oracle_left"])}  # fmt: skip
    for name, values, a, b in zip(("orthogonal", "free"), np.asarray(tree["eigenvalues"]), old, new):
        numbers |= {
            f"{name}_least_eigenvalue": float(values[0]), f"{name}_largest_eigenvalue": float(values[-1]),
            f"{name}_left_of_first_task_percent": 100 * float(a[-1]),
            f"{name}_left_of_last_task_before_it_percent": 100 * float(b[-1]),
        }  # fmt: skip
    return numbers


def plot(tree: dict) -> dict:
    """The three panels."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    angles, old, new = (
        np.asarray(tree["angles"]),
        100 * np.asarray(tree["left_old"]),
        100 * np.asarray(tree["left_new"]),
    )
    rows = np.arange(1, angles.shape[1] + 1)
    with draw.style():
        figure = new_figure(10.4, 3.4, layout="constrained")
        first, second, third = figure.subplots(1, 3)
        for k, colour in zip(sorted({0, len(angles) // 3, len(angles) - 1}), draw.PALETTE):
            first.plot(rows, angles[k], color=colour, label=f"after {k + 1} passes" if k else "after one pass")
        first.set(xlabel="direction, nearest first", ylabel="principal angle (degrees)", ylim=(0, 92))
        first.set_title("rows against singular vectors", fontsize=10)
        first.legend(fontsize=8)
        for values, label, colour in zip(tree["eigenvalues"], ("orthogonal", "anywhere"), draw.PALETTE):
            second.plot(np.arange(1, len(values) + 1), values, color=colour, label=f"new rows begin {label}")
        second.axhline(1, color=MUTED, linewidth=0.8)
        second.set(xlabel="direction, smallest first", ylabel="eigenvalue of H Hᵀ")
        second.set_title(f"after {old.shape[1]} tasks of {tree['rows']} rows", fontsize=10)
        second.legend(fontsize=8)
        tasks = np.arange(1, old.shape[1] + 1)
        for k, (colour, style) in enumerate(zip(draw.PALETTE, ("-", "--"))):
            third.plot(tasks, new[k], style, color=colour, marker="o", markersize=3.5)
            third.plot(tasks, old[k], style, color=colour, marker="s", markersize=3.5)
        third.text(tasks[0] + 0.3, old[0].max() + 5, "of the first task, after each", fontsize=8)
        third.text(tasks[-1], 96, "of the next task, before each", fontsize=8, ha="right")
        third.set(xlabel="task", ylabel="left of inputs (%)", ylim=(0, 103), xticks=tasks)
        third.set_title("what the projection leaves", fontsize=10)
    return {"subspace": figure}
