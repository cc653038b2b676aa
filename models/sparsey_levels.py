"""`Level`: the macs of one level, alike; who sees what."""

from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import UsageError
from neuromem.models.sparsey_checks import kind_of, sides, switch
from neuromem.models.sparsey_rules import CodeSelection, Permanence, Plain
from neuromem.network.check import count, numbers


@dataclass(frozen=True)
class Level(Plain):
    """A grid of macs, each with a rectangle of the level below as its receptive field.

    The fields are spread evenly, from edge to edge, and overlap where they must.

    Parameters
    ----------
    grid : tuple of 2 ints
        Rows and columns of macs.
    field : tuple of 2 ints
        Rows and columns of pixels, or of macs of the level below, that one sees.
    cms, units : int
        Competitive modules of a mac, and binary units in each.
    persistence : int
        Frames for which a code stays; in the papers it doubles from level to level.
    recurrent : bool
        Whether a mac has H synapses with itself.
    selection : CodeSelection
        How a code is chosen.
    saturation : float
        A unit with more than this share of the synapses of a pathway set learns no more there, 0 to 1.
    permanence : Permanence, optional
        Lets synapses fade that are not strengthened again. Default: they stay.

    Raises
    ------
    DescriptionError, UsageError
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
            object.__setattr__(self, name, sides(getattr(self, name), "Level", name))
        for name in ("cms", "units", "persistence"):
            count(getattr(self, name), "Level", name, least=1)
        switch(self.recurrent, "Level", "recurrent")
        kind_of(self.selection, CodeSelection, "Level", "selection", optional=False)
        kind_of(self.permanence, Permanence, "Level", "permanence")
        numbers(self.saturation, "Level", "saturation", low=0.0, high=1.0, scalar=True)

    def to_plain(self):
        """Values by name that a file can hold; `from_plain` makes an equal Level of them."""
        permanence = None if self.permanence is None else self.permanence.to_plain()
        return super().to_plain() | {"selection": self.selection.to_plain(), "permanence": permanence}

    @classmethod
    def from_plain(cls, values):
        """The Level of `to_plain`'s values."""
        selection, permanence = CodeSelection(**values["selection"]), values["permanence"]
        permanence = None if permanence is None else Permanence(**permanence)
        return cls(**{**values, "selection": selection, "permanence": permanence})

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
