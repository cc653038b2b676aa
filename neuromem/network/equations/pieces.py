"""What the pieces of one model share, and expressions as NumPy computes them beforehand."""

import ast

import numpy as np

from neuromem.network.equations import units
from neuromem.network.equations.functions import CONSTANTS, FUNCTIONS, RANDOM
from neuromem.network.equations.names import Taken, local
from neuromem.network.equations.symbols import CONSTANT, SUBEXPRESSION, TIMED, calls, is_number, names

_NUMPY = {"np": np} | {f"call_{name}": function.array for name, function in FUNCTIONS.items()}


NEURON_NAMES = {"t_in_timesteps": "step", "i": "neuron", "N": "size", "i_ext": "i_ext"}
"""What the loop calls the special names of neurons."""


class Pieces:
    """What the pieces of one model share: its symbols, constants computed beforehand, and random numbers.

    Attributes
    ----------
    symbols : dict of str to Symbol
    definitions : dict of str to ast.expr
        The subexpressions.
    special : dict of str to str
        Special name -> what the loop calls it, where that is another.
    constants : dict of str to ast.expr
        Name in the source -> what it is computed from.
    propagators : list of Propagator
        Of exact integration: further constants.
    normals, uniforms : int
        How many random numbers of each kind a neuron needs.
    """

    def __init__(self, symbols, definitions, special=None):
        self.symbols = symbols
        self.special = NEURON_NAMES if special is None else special
        self.definitions = definitions
        self.constants = {}
        self.propagators = []
        self.normals = 0
        self.uniforms = 0
        self.taken = Taken(local(symbol) for symbol in symbols)
        self._constant = {}

    def is_constant(self, node):
        """Whether an expression depends on parameters, dt and numbers only."""
        return not (calls(node) & RANDOM or self._timed(node)) and all(self._settled(name) for name in names(node))

    @property
    def tables(self):
        """Names of the TimedArrays."""
        return {name for name, symbol in self.symbols.items() if symbol.kind == TIMED}

    def _timed(self, node):
        return bool(calls(node) & self.tables)

    def _settled(self, name):
        if name not in self._constant:
            symbol = self.symbols.get(name)
            if symbol is not None and symbol.kind == SUBEXPRESSION:
                self._constant[name] = self.is_constant(self.definitions[name])
            else:
                self._constant[name] = symbol is None or symbol.kind == CONSTANT
        return self._constant[name]

    def constant(self, node, wish=""):
        """Name in the source of what is computed beforehand: `wish`, or a number if it is no name itself."""
        if isinstance(node, ast.Name):
            chosen = "dt" if node.id == "dt" else local(node.id)
            self.constants.setdefault(chosen, node)
            return chosen
        for known, tree in self.constants.items():
            if ast.dump(tree) == ast.dump(node) and not wish:
                return known
        if not wish:
            wish = self.taken.fresh(f"const_{1 + sum(key.startswith('const_') for key in self.constants)}")
        self.constants[wish] = node
        return wish

    def number(self, node):
        """Value of an expression of numbers and units alone, or None."""
        if not all(is_number(name, self.symbols) for name in names(node)) or calls(node) & RANDOM or self._timed(node):
            return None
        return float(np.asarray(evaluate(node, self, {}), np.float64))

    def normal(self):
        """Name of a fresh standard normal number."""
        self.normals += 1
        return f"normal_{self.normals - 1}"

    def uniform(self):
        """Name of a fresh uniform number."""
        self.uniforms += 1
        return f"uniform_{self.uniforms - 1}"


def evaluate(node, pieces, values):
    """Value of an expression in NumPy; `values` are those of parameters and dt, inside."""
    with np.errstate(all="ignore"):
        return eval(array_source(node, pieces), {"__builtins__": {}} | _NUMPY, {f"n_{k}": v for k, v in values.items()})


def array_source(node, pieces):
    """An expression as NumPy source; names get the prefix n_, subexpressions are put in."""
    match node:
        case ast.Constant():
            return repr(node.value)
        case ast.Name():
            symbol = pieces.symbols.get(node.id)
            if symbol is not None and symbol.kind == SUBEXPRESSION:
                return array_source(pieces.definitions[node.id], pieces)
            if symbol is not None:
                return f"n_{node.id}"
            if node.id in CONSTANTS:
                return f"np.{node.id}" if node.id not in ("True", "False") else node.id
            return repr(units.named(node.id)[1])
        case ast.UnaryOp():
            inside = array_source(node.operand, pieces)
            sign = {ast.USub: "-", ast.UAdd: "+"}.get(type(node.op))
            return f"({sign}{inside})" if sign else f"np.logical_not({inside})"
        case ast.BoolOp():
            function = "np.logical_and" if isinstance(node.op, ast.And) else "np.logical_or"
            text = array_source(node.values[0], pieces)
            for value in node.values[1:]:
                text = f"{function}({text}, {array_source(value, pieces)})"
            return text
        case ast.Compare():
            sides = [array_source(side, pieces) for side in (node.left, *node.comparators)]
            parts = [f"({a} {_SIGNS[type(op)]} {b})" for a, op, b in zip(sides, node.ops, sides[1:])]
            return "(" + " & ".join(parts) + ")"
        case ast.Call():
            return f"call_{node.func.id}({', '.join(array_source(argument, pieces) for argument in node.args)})"
    sign = _SIGNS[type(node.op)]
    left, right = array_source(node.left, pieces), array_source(node.right, pieces)
    return f"(np.float64({left}) {sign} {right})" if sign == "**" else f"({left} {sign} {right})"


_SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
