"""What the names in a model's expressions stand for, and the check of dimensions."""

import ast
import difflib
from dataclasses import dataclass

from neuromem.network.equations import units
from neuromem.network.equations.functions import CONSTANTS, FUNCTIONS
from neuromem.network.equations.place import fail, written

STATE = "state"
"""A number per neuron that changes."""
CONSTANT = "constant"
"""A parameter that nothing writes to."""
SUBEXPRESSION = "subexpression"
TIMED = "timed"
"""A `TimedArray`, used as a function of t."""
SPECIAL = "special"
"""Time, indices and the like, which the loop provides."""
NOISE = "noise"
OF_NEURON = "constant of a neuron"
"""A parameter of the pre or post neuron, as a synapse sees it."""


@dataclass(frozen=True)
class Symbol:
    """What a name stands for: its kind, its dimension, and whether it is true or false rather than a number."""

    kind: str
    dimension: tuple
    logical: bool = False
    columns: bool = False  # of a TimedArray: whether it has one value per neuron


SPECIALS = {
    "t": Symbol(SPECIAL, units.SECOND),
    "dt": Symbol(CONSTANT, units.SECOND),
    "i": Symbol(SPECIAL, units.NO_DIMENSION),
    "N": Symbol(SPECIAL, units.NO_DIMENSION),
    "i_ext": Symbol(SPECIAL, units.AMP),
    "t_in_timesteps": Symbol(SPECIAL, units.NO_DIMENSION),
    "not_refractory": Symbol(SPECIAL, units.NO_DIMENSION, True),
}
"""Names that every neuron model knows: i_ext is the current injected by the toolkit's step currents."""

NOISE_DIMENSION = units.power(units.SECOND, -0.5)


def names(node, closed=frozenset()):
    """All names in an expression but those of functions, in order of first appearance.

    closed : set of str
        Functions whose arguments are left out if the first is a name: a TimedArray's value at t holds for a step.
    """
    found = {}
    for inner in _visit(node, closed):
        if isinstance(inner, ast.Name):
            found.setdefault(inner.id, inner)
    return found


def _visit(node, closed):
    """Nodes of an expression from left to right, without the names of called functions."""
    yield node
    if isinstance(node, ast.Call):
        now = node.args and isinstance(node.args[0], ast.Name)
        children = () if node.func.id in closed and now else node.args
    else:
        children = ast.iter_child_nodes(node)
    for child in children:
        yield from _visit(child, closed)


def calls(node):
    """Names of the functions that an expression calls."""
    return {inner.func.id for inner in ast.walk(node) if isinstance(inner, ast.Call)}


def is_number(name, symbols):
    """Whether a name is a unit or a named number, unless the model defines it."""
    return name not in symbols and (name in CONSTANTS or units.named(name) is not None)


def check(node, symbols):
    """(dimension, whether logical) of an expression.

    Raises
    ------
    DescriptionError
        For an unknown name or function, or dimensions that do not fit, pointing at the term.
    """
    match node:
        case ast.Constant():
            return units.NO_DIMENSION, isinstance(node.value, bool)
        case ast.Name():
            return _name(node, symbols)
        case ast.UnaryOp():
            dim, logical = check(node.operand, symbols)
            return dim, logical or isinstance(node.op, ast.Not)
        case ast.BoolOp():
            for value in node.values:
                if check(value, symbols)[0] != units.NO_DIMENSION:
                    raise fail(value, f"{written(value)!r} is in {_unit(value, symbols)}, but a condition is expected")
            return units.NO_DIMENSION, True
        case ast.Compare():
            left = node.left
            for right in node.comparators:
                _agree(node, left, right, symbols, "compared with")
                left = right
            return units.NO_DIMENSION, True
        case ast.Call():
            return _call(node, symbols), False
    return _arithmetic(node, symbols), False


def expect(node, dim, symbols, what):
    """Raise DescriptionError unless an expression has a dimension; `what` says where it is needed."""
    got, _ = check(node, symbols)
    if got != dim:
        raise fail(node, f"{what} needs {_of(dim)}, but this is {_of(got)}")


def _of(dim):
    """How a message calls a dimension."""
    return "a plain number" if dim == units.NO_DIMENSION else f"a quantity in {units.shown(dim)}"


def _unit(node, symbols):
    return units.shown(check(node, symbols)[0])


