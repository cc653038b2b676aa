"""Sparse connections that are rewired after each task, and replay of activations in place of images."""

import numpy as np

from neuromem.experiments.continual_unprotected import Unprotected
from neuromem.learning import SpikingNetwork


class Rewiring(Unprotected):
    """The neurons that a task needs most become stable: later tasks use them, but do not change them.

    Hidden layers have a share `density` of all connections. After a task the most active of the plastic neurons in each
    hidden layer, an equal number per task, become stable. Connections to them from plastic neurons are cut, as these
    will go on changing, and as many are grown at random onto neurons that stay plastic, while there is room. What is
    left sees some items of the task again; then all connections onto stable neurons are frozen.

    The readout, which all tasks share, is kept up by replay: the first hidden layer's activity for a few items per
    class, in 8 bits, is shown to the layers above. That of stable neurons is what it would be now.

    The ideas, not the procedures, are those of Gurbuz and Dovrolis (ICML 2022, rewiring) and Gurbuz, Moorman and
    Dovrolis (2023, SHARP: activations in place of images).
    """

    shown, lasting = 2000, 0.9

    def __init__(self, *common, per_class=50, density=0.4):
        super().__init__(*common)
        network, self.per_class = self.network, per_class
        self.alive = [self.rng.random(w.shape) < density for w in network.weights[:-1]]
        for w, alive in zip(network.weights, self.alive):
            w *= alive / np.sqrt(w.dtype.type(density))  # as strong a current from fewer connections
        self.reach = [float(np.abs(w).max()) for w in network.weights[:-1]]
        self.stable = [np.zeros(n, bool) for n in network.sizes[1:-1]]
        self.frozen = [np.zeros(n, bool) for n in network.sizes[1:-1]]
        self.above = SpikingNetwork(network.sizes[1:], network.gradient, network.neuron, network.steps)
        self.above.weights = network.weights[1:]  # the same arrays
        self.kept = []

    def step(self, x, y, task):
        """The mean of two gradients, where the second is from replayed activity, of the connections that may change."""
        found = self.network.gradients(x, y, self.sides(task))
        gradients = found.weights
        if self.kept:
            codes, scale, old_y, old = self.kept[self.rng.integers(len(self.kept))]
            rows = self.rng.integers(len(old_y), size=len(y))
            again = self.above.gradients(codes[rows] * scale, old_y[rows], self.sides(old)).weights
            gradients = [gradients[0], *[(a + b) / a.dtype.type(2) for a, b in zip(gradients[1:], again)]]
        for g, alive, frozen in zip(gradients, self.alive, self.frozen):
            g *= alive & ~frozen[:, None]
        self.optimizer.step(self.network.weights, gradients)
        return found.loss

    def end(self, number, task):
        """Choose, cut and grow; learn what the cuts cost; freeze and keep."""
        rows = self.rng.permutation(task.items)[: self.shown]
        for layer, active in enumerate(self.network.activity(task.train(rows)[0])):
            quota = int(self.lasting * len(self.stable[layer]) / self.tasks)
            plastic = np.flatnonzero(~self.stable[layer])
            most = np.argsort(-active.mean(axis=0)[plastic], kind="stable")[:quota]
            self.stable[layer][plastic[most]] = True
        for layer in range(1, len(self.alive)):
            self._rewire(layer)
        for low in range(0, len(rows), 50):
            self.step(*task.train(rows[low : low + 50]), task)
        self.frozen = [stable.copy() for stable in self.stable]
        self._keep(task)

    def _rewire(self, layer):
        w, alive = self.network.weights[layer], self.alive[layer]
        cut = alive & self.stable[layer][:, None] & ~self.stable[layer - 1]
        alive &= ~cut
        w[cut] = 0
        free = np.flatnonzero(~alive & ~self.stable[layer][:, None])
        grown = self.rng.choice(free, min(cut.sum(), len(free)), replace=False)
        alive.flat[grown] = True
        w.flat[grown] = self.rng.uniform(-self.reach[layer], self.reach[layer], len(grown))

    def _keep(self, task):
        order = self.rng.permutation(task.items)
        labels = task.y_train[task.rows_train[order]]
        rows = np.concatenate([order[labels == c][: self.per_class] for c in np.unique(labels)])
        x, y = task.train(rows)
        activity = self.network.activity(x)[0]
        scale = activity.dtype.type(max(activity.max(), 1e-6) / 255)
        self.kept.append((np.rint(activity / scale).astype(np.uint8), scale, y, task))

    def report(self):
        """Activations kept, the share of connections that are there, of stable neurons."""
        return {
            "items_kept": sum(len(codes) for codes, *_ in self.kept),
            "connections": np.array([alive.mean() for alive in self.alive]),
            "stable": np.array([stable.mean() for stable in self.stable]),
        }
