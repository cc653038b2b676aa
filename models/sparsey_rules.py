"""What is chosen about a macrocolumn: how it selects a code, and how long its synapses last. Plain data, checked once.

The algorithm has been published several times, and programs written from it differ. Each step on which they do is a
named choice here. Sources: [R10] G. J. Rinkus, Front. Neuroanat. 4:17 (2010); [R14] G. J. Rinkus, Front. Comput.
Neurosci. 8:160 (2014), Table 1.
"""

import math
from dataclasses import dataclass, field, fields

import numpy as np

from neuromem.errors import UsageError
from neuromem.kernels.sparsey import Rule
from neuromem.kernels.transfer import ALTERNATE, EXACT_2014, RATCHET, STEEP_2010
from neuromem.network.check import count, numbers
from neuromem.theory.sparsey import CONSTANTS

TRANSFERS = {
    "2014": (EXACT_2014, CONSTANTS["2014"]),
    "alternate": (ALTERNATE, CONSTANTS["alternate"]),
    "2010": (STEEP_2010, CONSTANTS["2010"]),
    "ratchet": (RATCHET, (0.5, 4.0, 0.9, 0.3)),
}
"""Form of the V-to-mu transform -> its number and the usual a, b, c, d."""

RECRUITS = ("any", "open", "fresh")
"""Named choices of which units novel inputs are given to, in the kernels' order."""


class Plain:
    """A rule that files hold by its values."""

    def to_plain(self):
        """Values by name, with lists for tuples; the class makes an equal one of them."""
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        return {name: _listed(value) for name, value in given.items()}


def _listed(value):
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


@dataclass(frozen=True)
class CodeSelection(Plain):
    """How a mac gets from its inputs to one winner per module.

    V_i = U_i^u H_i^h D_i^d;  G = mean over modules of the largest V;
    eta = 1 + max(0, (G - gm) / (1 - gm))^gamma chi K;  in learning, P(unit i wins) = mu_i / sum of mu in its module.

    Parameters
    ----------
    transfer : str
        V to mu: "2014", (eta - 1) / (1 + a e^(-b (V - c)))^d + 1 [R14], the default, whose codes come nearest to
        overlapping in proportion to the inputs; "alternate", (eta - 1) / (1 + (a e^(-b (V - c)))^d) + 1, as in an
        independent program; "2010", a G^b / (1 + e^-(c V + d)) + 1 [R10]; "ratchet",
        max(eta / (1 + e^(-b (V - bend))), 1) with a bend that moves from a to c while the mean V is above d.
    constants : tuple of 4 floats, optional
        a, b, c, d, if not the usual ones of the transfer.
    normaliser : str
        What the sum of a pathway is divided by: "active", the number of active sources (programs do), which is blind to
        missing evidence; "nominal", the number expected, `nominal` (papers do), with which an occluded input is less
        familiar.
    nominal : int, optional
        Active sources expected in U when the normaliser is "nominal"; H and D expect whole codes.
    exponents : tuple of 3 floats
        u, h, d.
    gm, gamma, chi : float
        Familiarity below gm means none; gamma bends, and chi scales, how mu grows with it.
    competing : str
        What a code that may superpose several hypotheses sends on: "amplify", times zeta^power, and nothing if zeta is
        above `most_competing` [R14]; "discount", divided by zeta (a port does); "none". zeta is the mean number of
        units per module with V above `rival`, rounded, at least 1.
    rival, power, most_competing : float, float, int
    back_off : tuple of 2 floats, optional
        Retrieval with several pathways: when G stays below the first, also any two of them are tried, and below the
        second, each alone; the most familiar counts. None: all of them, always. With it a sequence may be warped in
        time, but the novelty of an order of known frames cannot be seen.
    back_off_to : str
        "seen", what is seen always takes part, if anything is; "any", also H and D without it, as in a port, with which
        a novel frame is taken for the one that was expected.
    least, most : int, int or None
        Active U sources between which the mac becomes active; H and D cannot do that alone.
    recruit : str
        Which units novel inputs are given to: "any", as published; "open" (ours), those that can still learn; "fresh"
        (ours), those that have learned nothing yet. Of all others mu - 1 counts.

    Raises
    ------
    UsageError, DescriptionError
    """

    transfer: str = "2014"
    constants: tuple | None = None
    normaliser: str = "active"
    nominal: int | None = None
    exponents: tuple = (1.0, 1.0, 1.0)
    gm: float = 0.1
    gamma: float = 2.0
    chi: float = 100.0
    competing: str = "amplify"
    rival: float = 0.95
    power: float = 1.0
    most_competing: int = 3
    back_off: tuple | None = None
    back_off_to: str = "seen"
    least: int = 1
    most: int | None = None
    recruit: str = "any"

    def __post_init__(self):
        _named(self.transfer, TRANSFERS, "transfer")
        _named(self.normaliser, ("active", "nominal"), "normaliser")
        _named(self.competing, ("amplify", "discount", "none"), "competing")
        _named(self.recruit, RECRUITS, "recruit")
        _named(self.back_off_to, ("seen", "any"), "back_off_to")
        if self.constants is None:
            object.__setattr__(self, "constants", TRANSFERS[self.transfer][1])
        for name, size in (("constants", 4), ("exponents", 3), ("back_off", 2)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _floats(getattr(self, name), size, name))
        if self.transfer != "ratchet" and self.constants[0] < 0:
            raise UsageError(f"CodeSelection.constants: a of at least 0 is expected, got {self.constants[0]:g}")
        if self.back_off is not None and not all(0 <= enough <= 1 for enough in self.back_off):
            raise UsageError(f"CodeSelection.back_off: familiarities, 0 to 1, are expected, got {self.back_off}")
        if min(self.exponents) < 0:
            raise UsageError(f"CodeSelection.exponents: at least 0 is expected, got {self.exponents}")
        for name, bounds in (("gm", {"low": 0.0}), ("gamma", {"above": 0.0}), ("chi", {"low": 0.0})):
            numbers(getattr(self, name), "CodeSelection", name, scalar=True, **bounds)
        for name in ("rival", "power"):
            numbers(getattr(self, name), "CodeSelection", name, scalar=True, low=0.0)
        count(self.most_competing, "CodeSelection", "most_competing", least=1)
        if self.power * math.log(self.most_competing) > 300:
            raise UsageError(
                "CodeSelection.power: most_competing to this power must be at most e^300, got "
                f"{self.most_competing} to {self.power:g}; lower either"
            )
        if not self.gm < 1:
            raise UsageError(f"CodeSelection.gm: less than 1 is expected, got {self.gm}")
        count(self.least, "CodeSelection", "least", least=1)
        if self.most is not None:
            count(self.most, "CodeSelection", "most", least=self.least)
        if self.nominal is not None:
            count(self.nominal, "CodeSelection", "nominal", least=1)
        if self.normaliser == "nominal" and self.nominal is None:
            raise UsageError("CodeSelection.nominal: how many active sources are expected must be given")

    def rule(self, cms, units):
        """The numbers as the kernels take them."""
        form = TRANSFERS[self.transfer][0]
        scale = (float(self.gm), float(self.gamma), float(self.chi))
        last = (float(self.rival), RECRUITS.index(self.recruit))
        return Rule(cms, units, form, *scale, *self.constants, tuple(self.exponents), *last)

    def norm(self, active):
        """What the U sums of frames with so many active sources are divided by, float64; 0 where the mac stays idle."""
        active = np.asarray(active)
        most = np.inf if self.most is None else self.most
        norm = active if self.normaliser == "active" else np.full(active.shape, self.nominal)
        return np.where((active >= self.least) & (active <= most), norm, 0).astype(np.float64)

    def strength(self, rivals):
        """Step 6: by what the signals of codes with so many competing hypotheses are multiplied, float64."""
        zeta = np.maximum(np.rint(np.asarray(rivals, np.float64)), 1.0)
        if self.competing == "amplify":
            return np.where(zeta <= self.most_competing, zeta**self.power, 0.0)
        return 1.0 / zeta if self.competing == "discount" else np.ones_like(zeta)


