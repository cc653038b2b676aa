"""`GlialNetwork`: a layer of spiking neurons under a layer of astrocytes, and its state."""

from dataclasses import dataclass, fields

import numpy as np

from neuromem.errors import UsageError
from neuromem.kernels import glial
from neuromem.models.checks import array_of, number, whole

REST = 0.072495, 0.886314, 0.820204
"""Calcium (uM), h and IP3 (uM) that astrocytes begin with."""


@dataclass(frozen=True)
class GlialParameters:
    """Parameters of Gordleeva et al. 2021; concentrations in uM, currents in the units of Izhikevich's neuron.

    dt                      ms per step
    a, b, c, d, peak        Izhikevich's neuron; c and the peak in mV
    most                    largest current into a neuron
    synapses, reach         synapses of each neuron; their mean length in neurons
    g, gain, slope          synaptic weight, what an astrocyte adds to it, mV over which release begins
    clearance, release      of glutamate, per s
    level, crowd            so much glutamate at so many of 16 neurons makes an astrocyte produce IP3,
    ip3_drive, driven       so much per s, for so many ms
    calcium, together       synapses get stronger if calcium is above, and so many of 16 neurons spike in one step
    window, watch, effect   within the last ms; looked at every so many ms; for so many ms
    calcium_flux, ip3_flux  diffusion between neighbours, per s
    noise, pulse, pause     largest current of a noise pulse, its ms, mean ms from one to the next
    """

    dt: float = 0.1
    a: float = 0.1
    b: float = 0.2
    c: float = -65.0
    d: float = 2.0
    peak: float = 30.0
    most: float = 25.0
    synapses: int = 40
    reach: float = 5.0
    g: float = 0.025
    gain: float = 0.5
    slope: float = 0.2
    clearance: float = 10.0
    release: float = 600.0
    level: float = 0.7
    crowd: int = 8
    ip3_drive: float = 5.0
    driven: float = 60.0
    calcium: float = 0.15
    together: int = 6
    window: float = 10.0
    watch: float = 1.0
    effect: float = 250.0
    calcium_flux: float = 0.05
    ip3_flux: float = 0.1
    noise: float = 20.0
    pulse: float = 30.0
    pause: float = 2000.0 / 3.0

    def __post_init__(self):
        for field in fields(self):
            value, name = getattr(self, field.name), f"GlialParameters.{field.name}"
            if field.type is int:
                whole(name, value, 0)
            elif field.name == "c":
                number(name, value, -1e6, 1e6, "a number")
            elif field.name in ("dt", "watch", "slope", "reach"):
                number(name, value, 1e-6, 1e6, "a number above 0")
            else:
                number(name, value, 0.0, 1e6, "a number of at least 0")

    def numbers(self):
        """As the kernels take them: times in steps."""
        steps = {
            name: round(getattr(self, name) / self.dt) for name in ("driven", "window", "watch", "effect", "pulse")
        }
        values = {name: getattr(self, name) for name in glial.Numbers._fields} | steps
        return glial.Numbers(**values | {"watch": max(1, steps["watch"]), "pause": self.pause / self.dt})


