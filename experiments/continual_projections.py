"""Weights that change only outside the subspaces of earlier tasks, which circuits learn or singular vectors give."""

import numpy as np

from neuromem.experiments.continual_unprotected import Unprotected
from neuromem.learning import Sides
from neuromem.models.hebbian_projection import HebbianProjection, row_budget

SHARES = (0.1, 0.25)
"""Of the dimensions before a layer, for the first task; images take fewer of theirs than the activity of neurons."""


def budget(n, layer, tasks, shares=SHARES):
    """Rows per task before a layer; shares : of the input, and of the layers above."""
    return row_budget(n, tasks, shares[min(layer, 1)])


class Hlop(Unprotected):
    """Hebbian orthogonal projection: each layer's lateral circuit learns as the layer learns.

    shares, eta : of dimensions and learning rates, on the input and on the layers above; laterals : linear or spiking
    """

    def __init__(self, *common, shares=SHARES, laterals="linear", eta=(1e-3, 1e-2), levels=40, orthogonal=True):
        super().__init__(*common)
        self.circuits = [
            HebbianProjection(
                n, budget(n, k, self.tasks, shares), eta=eta[min(k, 1)], laterals=laterals, levels=levels,
                orthogonal=orthogonal, seed=k, dtype=self.network.dtype,
            )
            for k, n in enumerate(self.network.sizes[:-1])
        ]  # fmt: skip

    def sides(self, task):
        """Circuits project with the rows of earlier tasks, while new rows learn."""
        return Sides(self.circuits, lambda layer, x: self.circuits[layer].learn(x), task.allowed)

    def end(self, number, task):
        """The rows of this task are frozen."""
        for circuit in self.circuits:
            circuit.freeze()

    def report(self):
        """Eigenvalues of every circuit, the share of its dimensions that is taken."""
        values = [circuit.eigenvalues() for circuit in self.circuits]
        return {
            "least_eigenvalue": np.array([v[0] for v in values]),
            "largest_eigenvalue": np.array([v[-1] for v in values]),
            "rows_taken": np.array([len(c.basis) / c.n for c in self.circuits]),
        }


class Oracle(Unprotected):
    """The same projections from singular vectors: what Hebbian circuits could learn at best, as in GPM.

    After a task its training items are shown once more; the largest singular vectors of what each layer sees, outside
    the subspace held so far, are added to it, as many as a circuit has rows.
    """

    shown = 2000

    def __init__(self, *common, shares=SHARES):
        super().__init__(*common)
        sizes = self.network.sizes[:-1]
        self.budgets = [budget(n, k, self.tasks, shares) for k, n in enumerate(sizes)]
        self.held = [Held(np.empty((0, n), self.network.dtype)) for n in sizes]

    def sides(self, task):
        """Projections onto the complement of what is held."""
        return Sides(self.held, None, task.allowed)

    def end(self, number, task):
        """Hold more."""
        sums = [np.zeros((n, n)) for n in self.network.sizes[:-1]]

        def observe(layer, x):
            sums[layer] += x.T @ x

        rows = self.rng.permutation(task.items)[: self.shown]
        for low in range(0, len(rows), 100):
            self.network.gradients(*task.train(rows[low : low + 100]), Sides(None, observe, task.allowed))
        for layer, (held, moment) in enumerate(zip(self.held, sums)):
            basis = held.basis.astype(np.float64)
            moment = moment - basis.T @ (basis @ moment)
            moment = moment - (moment @ basis.T) @ basis
            largest = np.linalg.eigh(moment)[1][:, ::-1][:, : self.budgets[layer][number]]
            self.held[layer] = Held(np.vstack([held.basis, largest.T.astype(held.basis.dtype)]))


class Held:
    """An orthonormal basis, (rows, n), that `project` takes out of inputs."""

    def __init__(self, basis):
        self.basis = basis

    def project(self, x):
        """Return x without its part in the basis."""
        return x - x @ self.basis.T @ self.basis if len(self.basis) else x
