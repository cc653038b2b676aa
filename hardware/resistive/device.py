"""`Device`: what a kind of resistive cell does, in physical order; `ProgrammedDevices`: cells that were programmed."""

import math
from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.hardware.resistive.faults import Spread, Stuck, on_levels

_LEEWAY = 1e-9
"""Share of the range by which rounding may take a target beyond it."""


@dataclass(frozen=True, eq=False)
class Device:
    """A kind of resistive cell. What is set to None it does not do.

    In this order: a target is put on one of `levels`; `programming` draws what is reached, `spread` what devices and
    cycles make of it; `drift` draws what the device will do over time; some devices are `stuck`; `reading` adds noise
    to every reading.

    Parameters
    ----------
    name, source : str
    g_min_uS, g_max_uS : float
        Range of targets.
    programming, drift, reading : PolynomialNoise and the like, or None
    spread : Spread
    stuck : Stuck
    levels : int or None
    window : bool
        Whether a drifted device stays between g_min and g_max; above 0 it always stays.
    programming_scale, drift_scale, reading_scale : float
        Factors on the deviations and exponents of each.

    Raises
    ------
    UsageError
        Names the field.
    """

    name: str
    source: str
    g_min_uS: float
    g_max_uS: float
    programming: object = None
    drift: object = None
    reading: object = None
    spread: Spread = field(default_factory=Spread)
    stuck: Stuck = field(default_factory=Stuck)
    levels: int | None = None
    window: bool = False
    programming_scale: float = 1.0
    drift_scale: float = 1.0
    reading_scale: float = 1.0

    def __post_init__(self):
        for name in ("g_min_uS", "g_max_uS", "programming_scale", "drift_scale", "reading_scale"):
            value = getattr(self, name)
            if not _number(value) or not 0 <= value < math.inf:
                raise UsageError(f"{self.name}.{name}: a finite number of at least 0 is expected, got {value!r}")
        if self.g_min_uS >= self.g_max_uS:
            raise UsageError(
                f"{self.name}.g_min_uS: must lie below g_max_uS = {self.g_max_uS:g}, got {self.g_min_uS:g}"
            )
        whole = isinstance(self.levels, (int, np.integer)) and not isinstance(self.levels, bool)
        if self.levels is not None and (not whole or self.levels < 2):
            raise UsageError(f"{self.name}.levels: a whole number of at least 2 is expected, got {self.levels!r}")
        shares = self.stuck.low, self.stuck.high
        if not all(_number(share) and share >= 0 for share in shares) or sum(shares) > 1:
            raise UsageError(
                f"{self.name}.stuck: shares from 0 to 1, together at most 1, are expected, got {self.stuck}"
            )
        if not all(_number(sd) and 0 <= sd < math.inf for sd in (self.spread.device, self.spread.cycle)):
            raise UsageError(f"{self.name}.spread: finite numbers of at least 0 are expected, got {self.spread}")

    @property
    def exact(self):
        """Whether what is read is what was written."""
        parts = self.programming, self.drift, self.reading, self.levels
        return parts == (None,) * 4 and self.stuck == Stuck() and self.spread == Spread()

    def program(self, g_target_uS, rng):
        """Program fresh devices to these conductances.

        Parameters
        ----------
        g_target_uS : float array of any shape
            uS, from g_min_uS to g_max_uS.
        rng : numpy.random.Generator

        Returns
        -------
        ProgrammedDevices

        Raises
        ------
        PatternError, UsageError
        """
        if not isinstance(rng, np.random.Generator):
            raise UsageError(f"{self.name}.rng: a numpy.random.Generator is expected, got {rng!r}")
        target = self._targets(g_target_uS)
        goal = target if self.levels is None else on_levels(target, self.g_min_uS, self.g_max_uS, self.levels)
        g = goal.copy() if self.programming is None else self.programming.programmed(goal, self, rng)
        state = None if self.drift is None else self.drift.drawn(goal, self, rng)
        g *= self.spread.factors(g.shape, rng)
        stuck = self.stuck.drawn(g.shape, rng)  # last, so that a share of faults changes nothing else
        return ProgrammedDevices(self, goal, g, state, stuck)

    def _targets(self, g_target_uS):
        """Return targets as float64, or raise PatternError that names the first that cannot be programmed."""
        try:
            target = np.array(g_target_uS, float)
        except (TypeError, ValueError):
            raise PatternError(f"{self.name}.g_target_uS: an array of numbers is expected") from None
        slack = _LEEWAY * self.g_max_uS
        bad = ~((target >= self.g_min_uS - slack) & (target <= self.g_max_uS + slack))
        if bad.any():
            value = target[bad].flat[0]
            what = "is negative" if value < 0 else f"is not from {self.g_min_uS:g} to {self.g_max_uS:g} uS"
            raise PatternError(f"{self.name}.g_target_uS: {value:g} uS {what}; map weights to the device's range")
        return np.clip(target, self.g_min_uS, self.g_max_uS)


@dataclass(frozen=True, eq=False)
class ProgrammedDevices:
    """Cells that were programmed once and can be read many times.

    Attributes
    ----------
    device : Device
    target : float64 array
        uS, on its level.
    g : float64 array
        uS, right after programming.
    state : float64 array or None
        What each device drew for its drift.
    stuck : int8 array or None
        -1 stuck low, 1 stuck high, 0 in order.
    """

    device: Device
    target: np.ndarray
    g: np.ndarray
    state: np.ndarray | None
    stuck: np.ndarray | None

    def mean(self, t=0.0):
        """Return the conductances at t seconds after programming without read noise, uS, float64."""
        return self._bounded(self._drifted(t), t)

    def noise(self, t=0.0):
        """Return the standard deviation of a reading at t seconds, uS, float64."""
        return self._noise(self._drifted(t), t)

    def read(self, t, rng):
        """Read every device once, t seconds after programming; uS, float64.

        Raises
        ------
        UsageError
            For a time before programming.
        """
        if not isinstance(rng, np.random.Generator):
            raise UsageError(f"{self.device.name}.rng: a numpy.random.Generator is expected, got {rng!r}")
        now = self._drifted(t)
        if self.device.reading is not None:
            now = now + self._noise(now, t) * rng.standard_normal(now.shape)
        return self._bounded(now, t)

    def _drifted(self, t):
        t = checked_time(t, self.device.name)
        if self.device.drift is None:
            return self.g.copy()
        return self.device.drift.drifted(self.g, self.state, self.target, t, self.device)

    def _noise(self, now, t):
        if self.device.reading is None:
            return np.zeros_like(now)
        sd = self.device.reading.sd(now, self.g, checked_time(t, self.device.name), self.device)
        return sd if self.stuck is None else np.where(self.stuck == 0, sd, 0.0)

    def _bounded(self, g, t):
        if self.device.window and t > 0:
            g = np.clip(g, self.device.g_min_uS, self.device.g_max_uS)
        g = np.maximum(g, 0.0)
        if self.stuck is not None:
            g[self.stuck < 0], g[self.stuck > 0] = self.device.g_min_uS, self.device.g_max_uS
        return g


def checked_time(t, owner):
    """Return a time since programming in seconds, at least 0 and finite, or raise UsageError."""
    if not _number(t) or not 0 <= t < math.inf:
        raise UsageError(f"{owner}.t: seconds since programming, at least 0 and finite, are expected, got {t!r}")
    return float(t)


def _number(value):
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
