"""One function, many points: in this process, on many cores or on a cluster; kept as it goes, so that it can go on.

    from neuromem import sweep
    results = sweep.map(measure, [{"load": 0.1, "seed": s} for s in range(100)], path="out/load", workers=8)

The results are a pure function of the points: the same bits for any number of workers, with and without a stop between.
"""

from neuromem.sweep.progress import tell
from neuromem.sweep.store import holds_points
from neuromem.sweep.sweep import Sweep

__all__ = ["Sweep", "holds_points", "map", "tell"]


def map(function, points, *, path=None, workers=None, scheduler=None, progress=None, note=None):
    """Results of `function` for every point, in the order of the points.

    function   called with one point; what it needs to know, its seed too, is in the point. With `path`, `workers` or
               `scheduler` it stands at the top level of a module; workers import it from there.
    points     iterable of dicts, tuples or dataclasses of plain values (numbers, text, None, arrays, nested)
    path       folder that keeps every finished point; those it holds already, of the same function, version and
               point, are checked and not computed again
    workers    processes on this machine, one thread each; 1 or None computes in this process (extra `dask`)
    scheduler  address of a dask.distributed scheduler whose workers have one thread each, such as tcp://host:8786
    progress   called with (done, total, text); the text tells the time left
    note       called with a sentence about what `path` held: points found, damaged files

    Returns a list. A result is what `neuromem.io.save` takes (arrays, numbers, text, lists and dicts of these) and
    comes back as `neuromem.io.load` gives it: tuples as lists, NumPy scalars as Python numbers.
    Raises UsageError for a function or point that cannot be named, NotSupportedError without dask, SweepError when a
    point fails (an error of neuromem keeps its type) and StoreError when `path` cannot be written.
    """
    return Sweep(path, workers=workers, scheduler=scheduler, progress=progress, note=note).map(function, points)
