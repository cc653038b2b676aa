"""How many steps to run at a time, and on how many threads: measured, not guessed. The results never depend on it."""

import os

LONGEST_CALL = 0.1
"""Seconds that compiled code may run before Ctrl-C is looked at."""
TRIAL = 40
"""Calls between two trials of the other number of threads."""


def cores():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pace:
    """Adapts the steps per call to the clock, and falls back to one thread when the cores are busy.

    Parameters
    ----------
    threads : int
        Most threads to use; never more than there are cores or parts.
    """

    def __init__(self, threads):
        self.most = max(1, threads)
        self.threads = self.most
        self.steps = 64
        self._cost = {}  # threads -> seconds per step
        self._calls = 0

    def next(self):
        """Threads for the next call."""
        self._calls += 1
        if self.most == 1:
            return 1
        if self._calls <= 4 or self._calls % TRIAL < 2:  # both numbers get their turn
            return self.most if self._calls % 2 else 1
        return self.threads

    def measured(self, threads, steps, seconds):
        """Take in what a call cost."""
        if steps:
            fresh = seconds / steps
            self._cost[threads] = fresh if self._calls <= 4 else 0.5 * (self._cost.get(threads, fresh) + fresh)
            self.threads = min(self._cost, key=self._cost.get)
        if seconds < LONGEST_CALL / 4 and steps == self.steps:
            self.steps *= 2
        elif seconds > LONGEST_CALL and self.steps > 1:
            self.steps //= 2
