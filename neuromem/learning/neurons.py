"""Neurons of trainable layers: what they do in a time step, and what stands in for the derivative of a spike."""

import math
from dataclasses import dataclass

import numpy as np

from neuromem.errors import UsageError
from neuromem.kernels import lif
from neuromem.learning.checks import number

SURROGATES = {"sigmoid": lif.SIGMOID, "atan": lif.ATAN}


@dataclass(frozen=True)
class LIF:
    """A leaky integrate-and-fire neuron in steps: u = (1 - 1/tau) v + I, a spike where u >= threshold, then a reset.

    Attributes
    ----------
    tau : float
        Membrane time constant in steps, at least 1; infinite: nothing leaks.
    threshold : float
        Above 0.
    reset : str
        "soft": v = u - threshold s; "hard": v = u (1 - s).
    surrogate, slope : str, float
        The spike's derivative at x = u - threshold: of 1 / (1 + exp(-slope x)) for "sigmoid", of
        1/2 + atan(pi slope x / 2) / pi for "atan".
    detach_reset : bool
        Whether gradients leave out the path through the reset.

    Raises
    ------
    UsageError

    References
    ----------
    Neftci, Mostafa and Zenke 2019; tau, slope and resets as in Xiao et al. 2022.
    """

    tau: float = 2.0
    threshold: float = 1.0
    reset: str = "soft"
    surrogate: str = "sigmoid"
    slope: float = 4.0
    detach_reset: bool = True

    def __post_init__(self):
        number("LIF.tau", self.tau, lambda tau: tau >= 1, "a number of steps of at least 1")
        number("LIF.threshold", self.threshold, _finite, "a finite number above 0")
        _require(self.reset in ("soft", "hard"), "LIF.reset: soft or hard is expected", self.reset)
        _require(self.surrogate in SURROGATES, "LIF.surrogate: sigmoid or atan is expected", self.surrogate)
        number("LIF.slope", self.slope, _finite, "a finite number above 0")

    @property
    def leak(self):
        """What is left of v after a step."""
        return 1.0 - 1.0 / self.tau

    def run(self, currents, steps, v=None):
        """Return (spikes, potentials before the reset), both (T, N), of currents (T, N) or, constant, (1, N).

        v : state before the first step, (N,), changed in place; 0 if not given
        """
        v, spikes, potentials = self._room(currents, steps, v)
        kind = currents.dtype.type
        lif.lif_forward(currents, kind(self.leak), kind(self.threshold), self.reset == "hard", v, spikes, potentials)
        return spikes, potentials

    def run_smooth(self, currents, steps, resets=None):
        """As `run` with spikes between 0 and 1, S(u - threshold), of which the surrogate is the true derivative.

        resets : spikes of a run before, (T, N), that reset v in place of this run's own
        """
        v, spikes, potentials = self._room(currents, steps, None)
        resets = np.empty((0, 0), currents.dtype) if resets is None else resets
        law = self.leak, self.threshold, self.reset == "hard"
        lif.lif_forward_smooth(currents, *law, v, spikes, potentials, SURROGATES[self.surrogate], self.slope, resets)
        return spikes, potentials

    def back(self, by_spike, spikes, potentials):
        """Return the derivatives by the currents, (T, N), from those by the spikes."""
        kind, by_current = spikes.dtype.type, np.empty_like(spikes)
        law = kind(self.leak), kind(self.threshold), self.reset == "hard", self.detach_reset
        law += SURROGATES[self.surrogate], kind(self.slope)
        lif.lif_backward(by_spike, spikes, potentials, *law, np.zeros(spikes.shape[1], spikes.dtype), by_current)
        return by_current

    def slopes(self, potentials):
        """Return the surrogate derivative at potentials (N,)."""
        kind, out = potentials.dtype.type, np.empty_like(potentials)
        law = kind(self.threshold), SURROGATES[self.surrogate], kind(self.slope)
        lif.surrogate_slopes(potentials, *law, out)
        return out

    @staticmethod
    def _room(currents, steps, v):
        n = currents.shape[1]
        v = np.zeros(n, currents.dtype) if v is None else v
        return v, np.empty((steps, n), currents.dtype), np.empty((steps, n), currents.dtype)


@dataclass(frozen=True)
class DSRLIF:
    """A neuron for training by differentiation on spike representation, where weighted rates stand for spike trains.

    v = b v + (1 - b) I with b = exp(-dt/tau); a spike where v >= alpha threshold, then v -= threshold. A spike is worth
    threshold / dt. The rate of a spike train is r = sum w_t s_t / sum w_t, w_t = exp(-(T - t) dt / tau), and follows
    the mean current weighted alike: r = min(max(I / tau, 0), threshold / dt), of which gradients take the slope.

    Attributes
    ----------
    tau, dt : float
        Time constant and step, in the same unit, above 0.
    threshold : float
        Above 0.
    alpha : float
        Share of the threshold at which a spike is sent, above 0 and at most 1.

    Raises
    ------
    UsageError

    References
    ----------
    Meng et al., CVPR 2022.
    """

    tau: float = 1.0
    dt: float = 0.05
    threshold: float = 0.3
    alpha: float = 0.3

    def __post_init__(self):
        for name in ("tau", "dt", "threshold"):
            number(f"DSRLIF.{name}", getattr(self, name), _finite, "a finite number above 0")
        number("DSRLIF.alpha", self.alpha, lambda alpha: 0 < alpha <= 1, "a number above 0 and at most 1")

    @property
    def highest(self):
        """The rate of a neuron that spikes in every step, and what one spike is worth."""
        return self.threshold / self.dt

    def weights(self, steps, dtype=np.float64):
        """Return w_t / sum w, (T,)."""
        w = np.exp(-np.arange(steps - 1, -1, -1) * self.dt / self.tau)
        return (w / w.sum()).astype(dtype)

    def run(self, currents, steps):
        """Return (spikes (T, N), rates (N,)) of currents (T, N) or, constant, (1, N)."""
        kind, n = currents.dtype.type, currents.shape[1]
        spikes, rates = np.empty((steps, n), currents.dtype), np.empty(n, currents.dtype)
        keep = kind(math.exp(-self.dt / self.tau))
        levels = np.array([self.alpha * self.threshold, self.threshold], currents.dtype)
        lif.dsr_forward(currents, keep, levels, kind(self.highest), self.weights(steps, currents.dtype),
                        np.zeros(n, currents.dtype), spikes, rates)  # fmt: skip
        return spikes, rates

    def rate(self, current):
        """Return the rate that the weighted mean current implies, any shape."""
        return np.clip(current / self.tau, 0, self.highest).astype(current.dtype)

    def slopes(self, current):
        """Return d rate / d current: 1 / tau between silence and a spike in every step, else 0."""
        inside = (current > 0) & (current < self.tau * self.highest)
        return inside.astype(current.dtype) * current.dtype.type(1 / self.tau)


def _finite(value):
    return 0 < value < math.inf


def _require(condition, wanted, got):
    if not condition:
        raise UsageError(f"{wanted}, got {got!r}")
