"""`LiquidState`: a fixed random reservoir of spiking neurons, whose spike counts are features of what was shown."""

import numpy as np

from neuromem.errors import PatternError
from neuromem.events.trains import Trains
from neuromem.kernels import reservoir
from neuromem.memory import WeightArray
from neuromem.models.checks import number, whole


class LiquidState:
    """v <- decay v (1 - s) + W_in x + W s, s = (v >= threshold), from rest for every item; features are counts of s.

    Nothing in it learns; `neuromem.learning.readout` has readouts. Weights are Gaussian, or given, for example by
    `neuromem.hardware.resistive.random_weights`, what devices are worth when they are formed.

    Parameters
    ----------
    inputs, neurons : int
    decay, threshold : float
    gain, recurrent : float
        Standard deviations of the weights from inputs and between neurons.
    seed : int
        Of Gaussian weights.
    weights : (float (inputs, neurons), float (neurons, neurons)), optional
        Of unit variance, in place of Gaussian numbers.

    Raises
    ------
    UsageError, PatternError

    References
    ----------
    Maass, Natschlaeger and Markram, Neural Computation 14:2531 (2002); Lin et al., resistive memory-based zero-shot
    liquid state machine, for one fixed by random devices.
    """

    def __init__(
        self, inputs=256, neurons=200, *, decay=0.95, threshold=1.0, gain=0.05, recurrent=0.005, seed=0, weights=None
    ):
        self.inputs, self.neurons = (
            whole("LiquidState.inputs", inputs, 1),
            whole("LiquidState.neurons", neurons, 1),
        )
        self.decay = number("LiquidState.decay", decay, 0.0, 1.0, "a number from 0 to 1")
        self.threshold = number("LiquidState.threshold", threshold, 1e-9, np.inf, "a finite number above 0")
        self.gain = number("LiquidState.gain", gain, 0.0, np.inf, "a finite number of at least 0")
        self.recurrent = number("LiquidState.recurrent", recurrent, 0.0, np.inf, "a finite number of at least 0")
        self.seed = whole("LiquidState.seed", seed, 0)
        shapes = (self.inputs, self.neurons), (self.neurons, self.neurons)
        if weights is None:
            rng = np.random.default_rng(self.seed)
            weights = [rng.standard_normal(shape) for shape in shapes]
        names = ("input", "recurrent")
        self._weights = {
            name: (_matrix(name, w, shape) * scale).astype(np.float32)
            for name, w, shape, scale in zip(names, weights, shapes, (self.gain, self.recurrent))
        }

    def __repr__(self):
        return (
            f"LiquidState(inputs={self.inputs}, neurons={self.neurons}, gain={self.gain}, recurrent={self.recurrent})"
        )

    def run(self, trains):
        """Return how often every neuron spikes, int32 (B, neurons), for spike trains (`neuromem.events.Trains`)."""
        if not isinstance(trains, Trains) or trains.inputs != self.inputs:
            raise PatternError(f"LiquidState.run: Trains of {self.inputs} inputs are expected, got {trains!r:.60}")
        n, counts = self.neurons, np.empty((len(trains), self.neurons), np.int32)
        current, v = np.empty((2, n), np.float32)
        W_in, W = self._weights["input"], self._weights["recurrent"]
        constants = np.float32(self.decay), np.float32(self.threshold)
        reservoir.run(trains.begin, trains.source, W_in, W, *constants, current, v, np.empty(n, np.int32), counts)
        return counts

    def weights(self):
        """`input`, float32 (inputs, neurons), and `recurrent`, (neurons, neurons)."""
        found = {}
        for name, values in self._weights.items():
            largest = float(np.abs(values).max()) or 1.0
            found[name] = WeightArray(values.copy(), -largest, largest, signed=True)
        return found

    def with_weights(self, weights):
        """Return the same reservoir with other weights, by name, arrays or WeightArrays."""
        new = LiquidState(
            self.inputs, self.neurons, decay=self.decay, threshold=self.threshold, gain=self.gain,
            recurrent=self.recurrent, seed=self.seed,
        )  # fmt: skip
        for name, own in self._weights.items():
            if name not in weights:
                raise PatternError(f"with_weights: {name} is missing")
            values = weights[name]
            values = values.values if isinstance(values, WeightArray) else values
            new._weights[name] = _matrix(name, values, own.shape).astype(np.float32)
        return new


def _matrix(name, values, shape):
    try:
        values = np.asarray(values)
    except ValueError:
        raise PatternError(f"LiquidState.weights: {name} of equal rows is expected") from None
    if values.dtype.kind not in "biuf" or values.shape != shape or not np.isfinite(values).all():
        raise PatternError(f"LiquidState.weights: finite {name} of shape {shape} are expected, got {values.shape}")
    return values
