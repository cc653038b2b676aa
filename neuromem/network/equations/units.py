"""Physical dimensions and units, and the one coherent system in which equations are computed.

A dimension is a tuple of seven exponents: metre, kilogram, second, ampere, kelvin, mole, candela. Inside, lengths are
in um, times in ms, currents in nA, potentials in mV, and all else follows (nF, uS, MOhm, 1/ms, mM): every scale is a
power of ten, and no equation needs a factor.
"""

import ast
import re
from fractions import Fraction
from functools import cache

import numpy as np

NO_DIMENSION = (Fraction(0),) * 7
_INSIDE = (6, 9, 3, 9, 0, 18, 0)
"""Powers of ten by which the inside's base units are smaller than those of SI, in the same order."""

_NAMES = ["length", "mass", "time", "current", "temperature", "substance", "luminosity"]


def dimension(**powers):
    """A dimension from named exponents, e.g. ``dimension(length=2, time=-1)``."""
    return tuple(Fraction(powers.get(name, 0)) for name in _NAMES)


def times(a, b, sign=1):
    """Dimension of a product, or with sign -1 of a quotient."""
    return tuple(x + sign * y for x, y in zip(a, b))


def power(a, exponent):
    """Dimension of a power."""
    return tuple(x * Fraction(exponent).limit_denominator(1000) for x in a)


METRE, GRAM, SECOND = dimension(length=1), dimension(mass=1), dimension(time=1)
AMP, KELVIN, MOLE = dimension(current=1), dimension(temperature=1), dimension(substance=1)
HERTZ = dimension(time=-1)
COULOMB = times(AMP, SECOND)
NEWTON = dimension(length=1, mass=1, time=-2)
JOULE = times(NEWTON, METRE)
WATT = times(JOULE, SECOND, -1)
VOLT = times(WATT, AMP, -1)
SIEMENS = times(AMP, VOLT, -1)
FARAD = times(COULOMB, VOLT, -1)
OHM = power(SIEMENS, -1)
CONCENTRATION = dimension(substance=1, length=-3)
PASCAL = times(NEWTON, power(METRE, 2), -1)
WEBER = times(VOLT, SECOND)

_WORDS = {
    "metre": (METRE, 0), "meter": (METRE, 0), "gram": (GRAM, -3), "gramme": (GRAM, -3), "second": (SECOND, 0),
    "amp": (AMP, 0), "ampere": (AMP, 0), "kelvin": (KELVIN, 0), "mole": (MOLE, 0), "mol": (MOLE, 0),
    "candle": (dimension(luminosity=1), 0), "hertz": (HERTZ, 0), "newton": (NEWTON, 0), "pascal": (PASCAL, 0),
    "joule": (JOULE, 0), "watt": (WATT, 0), "coulomb": (COULOMB, 0), "volt": (VOLT, 0), "farad": (FARAD, 0),
    "ohm": (OHM, 0), "siemens": (SIEMENS, 0), "molar": (CONCENTRATION, 3), "weber": (WEBER, 0),
    "tesla": (times(WEBER, power(METRE, 2), -1), 0), "henry": (times(WEBER, AMP, -1), 0),
    "liter": (power(METRE, 3), -3), "litre": (power(METRE, 3), -3), "radian": (NO_DIMENSION, 0),
    "becquerel": (HERTZ, 0), "katal": (times(MOLE, SECOND, -1), 0),
}  # fmt: skip
_PREFIXES = {
    "": 0, "da": 1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9,
    "p": -12, "f": -15, "a": -18,
}  # fmt: skip
_SYMBOLS = {
    "V": ("volt", "k m u n"), "A": ("amp", "m u n p f"), "F": ("farad", "m u n p f"), "S": ("siemens", "m u n p"),
    "s": ("second", "m u n"), "m": ("metre", "c m u n"), "Hz": ("hertz", " k M G"), "M": ("molar", "m u n"),
    "Ohm": ("ohm", "M G k"), "J": ("joule", "n p f"), "W": ("watt", "m u n p"), "g": ("gram", "k m u"),
}  # fmt: skip


def _table():
    """Unit name -> (dimension, power of ten to SI)."""
    table = {}
    for word, (dim, tens) in _WORDS.items():
        for prefix, more in _PREFIXES.items():
            table[prefix + word] = (dim, tens + more)
    for symbol, (word, prefixes) in _SYMBOLS.items():
        dim, tens = _WORDS[word]
        for prefix in prefixes.split(" "):
            table[prefix + symbol] = (dim, tens + _PREFIXES[prefix])
    return table | {"kilogram": (GRAM, 0)}


_TABLE = _table()

_SHOWN = {
    "1": NO_DIMENSION, "ms": SECOND, "mV": VOLT, "nA": AMP, "nF": FARAD, "uS": SIEMENS, "MOhm": OHM, "1/s": HERTZ,
    "um": METRE, "mM": CONCENTRATION, "pC": COULOMB, "K": KELVIN, "um**2": power(METRE, 2), "um**3": power(METRE, 3),
    "fJ": JOULE, "pW": WATT,
}  # fmt: skip
_SHOWN_BY_DIMENSION = {dim: name for name, dim in _SHOWN.items()}


def tens(dim):
    """Power of ten by which a number inside is larger than the same quantity in SI units."""
    return sum(x * p for x, p in zip(dim, _INSIDE))


