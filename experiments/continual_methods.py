"""Ways to learn one task after another with one spiking network, in one shape: begin a task, step by step, end it."""

import numpy as np

from neuromem.learning import SGD, Adam, DendriticNetwork, Sides, SpikingNetwork
from neuromem.models.hebbian_projection import HebbianProjection, row_budget


class Unprotected:
    """Gradient descent and nothing else.

    network : SpikingNetwork; optimizer : SGD or Adam; tasks : how many there will be; rng : its random numbers
    """

    def __init__(self, network, optimizer, tasks, rng):
        self.network, self.optimizer, self.tasks, self.rng = network, optimizer, tasks, rng

    def begin(self, number, task):
        """Before a task; the optimizer forgets what it gathered in the last one."""
        self.optimizer.reset()

    def sides(self, task):
        """What stands beside the network."""
        return Sides(allowed=task.allowed)

    def step(self, x, y, task):
        """Learn from a batch; returns its loss."""
        found = self.network.gradients(x, y, self.sides(task))
        self.optimizer.step(self.network.weights, found.weights)
        return found.loss

    def end(self, number, task):
        """After a task."""

    def predict(self, x, task):
        """Classes of test items."""
        return self.network.predict(x, task.allowed)

    def report(self):
        """Numbers to keep beside the accuracies."""
        return {}


def budget(n, layer, tasks):
    """Rows per task before a layer: images take fewer of their dimensions than the activity of neurons does."""
    return row_budget(n, tasks, 0.1 if layer == 0 else 0.25)


