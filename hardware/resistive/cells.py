"""`Cells`: one matrix of weights on devices, programmed once, and what it is worth at any later time."""

import numpy as np

from neuromem.errors import UsageError
from neuromem.hardware.resistive.drift import PowerDrift
from neuromem.hardware.resistive.mapping import Mapping
from neuromem.hardware.resistive.reading import FlickerNoise
from neuromem.kernels import crossbar as kernels
from neuromem.kernels.philox import RESISTIVE

_READING = 1 << 20
"""First stream of readings, after those of programming."""


def checked_seed(seed, owner):
    """Return a seed as an int from 0 to 2^63 - 1, or raise UsageError."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 1 << 63:
        raise UsageError(f"{owner}.seed: a whole number from 0 to 2^63 - 1 is expected, got {seed!r}")
    return int(seed)


def generator(seed, stream):
    """Return the Generator of a stream of a seed."""
    return np.random.Generator(np.random.Philox(key=(seed, RESISTIVE + stream)))


class Cells:
    """Weights (inputs, outputs) on pairs of devices or with an offset column; `number` keys what is drawn.

    Attributes
    ----------
    mapping : Mapping
    sides : list of (int, ProgrammedDevices)
        Sign of their share in a weight.
    """

    def __init__(self, weights, device, seed, number=0, scheme="pair"):
        self.mapping, self.shape, self.seed, self.number = (
            Mapping.of(weights, device, scheme),
            weights.shape,
            seed,
            number,
        )
        targets = self.mapping.targets(weights)
        self.sides = [
            (sign, device.program(target, generator(seed, 2 * number + k)))
            for k, (sign, target) in enumerate(zip((1, -1), targets))
        ]
        self._flicker = None

    def mean(self, t):
        """Return the weights at time t without read noise, float64 (inputs, outputs)."""
        plus, minus = (devices.mean(t) for _, devices in self.sides)
        return (plus - minus) / self.mapping.scale

    def reading(self, t):
        """Return the weights as one reading of all devices gives them; the same one whenever it is asked for."""
        plus, minus = self.conductances(t, True)
        return (plus - minus) / self.mapping.scale

    def conductances(self, t, reading):
        """Return G+ and G- at time t in uS, as `reading` has them or without read noise; an offset G- is a column."""
        if not reading:
            return [devices.mean(t) for _, devices in self.sides]
        rngs = (generator(self.seed, _READING + 2 * self.number + k) for k in range(2))
        return [devices.read(t, rng) for (_, devices), rng in zip(self.sides, rngs)]

    @property
    def noisy(self):
        """Whether readings differ."""
        return self.sides[0][1].device.reading is not None

    def settle(self, t, factor, W, V):
        """Write factor times the weights at time t to W and the variances of their reading to V, both (n, m).

        V of no rows: no read noise.
        """
        if not self._settle_compiled(t, factor, W, V):
            scale = factor / self.mapping.scale
            means = [devices.mean(t) for _, devices in self.sides]
            np.multiply(means[0] - means[1], scale, out=W, casting="same_kind")
            if len(V):
                noises = [devices.noise(t) for _, devices in self.sides]
                np.multiply(noises[0] ** 2 + noises[1] ** 2, scale * scale, out=V, casting="same_kind")

    def _settle_compiled(self, t, factor, W, V):
        """Do it by the kernel for power-law drift and flicker noise, if that is what the devices have; whether so."""
        device = self.sides[0][1].device
        lawful = isinstance(device.drift, PowerDrift) and (isinstance(device.reading, FlickerNoise) or not self.noisy)
        if not lawful or device.window or self.mapping.scheme != "pair" or self.sides[0][1].stuck is not None:
            return False
        if self._flicker is None:
            nothing = np.zeros((0, 0))
            self._flicker = [device.reading.relative(p.g, device) if self.noisy else nothing for _, p in self.sides]
        growth = device.reading_scale * device.reading.growth(t) if len(V) else 0.0
        log, scale = float(np.log1p(t / device.drift.t0_s)), factor / self.mapping.scale
        W[...] = 0
        V[...] = 0
        for (sign, devices), q in zip(self.sides, self._flicker):
            kernels.power_drift(devices.g, devices.state, q, log, growth, sign, scale, W, V)
        return True
