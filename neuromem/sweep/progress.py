"""How far a sweep is and how long it still takes."""

import time
from contextlib import contextmanager
from contextvars import ContextVar

_listener = ContextVar("neuromem_sweep_listener", default=None)


def tell(done, total, what):
    """Say, from inside the function of a sweep, how far it is in its point.

    done, total  numbers, in any unit; what  str, what it does next
    Shown where the sweep runs in the process that shows progress; anywhere else nothing happens.
    """
    listener = _listener.get()
    if listener is not None:
        listener(done / total if total else 0.0, what)


class Clock:
    """Counts finished points and calls `progress(done, total, text)`.

    progress  callable or None; total  int, points of the sweep; found  int, those that need no computing
    """

    def __init__(self, progress, total, found):
        self._progress = progress
        self._total, self._found, self.done = total, found, found
        self.begin()

    def begin(self):
        """Computing begins now: what came before does not count for the time left."""
        self._began = time.perf_counter()

    def step(self, count=1):
        """`count` more points are finished."""
        self.done += count
        self.say(f"{self.done} of {self._total} points")

    def say(self, what, part=0):
        """Show a text; `part` is the finished fraction of the point at work."""
        if self._progress is not None:
            left = self._left(part)
            self._progress(self.done + part, self._total, what if left is None else f"{what}, {left} left")

    @contextmanager
    def listening(self):
        """In this block, `tell` speaks through this clock."""
        if self._progress is None:
            yield
            return
        token = _listener.set(lambda part, what: self.say(what, min(max(part, 0.0), 1.0)))
        try:
            yield
        finally:
            _listener.reset(token)

    def _left(self, part):
        """The time left, for reading; None while nothing is known or when nothing is left."""
        computed, missing = self.done + part - self._found, self._total - self.done - part
        if computed <= 0 or missing <= 0:
            return None
        return duration((time.perf_counter() - self._began) / computed * missing)


def duration(seconds):
    """Seconds for reading: 40 s, 12 min, 3 h 20 min, 2 d 5 h."""
    if seconds < 59.5:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"
