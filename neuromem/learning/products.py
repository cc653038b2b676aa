"""Matrix products with the same bits for any number of BLAS threads."""

PIECE = 256


def product(a, b):
    """Return a @ b, (m, k) by (k, n), added up over pieces of k.

    OpenBLAS cuts long sums differently for one thread and for several, and adding up in another order gives other bits.
    Sums of up to 256 it leaves whole, so that the pieces are ours.
    """
    out = a[:, :PIECE] @ b[:PIECE]
    for start in range(PIECE, a.shape[1], PIECE):
        out += a[:, start : start + PIECE] @ b[start : start + PIECE]
    return out
