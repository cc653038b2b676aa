"""What theory draws over a phase diagram: lines with their approximation, names of phases, and expected values.

Loads and temperatures are in the normalisation "gardner" of `neuromem.theory`, for P = 2 the usual K/N.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from neuromem.experiments import phase_systems
from neuromem.theory import hopfield, multitasking, sparse

SAFE = 0.8  # of the spinodal load: closer to the jump, finite networks are not compared
POINTS = 29


def lines(parameters) -> dict:
    """{"curves": [{label, kind, x, y}], "regions": [{text, x, y}], "expected": (columns, rows), NaN = not compared}."""
    curves, regions, expected = _OF[parameters.model](parameters)
    return {"curves": curves, "regions": regions, "expected": expected}


def state(parameters, x: float, y: float) -> dict:
    """What theory says of one cell, by name; NaN where there is no such state."""
    if parameters.model == "hopfield":
        T = y if parameters.y == "temperature" else 0.0
        found = hopfield.retrieval(x, T, parameters.P)
        branch = "retrieval, replica-symmetric" if found.exists else "no retrieval solution"
        return {"theory": found.m, "branch": branch, "at_stable": found.at_stable, "residual": found.residual}
    if parameters.model == "dense-hebbian":
        found = hopfield.retrieval(x, 0.0, parameters.P, rho=y)
        branch = "retrieval, replica-symmetric" if found.exists else "no retrieval solution"
        return {"theory": found.m, "branch": branch, "residual": found.residual}
    if parameters.model == "multitasking":
        return {"theory": float(multitasking.magnetisations(x, 3, y)[0]), "branch": "least free energy"}
    if parameters.model == "sparse":
        found = sparse.winners(x, y)
        return {"theory": found.m, "branch": "retrieval" if math.isfinite(found.m) else "no retrieval solution"}
    return {"theory": _ca3_exact(parameters, x, y), "branch": "the only memory, or the first, that fits the fragment"}


def _expected(parameters, value):
    """(columns, rows) of value(x, y)."""
    xs, ys = _grid(parameters)
    return np.array([[value(float(x), float(y)) for y in ys] for x in xs])


def _grid(p):
    system = phase_systems.SYSTEMS[p.model]
    return system.x[p.x].middles(p.columns, p.x_max, p), system.y[p.y].middles(p.rows, p.y_max, p)


@lru_cache(maxsize=1024)
def _spinodal(T, P, rho=0.0):
    """Load of the spinodal."""
    return hopfield.critical_load(T, P, rho=rho).load


def _curve(label, kind, x, y):
    return {"label": label, "kind": kind, "x": np.asarray(x, float), "y": np.asarray(y, float)}


def _hopfield(p):
    if p.y == "noise":
        load = _spinodal(0.0, p.P)
        curves = [_curve("spinodal at T = 0 (RS)", "spinodal", [load, load], [0, p.y_max])]
        return curves, [], np.full([g.size for g in _grid(p)], np.nan)
    P = p.P
    curves, warm, first = _body_lines(P, p.x_max, p.y_max)
    top, left = p.y_max, p.x_max
    regions = [{"text": "spin glass", "x": 0.8 * left, "y": 0.45 * top}] if P == 2 else []
    regions += [{"text": "paramagnet", "x": (0.2 if P == 2 else 0.55) * left, "y": (0.95 if P == 2 else 0.9) * top}]
    regions += [{"text": "spin glass", "x": 0.85 * left, "y": 0.06 * top}] if P > 2 else []
    regions += [{"text": "retrieval", "x": 0.13 * left, "y": (0.12 if P == 2 else 0.3) * top}]

    def value(x, t):
        # the few spins that many bodies allow leave a retrieval state that is not the least: it is not compared
        least = math.inf if P == 2 else float(np.interp(t, warm, first))
        safe = x < SAFE * min(_spinodal(t, P), least)
        return hopfield.retrieval(x, t, P).m if safe else math.nan

    return curves, regions, _expected(p, value)


@lru_cache(maxsize=8)
def _body_lines(P, x_max, y_max):
    """The curves of P bodies; temperatures, and the load below which retrieval is the state of least free energy."""
    hottest = hopfield.spinodal_temperature(0.0, P)
    T = np.append(np.linspace(0.0, min(y_max, hottest), POINTS)[:-1], min(y_max, hottest))
    spinodal = np.array([_spinodal(float(t), P) for t in T])
    curves = [_curve("T$_M$: retrieval exists (RS)", "spinodal", spinodal, T)]
    warm = np.linspace(0.0, min(y_max, hopfield.transition_temperature(0.0, P)), 21)
    first = np.array([hopfield.transition_load(t, P).load for t in warm])
    known = np.isfinite(first)
    glass = "RS" if P == 2 else "RS against the 1RSB glass"
    if known.sum() > 1:
        label = f"T$_c$: retrieval has the least free energy ({glass})"
        curves.append(_curve(label, "transition", first[known], warm[known]))
    loads = x_max * np.linspace(0.0, 1.0, POINTS) ** 2  # T_s rises with the root of the load
    above = [hopfield.glass_temperature(a, P) for a in loads]
    name = "T$_g$: spin glass (exact)" if P == 2 else "T$_s$: spin glass (1RSB)"
    curves.append(_curve(name, "glass", loads, above))
    return curves + _broken(P, T), warm, np.nan_to_num(first, nan=math.inf)


def _broken(P, T):
    """The AT line of retrieval, below which replica symmetry breaks in it, and the spinodal with one step of that."""
    label = "AT line: below it retrieval breaks replica symmetry"
    end = _edge(P, T[-1])
    load = hopfield.critical_load(end, P).load
    loads = load * (np.array([0.87, 0.94, 0.98]) if P == 2 else 1 - 0.7 * np.linspace(1.0, 0.03, 11) ** 2)
    at = _curve(label, "at", [*loads, load], [*(hopfield.at_temperature(a, P) for a in loads), end])
    if P == 2:  # 1RSB is not solved at T > 0, and moves the end of the line by 0.2 %
        return [at]
    cold = end * np.array([0.0, 0.35, 0.7, 1.0])
    broken = [hopfield.critical_load(t, P, rsb=1).load for t in cold]
    return [at, _curve("T$_M$ with one step of breaking (1RSB)", "broken", broken, cold)]


def _edge(P, top):
    """Temperature up to which the replica symmetry of the spinodal is broken."""

    def stable(t):
        return hopfield.retrieval(_spinodal(t, P), t, P).at_stable

    low, high = 0.0, top
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if stable(middle) else (middle, high)
    return high


def _dense_hebbian(p):
    rho = np.linspace(0.0, p.y_max, POINTS)
    loads = [_spinodal(0.0, p.P, float(r)) for r in rho]
    curves = [_curve("spinodal at T = 0 (RS)", "spinodal", loads, rho)]
    regions = [{"text": "retrieval", "x": 0.15 * p.x_max, "y": 0.1 * p.y_max}]

    def value(x, r):
        safe = x < SAFE * _spinodal(0.0, p.P, r)
        return hopfield.retrieval(x, 0.0, p.P, rho=r).m if safe else math.nan

    return curves, regions, _expected(p, value)


def _multitasking(p):
    d = np.linspace(0.0, p.x_max, POINTS)
    curves = [_curve("T$_c$ = 1 − d (exact)", "glass", d, np.maximum(1 - d, 0))]
    ends = (math.sqrt(5) - 1) / 2  # d + d^2 = 1
    curves.append(_curve("hierarchical up to d = 0.618 at T = 0 (exact)", "transition", [ends, ends], [0, 0.05]))
    regions = [{"text": "paramagnet", "x": 0.75 * p.x_max, "y": 0.7 * p.y_max}]
    regions.append({"text": "retrieval of several", "x": 0.25 * p.x_max, "y": 0.15 * p.y_max})

    def value(x, t):
        return float(multitasking.magnetisations(x, 3, t)[0]) if t < SAFE * (1 - x) and x < 0.5 else math.nan

    return curves, regions, _expected(p, value)


def _sparse(p):
    f = np.linspace(0.02, p.y_max, POINTS)
    curves = [_curve("spinodal of f N winners (T = 0)", "spinodal", [sparse.winners(0.0, a).alpha_c for a in f], f)]
    regions = [{"text": "retrieval", "x": 0.1 * p.x_max, "y": 0.5 * p.y_max}]

    def value(x, a):
        found = sparse.winners(x, a)
        return found.m if x < SAFE * found.alpha_c else math.nan

    return curves, regions, _expected(p, value)


def _ca3_exact(p, K, shown):
    """(1 - (1 - w)^K)/(K w): the fragment is part of any other memory with w; of all that fit the first cue answers."""
    w = _fits(p, shown)
    return -math.expm1(K * math.log1p(-w)) / (K * w) if w < 1 else 1 / K


def _fits(p, j):
    """Chance C(n - j, a - j)/C(n, a) that a memory with a active units has j given ones, also between whole j."""
    a, lg = phase_systems.CA3_ACTIVE, math.lgamma
    return math.exp(lg(p.n - j + 1) + lg(a + 1) - lg(a - j + 1) - lg(p.n + 1))


def _ca3(p):
    if p.y != "fragment":
        return [], [], np.full([g.size for g in _grid(p)], np.nan)
    expected, curves = _expected(p, lambda x, y: _ca3_exact(p, x, y)), []
    shown = np.linspace(0.5, phase_systems.CA3_ACTIVE - 0.5, 200)
    fits = np.array([_fits(p, j) for j in shown])
    for level, kind in ((0.5, "spinodal"), (0.95, "transition")):
        met = brentq(lambda x, level=level: -math.expm1(-x) / x - level, 1e-9, 50.0)  # memories that fit, on average
        K = met / fits
        inside = (K > 1) & (1.2 * p.x_max > K)
        curves.append(
            _curve(f"{level:.0%} right if the first memory that fits answers", kind, K[inside], shown[inside])
        )
    return curves, [], expected


_OF = {
    "hopfield": _hopfield,
    "dense-hebbian": _dense_hebbian,
    "multitasking": _multitasking,
    "sparse": _sparse,
    "ca3": _ca3,
}
