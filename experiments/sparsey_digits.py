"""What sparsey-mnist shows to its macs: images turned upright, as on and off cells; and the macs themselves."""

import numpy as np


def upright(images):
    """Images of which the ink does not lean: every row is shifted by whole pixels.

    Row y moves by k (y - cy) + cx - (w - 1) / 2, rounded, where k = cov(x, y) / var(y) over the ink and (cy, cx) is its
    centre: after that the ink's x and y are uncorrelated, and it is centred from left to right.

    images : uint8 (B, h, w). Returns the same shape; pixels that come from outside are 0.
    """
    h, w = images.shape[1:]
    y, x, ink = np.arange(h)[:, None], np.arange(w), images.astype(np.float64)
    total = np.maximum(ink.sum(axis=(1, 2)), 1)[:, None, None]
    cy, cx = ((ink * a).sum(axis=(1, 2), keepdims=True) / total for a in (y, x))
    lean = (ink * (y - cy) * (x - cx)).sum(axis=(1, 2), keepdims=True)
    k = lean / np.maximum((ink * (y - cy) ** 2).sum(axis=(1, 2), keepdims=True), 1e-9)
    source = x + np.rint(k * (y - cy) + cx - (w - 1) / 2).astype(np.int64)
    inside = (source >= 0) & (source < w)
    return np.where(inside, np.take_along_axis(images, source.clip(0, w - 1), axis=2), 0).astype(images.dtype)


def on_off(images, threshold=0.5):
    """Two binary cells per pixel: on where it is brighter than `threshold` of full scale, off elsewhere.

    images : uint8 (B, h, w). Returns bool (B, h, w, 2); the same number of cells is active for every image.
    """
    ink = images > threshold * 255
    return np.stack([ink, ~ink], axis=-1)


def prepared(images, threshold=0.5):
    """All that is done to an image: `upright`, then `on_off`."""
    return on_off(upright(images), threshold)


def hierarchy(parameters, seed):
    """One level of macs whose fields overlap, each with its own view of every digit."""
    from neuromem.models import CodeSelection, Level, SparseyHierarchy

    p, side = parameters, parameters.grid
    selection = CodeSelection(exponents=(p.exponent, 1.0, 1.0), recruit="fresh")
    level = Level((side, side), (p.field, p.field), p.cms, p.units_for_all, recurrent=False, selection=selection,
                  saturation=p.saturation)  # fmt: skip
    return SparseyHierarchy((28, 28), [level], classes=10, channels=2, seed=seed, threads=p.threads)
