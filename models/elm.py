"""`ELM`: the expressive leaky memory neuron, one model neuron that can stand in for a cortical neuron."""

import math

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.kernels import elm as kernels
from neuromem.learning.threads import one_thread
from neuromem.models.checks import array_of, number, whole

ACTIVATIONS = {"relu": kernels.RELU, "silu": kernels.SILU}
VERSIONS = (1, 2)


class ELM:
    """Synapses on branches, memory units with time constants of their own, and a small network that updates them.

    In steps of dt = 1 ms, with x the input, k_s = exp(-dt / tau_s) and k_m = exp(-dt / tau_m)::

        b_j = k_s b_j + sum over the synapses of branch j of relu(w) x
        dm = 1.7159 tanh(2/3 MLP([b, k_m m]))         MLP: one hidden layer
        m = k_m m + gain dm                           gain = lambda (1 - k_m), or 1 - exp(-lambda dt / tau_m)
        y = W_y m + bias

    The two gains are those of versions 1 and 2 of the published model. There the leak is at synapses in version 1 and
    at branches in version 2, which is the same while tau_s is. Inhibitory spikes come as -1, as in the published data.

    `run` is the same to the bit however time is cut, and one item is the same in any batch.

    Parameters
    ----------
    memory_units : int
        d.
    inputs, branches, synapses : int
        Inputs, branches, synapses of each branch; 1278, 45 and 100 in the published layout.
    outputs : int
        A spike's logit and the soma's voltage in the published layout.
    tau : (float, float)
        Shortest and longest tau_m in ms; the others lie between, evenly on a logarithmic scale.
    tau_s : float
        ms.
    gain : float
        lambda.
    hidden : int, optional
        Of the MLP; 2 d if not given.
    activation : str
        "silu" or "relu", of the hidden layer.
    version : int
        1 or 2.
    routing : int array (branches, synapses), optional
        The input that each synapse hears; if not given, as of `windows`.
    seed : int
        Of the weights, which are drawn uniformly from -1/sqrt(n) to 1/sqrt(n) for n that come in; synapses are 0.5.

    Attributes
    ----------
    weights : list of float64 arrays
        Of synapses (branches, synapses), into the hidden layer (branches + d, hidden), out of it (hidden, d), of the
        readout (d, outputs), and the biases of the last three.
    tau_m : float64 array (d,)

    Raises
    ------
    UsageError

    References
    ----------
    Spieler, Rahaman, Martius, Schoelkopf and Levina, ICLR 2024.
    """

    def __init__(
        self, memory_units, inputs=1278, branches=45, synapses=100, outputs=2, *, tau=(1.0, 150.0), tau_s=5.0, gain=5.0,
        hidden=None, activation="silu", version=1, routing=None, seed=0,
    ):  # fmt: skip
        d = self.memory_units = whole("ELM.memory_units", memory_units, 1)
        self.inputs, self.outputs = whole("ELM.inputs", inputs, 1), whole("ELM.outputs", outputs, 1)
        shape = whole("ELM.branches", branches, 1), whole("ELM.synapses", synapses, 1)
        if activation not in ACTIVATIONS or version not in VERSIONS:
            raise UsageError(
                f"ELM: activation silu or relu and version 1 or 2 are expected, got {activation!r}, {version!r}"
            )
        hidden = 2 * d if hidden is None else whole("ELM.hidden", hidden, 1)
        low, high = _range(tau)
        self.tau_m = np.geomspace(low, high, d) if d > 1 else np.array([high])
        self.tau_s = number("ELM.tau_s", tau_s, math.ulp(0.0), math.inf, "a finite time above 0 ms")
        self.gain = number("ELM.gain", gain, math.ulp(0.0), math.inf, "a finite number above 0")
        leaks = np.exp(-1.0 / self.tau_m)
        gains = self.gain * (1.0 - leaks) if version == 1 else -np.expm1(-self.gain / self.tau_m)
        self._law = math.exp(-1.0 / self.tau_s), ACTIVATIONS[activation], leaks, gains
        self.routing = windows(inputs, *shape) if routing is None else _routing(routing, inputs, shape)
        rng = np.random.default_rng(whole("ELM.seed", seed, 0))
        shapes = ((shape[0] + d, hidden), (hidden, d), (d, self.outputs))
        drawn = [rng.uniform(-(n**-0.5), n**-0.5, (n, m)) for n, m in shapes]
        biases = [rng.uniform(-(n**-0.5), n**-0.5, m) for n, m in shapes]
        self.weights = [np.full(shape, 0.5), *drawn, *biases]

    def __repr__(self):
        return f"ELM(memory_units={self.memory_units}, inputs={self.inputs}: {self.parameter_count} parameters)"

    @property
    def parameter_count(self):
        """How many numbers are learned."""
        return sum(w.size for w in self.weights)

    def start(self, items=1):
        """Return the state at rest: (branches (items, branches), memory (items, d)), float64."""
        return np.zeros((items, len(self.routing))), np.zeros((items, self.memory_units))

    def run(self, x, state=None):
        """Go through the input step by step.

        Parameters
        ----------
        x : array_like, shape (T, inputs) or (T, B, inputs)
            Of one item, or of B.
        state : (array, array), optional
            As `start` gives it or an earlier run; at rest if not given. It is not changed.

        Returns
        -------
        (float64 array, shape (T, outputs) or (T, B, outputs), state)

        Raises
        ------
        PatternError
        """
        x, single = self._input("ELM.run", x)
        state = self._state(state, x.shape[1])
        y = self._forward(x, state)[0]
        return (y[:, 0] if single else y), state

    @one_thread
    def gradients(self, x, loss, state=None):
        """Back-propagation through time, over all steps of x; nothing is changed.

        Parameters
        ----------
        x, state
            As of `run`.
        loss : callable
            y -> (value, derivatives by y, of y's shape).

        Returns
        -------
        (value, list of float64 arrays)
            What the loss is, and its derivatives by `weights`.

        Raises
        ------
        PatternError
        """
        x, single = self._input("ELM.gradients", x)
        start = self._state(state, x.shape[1])
        before = start[1].copy()
        y, kept = self._forward(x, start)
        value, by_y = loss(y[:, 0] if single else y)
        by_y = np.ascontiguousarray(by_y, np.float64)
        if by_y.size != y.size:
            raise PatternError(
                f"ELM.gradients: derivatives of shape {y.shape} are expected of the loss, got {by_y.shape}"
            )
        by_y = by_y.reshape(y.shape)
        by_steps = tuple(np.empty_like(kept[k]) for k in (0, 1, 2))
        kernels.elm_backward(by_y, tuple(self.weights), self._law, kept, self.start(x.shape[1]), by_steps)
        return value, self._sums(x, before, kept, by_y, by_steps)

    def _forward(self, x, state):
        (T, B), sizes = x.shape[:2], (len(self.routing), len(self.weights[4]), self.memory_units, self.memory_units)
        kept, y = tuple(np.empty((T, B, n)) for n in sizes), np.empty((T, B, self.outputs))
        kernels.elm_forward(x, self.routing, tuple(self.weights), self._law, state, kept, y)
        return y, kept

    def _sums(self, x, before, kept, by_y, by_steps):
        """Derivatives by the weights, from those by what the weights lead to, summed over steps and items."""
        branch, hidden, _, m = kept
        _, kind, leaks, _ = self._law
        earlier = np.concatenate([before[None], m[:-1]]) if len(m) else m
        seen = _rows(np.concatenate([branch, leaks * earlier], axis=2))
        active = np.maximum(hidden, 0) if kind == kernels.RELU else hidden / (1 + np.exp(-hidden))
        by_branch, by_hidden, by_update, by_y = (_rows(a) for a in (*by_steps, by_y))
        of_inputs = by_branch.T @ _rows(x)
        rows = np.arange(len(self.routing))[:, None]
        return [
            np.where(self.weights[0] > 0, of_inputs[rows, self.routing], 0.0),
            *(seen.T @ by_hidden, _rows(active).T @ by_update, _rows(m).T @ by_y),
            *(by_hidden.sum(axis=0), by_update.sum(axis=0), by_y.sum(axis=0)),
        ]

    def _input(self, name, x):
        x = array_of(x, f"{name}: x", f"numbers of shape (T, B, {self.inputs})")
        if x.ndim not in (2, 3) or x.shape[-1] != self.inputs or not np.isfinite(x).all():
            wanted = f"(T, {self.inputs}) or (T, B, {self.inputs})"
            raise PatternError(f"{name}: finite numbers of shape {wanted} are expected, got {x.dtype} {x.shape}")
        single = x.ndim == 2
        return np.ascontiguousarray(x[:, None] if single else x, np.float64), single

    def _state(self, state, items):
        rest = self.start(items)
        if state is None:
            return rest
        if not isinstance(state, (tuple, list)) or len(state) != 2:
            raise PatternError("ELM: a state is a pair, branches and memory")
        state = tuple(np.array(array_of(s, "ELM: state", "numbers"), np.float64) for s in state)
        if any(s.shape != r.shape or not np.isfinite(s).all() for s, r in zip(state, rest)):
            raise PatternError(f"ELM: finite states of shapes {[r.shape for r in rest]} are expected")
        return state