class Hlop(Unprotected):
    """Hebbian orthogonal projection: each layer's lateral circuit learns as the layer learns.

    eta : learning rates of the circuits on the input and on the layers above; laterals : linear or spiking
    """

    def __init__(self, *common, laterals="linear", eta=(1e-3, 1e-2), levels=40, orthogonal=True):
        super().__init__(*common)
        self.circuits = [
            HebbianProjection(
                n, budget(n, k, self.tasks), eta=eta[min(k, 1)], laterals=laterals, levels=levels,
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

    def __init__(self, *common):
        super().__init__(*common)
        sizes = self.network.sizes[:-1]
        self.budgets = [budget(n, k, self.tasks) for k, n in enumerate(sizes)]
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


class Ewc(Unprotected):
    """Elastic weight consolidation: sum over tasks of strength / 2 F (w - w*)^2, F the diagonal Fisher information.

    F is a mean over `items` of squared gradients at labels drawn from the network's own probabilities. The penalty's
    step is taken implicitly, so that it is stable at any strength. Kirkpatrick et al., PNAS 2017.
    """

    def __init__(self, *common, strength=100.0, items=200):
        super().__init__(*common)
        self.strength, self.items = strength, items
        self.fisher = [np.zeros_like(w) for w in self.network.weights]
        self.pull = [np.zeros_like(w) for w in self.network.weights]

    def step(self, x, y, task):
        """A step down the loss, then the implicit one down the penalty."""
        loss = super().step(x, y, task)
        for w, fisher, pull in zip(self.network.weights, self.fisher, self.pull):
            rate = w.dtype.type(self.optimizer.rate * self.strength)
            w += rate * pull
            w /= 1 + rate * fisher
        return loss

    def end(self, number, task):
        """Measure F at the weights of this task."""
        rows = self.rng.permutation(task.items)[: self.items]
        x, _ = task.train(rows)
        logits = self.network.logits(x)
        if task.allowed is not None:
            logits = np.where(task.allowed, logits, -np.inf)
        y = (logits + self.rng.gumbel(size=logits.shape)).argmax(axis=1)  # a draw from their softmax
        for k in range(len(x)):
            found = self.network.gradients(x[k : k + 1], y[k : k + 1], Sides(allowed=task.allowed))
            for w, g, fisher, pull in zip(self.network.weights, found.weights, self.fisher, self.pull):
                squared = g * g / w.dtype.type(len(x))
                fisher += squared
                pull += squared * w


class Replay(Unprotected):
    """Every batch of the task at hand is joined by one from an earlier task, of which a few items per class are kept.

    per_class : items kept of each class of a task; decay : an earlier task is chosen with probability ~ age^-decay,
    0: all alike, as is usual; above it, a power law of rehearsal.
    """

    def __init__(self, *common, per_class=50, decay=0.0):
        super().__init__(*common)
        self.per_class, self.decay, self.kept = per_class, decay, []

    def step(self, x, y, task):
        """The mean of two gradients."""
        found = self.network.gradients(x, y, self.sides(task))
        gradients = found.weights
        if self.kept:
            age = np.arange(len(self.kept), 0, -1.0) ** -self.decay
            old_x, old_y, old = self.kept[self.rng.choice(len(self.kept), p=age / age.sum())]
            rows = self.rng.integers(len(old_y), size=len(y))
            again = self.network.gradients(old_x[rows], old_y[rows], self.sides(old)).weights
            gradients = [(a + b) / a.dtype.type(2) for a, b in zip(gradients, again)]
        self.optimizer.step(self.network.weights, gradients)
        return found.loss

    def end(self, number, task):
        """Keep some of its items."""
        order = self.rng.permutation(task.items)
        labels = task.y_train[task.rows_train[order]]
        rows = np.concatenate([order[labels == c][: self.per_class] for c in np.unique(labels)])
        self.kept.append((*task.train(rows), task))

    def report(self):
        """Items kept."""
        return {"items_kept": sum(len(y) for _, y, _ in self.kept)}


class Dendrites(Unprotected):
    """Active dendrites gate each layer by a context, the mean image of the task's training items; few neurons win.

    Which task a test item belongs to is not told: its context is the nearest mean image seen so far.
    """

    def __init__(self, *common):
        super().__init__(*common)
        self.contexts = np.zeros((1, self.network.context), self.network.dtype)

    def begin(self, number, task):
        """A task's context is known from its start."""
        super().begin(number, task)
        sums = sum(task.train(np.arange(k, min(k + 500, task.items)))[0].sum(axis=0) for k in range(0, task.items, 500))
        self.contexts = np.vstack([self.contexts[:number], sums[None] / np.float32(task.items)])

    def step(self, x, y, task):
        """A step in the last context."""
        found = self.network.gradients(x, y, self.contexts[-1], task.allowed)
        self.optimizer.step(self.network.weights, found.weights)
        return found.loss

    def predict(self, x, task):
        """Classes under the context that each item is nearest to."""
        distance = (self.contexts**2).sum(axis=1) - 2 * x @ self.contexts.T
        return self.network.predict(x, self.contexts, distance.argmin(axis=1), task.allowed)


METHODS = {
    "none": Unprotected,
    "hlop": Hlop,
    "svd": Oracle,
    "ewc": Ewc,
    "replay": Replay,
    "rehearsal": Replay,
    "dendrites": Dendrites,
}
"""By the names of the experiments' parameter `method`."""


def build(p, inputs, classes, rng):
    """The method that the parameters p of an experiment name, with its network."""
    sizes, options = (inputs, *[p.hidden] * p.layers, classes), {}
    if p.method == "hlop":
        options = {"laterals": p.laterals, "levels": p.levels}
    elif p.method == "ewc":
        options = {"strength": p.strength}
    elif p.method in ("replay", "rehearsal"):
        options = {"per_class": p.per_class, "decay": p.decay if p.method == "rehearsal" else 0.0}
    if p.method == "dendrites":
        network = DendriticNetwork(sizes, segments=p.tasks, winners=p.winners, spread=p.spread, seed=p.seed)
        optimizer = Adam(p.adam_rate)
    else:
        network, optimizer = SpikingNetwork(sizes, p.gradient, seed=p.seed), SGD(p.rate)
    return METHODS[p.method](network, optimizer, p.tasks, rng, **options)
