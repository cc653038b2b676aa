"""`AstroLIF` and `AstroNetwork`: spiking units gated by a slow astrocyte each, and a recurrent network of them."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from neuromem.errors import PatternError, UsageError
from neuromem.kernels.astro import astro_backward, astro_forward
from neuromem.learning.checks import number, whole
from neuromem.learning.gradients import Gradients, cross_entropy
from neuromem.learning.neurons import LIF, SURROGATES
from neuromem.learning.threads import one_thread


@dataclass(frozen=True)
class AstroLIF(LIF):
    """A leaky integrate-and-fire neuron in steps with an astrocyte that hears it and gates it; our own construction.

    With the astrocyte's state a, its time constant tau_a, and two trained gates per unit, g and h::

        u = (1 - 1/tau) v + (1 + g a) I + h a
        s = 1 where u >= threshold, else 0;  v = u - threshold s
        a = (1 - 1/tau_a) a + s / sqrt(tau_a)

    so a tells how often the unit spiked of late, g gates its synapses, and h its excitability. With the square root, a
    fluctuates alike at all tau_a. The equations of the published astrocyte-modulated unit were not to be had: this is
    not it.

    Attributes
    ----------
    tau_astro : (float, float)
        Shortest and longest tau_a in steps; those of the units lie between, evenly on a logarithmic scale.
    tau, threshold, surrogate, slope
        As of `LIF`; the reset is soft and gradients leave out the path through it.

    Raises
    ------
    UsageError
    """

    tau_astro: tuple[float, float] = (10.0, 300.0)

    def __post_init__(self):
        super().__post_init__()
        if self.reset != "soft" or not self.detach_reset:
            raise UsageError("AstroLIF: a soft reset, detached, is expected")
        if not isinstance(self.tau_astro, (tuple, list)) or len(self.tau_astro) != 2:
            raise UsageError(f"AstroLIF.tau_astro: shortest and longest are expected, got {self.tau_astro!r}")
        low = number("AstroLIF.tau_astro", self.tau_astro[0], lambda v: 1 <= v < math.inf, "at least 1 step")
        number("AstroLIF.tau_astro", self.tau_astro[1], lambda v: low <= v < math.inf, "the longest, finite, second")

    def keeps(self, units):
        """Return what is left of a after a step, and what a spike adds to it, each (units,)."""
        share = 1.0 / np.geomspace(*self.tau_astro, units)
        return 1.0 - share, np.sqrt(share)

    def through(self, currents, recurrent, gates, state=None, smooth=False, resets=None):
        """Run recurrent units through time; return (u, s, a before each step), each (T, B, N).

        Parameters
        ----------
        currents : float64 array, shape (T, B, N)
            From outside; what comes from the units themselves is added to it, in place.
        recurrent : float64 array, shape (N, N)
            From, to; zeros for units side by side.
        gates : (float64 array (N,), float64 array (N,))
            g and h.
        state : [v, a, s], float64 arrays (B, N), optional
            Changed in place; at rest if not given.
        smooth : bool
            Spikes between 0 and 1, of which the surrogate is the true derivative.
        resets : float64 array (T, B, N), optional
            Spikes of another run that reset v.
        """
        state = tuple(np.zeros((3, *currents.shape[1:]))) if state is None else tuple(state)
        kept = tuple(np.empty((3, *currents.shape)))
        resets = np.empty((0, *currents.shape[1:])) if resets is None else resets
        keep = self.keeps(currents.shape[2])
        astro_forward(currents, recurrent, gates, keep, self._law(smooth), state, kept, resets)
        return kept

    def through_back(self, by_spike, currents, recurrent, gates, kept):
        """Return derivatives by the currents (T, B, N), by g and by h (N,), of those by spikes, which are changed."""
        n, rest = currents.shape[2], np.zeros((2, *currents.shape[1:]))
        results = np.empty_like(currents), np.zeros(n), np.zeros(n), rest[0], rest[1]
        back = np.ascontiguousarray(recurrent.T)
        astro_backward(by_spike, currents, back, gates, self.keeps(n), self._law(False), kept, results)
        return results[:3]

    def _law(self, smooth):
        return self.leak, self.threshold, SURROGATES[self.surrogate], self.slope, smooth


class AstroNetwork:
    """Input, one layer of recurrent `AstroLIF` units, and a linear readout of their filtered spikes, in every step.

    I = W x + R s + b with the spikes s of the step before; logits are V f + c with f = (1 - 1/tau_out) f + s / tau_out.

    Parameters
    ----------
    inputs, units, classes : int
    astrocytes : bool
        Without them g = h = 0, which are then no parameters, and units are those of `LIF`.
    neuron : AstroLIF, optional
    tau_out : float
        In steps, at least 1.
    seed : int
        Of the weights, uniform from -1/sqrt(n) to 1/sqrt(n) for n that come in, b from 0 to 0.6 thresholds, so
        that most units spike now and then by themselves; g and h begin at 0.

    Attributes
    ----------
    weights : list of float64 arrays
        W (inputs, units), R (units, units), b (units,), V (units, classes), c (classes,), and with astrocytes g, h.

    Raises
    ------
    UsageError
    """

    def __init__(self, inputs, units, classes, astrocytes=True, neuron=None, tau_out=5.0, seed=0):
        sizes = [
            whole(f"AstroNetwork.{k}", v, 1) for k, v in zip(("inputs", "units", "classes"), (inputs, units, classes))
        ]
        self.inputs, self.units, self.classes = sizes
        self.neuron = AstroLIF() if neuron is None else neuron
        if not isinstance(self.neuron, AstroLIF):
            raise UsageError(f"AstroNetwork.neuron: AstroLIF is expected, got {neuron!r}")
        self.tau_out = number("AstroNetwork.tau_out", tau_out, lambda v: 1 <= v < math.inf, "at least 1 step")
        self.astrocytes = bool(astrocytes)
        rng = np.random.default_rng(whole("AstroNetwork.seed", seed, 0))
        shapes = (inputs, units), (units, units), (units,), (units, classes), (classes,)
        self.weights = [
            rng.uniform(-(n**-0.5), n**-0.5, s) for n, s in zip((inputs, units, units, units, units), shapes)
        ]
        self.weights[2] = rng.uniform(0.0, 0.6 * self.neuron.threshold, units)
        self.weights += [np.zeros(units), np.zeros(units)] * self.astrocytes

    def __repr__(self):
        return f"AstroNetwork({self.inputs}, {self.units}, {self.classes}, astrocytes={self.astrocytes})"

    @property
    def parameter_count(self):
        """How many numbers are learned."""
        return sum(w.size for w in self.weights)

    @one_thread
    def logits(self, x):
        """Return the logits, (T, B, classes), of inputs x, (T, B, inputs).

        Raises
        ------
        PatternError
        """
        return self._readout(self._run(self._checked(x))[1])[1]

    @one_thread
    def spikes(self, x):
        """Return the spikes, 0 or 1, (T, B, units), of inputs x, (T, B, inputs); errors as of `logits`."""
        return self._run(self._checked(x))[1][1]

    @one_thread
    def gradients(self, x, y, smooth=False, resets=None):
        """Return the `Gradients` of the mean cross-entropy; nothing is changed.

        Parameters
        ----------
        x : float array, shape (T, B, inputs)
        y : int array, shape (T, B)
            Classes; -1 where no answer is asked for.
        smooth, resets
            As of `AstroLIF.through`, to check derivatives.

        Raises
        ------
        PatternError
        """
        x = self._checked(x)
        y = self._labels(y, x.shape[:2])
        currents, kept = self._run(x, smooth, resets)
        filtered, out = self._readout(kept[1])
        asked = y >= 0
        losses, right, error = cross_entropy(out[asked], y[asked])
        by_out = np.zeros_like(out)
        by_out[asked] = error / asked.sum()
        W, R, b, V = self.weights[:4]
        by_filtered = by_out @ V.T
        by_spike = np.ascontiguousarray(self._filter(by_filtered[::-1])[::-1])
        by_current, by_gain, by_lift = self.neuron.through_back(by_spike, currents, R, self._gates(), kept)
        rows, spikes = by_current.reshape(-1, self.units), kept[1]
        found = [
            x.reshape(-1, self.inputs).T @ rows,
            spikes[:-1].reshape(-1, self.units).T @ by_current[1:].reshape(-1, self.units),
            rows.sum(axis=0),
            filtered.reshape(-1, self.units).T @ by_out.reshape(-1, self.classes),
            by_out.sum(axis=(0, 1)),
            *[by_gain, by_lift] * self.astrocytes,
        ]
        return Gradients(float(losses.mean()), right, found)

    def _gates(self):
        return tuple(self.weights[5:]) if self.astrocytes else tuple(np.zeros((2, self.units)))

    def _run(self, x, smooth=False, resets=None):
        W, R, b = self.weights[:3]
        currents = x @ W + b
        return currents, self.neuron.through(currents, R, self._gates(), None, smooth, resets)

    def _filter(self, x):
        """The exponential filter of spikes, along time."""
        return lfilter([1 / self.tau_out], [1.0, 1 / self.tau_out - 1.0], x, axis=0)

    def _readout(self, spikes):
        filtered = self._filter(spikes)
        return filtered, filtered @ self.weights[3] + self.weights[4]

    def _checked(self, x):
        try:
            x = np.ascontiguousarray(x, np.float64)
        except (ValueError, TypeError):
            raise PatternError(f"AstroNetwork.x: numbers of shape (T, B, {self.inputs}) are expected") from None
        if x.ndim != 3 or x.shape[2] != self.inputs or 0 in x.shape or not np.isfinite(x).all():
            raise PatternError(f"AstroNetwork.x: finite, of shape (T, B, {self.inputs}), is expected, got {x.shape}")
        return x

    def _labels(self, y, shape):
        y = np.asarray(y)
        if y.dtype.kind not in "iu" or y.shape != shape or (y < -1).any() or (y >= self.classes).any() or (y < 0).all():
            wanted = f"classes from 0 to {self.classes - 1}, or -1, and at least one class"
            raise PatternError(f"AstroNetwork.y: {wanted}, of shape {shape}, are expected, got {y.dtype} {y.shape}")
        return y.astype(np.int64)
