"""`Crossbar`: products of a matrix that is held as conductances."""

import math

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.hardware.resistive import cost
from neuromem.hardware.resistive.cells import Cells, checked_seed
from neuromem.hardware.resistive.device import Device, checked_time
from neuromem.hardware.resistive.mapping import checked_weights, digits
from neuromem.hardware.resistive.presets import device as preset
from neuromem.hardware.resistive.wires import Relaxed, exact_currents
from neuromem.kernels import crossbar as kernels
from neuromem.kernels.philox import RESISTIVE, WORDS

LADDERS = ("fast", "exact")
READINGS = ("each", "once")
_NOISE = 1 << 24
"""First stream of noise in products, after those of programming and of single readings."""


class Crossbar:
    """A matrix on resistive devices: programmed once, multiplied with many vectors at any later times.

    Devices are those of the seed whatever the tiles are, and the noise of a product follows from the seed and the
    number of products before.

    Parameters
    ----------
    weights : float array, shape (outputs, inputs)
    device : Device or str
    seed : int
        Of the devices and of all noise.
    tile : (int, int)
        Rows (inputs) and columns (outputs) of an array. The sums of arrays are added up digitally.
    scheme : "pair" or "offset"
        Two devices per weight, or one and a shared column in the middle of the range.
    slices, slice_bits : int, optional
        Cut magnitudes into `slices` digits of `slice_bits` bits, each with arrays of its own; default analogue weights.
    dac_bits, adc_bits : int, optional
        Signed converters, 2^(bits - 1) - 1 steps to either side (one for a single bit); exact if not given.
    input_range : float, optional
        Full scale of the inputs; the largest of each vector if not given.
    adc_range : float, optional
        Full scale of the sum of one array, in units of the output. If not given the largest sum that the weights and
        the input's full scale can make, which nothing exceeds. `clipped` counts sums beyond.
    wire_ohm : float
        Resistance of a wire from one crossing to the next; 0: none.
    ladder : "fast" or "exact"
        How currents follow from it. The noise of each product is that without wires.
    noise : "each" or "once"
        Whether each product reads the devices anew, or all products at one time share one reading.
    compensation : bool
        Multiply results with sum |W(0)| / sum |W(t)|, one number for all outputs, as a digital gain after readings of
        all rows in turn would.
    dtype : float64 or float32
        Of products.

    Attributes
    ----------
    reads : int
        Products so far, which key the noise.
    clipped : int
        Sums beyond adc_range so far.

    Raises
    ------
    PatternError, UsageError
        Names the argument.
    """

    def __init__(
        self,
        weights,
        device,
        seed=0,
        tile=(256, 256),
        *,
        scheme="pair",
        slices=1,
        slice_bits=None,
        dac_bits=None,
        adc_bits=None,
        input_range=None,
        adc_range=None,
        wire_ohm=0.0,
        ladder="fast",
        noise="each",
        compensation=False,
        dtype=np.float64,
    ):
        weights = checked_weights(weights, "Crossbar")
        self.device = preset(device) if isinstance(device, str) else device
        if not isinstance(self.device, Device):
            raise UsageError(f"Crossbar.device: a Device or the name of one is expected, got {device!r}")
        self.seed = checked_seed(seed, "Crossbar")
        self.tile = _tile(tile)
        slices, slice_bits = _whole("slices", slices, 1), _bits("slice_bits", slice_bits)
        if slices > 1 and slice_bits is None:
            raise UsageError("Crossbar.slice_bits: the bits of each slice are expected")
        if slice_bits and slices * slice_bits > 31:
            raise UsageError(f"Crossbar.slices: at most 31 bits in all are possible, got {slices} x {slice_bits}")
        self.dac_bits, self.adc_bits = _bits("dac_bits", dac_bits), _bits("adc_bits", adc_bits)
        self.input_range, self.adc_range = _range("input_range", input_range), _range("adc_range", adc_range)
        self.wire_ohm = _number("wire_ohm", wire_ohm, "a finite number of at least 0", 0.0)
        if ladder not in LADDERS:
            raise UsageError(f"Crossbar.ladder: one of {', '.join(LADDERS)} is expected, got {ladder!r}")
        if noise not in READINGS:
            raise UsageError(f"Crossbar.noise: one of {', '.join(READINGS)} is expected, got {noise!r}")
        self.noise = noise
        self.ladder, self.compensation, self.dtype = ladder, bool(compensation), np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise UsageError(f"Crossbar.dtype: float32 or float64 is expected, got {self.dtype}")
        self.outputs, self.inputs = weights.shape
        parts = digits(weights.T, slices, slice_bits)
        self._cells = [Cells(part, self.device, self.seed, k, scheme) for k, (_, part) in enumerate(parts)]
        self._factors = [factor for factor, _ in parts]
        self.reads = self.clipped = 0
        self._time, self._gain = None, 1.0
        self._make_room()

    def _make_room(self):
        n, m, kind = self.inputs, self.outputs, self.dtype
        noisy = self._cells[0].noisy and self.noise == "each"
        self._W = [np.empty((n, m), kind) for _ in self._cells]
        shape = (n, m) if noisy else (0, 0)
        self._V, self._S = np.empty(shape, np.float32), [np.empty(shape, np.uint8) for _ in self._cells]
        self._units = [0.0] * len(self._cells)
        self._x, self._squares = np.empty((2, n), kind)
        self._drive, self._sums = np.empty(n, kind), np.empty(m, kind)
        self._work = np.empty((3, math.ceil(m / WORDS) * WORDS), kind)
        self._words, self._chance = np.empty(WORDS, np.uint32), np.empty(3, np.int64)
        self._converter = np.empty(3)
        rows, columns = min(n, self.tile[0]), min(m, self.tile[1])
        self._relaxed = Relaxed(rows, columns) if self.wire_ohm and self.ladder == "fast" else None
        self._G = None

    def __repr__(self):
        return f"Crossbar({self.outputs} x {self.inputs} on {self.device.name}, seed={self.seed}, tile={self.tile})"

    @property
    def devices(self):
        """The devices of all slices and signs: list of ProgrammedDevices, (inputs, outputs)."""
        return [devices for cells in self._cells for _, devices in cells.sides]

    def weights(self, t=0.0):
        """Return what the devices are worth at time t without read noise and wires, float64 (outputs, inputs)."""
        t = checked_time(t, "Crossbar")
        gain = self._compensated(t)
        return gain * sum(f * cells.mean(t) for f, cells in zip(self._factors, self._cells)).T

    def matvec(self, x, t=0.0, out=None):
        """Return the product with x, t seconds after programming.

        The first product at another time than before computes all devices anew; products at one time with `out` do not
        allocate.

        Parameters
        ----------
        x : float array, shape (inputs,) or (B, inputs)
        t : float
            Seconds.
        out : float array, shape (outputs,) or (B, outputs), optional
            Of the crossbar's dtype.

        Returns
        -------
        float array, `out` if given

        Raises
        ------
        PatternError, UsageError
        """
        x = self._checked_input(x)
        out = self._checked_output(x, out)
        self._settle(checked_time(t, "Crossbar"))
        if x.ndim == 1:
            self._one(x, out)
        else:
            for row, result in zip(x, out):
                self._one(row, result)
        return out

    def cost(self, x, t=0.0):
        """Return the `Cost` of a product with one vector x at time t, from the constants of `cost.py`."""
        x = self._checked_input(x)
        if x.ndim != 1:
            raise PatternError("Crossbar.x: one vector is expected")
        largest = self.input_range or float(np.abs(x).max(initial=0.0)) or 1.0
        share = np.clip(x / largest, -1, 1)
        arrays = [[devices.mean(t) for _, devices in cells.sides] for cells in self._cells]
        costs = [cost.of_arrays(share, pair, self.tile, self.dac_bits, self.adc_bits) for pair in arrays]
        return sum(costs[1:], costs[0])

    # One product

    def _one(self, x, out):
        self._x[:] = x
        full = kernels.to_analogue(self._x, _steps(self.dac_bits), self.input_range or 0.0, self._drive)
        out[:] = 0
        for k in range(len(self._cells)):
            ranged = self.adc_range or full * self._largest[k]
            self._converter[:] = ranged, _steps(self.adc_bits) if ranged > 0 else 0, self._gain
            tiles = -(-self.inputs // self.tile[0])
            self._chance[:] = self.seed, RESISTIVE + _NOISE + 2 * tiles * k, self.reads
            if self.wire_ohm:
                self._through_wires(k, full, out)
            else:
                rows = self.tile[0] if self.adc_bits else self.inputs
                self.clipped += kernels.product(
                    self._drive, self._squares, self._W[k], self._S[k], self._units[k], rows, self._chance,
                    self._converter, self._work, self._words, out,
                )  # fmt: skip
        self.reads += 1

    def _through_wires(self, k, full, out):
        """Add a product whose arrays have wires with resistance."""
        volts = self._drive.astype(float) * (cost.READ_VOLTS / full if full else 0.0)
        per_weight = self._factors[k] / self._cells[k].mapping.scale * full / cost.READ_VOLTS
        for begin in range(0, self.inputs, self.tile[0]):
            rows = slice(begin, min(self.inputs, begin + self.tile[0]))
            sums = self._sums
            for left in range(0, self.outputs, self.tile[1]):
                columns = slice(left, min(self.outputs, left + self.tile[1]))
                plus, minus = (self._column_currents(g, rows, columns, volts[rows]) for g in self._G[k])
                sums[columns] = (plus - minus) * per_weight
            variance = self._work[1, :0]
            if len(self._V):
                variance = self._work[1, : self.outputs]
                variance[:] = (self._drive[rows] * self._units[k]) ** 2 @ self._S[k][rows].astype(float) ** 2
            self.clipped += kernels.finish(
                sums, variance, self._work[2], self._words, self._chance, *self._converter.tolist(), out
            )
            self._chance[1] += 2

    def _column_currents(self, g, rows, columns, volts):
        """Return the currents of one array in uA; a column that all share stands alone."""
        part = np.ascontiguousarray(g[rows, columns] if g.shape[1] > 1 or self.outputs == 1 else g[rows])
        if self.ladder == "exact":
            return exact_currents(part, volts, self.wire_ohm)
        return self._relaxed.currents(part, volts, self.wire_ohm, np.empty(part.shape[1]))

    # Devices at a time

    def _settle(self, t):
        """Make effective weights, variances and, with wires, conductances those at time t."""
        if t == self._time:
            return
        for k, (factor, cells, W) in enumerate(zip(self._factors, self._cells, self._W)):
            if self.noise == "once":
                W[...] = factor * cells.reading(t)
            else:
                cells.settle(t, factor, W, self._V)
            self._units[k] = kernels.to_bytes(self._V, self._S[k]) if len(self._V) else 0.0
        if self.wire_ohm:
            self._G = [cells.conductances(t, self.noise == "once") for cells in self._cells]
        self._gain = self._compensated(t)
        if self._time is None or self.adc_bits:
            starts = np.arange(0, self.inputs, self.tile[0])
            self._largest = [np.add.reduceat(np.abs(W), starts).max() for W in self._W]
        self._time = t

    def _compensated(self, t):
        """Return the gain that makes up for drift, from all weights at time 0 and now."""
        if not self.compensation or t == 0:
            return 1.0
        now, first = (
            sum(abs(f) * np.abs(cells.mean(when)).sum() for f, cells in zip(self._factors, self._cells))
            for when in (t, 0.0)
        )
        return float(first / now) if now > 0 else 1.0

    # What is given

    def _checked_input(self, x):
        try:
            x = np.asarray(x)
        except ValueError:
            raise PatternError("Crossbar.x: rows of equal length are expected") from None
        if x.dtype.kind not in "biuf" or x.ndim not in (1, 2) or x.shape[-1] != self.inputs:
            raise PatternError(
                f"Crossbar.x: numbers of shape ({self.inputs},) or (B, {self.inputs}) are expected, "
                f"got {x.dtype} {x.shape}"
            )
        if x.size and not (math.isfinite(x.min()) and math.isfinite(x.max())):
            raise PatternError("Crossbar.x: finite numbers are expected")
        return x

    def _checked_output(self, x, out):
        shape = (*x.shape[:-1], self.outputs)
        if out is None:
            return np.empty(shape, self.dtype)
        if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != self.dtype:
            raise PatternError(f"Crossbar.out: an array of {self.dtype} {shape} is expected")
        return out


def _steps(bits):
    """Steps of a signed converter to either side; 0 for an exact one."""
    return 0 if bits is None else max(1, 2 ** (bits - 1) - 1)


def _whole(name, value, least):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UsageError(f"Crossbar.{name}: a whole number of at least {least} is expected, got {value!r}")
    return int(value)


def _bits(name, value):
    if value is not None and _whole(name, value, 1) > 24:
        raise UsageError(f"Crossbar.{name}: at most 24 bits are possible, got {value}")
    return None if value is None else int(value)


def _number(name, value, wanted, least):
    plain = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not plain or not least <= value < math.inf:
        raise UsageError(f"Crossbar.{name}: {wanted} is expected, got {value!r}")
    return float(value)


def _range(name, value):
    return None if value is None else _number(name, value, "a finite number above 0", math.ulp(0.0))


def _tile(tile):
    try:
        rows, columns = tile
    except (TypeError, ValueError):
        raise UsageError(f"Crossbar.tile: two whole numbers are expected, got {tile!r}") from None
    return _whole("tile", rows, 1), _whole("tile", columns, 1)
