"""One BLAS thread while something is learned: for speed, and for the same bits however many there are outside."""

import threading
from contextlib import ContextDecorator
from functools import cache

from threadpoolctl import ThreadpoolController


class _OneThread(ContextDecorator):
    """BLAS has one thread inside. Products of layers are small, and threads that wait for each other on busy cores take
    many times longer than one alone; and several add up a long sum in another order, which gives other bits. May be
    nested and entered by several threads."""

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