def windows(inputs, branches, synapses):
    """Return which input each synapse hears, int64 (branches, synapses): windows over the inputs that overlap.

    The first half of the inputs excites and the second inhibits, both in the order of where they end, so they take
    turns in a window. Windows begin evenly spaced; with more synapses than inputs they go round.
    """
    half = (inputs + 1) // 2
    interlaced = np.argsort(np.concatenate([2 * np.arange(half), 2 * np.arange(inputs - half) + 1]), kind="stable")
    starts = np.linspace(0, max(inputs - synapses, 0), branches).astype(np.int64)
    return interlaced[(starts[:, None] + np.arange(synapses)) % inputs].astype(np.int64)


def _rows(array):
    """(T, B, n) as (T B, n)."""
    return array.reshape(-1, array.shape[2])


def _range(tau):
    try:
        low, high = tau
    except (TypeError, ValueError):
        raise UsageError(f"ELM.tau: the shortest and the longest time constant are expected, got {tau!r}") from None
    low = number("ELM.tau", low, math.ulp(0.0), math.inf, "finite times above 0 ms")
    return low, number("ELM.tau", high, low, math.inf, "the longest time constant, not below the shortest,")


def _routing(routing, inputs, shape):
    routing = np.asarray(routing)
    if routing.dtype.kind not in "iu" or routing.shape != shape or (routing < 0).any() or (routing >= inputs).any():
        raise UsageError(f"ELM.routing: inputs from 0 to {inputs - 1}, in an array of shape {shape}, are expected")
    return np.ascontiguousarray(routing, np.int64)
