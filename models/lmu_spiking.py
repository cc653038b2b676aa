"""`SpikingLMU`: a Legendre memory that hears spikes and is heard in spikes."""

import math

import numpy as np

from neuromem.errors import PatternError
from neuromem.kernels.lmu import signed_spikes
from neuromem.models.checks import array_of, number
from neuromem.models.lmu import LMU, signal


class SpikingLMU:
    """A Legendre memory between neurons; our own specification, as published code of spiking forms is not one.

    In every step, in this order, with the same neurons N(threshold) on both sides of the memory::

        s = N(threshold)(u)                   the input neuron
        m = Ad m + Bd threshold s             the memory of `LMU`, a linear state
        z_i = N(memory_threshold)(m_i)        a neuron per polynomial

    N(h): v = (1 - dt/tau) v + x; a spike of v's sign where |v| >= h, then v -= h times the spike. So spikes are -1, 0
    or 1, one per step, and with tau infinite, as is usual, h times their sum follows the sum of what came in to within
    h while |x| <= h. The memory is read from spikes that are filtered, see `read`.

    `run` goes step by step and goes on from a state; `transform` runs the input neuron, then the memory by Fourier
    transform, then the other neurons. Spikes are the same unless a potential lies within rounding of its threshold.

    Parameters
    ----------
    order, theta, dt
        As of `LMU`.
    threshold, memory_threshold : float
        Above 0: the largest input, and the largest |m_i|, that spikes can follow.
    tau : float
        Membrane time constant of the neurons, at least dt.

    Raises
    ------
    UsageError
    """

    def __init__(self, order, theta, dt=1.0, threshold=1.0, memory_threshold=1.0, tau=math.inf):
        self.memory = LMU(order, theta, dt)
        least, wanted = math.ulp(0.0), "a finite number above 0"
        self.threshold = number("SpikingLMU.threshold", threshold, least, math.inf, wanted)
        self.memory_threshold = number("SpikingLMU.memory_threshold", memory_threshold, least, math.inf, wanted)
        endless = isinstance(tau, float) and tau == math.inf
        self.tau = tau if endless else number("SpikingLMU.tau", tau, self.memory.dt, math.inf, "a time of at least dt")

    def __repr__(self):
        return f"SpikingLMU({self.memory!r}, tau={self.tau:g})"

    def start(self):
        """Return the state at rest: {"input": v (1,), "memory": m (order,), "output": v (order,)}, float64."""
        d = self.memory.order
        return {"input": np.zeros(1), "memory": np.zeros(d), "output": np.zeros(d)}

    def run(self, u, state=None):
        """Go through an input (T,) step by step; return (spikes (T, order), state), from rest or from a state.

        Raises
        ------
        PatternError
            Nothing is changed; nor is the state that was given, ever.
        """
        u = self._input("SpikingLMU.run: u", u)
        state = self._checked(self.start() if state is None else state)
        m = self.memory.run(self._spikes(u, self.threshold, state["input"]), state["memory"])
        if len(m):
            state["memory"] = m[-1].copy()
        return self._neurons(m, self.memory_threshold, state["output"]), state

    def transform(self, u):
        """Return the spikes (T, order) of an input (T,) from rest, the memory by Fourier transform."""
        u, state = self._input("SpikingLMU.transform: u", u), self.start()
        m = self.memory.transform(self._spikes(u, self.threshold, state["input"]))
        return self._neurons(m, self.memory_threshold, state["output"])

    def read(self, spikes, delay, tau):
        """Decode a delay from spikes (T, order) filtered by exponentials with time constant tau; (T,) or (T, q).

        The filter's mean delay, tau, is taken off the delay that is looked up, as far as that goes.
        """
        spikes = signal("SpikingLMU.read: spikes", spikes)
        tau = number("SpikingLMU.read: tau", tau, self.memory.dt, math.inf, "a finite time of at least dt")
        keep = math.exp(-self.memory.dt / tau)
        smooth, now = np.empty_like(spikes), np.zeros(spikes.shape[1:])
        for t, row in enumerate(spikes):
            now = keep * now + (1 - keep) * self.memory_threshold * row
            smooth[t] = now
        earlier = np.maximum(array_of(delay, "SpikingLMU.read: delay", "a time or a list of them") - tau, 0.0)
        return self.memory.decode(smooth, earlier)

    def _neurons(self, x, threshold, v):
        out = np.empty_like(x)
        signed_spikes(np.ascontiguousarray(x), 1.0 - self.memory.dt / self.tau, threshold, v, out)
        return out

    def _spikes(self, u, threshold, v):
        return threshold * self._neurons(u[:, None], threshold, v)[:, 0]

    def _input(self, name, u):
        u = signal(name, u)
        if u.ndim != 1:
            raise PatternError(f"{name}: an input of shape (T,) is expected, got {u.shape}")
        return u

    def _checked(self, state):
        rest = self.start()
        if not isinstance(state, dict) or set(state) != set(rest):
            raise PatternError(f"SpikingLMU.run: a state with {', '.join(rest)} is expected")
        found = {name: np.array(array_of(state[name], f"state[{name!r}]", "numbers"), np.float64) for name in rest}
        for name, values in found.items():
            if values.shape != rest[name].shape or not np.isfinite(values).all():
                raise PatternError(f"SpikingLMU.run: state[{name!r}] must be finite, of shape {rest[name].shape}")
        return found
