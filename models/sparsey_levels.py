"""`Level`: the macs of one level, alike; who sees what, and frames as a hierarchy takes them."""

from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.models.sparsey_rules import CodeSelection, Permanence
from neuromem.network.check import count


@dataclass(frozen=True)
class Level:
    """A grid of macs, each with a rectangle of the level below as its receptive field.

    The fields are spread evenly, from edge to edge, and overlap where they must.

    Parameters
    ----------
    grid : tuple of 2 ints
        Rows and columns of macs.
    field : tuple of 2 ints
        Rows and columns of pixels, or of macs of the level below, that one sees.
    cms, units : int
    persistence : int
        Frames for which a code stays; in the papers it doubles from level to level.
    recurrent : bool
        Whether a mac has H synapses with itself.
    selection, saturation, permanence
        As for `Sparsey`.
    """

    grid: tuple
    field: tuple
    cms: int
    units: int
    persistence: int = 1
    recurrent: bool = True
    selection: CodeSelection = field(default_factory=CodeSelection)
    saturation: float = 1.0
    permanence: Permanence | None = None

    def __post_init__(self):
        for name in ("grid", "field"):
            sides = tuple(count(side, "Level", name, least=1) for side in getattr(self, name))
            if len(sides) != 2:
                raise UsageError(f"Level.{name}: rows and columns are expected, got {sides}")
            object.__setattr__(self, name, sides)
        for name in ("cms", "units", "persistence"):
            count(getattr(self, name), "Level", name, least=1)

    @property
    def total(self):
        """Units of a mac."""
        return self.cms * self.units


def fields(side, level, number):
    """What each mac of a level sees of a grid of `side` rows and columns: list of int64 arrays, row by row."""
    starts = []
    for size, macs, width in zip(side, level.grid, level.field):
        if width > size or (macs == 1 and width < size):
            raise UsageError(
                f"SparseyHierarchy level {number}: {macs} fields of {width} do not cover the {size} cells below; "
                "change field or grid"
            )
        step = (size - width) / (macs - 1) if macs > 1 else 0
        if step > width:
            raise UsageError(f"SparseyHierarchy level {number}: fields of {width} leave gaps; change field or grid")
        starts.append([int(i * step + 0.5) for i in range(macs)])
    cells = np.arange(side[0] * side[1]).reshape(side)
    return [cells[y : y + level.field[0], x : x + level.field[1]].ravel() for y in starts[0] for x in starts[1]]


def parents(above, macs):
    """For every mac, those of the level above that see it."""
    return [[p for p, seen in enumerate(above) if m in seen] for m in range(macs)]


def frames_of(episodes, shape, channels):
    """Checked episodes, (list of bool (T, pixels, channels), False), or images, (bool (B, pixels, channels), True)."""
    wanted = (*shape, channels) if channels > 1 else tuple(shape)
    if isinstance(episodes, np.ndarray) and episodes.ndim == len(wanted) + 1:
        return _checked(episodes, wanted, channels), True
    if isinstance(episodes, np.ndarray) and episodes.ndim == len(wanted) + 2:
        episodes = list(episodes)
    if not isinstance(episodes, (list, tuple)):
        raise PatternError(f"episodes: arrays of frames of {wanted} are expected, got {episodes!r:.60}")
    return [_checked(frames, wanted, channels) for frames in episodes], False


def _checked(frames, wanted, channels):
    frames = np.asarray(frames)
    if frames.shape[1:] != wanted or frames.dtype.kind not in "biuf" or len(frames) == 0:
        raise PatternError(f"episodes: frames of {wanted} are expected, got {frames.dtype} {frames.shape}")
    if not np.isin(frames, (0, 1)).all():
        raise PatternError("episodes: 0 or 1 expected, got other values; binarize them first")
    return frames.astype(bool).reshape(len(frames), -1, channels)
