"""The functions that equations may call: how many arguments, of what dimension, and their source."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Function:
    """A function of equations.

    Attributes
    ----------
    arguments : int
    takes : str
        "number": plain numbers give a plain number. "any": all arguments have one dimension, which is the result's.
        "root": the result has half the powers. "sign": any dimension gives a plain number. "time": times give a plain
        number. "condition": a plain number or a condition gives a plain number.
    loop : str
        Source in the compiled loop in terms of x, y, z, or "" where it is written in `source.py`.
    array : callable
        The same for NumPy arrays.
    """

    arguments: int
    takes: str
    loop: str = ""
    array: object = None


def exprel(x):
    """(exp(x) - 1) / x, and 1 at 0."""
    x = np.asarray(x, np.float64)
    return np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x))


def timestep(t, dt):
    """Whole steps of dt in t, safe from rounding."""
    return np.floor((np.asarray(t) + 1e-3 * np.asarray(dt)) / dt)


def _math(name, array=None):
    return Function(1, "number", f"math.{name}(x)", array or getattr(np, name))


FUNCTIONS = {
    **{name: _math(name) for name in ("log", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh")},
    "exp": Function(1, "number", "real(exp(x))", np.exp),
    "expm1": Function(1, "number", "real(expm1(x))", np.expm1),
    "tanh": _math("tanh"),
    "arcsin": _math("asin", np.arcsin),
    "arccos": _math("acos", np.arccos),
    "arctan": _math("atan", np.arctan),
    "exprel": Function(1, "number", "real(expm1(x)) / x if abs(x) > real(1e-16) else one", exprel),
    "sqrt": Function(1, "root", "math.sqrt(x)", np.sqrt),
    "abs": Function(1, "any", "abs(x)", np.abs),
    "sign": Function(1, "sign", "one if x > zero else -one if x < zero else zero", np.sign),
    "ceil": Function(1, "number", "np.ceil(x)", np.ceil),
    "floor": Function(1, "number", "np.floor(x)", np.floor),
    "clip": Function(3, "any", "y if x < y else z if x > z else x", np.clip),
    "int": Function(1, "condition", "np.trunc(x)", lambda x: np.trunc(np.asarray(x, np.float64))),
    "timestep": Function(2, "time", "np.floor((x + real(0.001) * y) / y)", timestep),
    "rand": Function(0, "number"),
    "randn": Function(0, "number"),
    "poisson": Function(1, "number"),
}

RANDOM = {"rand", "randn", "poisson"}
"""Functions that give another number every time."""

CONSTANTS = {"pi": np.pi, "e": np.e, "inf": np.inf, "True": True, "False": False}
"""Numbers that have a name."""