class GlialNetwork:
    """(3 rows + 1) x (3 columns + 1) neurons under rows x columns astrocytes.

    Parameters
    ----------
    rows, columns : int
        Astrocytes.
    parameters : GlialParameters, optional
    seed : int
        Of the wiring and of the noise.

    Attributes
    ----------
    shape : tuple of int
        Neurons, rows and columns.
    step : int
        Steps since the beginning.

    References
    ----------
    Gordleeva et al., Frontiers in Cellular Neuroscience 15:631485 (2021).
    """

    def __init__(self, rows=26, columns=26, parameters=None, seed=0):
        size = whole("GlialNetwork.rows", rows, 1, 1000), whole("GlialNetwork.columns", columns, 1, 1000)
        self.parameters = GlialParameters() if parameters is None else parameters
        if not isinstance(self.parameters, GlialParameters):
            raise UsageError(f"GlialNetwork.parameters: GlialParameters are expected, got {parameters!r}")
        self.seed = whole("GlialNetwork.seed", seed, 0, 2**63 - 1)
        self.shape = 3 * size[0] + 1, 3 * size[1] + 1
        self.neurons = self.shape[0] * self.shape[1]
        self._targets = wiring(self.shape, self.parameters, np.random.default_rng(self.seed))
        self._numbers = self.parameters.numbers()
        self.begin()

    def begin(self, astrocytes=None):
        """Put time to zero and neurons at rest, and astrocytes too if they are not given, as `astrocytes`."""
        size = (self.shape[0] - 1) // 3, (self.shape[1] - 1) // 3
        levels = np.empty((3, *size))
        given = np.array(REST)[:, None, None] if astrocytes is None else np.asarray(astrocytes)
        if astrocytes is not None and (given.shape != levels.shape or not (given >= 0).all()):
            raise UsageError(f"GlialNetwork.begin: concentrations of at least 0 are expected, of shape {levels.shape}")
        levels[...] = given
        rng = np.random.default_rng([self.seed, 1])
        first = rng.integers(1, 1 + round(2.25 * self._numbers.pause), self.neurons)
        self.step, self._cells, self._astrocytes = 0, _cells(self.neurons, first), _astrocytes(levels)

    @property
    def astrocytes(self):
        """Calcium (uM), h and IP3 (uM), float64 (3, rows, columns)."""
        return np.stack([self._astrocytes.calcium, self._astrocytes.h, self._astrocytes.ip3])

    @property
    def calcium(self):
        """Calcium of the astrocytes in uM, float64 (rows, columns)."""
        return self._astrocytes.calcium.copy()

    @property
    def potential(self):
        """Membrane potentials in mV, float64 of the neurons' shape."""
        return self._cells.v.reshape(self.shape).copy()

    @property
    def strengthened(self):
        """Where astrocytes make synapses stronger now, bool (rows, columns)."""
        return self.step < self._astrocytes.effect

    def run(self, duration, applied=None):
        """Run for some ms under a current to each neuron, of the neurons' shape; none if not given.

        Returns
        -------
        int64 ndarray of the neurons' shape
            How often each neuron spiked.
        """
        steps = round(number("GlialNetwork.run: duration", duration, 0.0, 1e9, "ms of at least 0") / self.parameters.dt)
        given = np.zeros(self.shape) if applied is None else array_of(applied, "GlialNetwork.run: applied", "a current")
        if given.shape != self.shape or not np.isfinite(given).all():
            raise UsageError(f"GlialNetwork.run: one finite current per neuron is expected, of shape {self.shape}")
        current = given.astype(np.float64).ravel()
        spikes = np.zeros(self.neurons, np.int64)
        glial.run(
            *(self.step, steps, self.seed, current, self._cells, self._astrocytes),
            *(self._targets, self._numbers, self.shape[1], spikes),
        )
        self.step += steps
        return spikes.reshape(self.shape)


def wiring(shape, parameters, rng):
    """Targets of each neuron, int32 (neurons, synapses): different ones, at exponential distances in all directions.

    Both coordinates of the distance are cut to whole numbers; what falls outside, or on the neuron, is drawn again.
    """
    rows, columns = shape
    synapses = min(parameters.synapses, rows * columns - 1)
    targets = np.empty((rows * columns, synapses), np.int32)
    for i in range(rows * columns):
        found = np.empty(0, np.int64)
        while found.size < synapses:
            length, angle = rng.exponential(parameters.reach, 512), rng.uniform(0, 2 * np.pi, 512)
            y = i // columns + np.trunc(length * np.cos(angle)).astype(np.int64)
            x = i % columns + np.trunc(length * np.sin(angle)).astype(np.int64)
            drawn = (y * columns + x)[(y >= 0) & (y < rows) & (x >= 0) & (x < columns)]
            found = np.concatenate([found, drawn[drawn != i]])
            found = found[np.sort(np.unique(found, return_index=True)[1])]
        targets[i] = found[:synapses]
    return targets


def _cells(neurons, first):
    """Neurons at -70 mV, and the steps of their first noise pulses."""
    zeros = (np.zeros(neurons) for _ in range(4))
    return glial.Cells(
        np.full(neurons, -70.0), *(next(zeros) for _ in range(3)), np.zeros(neurons, bool), next(zeros),
        np.zeros(neurons, np.int64), first.astype(np.int64), np.full(neurons, -1, np.int64),
    )  # fmt: skip


def _astrocytes(levels):
    """Astrocytes with these concentrations, nothing going on."""
    size = levels.shape[1:]
    never = [np.full(size, -(1 << 40), np.int64) for _ in range(3)]
    counts = [np.zeros(size, np.int64) for _ in range(2)]
    return glial.Astrocytes(*levels, np.zeros((2, *size)), *counts, *never)