def _name(node, symbols):
    if node.id in symbols:
        symbol = symbols[node.id]
        if symbol.kind == TIMED:
            raise fail(node, f"{node.id!r} is a TimedArray and is used as {node.id}(t)")
        return symbol.dimension, symbol.logical
    if node.id in CONSTANTS:
        return units.NO_DIMENSION, isinstance(CONSTANTS[node.id], bool)
    if units.named(node.id):
        return units.named(node.id)[0], False
    if node.id in FUNCTIONS:
        raise fail(node, f"{node.id!r} is a function and needs its arguments")
    close = difflib.get_close_matches(node.id, symbols, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "declare it as a parameter or give it a value in `parameters`"
    raise fail(node, f"undefined name {node.id!r}; {hint}")


def _arithmetic(node, symbols):
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mod, ast.FloorDiv)):
        word = {ast.Add: "added to", ast.Sub: "subtracted from"}.get(type(node.op), "divided by")
        dim = _agree(node, node.left, node.right, symbols, word)
        return units.NO_DIMENSION if isinstance(node.op, ast.FloorDiv) else dim
    left, _ = check(node.left, symbols)
    right, _ = check(node.right, symbols)
    if isinstance(node.op, (ast.Mult, ast.Div)):
        return units.times(left, right, 1 if isinstance(node.op, ast.Mult) else -1)
    if right != units.NO_DIMENSION:
        raise fail(node.right, f"an exponent is a plain number, but this is {_of(right)}")
    if left == units.NO_DIMENSION:
        return left
    exponent = plain(node.right, symbols)
    if exponent is None:
        raise fail(node.right, f"{written(node.left)!r} is {_of(left)}, so its exponent must be a number as such")
    return units.power(left, exponent)


def plain(node, symbols):
    """Value of an expression of numbers alone, or None."""
    if any(not is_number(name, symbols) or units.named(name) for name in names(node)) or calls(node):
        return None
    scope = {"__builtins__": {}} | CONSTANTS
    return eval(compile(ast.Expression(node), "exponent", "eval"), scope)


def _agree(node, left, right, symbols, word):
    (a, _), (b, _) = check(left, symbols), check(right, symbols)
    if a != b:
        if word == "subtracted from":
            left, right, a, b = right, left, b, a
        problem = f"{written(left)!r}, {_of(a)}, is {word} {written(right)!r}, {_of(b)}"
        raise fail(node, problem)
    return a


def _call(node, symbols):
    name, arguments = node.func.id, node.args
    if name in symbols and symbols[name].kind == TIMED:
        return _timed(node, symbols[name], symbols)
    if name not in FUNCTIONS:
        known = ", ".join(FUNCTIONS)
        raise fail(node.func, f"there is no function {name!r}; a user's own functions are not translated, only {known}")
    function = FUNCTIONS[name]
    if len(arguments) != function.arguments and not (name == "poisson" and not arguments):
        raise fail(node, f"{name!r} takes {function.arguments} argument{'s' * (function.arguments != 1)}")
    dims = [check(argument, symbols)[0] for argument in arguments]
    if function.takes == "any":
        for argument, dim in zip(arguments[1:], dims[1:]):
            if dim != dims[0]:
                raise fail(argument, f"{name!r} needs {_of(dims[0])} here, but this is {_of(dim)}")
        return dims[0]
    if function.takes == "root":
        return units.power(dims[0], 0.5)
    wanted = {"time": units.SECOND, "sign": dims[0] if dims else None}.get(function.takes, units.NO_DIMENSION)
    for argument, dim in zip(arguments, dims):
        if dim != wanted:
            raise fail(argument, f"{name!r} takes {_of(wanted)}, but this is {_of(dim)}")
    return units.NO_DIMENSION


def _timed(node, symbol, symbols):
    """Dimension of I(t) or I(t, i), at any time."""
    name, arguments = node.func.id, node.args
    if not arguments:
        raise fail(node, f"the TimedArray {name!r} is a function of time")
    expect(arguments[0], units.SECOND, symbols, f"the TimedArray {name!r}")
    if len(arguments) != 1 + symbol.columns:
        form = f"{name}(t, i)" if symbol.columns else f"{name}(t)"
        raise fail(node, f"the TimedArray {name!r} is used as {form}")
    if symbol.columns and not (isinstance(arguments[1], ast.Name) and arguments[1].id == "i"):
        raise fail(arguments[1], f"the columns of the TimedArray {name!r} belong to the neurons: {name}(t, i)")
    return symbol.dimension
