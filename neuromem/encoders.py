"""Values as sparse codes of exactly `active` units, so that what is alike shares units: scalars, categories, images."""

import numpy as np

from neuromem.codes import Codes
from neuromem.errors import PatternError, UsageError

FULL = 255
"""Brightness levels that an image encoder tells apart; sums of whole numbers are exact in any order."""


class ScalarEncoder:
    """Numbers as a block of `active` neighbouring units whose place is the number.

    The first unit is round((x - low) / (high - low) (n - active)); with `periodic`, high is low again, and blocks run
    on from unit n - 1 to unit 0. Two numbers whose first units lie d apart share max(0, active - d) units.

    Parameters
    ----------
    n, active : int
        Units, and how many are active.
    low, high : float
        Range of the numbers; those outside are refused, unless `periodic`.
    periodic : bool

    Raises
    ------
    PatternError, UsageError
    """

    def __init__(self, n, active, low, high, periodic=False):
        _fits(n, active)
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise UsageError(f"ScalarEncoder: finite numbers low < high are expected, got {low!r} and {high!r}")
        self.n, self.active, self.periodic = int(n), int(active), bool(periodic)
        self.low, self.high = float(low), float(high)

    @property
    def places(self):
        """How many different codes there are."""
        return self.n if self.periodic else self.n - self.active + 1

    def first_units(self, values):
        """First unit of the block of each number, int64 (B,)."""
        values = _array("values", values, "biuf", 1).astype(float)
        if not np.isfinite(values).all():
            raise PatternError("values: finite numbers are expected, got NaN or infinity")
        share = (values - self.low) / (self.high - self.low)
        if self.periodic:
            return np.rint(share % 1.0 * self.n).astype(np.int64) % self.n
        if ((share < 0) | (share > 1)).any():
            wrong = values[(share < 0) | (share > 1)][0]
            raise PatternError(f"values: numbers from {self.low:g} to {self.high:g} are expected, got {wrong:g}")
        return np.rint(share * (self.n - self.active)).astype(np.int64)

    def encode(self, values):
        """Encode numbers, (B,) or one, as Codes."""
        units = (self.first_units(values)[:, None] + np.arange(self.active)) % self.n
        rows = np.zeros((len(units), self.n), bool)
        np.put_along_axis(rows, units, True, axis=1)
        return Codes(rows)


class CategoryEncoder:
    """Categories, numbered from 0 on, as random codes that share no more units than chance has it.

    Category k is row k of `Codes.random(count, n, active, seed)` and does not depend on how many there are.
    """

    def __init__(self, n, active, seed=0):
        _fits(n, active)
        self.n, self.active, self.seed = int(n), int(active), seed

    def encode(self, categories):
        """Encode whole numbers, (B,) or one, as Codes."""
        categories = _array("categories", categories, "iu", 1)
        if categories.size and categories.min() < 0:
            raise PatternError(f"categories: they are numbered from 0 on, got {categories.min()}")
        known, which = np.unique(categories, return_inverse=True)
        rows = [Codes.random(1, self.n, self.active, self.seed, first=int(k)).bits for k in known]
        words = np.concatenate([*rows, np.zeros((0, -(-self.n // 64)), np.uint64)])
        return Codes._of(self.n, words[which.ravel()])


class ImageEncoder:
    """Images as the `active` of n units whose random fields are brightest, relative to the image as a whole.

    Unit u adds up the brightness, in steps of 1/255, of `field` pixels drawn at random; the `active` largest sums win,
    of equal ones the lower unit. Similar images share most winners.

    Parameters
    ----------
    pixels : int
        Of an image.
    n, active : int
        Units, and how many are active.
    field : int
        Pixels of a unit, at most `pixels`.
    seed : int
    """

    def __init__(self, pixels, n, active, field=32, seed=0):
        _fits(n, active)
        self.n, self.active, self.pixels = int(n), int(active), pixels
        self._fields = Codes.random(n, pixels, field, seed).patterns.T.astype(np.float64)

    def encode(self, images):
        """Encode images as Codes: (B, pixels) or (B, h, w), bool, uint8 or float from 0 to 1."""
        try:
            images = np.asarray(images)
        except ValueError:
            raise PatternError("images: rows of one length are expected, got something uneven") from None
        if images.ndim not in (2, 3) or images[0:1].size not in (0, self.pixels):
            raise PatternError(f"images: {self.pixels} pixels each are expected, got an array of shape {images.shape}")
        if images.dtype.kind not in "bf" and images.dtype != np.uint8:
            raise PatternError(f"images: bool, uint8 or float is expected, got {images.dtype}")
        flat = images.reshape(len(images), -1)
        if images.dtype.kind == "f" and not ((flat >= 0) & (flat <= 1)).all():
            raise PatternError("images: float values from 0 to 1 are expected; divide by the full scale")
        bright = flat.astype(np.float64) if images.dtype == np.uint8 else np.rint(FULL * flat.astype(np.float64))
        sums = bright.reshape(len(images), self.pixels) @ self._fields
        winners = np.argsort(-sums, axis=1, kind="stable")[:, : self.active]
        rows = np.zeros((len(images), self.n), bool)
        np.put_along_axis(rows, winners, True, axis=1)
        return Codes(rows)


def _fits(n, active):
    for name, value in (("n", n), ("active", active)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise PatternError(f"{name}: a whole number of at least 1 is expected, got {value!r}")
    if active > n:
        raise PatternError(f"active: at most n = {n} units can be active, got {active}")


def _array(name, values, kinds, axes):
    try:
        array = np.atleast_1d(np.asarray(values))
    except ValueError:
        raise PatternError(f"{name}: one list is expected, got something uneven") from None
    if array.ndim != axes or (array.dtype.kind not in kinds and array.size):
        raise PatternError(f"{name}: a list of numbers is expected, got {array.dtype} of shape {array.shape}")
    return array if array.size else array.astype(np.int64)
