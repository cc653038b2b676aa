"""Matrix products: the same bits for any number of BLAS threads, and one of these while something is learned."""

import threading
from contextlib import ContextDecorator
from functools import cache

from threadpoolctl import ThreadpoolController

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


class _OneThread(ContextDecorator):
    """BLAS has one thread inside: products of layers are small, and threads that wait for each other on busy cores take
    many times longer than one alone. May be nested and entered by several threads."""

    def __init__(self):
        self._lock, self._inside, self._limits = threading.Lock(), 0, None

    def __enter__(self):
        with self._lock:
            if self._inside == 0:
                self._limits = _blas().limit(limits=1)
            self._inside += 1

    def __exit__(self, *error):
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limits.restore_original_limits()


@cache
def _blas():
    return ThreadpoolController().select(user_api="blas")


one_thread = _OneThread()
"""For `with one_thread:` and as a decorator."""
