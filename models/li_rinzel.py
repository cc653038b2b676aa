"""`LiRinzel`: calcium of an astrocyte at a given IP3, where it rests and oscillates; its traces by the engine."""

import numpy as np

from neuromem.errors import UsageError
from neuromem.models.checks import number

_GRID = 400


class LiRinzel:
    """Astrocyte of Li and Rinzel 1994, with the parameters of NEST's astrocyte_lr_1994.

    With I for IP3, C for calcium (uM) and h for the receptors that are not inactivated::

        dI/dt = (IP3_0 - I) / tau_IP3, and I += weight at a spike
        dC/dt = r rate_IP3R (I/(I + Kd_IP3_1) C/(C + Kd_act) h)^3 (C_ER - C) - rate_SERCA C^2 / (Km_SERCA^2 + C^2)
                + r rate_L (C_ER - C),    C_ER = (Ca_tot - C) / r,    r = ratio_ER_cyt
        dh/dt = k_IP3R (Q (1 - h) - C h),    Q = Kd_inh (I + Kd_IP3_1) / (I + Kd_IP3_2)

    Parameters
    ----------
    **parameters
        Parameters of `neuromem.network.astrocytes.astrocyte_lr_1994` that differ from its defaults; rates per ms.

    Raises
    ------
    UsageError, DescriptionError

    References
    ----------
    Li and Rinzel, J. Theor. Biol. 166:461 (1994).
    """

    def __init__(self, **parameters):
        from neuromem.network.astrocytes import astrocyte_lr_1994

        unknown = set(parameters) - set(astrocyte_lr_1994.parameters)
        if unknown:
            known = ", ".join(astrocyte_lr_1994.parameters)
            raise UsageError(f"LiRinzel: there is no parameter {min(unknown)!r}; there are {known}")
        self.neuron = astrocyte_lr_1994(**parameters)
        """What `Network.population` takes."""
        self._values = {name: float(self.neuron.parameters[name]) for name in astrocyte_lr_1994.parameters}
        for name in ("rate_IP3R", "rate_L", "rate_SERCA", "k_IP3R"):
            self._values[name] *= 1e-3  # the network has them per s

    def __repr__(self):
        return f"LiRinzel({self.neuron!r})"

    def _flow(self, C, h, ip3):
        """dC/dt per ms."""
        p = self._values
        opened = ip3 / (ip3 + p["Kd_IP3_1"]) * C / (C + p["Kd_act"]) * h
        store = (p["Ca_tot"] - C) / p["ratio_ER_cyt"] - C
        pump = p["rate_SERCA"] * C**2 / (p["Km_SERCA"] ** 2 + C**2)
        return p["ratio_ER_cyt"] * (p["rate_IP3R"] * opened**3 + p["rate_L"]) * store - pump

    def _q(self, ip3):
        p = self._values
        return p["Kd_inh"] * (ip3 + p["Kd_IP3_1"]) / (ip3 + p["Kd_IP3_2"])

    def steady(self, ip3):
        """Resting states while IP3 is held.

        Parameters
        ----------
        ip3 : float
            uM.

        Returns
        -------
        list of (float, float, bool)
            Calcium in uM, h, and whether small deviations fade; by calcium.
        """
        from scipy.optimize import brentq

        ip3 = number("LiRinzel.steady: ip3", ip3, 0.0, 1e6, "a concentration in uM of at least 0")
        q = self._q(ip3)
        total = self._values["Ca_tot"]

        def flow(C):
            return self._flow(C, q / (q + C), ip3)

        grid = total * np.linspace(0.0, 1.0, _GRID + 1) ** 2
        signs = np.sign([flow(C) for C in grid])
        found = []
        for k in np.flatnonzero(signs[:-1] * signs[1:] < 0):
            C = brentq(flow, grid[k], grid[k + 1], xtol=1e-15, rtol=1e-14)
            found.append((C, q / (q + C), bool(max(self._growth(C, q / (q + C), ip3).real) < 0)))
        return found

    def _growth(self, C, h, ip3):
        """Rates at which small deviations grow, per ms, complex (2,)."""
        e, k = 1e-6, self._values["k_IP3R"]
        by_c = (self._flow(C + e, h, ip3) - self._flow(C - e, h, ip3)) / (2 * e)
        by_h = (self._flow(C, h + e, ip3) - self._flow(C, h - e, ip3)) / (2 * e)
        return np.linalg.eigvals([[by_c, by_h], [-k * h, -k * (self._q(ip3) + C)]])

    def window(self, low=0.01, high=2.0):
        """IP3 between which there is no stable resting state, so that calcium oscillates; (float, float) in uM.

        Parameters
        ----------
        low, high : float
            uM, between which it is looked for.

        Raises
        ------
        UsageError
            If calcium rests everywhere between.
        """

        def restless(ip3):
            return not any(stable for _, _, stable in self.steady(ip3))

        grid = np.linspace(low, high, 200)
        where = np.flatnonzero([restless(ip3) for ip3 in grid])
        if not where.size:
            raise UsageError(f"LiRinzel.window: calcium comes to rest at all IP3 from {low:g} to {high:g} uM")
        edges = []
        for k, step in ((where[0], -1), (where[-1], 1)):
            inside, outside = grid[k], grid[min(max(k + step, 0), grid.size - 1)]
            for _ in range(50):
                middle = 0.5 * (inside + outside)
                inside, outside = (middle, outside) if restless(middle) else (inside, middle)
            edges.append(float(inside))
        return tuple(edges)

    def run(self, duration, *, ip3=None, spikes=(), weight=2e-4, dt=0.1, every=None, initial=None):
        """Simulate one astrocyte per value of IP3.

        Parameters
        ----------
        duration, dt : float
            ms.
        ip3 : float or array (n,), optional
            uM at which IP3 is held; if not given, it starts and rests at IP3_0.
        spikes : array_like of float
            ms, of the input to all astrocytes.
        weight : float
            uM of IP3 per spike.
        every : float, optional
            ms between samples; dt if not given.
        initial : dict, optional
            `IP3`, `Ca`, `h` at the start.

        Returns
        -------
        dict of name to float64 array
            `t` (samples,) in ms; `IP3` and `Ca` in uM, `h`, and `sic`, the slow inward current in nA: (samples, n).

        Raises
        ------
        UsageError, DescriptionError
        """
        from neuromem.engine import simulate
        from neuromem.network import FromArrays, Network, SpikeSourceArray

        held = {} if ip3 is None else {"IP3_0": _levels(ip3)}
        net = Network(dt=dt)
        start = ({"IP3": held["IP3_0"]} if held else {}) | dict(initial or {})
        size = held["IP3_0"].size if held else 1
        neuron = self.neuron.model(**{**self.neuron.parameters, **held})
        net.population("astrocytes", size, neuron, initial=start)
        times = np.atleast_1d(np.asarray(spikes, np.float64))
        if times.size:
            net.population("input", 1, SpikeSourceArray(times))
            net.project("input", "astrocytes", FromArrays(np.zeros(size, int), np.arange(size)), weight=weight)
        for name in ("IP3", "Ca", "h"):
            net.probe("astrocytes", name, every=every)
        traces = simulate(net, duration).traces
        found = {name: traces[f"astrocytes.{name}"].values for name in ("IP3", "Ca", "h")}
        return {"t": traces["astrocytes.Ca"].times, **found, "sic": self.current(found["Ca"])}

    def current(self, calcium):
        """Slow inward current in nA at a calcium in uM: SIC_scale ln(1000 (C - SIC_th)), 0 where that is negative."""
        above = 1000.0 * (np.asarray(calcium) - self._values["SIC_th"])
        return self._values["SIC_scale"] * np.log(np.maximum(above, 1.0))


def _levels(ip3):
    """IP3 as a float64 array (n,)."""
    levels = np.atleast_1d(np.asarray(ip3, np.float64)).ravel()
    if not levels.size or not np.isfinite(levels).all() or (levels < 0).any():
        raise UsageError("LiRinzel.run: ip3 is a finite concentration in uM of at least 0, or a list of them")
    return levels
