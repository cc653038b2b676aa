"""What happens to one point, wherever that is: the function gets its own copy, the result becomes plain data."""

import copy
import math
import pickle
import time
import traceback
from dataclasses import dataclass, replace

import numpy as np

from neuromem import errors
from neuromem.io import tree

SHORTEST, LONGEST = 0.3, 5.0  # seconds that a batch of points, or the wait between two files, is meant to last
SHARE = 0.004  # of that time, that sending it or writing it may take
MOST = 10_000  # points in a batch


@dataclass(frozen=True)
class Failure:
    """Why a point has no result: what was raised, as text, so that it travels between machines.

    kind   name of the exception's class; known  its name in neuromem.errors, or None; text  its message
    trace  the traceback; cause  the exception itself where it was raised in this process, else None
    """

    kind: str
    known: str | None
    text: str
    trace: str
    cause: BaseException | None = None

    @classmethod
    def of(cls, error):
        known = type(error).__name__ if getattr(errors, type(error).__name__, None) is type(error) else None
        return cls(type(error).__name__, known, str(error), "".join(traceback.format_exception(error)), error)

    def error(self, place, ending):
        """The exception to raise; errors of neuromem keep their type, all others become a SweepError."""
        what = self.text if self.known else f"{self.kind}: {self.text}".rstrip(": ")
        raised = getattr(errors, self.known or "SweepError")(f"{place}: {what}{ending}")
        if self.cause is None:
            raised.add_note(f"On the worker:\n{self.trace}")
        raised.__cause__ = self.cause
        return raised


@dataclass(frozen=True)
class Outcome:
    """One computed point: its result as plain data, or its Failure, and the seconds it took."""

    result: object
    failure: Failure | None
    seconds: float


def compute(function, point):
    """The Outcome of one point; only Ctrl-C passes."""
    start = time.perf_counter()
    try:
        result, failure = plain(function(copy.deepcopy(point))), None
    except (Exception, SystemExit) as error:
        result, failure = None, Failure.of(error)
    return Outcome(result, failure, time.perf_counter() - start)


def plain(result):
    """A result as `neuromem.io` would give it back: own, writable arrays, lists for tuples, Python numbers.

    Raises DataError when it holds something that cannot be stored.
    """
    try:
        skeleton, arrays = tree.encode(result, "")
        text = tree.dump(skeleton)
    except ValueError as error:
        raise errors.DataError(f"the result cannot be stored: {error}") from None
    return tree.decode(text, lambda place: np.array(arrays[place], order="C"))


def pace(cost):
    """How long something should last, in seconds, whose overhead is `cost` seconds of CPU on this machine."""
    return min(max(cost / SHARE, SHORTEST), LONGEST)


def batch_size(seconds, waiting, slots, wanted):
    """Points to send to a worker at once: for `wanted` seconds, towards the end for fewer, never below SHORTEST.

    seconds  of one point, or None while unknown; waiting  points not yet sent; slots  batches that are out at a time
    """
    if seconds is None:
        return 1
    each = max(seconds, 1e-9)
    fewest, most = min(math.ceil(SHORTEST / each), MOST), min(int(wanted / each), MOST)
    return min(max(fewest, min(most, -(-waiting // slots))), waiting)


def run_batch(task, payload, longest):
    """On a worker: the Outcomes of the first points of a batch, pickled; the others are sent again.

    task     naming.Task
    payload  bytes, a pickled list of points
    longest  seconds after which no further point is begun
    """
    start, outcomes = time.perf_counter(), []
    try:
        function, points = task.load(), pickle.loads(payload)
        for point in points:
            outcomes.append(compute(function, point))
            if outcomes[-1].failure is not None or time.perf_counter() - start > longest:
                break
    except BaseException as error:  # a worker that raises these would be taken for dead
        outcomes.append(Outcome(None, Failure.of(error), time.perf_counter() - start))
    if outcomes[-1].failure is not None:
        outcomes[-1] = replace(outcomes[-1], failure=replace(outcomes[-1].failure, cause=None))
    return pickle.dumps(outcomes, protocol=pickle.HIGHEST_PROTOCOL)
