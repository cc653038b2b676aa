"""`ModernHopfield`: continuous states, softmax updates, exponentially many patterns; `retrieve` without a memory."""

import numpy as np
from scipy.special import logsumexp, softmax

from neuromem.errors import PatternError, UsageError
from neuromem.models.checks import array_of
from neuromem.models.pattern_list import PatternList, as_spins

SETTLED = 1e-7
"""A state whose entries change by less than this has come to rest."""


def retrieve(X, x, beta, steps=1):
    """Return x after `steps` updates x <- X softmax(beta X^T x).

    This is softmax attention with the patterns as keys and values. Nothing is projected, normalised or scaled.

    Parameters
    ----------
    X : float array, shape (K, n)
        Patterns, one a row. Columns, (n, K), are taken too where the shape leaves no doubt.
    x : float array, shape (n,) or (B, n)
        States.
    beta : float
        Inverse temperature, above 0.
    steps : int
        Updates.

    Returns
    -------
    float64 array, shape of x

    Raises
    ------
    PatternError, UsageError

    References
    ----------
    Ramsauer et al., ICLR 2021, equation 3.
    """
    X, x, beta = _checked(X, x, beta)
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
        raise UsageError(f"retrieve.steps: a whole number of at least 0 is expected, got {steps!r}")
    for _ in range(steps):
        x = _update(X, x, beta)
    return x


def energy(X, x, beta):
    """Return E = -lse(beta, X^T x) + x.x/2 + ln(K)/beta + M^2/2 of states (n,) or (B, n): a float or float64 (B,).

    lse(beta, z) = ln(sum exp(beta z))/beta, and M is the largest norm of a pattern. 0 <= E <= 2 M^2 for states in the
    patterns' hull; no update raises it. Arguments, errors and source as for `retrieve` (its equation 2).
    """
    X, x, beta = _checked(X, x, beta)
    largest = (X * X).sum(axis=1).max()
    values = -logsumexp(beta * (x @ X.T), axis=-1) / beta + (x * x).sum(axis=-1) / 2
    values = values + np.log(len(X)) / beta + largest / 2
    return float(values) if x.ndim == 1 else values


def separation(X):
    """Return Delta_i = x_i.x_i - max_{j != i} x_i.x_j of every pattern, float64 (K,); inf for a single one."""
    X = _array("X", X, (2,))
    products = X @ X.T
    own = np.diag(products).copy()
    np.fill_diagonal(products, -np.inf)
    return own - products.max(axis=1)


class ModernHopfield(PatternList):
    """A modern Hopfield network: x <- X softmax(beta X^T x) from a fragment until nothing changes, then signs.

    Patterns are stored as vectors of -1 and 1. One update finds a pattern whose overlap leads by some ln(K)/beta.

    Parameters
    ----------
    n : int
        Units.
    capacity : int, optional
        Places for patterns; n if not given.
    beta : float
        Inverse temperature, above 0. Small ones retrieve the mean of several patterns.
    max_steps : int
        Updates before a recall is given up.

    Raises
    ------
    UsageError

    References
    ----------
    Ramsauer et al., ICLR 2021.
    """

    def __init__(self, n, capacity=None, beta=1.0, max_steps=100):
        super().__init__(n, capacity)
        self.beta = _positive("ModernHopfield.beta", beta)
        if isinstance(max_steps, bool) or not isinstance(max_steps, (int, np.integer)) or max_steps < 1:
            raise UsageError(f"ModernHopfield.max_steps: a whole number of at least 1 is expected, got {max_steps!r}")
        self.max_steps = int(max_steps)

    retrieve = staticmethod(retrieve)

    def _parameters(self):
        return {"n": self.n, "capacity": self.capacity, "beta": self.beta, "max_steps": self.max_steps}

    def _vectors(self):
        """Patterns in use, float64 (K, n)."""
        return as_spins(self.patterns).astype(float)

    def _relax(self, spins):
        x, steps = spins.astype(float), np.zeros(len(spins), np.int64)
        X = self._vectors()
        active = np.full(len(spins), len(X) > 0)
        while active.any() and steps.max() < self.max_steps:
            after = _update(X, x[active], self.beta)
            moved = np.abs(after - x[active]).max(axis=1) > SETTLED
            x[active] = after
            steps[active] += 1
            active[active] = moved
        return np.where(x > 0, 1, -1).astype(np.int8), ~active & (len(X) > 0), steps


def _update(X, x, beta):
    return softmax(beta * (x @ X.T), axis=-1) @ X


def _checked(X, x, beta):
    X, x = _array("X", X, (2,)), _array("x", x, (1, 2))
    if X.shape[1] != x.shape[-1]:
        X = X.T
    if X.shape[1] != x.shape[-1]:
        raise PatternError(f"x: states of the patterns' length are expected, got {x.shape} for X of {X.T.shape}")
    if len(X) == 0:
        raise PatternError("X: at least one pattern is expected")
    return X, x, _positive("beta", beta)


def _array(name, value, axes):
    wanted = f"an array of {' or '.join(map(str, axes))} axes"
    array = array_of(value, name, wanted)
    if array.ndim not in axes:
        raise PatternError(f"{name}: {wanted} is expected, got one of {array.ndim}")
    array = array.astype(float)
    if not np.isfinite(array).all():
        raise PatternError(f"{name}: finite numbers are expected")
    return array


def _positive(name, value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, bool) or not 0 < number < np.inf:
        raise UsageError(f"{name}: a finite number above 0 is expected, got {value!r}")
    return number
