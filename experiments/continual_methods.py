"""Ways to learn one task after another with one spiking network, by name."""

import numpy as np

from neuromem.experiments.continual_projections import Hlop, Oracle
from neuromem.experiments.continual_rewiring import Rewiring
from neuromem.experiments.continual_unprotected import Unprotected
from neuromem.learning import SGD, Adam, DendriticNetwork, Sides, SpikingNetwork


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
    "rewiring": Rewiring,
}
"""By the names that experiments know them by."""


def build(name, p, inputs, classes, rng):
    """A method with its network, from the parameters p of an experiment."""
    sizes, options = (inputs, *[p.hidden] * p.layers, classes), {}
    if name == "hlop":
        options = {"shares": p.shares, "laterals": p.laterals, "levels": p.levels}
    elif name == "svd":
        options = {"shares": p.shares}
    elif name == "ewc":
        options = {"strength": p.strength}
    elif name in ("replay", "rehearsal"):
        options = {"per_class": p.per_class, "decay": p.decay if name == "rehearsal" else 0.0}
    elif name == "rewiring":
        options = {"per_class": p.per_class, "density": p.density}
    if name == "dendrites":
        network = DendriticNetwork(sizes, segments=p.tasks, winners=p.winners, spread=p.spread, seed=p.seed)
        optimizer = Adam(p.adam_rate)
    else:
        network, optimizer = SpikingNetwork(sizes, p.gradient, seed=p.seed), SGD(p.rate)
    return METHODS[name](network, optimizer, p.tasks, rng, **options)
