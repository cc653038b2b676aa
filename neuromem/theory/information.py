"""Bits: what an output unit tells about what was stored."""

from scipy.special import entr, xlog1py

_LN2 = 0.6931471805599453


def binary_entropy(p):
    """Return H2(p) = -p log2 p - (1 - p) log2(1 - p), for p from 0 to 1."""
    return float(entr(p) - xlog1py(1 - p, -p)) / _LN2


def transinformation(p, p01, p10):
    """Return the bits per unit of a binary channel.

    p : probability that the unit is stored as 1; p01 : that a 0 is read as 1; p10 : that a 1 is read as 0.
    """
    out = p * (1 - p10) + (1 - p) * p01
    return binary_entropy(out) - p * binary_entropy(p10) - (1 - p) * binary_entropy(p01)
