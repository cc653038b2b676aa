"""IR drop: currents of a crossbar whose wires have resistance, exactly and by relaxation.

Rows are driven at their first column; columns are held at zero volts behind their last row. Every segment between two
crossings, and those to the driver and to the sense amplifier, has the same resistance.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from neuromem.errors import UsageError
from neuromem.kernels import ladder

TOLERANCE = 1e-4
"""Relaxation ends when no current changes by more than this share of the largest."""
MOST_TURNS = 1000


def exact_currents(g_uS, volts, ohm):
    """Return the currents of all columns, uA (m,) or (B, m), by solving all nodes of the ladder at once.

    g_uS : float (n, m); volts : float (n,) or (B, n); ohm : of a segment, above 0
    """
    g, volts = np.asarray(g_uS, float), np.asarray(volts, float)
    n, m = g.shape
    w = 1e6 / _segment(ohm)  # uS
    row = np.arange(n * m).reshape(n, m)
    column = row + n * m
    pairs = [(row, column, g), (row[:, :-1], row[:, 1:], w), (column[:-1], column[1:], w)]
    a, b, c = (np.concatenate([np.broadcast_to(pair[k], pair[0].shape).ravel() for pair in pairs]) for k in range(3))
    ground = np.zeros(2 * n * m)
    ground[row[:, 0]] += w
    ground[column[-1]] += w
    everywhere = np.arange(2 * n * m)
    matrix = coo_array(
        (np.concatenate([c, c, -c, -c, ground]),
         (np.concatenate([a, b, a, b, everywhere]), np.concatenate([a, b, b, a, everywhere])))
    )  # fmt: skip
    drive = np.zeros((2 * n * m, len(np.atleast_2d(volts))))
    drive[row[:, 0]] = w * np.atleast_2d(volts).T
    potentials = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0).solve(drive)
    currents = w * potentials[column[-1]].T
    return currents[0] if volts.ndim == 1 else currents


class Relaxed:
    """The same currents within 0.1 % of the largest, by solving rows and columns in turns; keeps its scratch arrays.

    rows, columns : of the largest array that is asked for
    """

    def __init__(self, rows, columns):
        self._scratch = [np.empty(rows * columns) for _ in range(3)]
        self._line = np.empty(columns)
        self.turns = 0

    def currents(self, g_uS, volts, ohm, out):
        """Write the currents of all columns, uA, to `out`, float64 (m,); g_uS float64 (n, m), volts float64 (n,)."""
        row, column, gain = (scratch[: g_uS.size].reshape(g_uS.shape) for scratch in self._scratch)
        w = 1e6 / _segment(ohm)
        self.turns = ladder.relax(g_uS, volts, w, TOLERANCE, MOST_TURNS, row, column, gain, self._line, out)
        return out


def _segment(ohm):
    if isinstance(ohm, bool) or not isinstance(ohm, (int, float, np.number)) or not 0 < ohm < np.inf:
        raise UsageError(f"wire_ohm: a finite resistance above 0 is expected, got {ohm!r}")
    return float(ohm)
