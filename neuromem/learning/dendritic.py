"""`DendriticNetwork`: spiking layers whose neurons are gated by active dendrites, and of which only the k best fire."""

import numpy as np
from scipy.special import expit

from neuromem.errors import PatternError, UsageError
from neuromem.learning.checks import activity, labels, number, whole
from neuromem.learning.gradients import Gradients, cross_entropy
from neuromem.learning.network import SpikingNetwork
from neuromem.learning.threads import one_thread


class DendriticNetwork(SpikingNetwork):
    """A network trained by spike representation, in which a context chooses who takes part.

    A hidden neuron has dendritic segments u_j. The one that answers a context c most strongly, in absolute value,
    gates the current: I -> I sigmoid(u_j c). Of each item's neurons the `winners` with the largest gated currents fire,
    the others get none. Different contexts call up different subnetworks, so that tasks disturb each other less.

    Parameters
    ----------
    sizes, neuron, steps, seed, dtype
        As of `SpikingNetwork`; its gradient is "dsr".
    segments : int
        Per hidden neuron.
    context : int, optional
        Length of a context; as many as inputs if not given.
    winners : float
        Share of each hidden layer's neurons that may fire, above 0 and at most 1; at least one does.
    spread : float
        Segments begin uniform from -spread / sqrt(context) to that; the larger, the more nearly gates are open or shut.

    Attributes
    ----------
    weights : list of arrays
        (n_out, n_in) per layer, then the segments of each hidden layer, (n, segments, context).

    Raises
    ------
    UsageError

    References
    ----------
    Iyer et al., Frontiers in Neurorobotics 2022.
    """

    def __init__(
        self,
        sizes,
        segments=10,
        context=None,
        winners=0.05,
        spread=1.0,
        neuron=None,
        steps=None,
        seed=0,
        dtype=np.float32,
    ):
        super().__init__(sizes, "dsr", neuron, steps, seed, dtype)
        if len(self.sizes) < 3:
            raise UsageError(f"DendriticNetwork.sizes: a hidden layer at least is expected, got {sizes!r}")
        self.segments = whole("DendriticNetwork.segments", segments, 1)
        self.context = whole("DendriticNetwork.context", self.sizes[0] if context is None else context, 1)
        fits = "a share above 0 and at most 1"
        self.winners = number("DendriticNetwork.winners", winners, lambda v: 0 < v <= 1, fits)
        self.spread = number("DendriticNetwork.spread", spread, lambda v: 0 < v < np.inf, "a finite number above 0")
        rng, wide = np.random.default_rng([seed, 1]), self.spread * self.context**-0.5
        shapes = [(n, self.segments, self.context) for n in self.sizes[1:-1]]
        self.layers = len(self.weights)
        self.weights += [rng.uniform(-wide, wide, shape).astype(self.dtype) for shape in shapes]

    def gates(self, contexts):
        """Return per hidden layer (gates, chosen segments), both (contexts, n), of contexts (contexts, length)."""
        contexts = activity("DendriticNetwork.contexts", contexts, self.context, self.dtype)
        found = []
        for u in self.weights[self.layers :]:
            answers = (contexts @ u.reshape(-1, self.context).T).reshape(len(contexts), *u.shape[:2])
            chosen = np.abs(answers).argmax(axis=2)
            found.append((expit(np.take_along_axis(answers, chosen[..., None], axis=2)[..., 0]), chosen))
        return found

    def rates(self, x, gates):
        """Return [(rate before the layer, mean current, gate * winners)] of hidden layers, and the rate before the
        readout. gates : per hidden layer, (B, n) or (1, n)."""
        T, spikes, rate, found = self.steps, x, x, []
        for layer, (w, gate) in enumerate(zip(self.weights, gates)):
            current = rate @ w.T
            open_ = gate * self._won(current * gate)
            drive = (spikes @ w.T).reshape(T if layer else 1, len(x), -1) * open_
            found.append((rate, current, open_))
            spikes, rate = self.neuron.run(drive.reshape(len(drive), -1), T)
            spikes, rate = spikes.reshape(T * len(x), -1), rate.reshape(len(x), -1)
        return found, rate

    def implied(self, x, gates):
        """As `rates`, with rates that follow from mean currents, to which they tend with many steps."""
        rate, found = x, []
        for w, gate in zip(self.weights, gates):
            current = rate @ w.T
            open_ = gate * self._won(current * gate)
            found.append((rate, current, open_))
            rate = self.neuron.rate(current * open_)
        return found, rate

    @one_thread
    def logits(self, x, contexts, which=None, batch=256):
        """Return the logits (B, classes) of inputs x (B, n) under contexts[which]; which : int (B,), 0 if not given."""
        x = activity("DendriticNetwork.x", x, self.sizes[0], self.dtype)
        which = np.zeros(len(x), np.int64) if which is None else self._which(which, len(x), len(contexts))
        gates, out = self.gates(contexts), []
        for low in range(0, len(x), batch):
            rows = which[low : low + batch]
            rate = self.rates(x[low : low + batch], [gate[rows] for gate, _ in gates])[1]
            out.append(rate @ self.weights[self.layers - 1].T)
        return np.concatenate(out) if out else np.empty((0, self.classes), self.dtype)

    def predict(self, x, contexts, which=None, allowed=None):
        """Return the classes, int (B,); arguments as of `logits`, and `allowed` as of `SpikingNetwork.predict`."""
        logits = self.logits(x, contexts, which)
        return (logits if allowed is None else np.where(allowed, logits, -np.inf)).argmax(axis=1)

    @one_thread
    def gradients(self, x, y, context, allowed=None, run=None):
        """Return the `Gradients` of the mean cross-entropy of a batch under one context, (length,).

        run : `implied` in place of `rates`, for checks. Raises PatternError.
        """
        x = activity("DendriticNetwork.x", x, self.sizes[0], self.dtype)
        y = labels("DendriticNetwork.y", y, len(x), self.classes, allowed)
        context = activity("DendriticNetwork.context", [context], self.context, self.dtype)
        gates, top = self.gates(context), self.layers - 1
        layers, last = (run or self.rates)(x, [gate for gate, _ in gates])
        losses, right, error = cross_entropy(last @ self.weights[top].T, y, allowed)
        error /= len(x)
        sums = [np.zeros_like(w) for w in self.weights]
        sums[top] = error.T @ last
        for k in range(top - 1, -1, -1):
            before, current, open_ = layers[k]
            by_drive = (error @ self.weights[k + 1]) * self.neuron.slopes(current * open_)
            gate, chosen = gates[k]
            error = by_drive * open_
            sums[k] = error.T @ before
            by_gate = (by_drive * current * (open_ > 0)).sum(axis=0) * (gate * (1 - gate))[0]
            sums[self.layers + k][np.arange(len(by_gate)), chosen[0]] = np.outer(by_gate, context[0])
        return Gradients(float(losses.mean()), right, sums)

    def _won(self, current):
        k = max(1, round(self.winners * current.shape[1]))
        if k == current.shape[1]:
            return np.ones_like(current)
        least = np.partition(current, -k, axis=1)[:, -k, None]
        return (current >= least).astype(current.dtype)

    @staticmethod
    def _which(which, count, contexts):
        which = np.asarray(which)
        if which.dtype.kind not in "iu" or which.shape != (count,) or ((which < 0) | (which >= contexts)).any():
            raise PatternError(f"DendriticNetwork.which: a context from 0 to {contexts - 1} for each item is expected")
        return which