def _ten(exponent):
    """10 to a whole or broken power, as exactly as a float can."""
    return float(f"1e{int(exponent)}") if exponent == int(exponent) else 10.0 ** float(exponent)


def to_inside(si, dim):
    """SI numbers as numbers inside."""
    exponent = tens(dim)
    return si * _ten(exponent) if exponent >= 0 else si / _ten(-exponent)


def to_si(inside, dim):
    """Numbers inside as SI numbers."""
    exponent = tens(dim)
    return inside / _ten(exponent) if exponent >= 0 else inside * _ten(-exponent)


def shown_scale(dim):
    """Size inside of the unit in which plain numbers are given and shown: 1, but for frequencies, which are in 1/s."""
    return 1e-3 if dim == HERTZ else 1.0


@cache
def named(name):
    """(dimension, size inside) of a unit's name, with Brian2's `2` or `3` for powers; None for other names."""
    if name in _TABLE:
        dim, exponent = _TABLE[name]
        return dim, _ten(exponent + tens(dim))
    match = re.fullmatch(r"([A-Za-z]+)([234])", name)
    if not match or match[1] not in _TABLE:
        return None
    dim, exponent = _TABLE[match[1]]
    whole = power(dim, int(match[2]))
    return whole, _ten(exponent * int(match[2]) + tens(whole))


@cache
def shown(dim):
    """The toolkit's name of a dimension's unit, such as "mV" or "nA/um**2"."""
    if dim in _SHOWN_BY_DIMENSION:
        return _SHOWN_BY_DIMENSION[dim]
    length, mass, time, current, *others = dim
    powers = {
        "mV": mass, "nA": current + mass, "ms": time + 3 * mass, "um": length - 2 * mass,
        **dict(zip(("K", "amol", "cd"), others)),
    }  # fmt: skip
    for short, whole in (("nF", {"nA": 1, "ms": 1, "mV": -1}), ("uS", {"nA": 1, "mV": -1})):
        if all(powers.get(unit, 0) == exponent for unit, exponent in whole.items()):
            powers = {short: Fraction(1)} | {unit: p for unit, p in powers.items() if unit not in whole}
    above = [f"{unit}" if p == 1 else f"{unit}**{_number(p)}" for unit, p in powers.items() if p > 0]
    below = [f"{unit}" if p == -1 else f"{unit}**{_number(-p)}" for unit, p in powers.items() if p < 0]
    return "*".join(above or ["1"]) + "".join(f"/{unit}" for unit in below)


def state_unit(dim):
    """The unit in which a state variable is held and shown: `shown`, but 1/ms for frequencies."""
    return "1/ms" if dim == HERTZ else shown(dim)


def in_words(dim):
    """A dimension as a product of SI units, as equations declare it: "amp", or "metre**2*second**-1"."""
    for word, (known, exponent) in _WORDS.items():
        if known == dim and exponent == 0 and dim != NO_DIMENSION:
            return word
    base = ("metre", "kilogram", "second", "amp", "kelvin", "mole", "candle")
    powers = zip(base, dim, strict=True)
    return "*".join(unit if p == 1 else f"{unit}**{_number(p)}" for unit, p in powers if p) or "1"


def _number(fraction):
    return str(fraction.numerator) if fraction.denominator == 1 else f"({fraction})"


@cache
def parse(text):
    """(dimension, size inside) of a unit's text such as "siemens/meter**2", or None if it is not a unit."""
    if text.strip() in _SHOWN:
        dim = _SHOWN[text.strip()]
        return dim, shown_scale(dim)
    try:
        return _measure(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, _NotAUnitError):
        return None


class _NotAUnitError(Exception):
    pass


def _measure(node):
    """(dimension, value inside) of an expression of numbers and units."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return NO_DIMENSION, float(node.value)
        case ast.Name() if named(node.id):
            return named(node.id)
        case ast.UnaryOp(op=ast.USub()):
            dim, value = _measure(node.operand)
            return dim, -value
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            (left, a), (right, b) = _measure(node.left), _measure(node.right)
            if isinstance(node.op, ast.Mult):
                return times(left, right), a * b
            return times(left, right, -1), a / b
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            (left, a), (right, b) = _measure(node.left), _measure(node.right)
            if left == right:
                return left, a + b if isinstance(node.op, ast.Add) else a - b
        case ast.BinOp(op=ast.Pow()):
            (base, a), (none, b) = _measure(node.left), _measure(node.right)
            if none == NO_DIMENSION:
                return power(base, b), a**b
    raise _NotAUnitError


def quantity(text):
    """(value inside, dimension) of text such as "20*ms", or None if it is not made of numbers and units."""
    try:
        dim, value = _measure(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, _NotAUnitError, ZeroDivisionError):
        return None
    return value, dim


def dimension_of(quantity):
    """Dimension of a Brian2 quantity."""
    alias = {"substance": "mol", "luminosity": "cd"}
    return tuple(Fraction(quantity.dim.get_dimension(alias.get(n, n))).limit_denominator(1000) for n in _NAMES)


def inside(quantity):
    """(values inside, dimension) of a Brian2 quantity, which holds SI numbers."""
    dim = dimension_of(quantity)
    return to_inside(np.asarray(quantity, dtype=np.float64), dim), dim
