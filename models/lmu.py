"""`LMU`: a Legendre memory unit, a small linear system that holds the last `theta` of its input."""

import math

import numpy as np
from scipy.linalg import expm
from scipy.signal import fftconvolve
from scipy.special import eval_sh_legendre

from neuromem.errors import PatternError
from neuromem.kernels.lmu import legendre_steps
from neuromem.models.checks import array_of, number, whole

MOST_ORDER = 256


class LMU:
    """Memory of a sliding window, in Legendre polynomials.

    theta dm/dt = A m + B u, with A_ij = (2i + 1) (-1 if i < j else (-1)^(i - j + 1)) and B_i = (2i + 1) (-1)^i, so that
    u(t - r theta) is about sum_i P_i(2r - 1) m_i(t) for r from 0 to 1. In steps of dt the input is held (zero-order
    hold), which makes the step exact for such an input: m <- Ad m + Bd u.

    `run` goes through time step by step; `transform` gets the same from an empty memory by a fast Fourier transform,
    as the convolution of u with Ad^k Bd. They agree to rounding. Neither changes the object: a memory goes on from the
    last row of what `run` returned, to the same bits wherever it was cut.

    Parameters
    ----------
    order : int
        Polynomials d, 1 to 256.
    theta : float
        Length of the window, in the unit of dt, at least dt.
    dt : float
        Time step.

    Attributes
    ----------
    A, B : float64 arrays (d, d), (d,)
        Of the continuous system, divided by theta.
    Ad, Bd : float64 arrays (d, d), (d,)
        Of one step.

    Raises
    ------
    UsageError

    References
    ----------
    Voelker, Kajic and Eliasmith, NeurIPS 2019; Chilkuri and Eliasmith, ICML 2021 (the convolution).
    """

    def __init__(self, order, theta, dt=1.0):
        self.order = whole("LMU.order", order, 1, MOST_ORDER)
        self.dt = number("LMU.dt", dt, math.ulp(0.0), math.inf, "a finite time above 0")
        self.theta = number("LMU.theta", theta, self.dt, math.inf, "a finite time of at least dt")
        i, j = np.ogrid[: self.order, : self.order]
        self.A = (2 * i + 1) / self.theta * np.where(i < j, -1.0, (-1.0) ** (i - j + 1))
        self.B = ((2 * i + 1) / self.theta * (-1.0) ** i)[:, 0]
        both = np.zeros((self.order + 1, self.order + 1))
        both[:-1, :-1], both[:-1, -1] = self.A * self.dt, self.B * self.dt
        both = expm(both)
        self.Ad, self.Bd = np.ascontiguousarray(both[:-1, :-1]), np.ascontiguousarray(both[:-1, -1])

    def __repr__(self):
        return f"LMU(order={self.order}, theta={self.theta:g}, dt={self.dt:g})"

    def run(self, u, state=None):
        """Go through the input step by step.

        Parameters
        ----------
        u : array_like, shape (T,) or (T, n)
            Input of one memory, or of n.
        state : array_like, shape (order,) or (n, order), optional
            Memory before the first step; empty if not given.

        Returns
        -------
        float64 array, shape (T, order) or (T, n, order)
            Memory after each step.

        Raises
        ------
        PatternError
        """
        u = signal("LMU.run: u", u)
        m = np.zeros((*u.shape[1:], self.order)) if state is None else array_of(state, "LMU.run: state", "numbers")
        if m.shape != (*u.shape[1:], self.order) or not np.isfinite(m).all():
            wanted = (*u.shape[1:], self.order)
            raise PatternError(f"LMU.run: finite numbers of shape {wanted} are expected as state, got {m.shape}")
        m = np.array(m, np.float64).reshape(math.prod(u.shape[1:]), self.order)
        out = np.empty((len(u), len(m), self.order))
        legendre_steps(self.Ad, self.Bd, np.ascontiguousarray(u.reshape(len(u), len(m))), m, out)
        return out.reshape(*u.shape, self.order)

    def response(self, steps):
        """Return the memory of one input of 1, after 1 to `steps` steps: Ad^k Bd, float64 (steps, order)."""
        steps = whole("LMU.response: steps", steps, 0)
        pulse = np.zeros(steps)
        pulse[:1] = 1.0
        return self.run(pulse)

    def transform(self, u):
        """As `run` from an empty memory, of all steps at once."""
        u = signal("LMU.transform: u", u)
        if not u.size:
            return np.zeros((*u.shape, self.order))
        response = self.response(len(u)).reshape(len(u), *(1,) * (u.ndim - 1), self.order)
        return fftconvolve(u[..., None], response, axes=0)[: len(u)]

    def decode(self, memory, delay):
        """Read the input of a time ago out of the memory.

        An input that is held for a step stands for the middle of it, dt/2 before the memory is read: the input of k
        steps ago is the polynomials' at r = (k + 1/2) dt / theta, or 1 if that is more.

        Parameters
        ----------
        memory : array_like, shape (..., order)
        delay : float or array_like (q,)
            0 to theta.

        Returns
        -------
        float64 array, shape (...) or (..., q)

        Raises
        ------
        PatternError
        """
        memory = array_of(memory, "LMU.decode: memory", f"an array of shape (..., {self.order})")
        if memory.ndim == 0 or memory.shape[-1] != self.order:
            raise PatternError(f"LMU.decode: a memory of shape (..., {self.order}) is expected, got {memory.shape}")
        delay = array_of(delay, "LMU.decode: delay", "a time or a list of them").astype(np.float64)
        if delay.ndim > 1 or not ((delay >= 0) & (delay <= self.theta)).all():
            raise PatternError(f"LMU.decode: a delay of 0 to theta = {self.theta:g}, or a list of them, is expected")
        r = np.minimum((delay + self.dt / 2) / self.theta, 1.0)
        weights = eval_sh_legendre(np.arange(self.order)[:, None], np.atleast_1d(r))
        return memory @ (weights if delay.ndim else weights[:, 0])


def signal(name, u):
    """Return u as finite float64 (T,) or (T, n), or raise PatternError."""
    u = array_of(u, name, "numbers of shape (T,) or (T, n)")
    if u.ndim not in (1, 2) or not np.isfinite(u).all():
        raise PatternError(f"{name}: finite numbers of shape (T,) or (T, n) are expected, got {u.dtype} {u.shape}")
    return u.astype(np.float64)
