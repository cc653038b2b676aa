"""Voltages in a crossbar whose wires have resistance, row by row and column by column in turns.

Rows are driven at column 0, columns are sensed at zero volts behind their last row; every segment of a wire has the
conductance w, also those to the driver and to the sense amplifier. Given the potentials of the columns, each row is a
chain of nodes whose equations are tridiagonal, and the other way round.
"""

from neuromem.kernels.jit import entry, inner


@inner
def solve_rows(G, volts, w, column, row, gain):
    """Potentials of all rows given those of the columns, by elimination along each row; gain: scratch (at least m,)."""
    n, m = G.shape
    for i in range(n):
        g, c, r = G[i], column[i], row[i]
        before_gain, before = 0.0, volts[i]
        for j in range(m):
            inflow = w * before if j == 0 else w * r[j - 1]
            diagonal = g[j] + w + (w if j < m - 1 else 0.0) - w * before_gain
            before_gain = w / diagonal
            gain[j] = before_gain
            r[j] = (g[j] * c[j] + inflow) / diagonal
        for j in range(m - 2, -1, -1):
            r[j] += gain[j] * r[j + 1]


@inner
def solve_columns(G, w, row, column, gain):
    """Potentials of all columns given those of the rows, all columns side by side; gain: scratch (n, m)."""
    n, m = G.shape
    for i in range(n):
        g, r, c, k = G[i], row[i], column[i], gain[i]
        if i == 0:
            for j in range(m):
                k[j] = w / (g[j] + w)
                c[j] = g[j] * r[j] / (g[j] + w)
        else:
            above, before = column[i - 1], gain[i - 1]
            for j in range(m):
                diagonal = g[j] + w + w - w * before[j]
                c[j] = (g[j] * r[j] + w * above[j]) / diagonal
                k[j] = w / diagonal
    for i in range(n - 2, -1, -1):
        below, c, k = column[i + 1], column[i], gain[i]
        for j in range(m):
            c[j] += k[j] * below[j]


@entry
def relax(G, volts, w, tolerance, most, row, column, gain, line, currents):
    """Write the currents at the feet of the columns; returns the turns taken.

    G : (n, m) conductances; volts : (n,); w : in the unit of G; row, column, gain : (n, m), line : (m,), scratch
    Ends when no current changes by more than `tolerance` of the largest, or after `most` turns.
    """
    n, m = G.shape
    for i in range(n):
        for j in range(m):
            column[i, j] = 0.0
    for j in range(m):
        currents[j] = 0.0
    for turn in range(most):
        solve_rows(G, volts, w, column, row, line)
        solve_columns(G, w, row, column, gain)
        change, largest = 0.0, 0.0
        for j in range(m):
            now = w * column[n - 1, j]
            change = max(change, abs(now - currents[j]))
            largest = max(largest, abs(now))
            currents[j] = now
        if change <= tolerance * largest:
            return turn + 1
    return most