@dataclass(frozen=True)
class Permanence(Plain):
    """How long a synapse lasts: its weight is looked up by its stiffness and by the steps since its ends last met.

    A synapse of stage s has weight values[s][k] while its age is below ages[s][k], for the first such k, then 0. When
    its ends meet again `wait` steps or more later, before it has begun to fade, it enters the next stage; meeting later
    only makes it new. The stage after the listed ones is permanent. Nothing is computed in steps in which it is not
    used.

    Parameters
    ----------
    ages : tuple of tuples of int
        Steps, rising within a stage; equally many in each.
    values : tuple of tuples of float
        0 to 1, falling; those of a port of the author's program are 127, 120 and 50 of 127.
    wait : int
        Steps, at least 1.

    Raises
    ------
    UsageError, DescriptionError
    """

    ages: tuple = ((2000, 3000, 4000), (4000, 6000, 8000))
    values: tuple = ((1.0, 120 / 127, 50 / 127), (1.0, 120 / 127, 50 / 127))
    wait: int = 1
    table: tuple = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        try:
            ages, values = np.array(self.ages, np.float64), np.array(self.values, np.float64)
            if (ages != np.rint(ages)).any() or not (np.abs(ages) < 1 << 31).all():
                raise ValueError
            ages = ages.astype(np.int32)
        except (TypeError, ValueError, OverflowError):
            raise UsageError(
                "Permanence.ages: stages of equally many whole numbers are expected, as are values"
            ) from None
        if ages.ndim != 2 or ages.shape != values.shape or 0 in ages.shape or len(ages) > 250:
            raise UsageError(f"Permanence.values: one per age is expected, got {values.shape} for {ages.shape}")
        if (np.diff(ages, axis=1) <= 0).any() or (ages < 1).any():
            raise UsageError("Permanence.ages: must rise within a stage, from 1 on")
        if not ((values > 0) & (values <= 1)).all() or (np.diff(values, axis=1) > 0).any():
            raise UsageError("Permanence.values: must fall within a stage, between 1 and 0")
        count(self.wait, "Permanence", "wait", least=1)
        for name, array in (("ages", ages), ("values", values)):
            object.__setattr__(self, name, tuple(map(tuple, array.tolist())))
        top = np.ones((1, ages.shape[1]))
        table = np.vstack([ages, top.astype(np.int32)]), np.vstack([values, top])
        object.__setattr__(self, "table", table)


def _named(value, choices, name):
    if not isinstance(value, str) or value not in choices:
        raise UsageError(f"CodeSelection.{name}: one of {', '.join(choices)} is expected, got {value!r}")


def _floats(value, size, name):
    array = np.atleast_1d(numbers(value, "CodeSelection", name))
    if array.shape != (size,):
        raise UsageError(f"CodeSelection.{name}: {size} numbers are expected, got {value!r}")
    return tuple(array.tolist())
