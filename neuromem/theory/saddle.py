"""Replica-symmetric retrieval: every solution of the saddle point, as one curve over the overlap n.

In the field g u + w z, with u = 1 + sqrt(rho) z' the blurred archetype and w^2 = load * crosstalk(q, C),

    g = n^(P-1)/sqrt(1 + rho),     sqrt(1 + rho) n = E u tanh(h/T) = m + rho g C,
    m = E tanh(h/T),               q = 1 - T C = E tanh(h/T)^2.

n is the overlap with what is stored (for rho = 0, m itself). At fixed n the right-hand side falls strictly as the
noise w grows: E sech(h/T)^2 falls as g grows, for each u. So w(n) is unique, and with it the load. The curve
load(n) holds every solution with n > 0, needs no initial guess, and the retrieval branch is the part from its largest
n, where the load is zero, down to its first maximum, the spinodal. For P >= 3 at low temperature there is a second
maximum at small n: a magnetised spin glass, which no retrieval branch reaches, and which is not taken for one.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neuromem.theory.averages import edwards_anderson, log_cosh, response, sech4
from neuromem.theory.curves import maximum, root

_SCAN = 40
_TIGHT = 4 * np.finfo(float).eps


class Point(NamedTuple):
    """One solution: overlap n, signal g, crosstalk noise w, magnetisation m, susceptibility C, overlap q, load."""

    n: float
    g: float
    w: float
    m: float
    C: float
    q: float
    load: float


@dataclass(frozen=True)
class Saddle:
    """The saddle point of P-body memories at temperature T, with data of entropy rho and a kind of crosstalk."""

    P: int
    T: float
    rho: float
    crosstalk: object

    def signal(self, n):
        """Return g = n^(P-1)/sqrt(1 + rho)."""
        return n ** (self.P - 1) / math.sqrt(1 + self.rho)

    def noise(self, g, w):
        """Return the standard deviation of the field, sqrt(rho g^2 + w^2)."""
        return math.hypot(math.sqrt(self.rho) * g, w)

    def overlap(self, g, w):
        """Return the overlap n that signal g and crosstalk noise w leave."""
        m, C = response(g, self.noise(g, w), self.T)
        return (m + self.rho * g * C) / math.sqrt(1 + self.rho)

    def point(self, n):
        """Return the one solution of overlap n, or None if even without crosstalk the overlap would be smaller."""
        g = self.signal(n)
        excess = self.overlap(g, 0.0) - n
        if excess < 0 or g == 0.0:
            return None
        w = self._noise_at(n, g) if excess > 0 else 0.0
        return self._point(n, g, w)

    def _noise_at(self, n, g):
        high = max(g, self.T)
        while self.overlap(g, high) >= n:
            high *= 2
        return root(lambda w: self.overlap(g, w) - n, 0.0, high)

    def _point(self, n, g, w, load=None):
        s = self.noise(g, w)
        m, C = response(g, s, self.T)
        q = edwards_anderson(g, s, self.T)
        return Point(n, g, w, m, C, q, w * w / self.crosstalk.variance(q, C) if load is None else load)

    def load(self, n):
        """Return the load at which a solution of overlap n exists; below zero where none does."""
        point = self.point(n)
        return self.overlap(self.signal(n), 0.0) - n if point is None else point.load

    # The retrieval branch

    def branch(self):
        """Return the spinodal Point and the largest overlap (at zero load), or None: no retrieval at any load."""
        return _branch(self)

    def at(self, load):
        """Return the Point of the retrieval branch at this load, or None beyond the spinodal."""
        branch = self.branch()
        if branch is None or load > branch[0].load * (1 + _TIGHT):  # a load there and back through its units
            return None
        spinodal, top = branch
        if load >= spinodal.load:
            return spinodal
        if load == 0.0:
            return self._point(top, self.signal(top), 0.0, load)
        if self.load(top * (1 - _TIGHT)) >= load:  # the overlap at this load is the one at zero load, to rounding
            return self._settle(top, load)
        n = root(lambda n: self.load(n) - load, spinodal.n, top)
        point = self.point(n) or self.point(n * (1 - _TIGHT))
        return point._replace(load=load)

    def _settle(self, n, load):
        """Return the Point at overlap n of this load: the susceptibility by iteration, where there is hardly any."""
        g = self.signal(n)
        m, C = response(g, self.noise(g, 0.0), self.T)
        for _ in range(200):
            before, w = C, math.sqrt(load * self.crosstalk.variance(1 - self.T * C, C))
            C = response(g, self.noise(g, w), self.T).C
            if abs(C - before) <= 1e-16 * abs(C):
                break
        return self._point(n, g, w, load)

    def residual(self, point):
        """Return the largest violation of the equations for n and q by a point at its load."""
        w = math.sqrt(point.load * self.crosstalk.variance(point.q, point.C))
        g = self.signal(point.n)
        s = self.noise(g, w)
        m, C = response(g, s, self.T)
        n = (m + self.rho * g * C) / math.sqrt(1 + self.rho)
        return max(abs(n - point.n), abs(m - point.m), abs(edwards_anderson(g, s, self.T) - point.q))

    # Free energy and stability

    def free_energy(self, point):
        """Return f = (P-1)/P n^P + load * crosstalk - T E ln 2cosh(h/T), per spin."""
        spins = log_cosh(point.g, self.noise(point.g, point.w), self.T)
        noise = point.load * self.crosstalk.energy(point.q, point.C, self.T)
        return (self.P - 1) / self.P * point.n**self.P + noise - spins

    def replicon(self, point):
        """Return T (1 - load curvature E sech^4 / T^2): above zero where replica symmetry is stable."""
        spread = sech4(point.g, self.noise(point.g, point.w), self.T)
        return self.T - point.load * self.crosstalk.curvature(point.q, point.C) * spread


@lru_cache(maxsize=4096)
def _branch(saddle):
    span = _span(saddle)
    if span is None:
        return None
    low, top = span
    grid = np.linspace(top, low, _SCAN + 2)
    step, best, before = grid[0] - grid[1], grid[0], 0.0
    for n in grid[1:-1]:
        if (after := saddle.load(n)) <= before:
            break
        best, before = n, after
    found = maximum(saddle.load, max(best - step, low), min(best + step, top))
    return saddle.point(found) or saddle._point(top, saddle.signal(top), 0.0, 0.0), top


def _span(saddle):
    """Return the overlaps between which there are solutions, or None: those that survive zero load."""

    def margin(n):
        return saddle.overlap(saddle.signal(n), 0.0) / n - 1

    grid = np.linspace(0.0, 1.0, _SCAN + 1)[1:]
    margins = [margin(n) for n in grid]
    best = int(np.argmax(margins))
    peak = grid[best]
    if margins[best] <= 0:
        peak = maximum(margin, grid[best] - 1 / _SCAN + 1e-9, min(grid[best] + 1 / _SCAN, 1.0))
        if margin(peak) <= 0:
            return None
    top = 1.0 if margin(1.0) >= 0 else root(margin, peak, 1.0)
    tiny = 1e-9 * peak
    low = tiny if margin(tiny) > 0 else root(margin, tiny, peak)
    return low, top
