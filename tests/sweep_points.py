"""Functions that the tests of sweeps map: in a module of their own, which worker processes can import."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuromem.errors import CapacityError


@dataclass(frozen=True)
class Point:
    """What to draw, how long that takes, and a folder in which every call leaves a mark."""

    seed: int
    size: int = 3
    wait: float = 0.0
    folder: str = ""


def draw(point):
    """Arrays of several types, nested, with everything that a file turns into something else."""
    time.sleep(point.wait)
    if point.folder:
        with (Path(point.folder) / f"{point.seed}.calls").open("a") as file:
            file.write("x")
    rng = np.random.default_rng(point.seed)
    values = rng.standard_normal((point.size, 2))
    return {
        "mean": values.mean(),
        "values": values,
        "turned": values.T.astype(">f4"),
        "spikes": {"Out/α": values > 0, "none": np.empty((0, 2), np.int32)},
        "rows": (1, 2.5, None, "text", float("nan"), -0.0),
        "seed": np.int32(point.seed),
    }


def dies_once(point):
    """Kills its own process at point 5, the first time."""
    mark = Path(point.folder) / "died"
    if point.seed == 5 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(point)


def dies_always(point):
    os.kill(os.getpid(), signal.SIGKILL)


def fails(point):
    """Fails at point 3 in the way that the folder's name says."""
    way = Path(point.folder).name
    if point.seed != 3 or way == "repaired":
        return draw(Point(point.seed))
    if way == "bug":
        return {}["missing"]
    if way == "typed":
        raise CapacityError("no room")
    if way == "exit":
        sys.exit("enough")
    if way == "interrupt":
        raise KeyboardInterrupt
    return {"file": object()}


BUFFER = np.zeros(2)


def reuses(point):
    """Writes into the same array every time, and into its point."""
    BUFFER[:] = point["x"]
    point["x"] += 1
    return BUFFER


def echo(point):
    return 1
