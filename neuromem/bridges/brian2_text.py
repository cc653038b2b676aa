"""Equations, names and units of live Brian2 objects, as text and plain values."""

import numbers

import numpy as np

from neuromem.errors import NotSupportedError

NAMES = {
    "second": "second", "volt": "volt", "amp": "amp", "siemens": "siemens", "farad": "farad", "ohm": "ohm",
    "hertz": "Hz", "metre": "meter", "coulomb": "coulomb", "joule": "joule", "mole": "mole", "molar": "molar",
}  # fmt: skip
"""Units of Brian2 and how they are written in equations."""

BASE = ("meter", "kilogram", "second", "amp", "kelvin", "mole", "candela")
"""Names of the base units in the order of a dimension's exponents."""

KNOWN = {"t", "dt", "i", "j", "N", "xi", "True", "False", "and", "or", "not", "if", "else", "for", "in"}
"""Words of equations that need no value from outside."""


def brian2_module(call):
    """Import Brian2, or raise NotSupportedError naming the extra."""
    try:
        import brian2
    except ImportError as error:
        raise NotSupportedError(f"{call}: needs Brian2 ({error}); install neuromem[brian2]") from None
    return brian2


def unit_text(dimensions):
    """A dimension as a product of units, as Brian2's equations take it: "volt", "siemens/meter**2" in base units."""
    import brian2

    for name, text in NAMES.items():
        if dimensions is getattr(brian2, name).dim:
            return text
    powers = [(base, power) for base, power in zip(BASE, dimensions._dims) if power]
    return "*".join(f"{base}**{power:g}" if power != 1 else base for base, power in powers) or "1"


def equation_text(equations, skip=()):
    """Brian2's Equations as text again, one per line, in the order in which they were given."""
    return "\n".join(one_equation(item) for item in equations.values() if item.varname not in skip)


def one_equation(item):
    """One equation as text: name, expression, unit and flags."""
    kind = {"integer": "integer", "boolean": "boolean"}.get(str(item.var_type)) or unit_text(item.dim)
    flags = f" ({', '.join(item.flags)})" if item.flags else ""
    if item.type == "differential equation":
        return f"d{item.varname}/dt = {one_line(item.expr.code)} : {kind}{flags}"
    if item.type == "subexpression":
        return f"{item.varname} = {one_line(item.expr.code)} : {kind}{flags}"
    return f"{item.varname} : {kind}{flags}"


def one_line(code):
    """An expression without line breaks and comments."""
    return " ".join(line.split("#")[0].strip() for line in str(code).splitlines()).strip()


def statements_text(code):
    """Statements one per line, without comments and indentation."""
    lines = [line.split("#")[0].strip() for line in str(code).replace(";", "\n").splitlines()]
    return "\n".join(line for line in lines if line)


def identifiers(*texts):
    """Names that occur in equations, conditions or statements."""
    from brian2.utils.stringtools import get_identifiers

    return set().union(*(get_identifiers(text) for text in texts if text)) - KNOWN


def outside(group, names, namespace):
    """Values from outside of the equations: name -> number, quantity or TimedArray; and what is of no use here.

    They are looked for where Brian2 looks: its own constants, units and functions first (those are no values of the
    user), then the group's namespace, then that of the run.

    Returns
    -------
    (dict, list of (name, what it is))
    """
    import brian2
    from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS

    found, useless = {}, []
    for name in sorted(names):
        if name in group.variables or any(name in known for known in (DEFAULT_CONSTANTS, DEFAULT_UNITS)):
            continue
        if name in DEFAULT_FUNCTIONS:
            continue
        for space in (getattr(group, "namespace", None) or {}, namespace):
            value = space.get(name)
            if (
                isinstance(value, brian2.TimedArray)
                or isinstance(value, (numbers.Number, np.ndarray, np.number))
                and np.shape(value) == ()
            ):
                found[name] = value
            elif isinstance(value, brian2.Function) or callable(value):
                useless.append((name, "a function of one's own"))
            elif isinstance(value, np.ndarray):
                useless.append((name, f"an array of shape {np.shape(value)}, where one number is needed"))
            else:
                continue
            break
    return found, useless


def values_of(owner, variable):
    """A state variable as a Brian2 quantity (size,), or one value if it is shared; plain for numbers without unit."""
    import brian2

    item = owner.variables[variable]
    value = np.array(item.get_value())
    value = value.reshape(()) if item.scalar else value
    return value if brian2.is_dimensionless(item) else brian2.Quantity(value, dim=item.dim)


def summed_lines(equations):
    """The lines of summed variables."""
    return [line for line in equations.splitlines() if line.endswith("(summed)")]
