"""The maximum of a curve and its zero."""

import math

from scipy.optimize import brentq, minimize_scalar


def maximum(function, low, high):
    """Return where a function with one maximum between low and high has it."""
    return float(minimize_scalar(lambda x: -function(x), bounds=(low, high), options={"xatol": 1e-10}).x)


def root(function, low, high):
    """Return where a function that changes sign between low and high is zero, to rounding, however small that is."""
    return brentq(function, low, high, xtol=1e-300, rtol=4 * math.ulp(1.0), maxiter=3000)
