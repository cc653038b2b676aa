"""Weights as conductances, and back: pairs of devices, or one device and a reference column."""

from dataclasses import dataclass

import numpy as np

from neuromem.errors import PatternError, UsageError

SCHEMES = ("pair", "offset")


@dataclass(frozen=True)
class Mapping:
    """w scale = G+ - G-, scale = (g_max - g_min) / the largest |w| of a pair; half as much with an offset column.

    pair: G+ = g_min + w scale and G- = g_min for w > 0, the other way round for w < 0.
    offset: G+ = g_mid + w scale, and G- = g_mid, one device per row of the array that all its columns share.
    """

    scheme: str
    g_min_uS: float
    g_max_uS: float
    scale: float

    @classmethod
    def of(cls, weights, device, scheme):
        """Return the mapping that uses the whole range of a device for these weights."""
        if scheme not in SCHEMES:
            raise UsageError(f"Crossbar.scheme: one of {', '.join(SCHEMES)} is expected, got {scheme!r}")
        span = (device.g_max_uS - device.g_min_uS) * (1.0 if scheme == "pair" else 0.5)
        largest = float(np.abs(weights).max(initial=0.0))
        return cls(scheme, device.g_min_uS, device.g_max_uS, span / largest if largest else 1.0)

    def targets(self, weights):
        """Return (G+, G-) in uS for weights (inputs, outputs); G- of an offset column is (inputs, 1)."""
        scaled = weights * self.scale
        if self.scheme == "pair":
            return self.g_min_uS + np.maximum(scaled, 0.0), self.g_min_uS + np.maximum(-scaled, 0.0)
        middle = (self.g_min_uS + self.g_max_uS) / 2
        return middle + scaled, np.full((len(weights), 1), middle)


def digits(weights, slices, bits):
    """Return [(factor, digit matrix)]: weights rounded to slices * bits bits of magnitude, cut into slices.

    weights = largest / (2^(slices bits) - 1) sum_k 2^(bits k) digit_k, digits -(2^bits - 1) to 2^bits - 1.
    """
    if slices == 1 and bits is None:
        return [(1.0, weights)]
    largest = float(np.abs(weights).max(initial=0.0)) or 1.0
    quantum = largest / (2 ** (slices * bits) - 1)
    whole, sign = np.rint(np.abs(weights) / quantum).astype(np.int64), np.sign(weights)
    return [(quantum * 2.0 ** (bits * k), sign * ((whole >> (bits * k)) & (2**bits - 1))) for k in range(slices)]


def checked_weights(weights, owner):
    """Return weights as a finite float64 matrix (outputs, inputs), or raise PatternError."""
    try:
        weights = np.asarray(weights)
    except ValueError:
        raise PatternError(f"{owner}.weights: rows of equal length are expected") from None
    if weights.dtype.kind not in "biuf" or weights.ndim != 2 or weights.size == 0:
        raise PatternError(
            f"{owner}.weights: a matrix of numbers, (outputs, inputs), is expected, got {weights.dtype} {weights.shape}"
        )
    bad = ~np.isfinite(weights)
    if bad.any():
        j, i = np.argwhere(bad)[0]
        raise PatternError(f"{owner}.weights: the weight of output {j} and input {i} is {weights[j, i]}, not finite")
    return weights.astype(float)
